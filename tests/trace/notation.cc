#include "tests/trace/notation.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <sstream>
#include <vector>

#include "base/check.h"
#include "trace/ladder.h"

namespace earshot::trace::notation {

namespace {

using Words = std::vector<std::string>;

Words words_of(std::string_view line) {
    std::istringstream in{std::string(line)};
    Words words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

std::chrono::nanoseconds ms(std::string_view text) {
    return std::chrono::nanoseconds(std::llround(std::strtod(std::string(text).c_str(), nullptr) * 1e6));
}

std::uint32_t number(std::string_view text) {
    return static_cast<std::uint32_t>(std::strtoull(std::string(text).c_str(), nullptr, 10));
}

constexpr struct {
    std::string_view name;
    Flag flag;
} kFlags[] = {{"FIN", kFin}, {"SYN", kSyn}, {"RST", kRst}, {"PSH", kPsh},
              {"ACK", kAck}, {"URG", kUrg}, {"ECE", kEce}, {"CWR", kCwr}};

constexpr std::string_view kMarks[] = {
    "retransmission", "fast-retransmission", "out-of-order",       "lost-before", "duplicate-ack",
    "zero-window",    "zero-window-probe",   "window-update",      "window-full", "keepalive",
    "keepalive-ack",  "simultaneous-open",   "simultaneous-close", "unexpected"};

constexpr std::string_view kNotes[] = {
    "listening",     "begins-in-the-middle", "time-wait-over",    "gave-up", "capture-dropped",
    "capture-ended", "still-in-time-wait",   "time-wait-goes-on", "account"};

class Stage {
  public:
    void read(std::string_view line) {
        Words words = words_of(line);
        if (words.empty() || words[0].starts_with("//")) return;
        if (words[0].find('=') != std::string::npos) return set_options(words);
        if (!ladder_) ladder_.emplace(options_);
        read_time(words[0]);
        words.erase(words.begin());
        EARSHOT_CHECK(!words.empty());
        const std::string verb = words[0];
        words.erase(words.begin());
        if (verb == "c" || verb == "s") return ladder_->add(segment(verb == "c" ? End::client : End::server, words));
        if (verb == "!") return ladder_->add(fact(words));
        if (verb == "drop") return ladder_->dropped(time_, number(words.at(0)));
        if (verb == "tick") return ladder_->tick(*time_);
        EARSHOT_CHECK(verb == "finish");
        ladder_->finish(time_);
    }
    bool is_over() const { return ladder_ && ladder_->is_over(); }
    std::vector<Row> rows() { return ladder_ ? ladder_->take() : std::vector<Row>{}; }

  private:
    void set_options(const Words& words) {
        for (const std::string& word : words) {
            const std::string name = word.substr(0, word.find('='));
            const std::string value = word.substr(word.find('=') + 1);
            if (name == "self" && value != "-") options_.self = value == "c" ? End::client : End::server;
            if (name == "source")
                options_.source = value == "kernel" ? Source::kernel : value == "file" ? Source::file : Source::packets;
            if (name == "fold") options_.fold_after = number(value);
            if (name == "isn") {
                isn_[0] = number(value);
                isn_[1] = number(value.substr(value.find('/') + 1));
            }
        }
    }
    void read_time(const std::string& word) {
        if (word == "?") {
            time_.reset();
            return;
        }
        const WallTime epoch{};
        now_ = word[0] == '+' ? now_ + ms(word.substr(1)) : epoch + ms(word);
        time_ = now_;
    }
    Segment segment(End from, const Words& words) {
        Segment made;
        made.from = from;
        made.sent_at = time_;
        made.window = 65535;
        const auto mine = isn_[from == End::client ? 0 : 1], theirs = isn_[from == End::client ? 1 : 0];
        for (const std::string& word : words) {
            const std::string value = word.substr(word.find('=') + 1);
            if (word.starts_with("s=")) {
                made.seq = mine + number(value);
            } else if (word.starts_with("a=")) {
                made.ack = theirs + number(value);
            } else if (word.starts_with("w=")) {
                made.window = static_cast<std::uint16_t>(number(value));
            } else if (word.starts_with("ws=")) {
                made.options.window_scale = static_cast<std::uint8_t>(number(value));
            } else if (word.starts_with("mss=")) {
                made.options.mss = static_cast<std::uint16_t>(number(value));
            } else if (word.starts_with("at=")) {
                made.arrived_at = *time_ + ms(value);
            } else if (word.back() == 'B') {
                made.length = number(word);
                made.payload.assign(std::min<std::size_t>(made.length, 64), 'x');
            } else {
                for (const auto& [name, flag] : kFlags)
                    if (word.find(name) != std::string::npos) made.flags = static_cast<std::uint8_t>(made.flags | flag);
            }
        }
        return made;
    }
    Fact fact(const Words& words) {
        const std::string& kind = words.at(0);
        const auto made = [&](FactBody body) { return Fact{time_, std::move(body)}; };
        const Words rest(words.begin() + 1, words.end());
        if (kind == "started") return made(CallStarted{});
        if (kind == "established") return made(CallEstablished{});
        if (kind == "found") return made(FoundOpen{rest.empty() ? std::nullopt : std::optional(state(rest.at(0)))});
        if (kind == "saved") return made(SavedSyn{segment(End::client, rest)});
        if (kind == "refused") return made(CallRefused{});
        if (kind == "timed-out") return made(CallTimedOut{});
        if (kind == "sent") return made(BytesSent{number(rest.at(0)), "x"});
        if (kind == "received") return made(BytesReceived{number(rest.at(0)), "y"});
        if (kind == "fin-sent") return made(FinSent{});
        if (kind == "fin-received") return made(FinReceived{});
        if (kind == "reset-sent") return made(ResetSent{});
        if (kind == "reset-received") return made(ResetReceived{});
        if (kind == "lost") return made(ConnectionLost{});
        if (kind == "gone") return made(StateRead{});
        if (kind == "account") {
            Account account;
            account.retransmits = number(rest.at(0));
            return made(account);
        }
        EARSHOT_CHECK(kind == "state");
        return made(StateRead{state(rest.at(0))});
    }
    static State state(std::string_view name) {
        for (int i = 0; i <= static_cast<int>(State::time_wait); ++i)
            if (name_of(static_cast<State>(i)) == name) return static_cast<State>(i);
        EARSHOT_CHECK(false);
        return {};
    }

    LadderOptions options_{Source::packets, std::nullopt, 4, std::chrono::milliseconds(200)};
    std::uint32_t isn_[2] = {1000, 5000};
    std::optional<Ladder> ladder_;
    WallTime now_{};
    std::optional<WallTime> time_;
};

std::string shown(const std::optional<StateChange>& change) {
    if (!change) return "-";
    return change->sight == Sight::seen ? std::string(name_of(change->state))
                                        : fmt::format("({})", name_of(change->state));
}

std::string time_of(const Row& row) {
    const auto text = [](std::chrono::nanoseconds t) {
        return fmt::format("{:g}", static_cast<double>(t.count()) / 1e6);
    };
    if (!row.time) return "?";
    return row.delta ? "+" + text(*row.delta) : text(row.time->time_since_epoch());
}

struct Body {
    std::string operator()(const SegmentRow& row) const {
        const bool right = row.segment.from == End::client, seen = row.sight == Sight::seen;
        std::string out = right ? (seen ? ">" : "~>") : (seen ? "<" : "<~");
        std::string flags;
        for (const auto& [name, flag] : kFlags)
            if (row.segment.has(flag)) flags += (flags.empty() ? "" : ",") + std::string(name);
        out += " " + flags;
        if (row.numbers_known) out += fmt::format(" s={}", row.seq);
        if (row.numbers_known && row.segment.has(kAck)) out += fmt::format(" a={}", row.ack);
        if (row.segment.length > 0) out += fmt::format(" {}B", row.segment.length);
        for (const Marked& mark : row.marks) {
            out += fmt::format(" {}", kMarks[static_cast<std::size_t>(mark.remark)]);
            if (mark.count > 0) out += fmt::format("#{}", mark.count);
        }
        return out;
    }
    std::string operator()(const FoldRow& row) const {
        const auto half = [](const FoldRow::Half& h) {
            return fmt::format("{}/{}/{}", h.segments, h.bytes, h.pure_acks);
        };
        return fmt::format("{} c {} s {}", row.sight == Sight::seen ? "=" : "~=", half(row.from_client),
                           half(row.from_server));
    }
    std::string operator()(const NoteRow& row) const {
        const auto name = kNotes[static_cast<std::size_t>(row.kind)];
        return row.count > 0 ? fmt::format("# {} {}", name, row.count) : fmt::format("# {}", name);
    }
};

}  // namespace

std::string ladder_of(std::string_view text) {
    Stage stage;
    std::istringstream in{std::string(text)};
    for (std::string line; std::getline(in, line);) stage.read(line);
    std::string out;
    for (const Row& row : stage.rows())
        out += fmt::format("{} {} | {} | {}\n", time_of(row), shown(row.client), std::visit(Body{}, row.body),
                           shown(row.server));
    return out;
}

bool is_over_after(std::string_view text) {
    Stage stage;
    std::istringstream in{std::string(text)};
    for (std::string line; std::getline(in, line);) stage.read(line);
    return stage.is_over();
}

std::string tidy(std::string_view text) {
    std::istringstream in{std::string(text)};
    std::string out;
    for (std::string line; std::getline(in, line);) {
        std::string joined;
        for (const std::string& word : words_of(line)) joined += (joined.empty() ? "" : " ") + word;
        if (!joined.empty() && !joined.starts_with("//")) out += joined + "\n";
    }
    return out;
}

}  // namespace earshot::trace::notation
