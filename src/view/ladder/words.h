// The words of a ladder's rows, the same in every drawn form: `PSH s=1 a=1 6B`, `rexmit 1`, `39 segments, 56,940 B`.
#pragma once

#include <string>
#include <vector>

#include "trace/row.h"

namespace earshot::view {

// What a segment says, in pieces that a narrow arrow may leave out.
struct ArrowWords {
    std::string flags;
    std::string seq, ack, length;     // "s=1", "a=1", "6B"; empty where there is none or it is not known
    std::vector<std::string> extras;  // options, SACK blocks, window
    std::vector<std::string> marks;
};

// `windows`: the window always, not only where it is zero.
ArrowWords arrow_words(const trace::SegmentRow& row, bool windows);
// All of them in one line.
std::string joined(const ArrowWords& words);

// "FIN,ACK"; every flag that is set, in Wireshark's order.
std::string flags_text(std::uint8_t flags);
std::string mark_text(const trace::Marked& mark);
bool is_retransmission(const trace::SegmentRow& row);
// "ESTABLISHED", "(LISTEN)" where inferred.
std::string state_text(const trace::StateChange& change);
// "packets (eth0)"
std::string source_text(const trace::Heading& heading);
// The end's name, address and `*` where it is ours: "client* 192.168.1.20:51822".
std::string end_text(const trace::Heading& heading, trace::End end);
// One line for each direction that says something: "39 segments, 56,940 B <-". Never none.
std::vector<std::string> fold_texts(const trace::FoldRow& fold);
std::string note_text(const trace::NoteRow& note);
// Since the row before, in milliseconds: "0.000", "+31.204", "+2400", in seconds from three hours on ("+12345s"), `?`.
// At most 8 columns.
std::string delta_text(const trace::Row& row);

}  // namespace earshot::view
