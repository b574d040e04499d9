#include "view/ladder/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/i18n.h"
#include "text/safe.h"
#include "view/ladder/columns.h"

namespace earshot::view {
namespace {

using namespace trace;

void add_options(const SegmentRow& row, std::vector<std::string>& extras) {
    const TcpOptions& options = row.segment.options;
    if (options.mss) extras.push_back(fmt::format("mss={}", *options.mss));
    if (options.window_scale) extras.push_back(fmt::format("ws={}", *options.window_scale));
    if (options.sack_permitted) extras.emplace_back("sack");
    // Every segment has timestamps once they are agreed on; that they are is said by the SYNs.
    if (options.timestamps && row.segment.has(kSyn)) extras.emplace_back("ts");
    const std::uint32_t base = row.segment.ack - row.ack;  // blocks count as `ack` does
    for (const SackBlock& block : options.sack) {
        if (!row.numbers_known) break;
        extras.push_back(fmt::format("sack={}-{}", block.left - base, block.right - base));
    }
}

bool is_marked(const SegmentRow& row, Remark remark) {
    return std::any_of(row.marks.begin(), row.marks.end(),
                       [remark](const Marked& mark) { return mark.remark == remark; });
}

// PSH alone stands for PSH,ACK, as data has it.
std::string short_flags(const Segment& segment) {
    const bool ack_goes_without_saying = segment.has(kPsh) && !segment.has(kSyn) && !segment.has(kRst);
    const auto flags = static_cast<std::uint8_t>(ack_goes_without_saying ? segment.flags & ~kAck : segment.flags);
    if (flags != 0) return flags_text(flags);
    return segment.length != 0 ? tr("data") : tr("no flags");
}

std::string half_text(const FoldRow::Half& half, bool inferred, const char* arrow) {
    std::string text;
    if (half.segments != 0) {
        const auto count = static_cast<unsigned long>(half.segments);
        text = fmt::format(fmt::runtime(tr_plural("{} segment", "{} segments", count)), grouped(half.segments)) + ", ";
    }
    text += byte_count_text(half.bytes);
    if (half.segments == 0 && half.bytes == 0) {
        const auto count = static_cast<unsigned long>(half.pure_acks);
        text = fmt::format(fmt::runtime(tr_plural("{} ACK", "{} ACKs", count)), grouped(half.pure_acks));
    }
    return inferred ? fmt::format("({}) {}", text, arrow) : fmt::format("{} {}", text, arrow);
}

std::string account_text(const Account& account) {
    return tr_format("RTT {:.1f} ms, cwnd {}, rexmit {}", account.rtt_us / 1000.0, account.congestion_window,
                     account.retransmits);
}

}  // namespace

std::string flags_text(std::uint8_t flags) {
    constexpr std::pair<Flag, const char*> kNames[] = {{kFin, "FIN"}, {kSyn, "SYN"}, {kRst, "RST"}, {kPsh, "PSH"},
                                                       {kAck, "ACK"}, {kUrg, "URG"}, {kEce, "ECE"}, {kCwr, "CWR"}};
    std::string text;
    for (const auto& [flag, name] : kNames) {
        if ((flags & flag) == 0) continue;
        if (!text.empty()) text += ',';
        text += name;
    }
    return text;
}

std::string mark_text(const Marked& mark) {
    switch (mark.remark) {
        case Remark::retransmission:
            return tr_format("rexmit {}", mark.count);
        case Remark::fast_retransmission:
            return tr_format("fast rexmit {}", mark.count);
        case Remark::out_of_order:
            return tr("out of order");
        case Remark::lost_before:
            return tr("gap before");
        case Remark::duplicate_ack:
            return tr_format("dup ack {}", mark.count);
        case Remark::zero_window:
            return tr("zero window");
        case Remark::zero_window_probe:
            return tr("window probe");
        case Remark::window_update:
            return tr("window update");
        case Remark::window_full:
            return tr("window full");
        case Remark::keepalive:
            return tr("keepalive");
        case Remark::keepalive_ack:
            return tr("keepalive ack");
        case Remark::simultaneous_open:
            return tr("simultaneous open");
        case Remark::simultaneous_close:
            return tr("simultaneous close");
        case Remark::unexpected:
            return tr("unexpected");
    }
    return {};
}

bool is_retransmission(const SegmentRow& row) {
    return is_marked(row, Remark::retransmission) || is_marked(row, Remark::fast_retransmission);
}

ArrowWords arrow_words(const SegmentRow& row, bool windows) {
    const Segment& segment = row.segment;
    ArrowWords words;
    words.flags = short_flags(segment);
    if (row.numbers_known) {
        words.seq = fmt::format("s={}", row.seq);
        if (segment.has(kAck)) words.ack = fmt::format("a={}", row.ack);
    }
    if (segment.length != 0) words.length = fmt::format("{}B", segment.length);
    add_options(row, words.extras);
    const bool closed_window =
        row.window == 0 && row.sight == Sight::seen && !segment.has(kRst) && !is_marked(row, Remark::zero_window);
    const bool window_moves = is_marked(row, Remark::window_update);
    if ((windows && row.sight == Sight::seen) || closed_window || window_moves) {
        words.extras.push_back(fmt::format("win={}", row.window));
    }
    const bool asks_for_room =
        is_marked(row, Remark::zero_window_probe);  // Linux does so by what looks like a keep-alive
    for (const Marked& mark : row.marks) {
        if (!asks_for_room || mark.remark != Remark::keepalive) words.marks.push_back(mark_text(mark));
    }
    return words;
}

std::string joined(const ArrowWords& words) {
    std::string text = words.flags;
    const auto add = [&](const std::string& word, const char* space) {
        if (!word.empty()) text += space + word;
    };
    add(words.seq, " ");
    add(words.ack, " ");
    add(words.length, " ");
    for (const std::string& extra : words.extras) add(extra, " ");
    for (const std::string& mark : words.marks) add(mark, "  ");
    return text;
}

std::string state_text(const StateChange& change) {
    const std::string_view name = name_of(change.state);
    return change.sight == Sight::seen ? std::string(name) : fmt::format("({})", name);
}

std::string source_text(const Heading& heading) {
    constexpr std::array<const char*, 3> kNames = {msgid("packets"), msgid("kernel"), msgid("file")};
    const std::string name = tr(kNames[static_cast<std::size_t>(heading.source)]);
    return heading.where.empty() ? name : fmt::format("{} ({})", name, text::safe_line(heading.where));
}

std::string end_text(const Heading& heading, End end) {
    const bool client = end == End::client;
    const std::string& address = client ? heading.client : heading.server;
    return fmt::format("{}{} {}", client ? tr("client") : tr("server"), heading.self == end ? "*" : "",
                       address.empty() ? "?" : text::safe_line(address));
}

std::vector<std::string> fold_texts(const FoldRow& fold) {
    const bool inferred = fold.sight == Sight::inferred;
    const auto has_data = [](const FoldRow::Half& half) { return half.segments != 0 || half.bytes != 0; };
    const bool any_data = has_data(fold.from_client) || has_data(fold.from_server);
    const auto is_said = [&](const FoldRow::Half& half) { return any_data ? has_data(half) : half.pure_acks != 0; };
    std::vector<std::string> texts;
    if (is_said(fold.from_client)) texts.push_back(half_text(fold.from_client, inferred, "->"));
    if (is_said(fold.from_server)) texts.push_back(half_text(fold.from_server, inferred, "<-"));
    if (texts.empty()) texts.push_back(half_text(fold.from_server, inferred, "<-"));
    return texts;
}

std::string note_text(const NoteRow& note) {
    const auto count = static_cast<unsigned long>(note.count);
    const auto counted = [&](const char* text) { return fmt::format(fmt::runtime(text), grouped(note.count)); };
    switch (note.kind) {
        case NoteRow::Kind::listening:
            return {};
        case NoteRow::Kind::begins_in_the_middle:
            return tr("begins here: the past was not seen");
        case NoteRow::Kind::time_wait_over:
            return note.count == 0 ? tr("TIME-WAIT is over") : tr_format("TIME-WAIT is over ({} s)", note.count);
        case NoteRow::Kind::gave_up:
            return note.count == 0 ? tr("no answer: given up")
                                   : counted(tr_plural("no answer: given up after {} try",
                                                       "no answer: given up after {} tries", count));
        case NoteRow::Kind::capture_dropped:
            return counted(tr_plural("{} packet was not captured", "{} packets were not captured", count));
        case NoteRow::Kind::capture_ended:
            return tr("the capture ends here");
        case NoteRow::Kind::still_in_time_wait:
            return tr("still in TIME-WAIT, leaving");
        case NoteRow::Kind::time_wait_goes_on:
            return tr("TIME-WAIT goes on");
        case NoteRow::Kind::account:
            return note.account ? account_text(*note.account) : std::string();
    }
    return {};
}

std::string delta_text(const Row& row) {
    if (!row.time) return "?";
    if (!row.delta) return "0.000";
    const std::int64_t nanos = row.delta->count();
    const std::uint64_t size = nanos < 0 ? 0 - static_cast<std::uint64_t>(nanos) : static_cast<std::uint64_t>(nanos);
    const char sign = nanos < 0 ? '-' : '+';
    constexpr std::uint64_t kMicro = 1000, kMilli = 1000 * kMicro, kSecond = 1000 * kMilli, kDay = 86400 * kSecond;
    const auto rounded = [size](std::uint64_t unit) { return (size + unit / 2) / unit; };
    if (const std::uint64_t micros = rounded(kMicro); micros < 1'000'000) {
        // Microseconds; whole tenths as such, so that points stand under points but for those.
        std::string text = fmt::format("{}{}.{:03}", sign, micros / 1000, micros % 1000);
        if (micros != 0 && micros % 100 == 0) text.resize(text.size() - 2);
        return text;
    }
    if (const std::uint64_t millis = rounded(kMilli); millis < 10'000'000) return fmt::format("{}{}", sign, millis);
    if (const std::uint64_t seconds = rounded(kSecond); seconds < 1'000'000) return fmt::format("{}{}s", sign, seconds);
    return fmt::format("{}{}d", sign, rounded(kDay));
}

}  // namespace earshot::view
