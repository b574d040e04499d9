#include "view/ladder/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/i18n.h"
#include "view/ladder/columns.h"

namespace earshot::view {
namespace {

using namespace trace;

bool enters(const std::optional<StateChange>& change, State state) { return change && change->state == state; }

// What a mark makes of a segment; null: the segment speaks for itself.
const char* of_mark(const Marked& mark, const Segment& segment, bool asks_for_room) {
    switch (mark.remark) {
        case Remark::retransmission:
            if (segment.has(kSyn)) return tr("hello? can you hear me?");
            return tr("I said that already, did you get it?");
        case Remark::fast_retransmission:
            return tr("you missed something; here it is again");
        case Remark::out_of_order:
            return tr("this belongs before what I said last");
        case Remark::duplicate_ack:
            return tr("I still wait for what comes next here");
        case Remark::zero_window:
            return tr("wait, my hands are full");
        case Remark::zero_window_probe:
            return tr("are your hands free again?");
        case Remark::window_update:
            return tr("go on, I have room again");
        case Remark::window_full:
            return tr("that is all you can hold; I wait");
        case Remark::keepalive:
            return asks_for_room ? nullptr : tr("are you still there?");
        case Remark::keepalive_ack:
            return tr("yes, I am still here");
        case Remark::simultaneous_open:
            return tr("we called each other at once");
        case Remark::simultaneous_close:
        case Remark::lost_before:
        case Remark::unexpected:
            return nullptr;
    }
    return nullptr;
}

std::string of_reset(const Row& row, const SegmentRow& it) {
    // An answer to a first SYN: it acknowledges that and nothing else.
    const bool refused = it.segment.from == End::server && it.segment.has(kAck) &&
                         (!it.numbers_known || (it.seq == 0 && it.ack <= 1) || it.segment.seq == 0) &&
                         enters(row.client, State::closed);
    return refused ? tr("nobody takes calls at this port") : tr("I hang up at once: forget this call");
}

std::string of_ack(const Row& row, const SegmentRow& it) {
    const bool from_client = it.segment.from == End::client;
    const auto& peer = from_client ? row.server : row.client;
    if (enters(peer, State::established)) return tr("I hear you: let us talk");
    if (enters(peer, State::fin_wait_2)) return tr("I heard that you have nothing more to say");
    if (enters(peer, State::time_wait)) return tr("I heard your last word too");
    if (enters(peer, State::closed)) return tr("I heard you too: goodbye");
    if (!it.numbers_known || it.ack == 0) return tr("I got that");
    if (it.ack == 1 && it.seq <= 1) return tr("I hear you");
    return tr_format("I got everything up to byte {}", it.ack - 1);
}

std::string of_fin(const Row& row, const SegmentRow& it) {
    const auto& own = it.segment.from == End::client ? row.client : row.server;
    if (enters(own, State::last_ack)) return tr("I have nothing more to say either");
    return tr("I have nothing more to say");
}

std::string of_segment(const Row& row, const SegmentRow& it) {
    const Segment& segment = it.segment;
    const bool asks_for_room = std::any_of(it.marks.begin(), it.marks.end(),
                                           [](const Marked& mark) { return mark.remark == Remark::zero_window_probe; });
    for (const Marked& mark : it.marks) {
        if (const char* text = of_mark(mark, segment, asks_for_room)) return text;
    }
    if (segment.has(kRst)) return of_reset(row, it);
    if (segment.has(kSyn)) return segment.has(kAck) ? tr("I hear you; can you hear me?") : tr("can you hear me?");
    if (segment.has(kFin)) return of_fin(row, it);
    if (segment.length != 0) {
        return fmt::format(fmt::runtime(tr_plural("I say {} byte", "I say {} bytes", segment.length)),
                           grouped(segment.length));
    }
    return segment.has(kAck) ? of_ack(row, it) : std::string();
}

// A TIME-WAIT is entered with somebody's word; what it is for is said by who waits.
void add_time_wait(const Row& row, std::vector<Utterance>& said) {
    for (const End end : {End::client, End::server}) {
        if (!enters(end == End::client ? row.client : row.server, State::time_wait)) continue;
        said.push_back({end, tr("I'll wait a while, in case my last word got lost")});
    }
}

}  // namespace

std::vector<Utterance> explain(const Row& row) {
    std::vector<Utterance> said;
    if (const auto* it = std::get_if<SegmentRow>(&row.body)) {
        if (std::string text = of_segment(row, *it); !text.empty()) {
            said.push_back({it->segment.from, std::move(text)});
        }
        add_time_wait(row, said);
        return said;
    }
    const auto* note = std::get_if<NoteRow>(&row.body);
    if (!note) return said;
    switch (note->kind) {
        case NoteRow::Kind::listening:
            if (enters(row.server, State::listen)) {
                said.push_back({End::server, tr("I am here; whoever wants can call")});
            }
            break;
        case NoteRow::Kind::begins_in_the_middle:
            if (enters(row.client, State::established)) {
                said.push_back({End::client, tr("we are talking already")});
            }
            break;
        case NoteRow::Kind::time_wait_over: {
            const End end = enters(row.server, State::closed) ? End::server : End::client;
            said.push_back({end, tr("no question came: this call is over for me too")});
            break;
        }
        case NoteRow::Kind::gave_up: {
            const End end = enters(row.server, State::closed) ? End::server : End::client;
            said.push_back({end, tr("nobody answers: I give up")});
            break;
        }
        default:
            add_time_wait(row, said);
    }
    return said;
}

}  // namespace earshot::view
