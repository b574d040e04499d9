// A small language for rows of a ladder: `client("SYN").seq(0).mss(1460).client_state(State::syn_sent).after(31.204)`.
#pragma once

#include <chrono>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "trace/row.h"

namespace earshot::view {

using namespace trace;  // NOLINT(google-build-using-namespace)

inline const WallTime kStart{std::chrono::sys_days(std::chrono::year(2026) / 5 / 1) + std::chrono::hours(12) +
                             std::chrono::nanoseconds(123'456'789)};

constexpr std::uint32_t kClientIsn = 4'000'000'000, kServerIsn = 1'000;

inline StateChange seen(State state) { return {state, Sight::seen}; }
inline StateChange inferred(State state) { return {state, Sight::inferred}; }

class RowBuilder {
  public:
    explicit RowBuilder(std::variant<SegmentRow, FoldRow, NoteRow> body) {
        row_.body = std::move(body);
        row_.time = kStart;
    }
    RowBuilder& seq(std::uint32_t relative) {
        SegmentRow& it = std::get<SegmentRow>(row_.body);
        it.seq = relative;
        it.segment.seq = relative + (it.segment.from == End::client ? kClientIsn : kServerIsn);
        return *this;
    }
    RowBuilder& ack(std::uint32_t relative) {
        SegmentRow& it = std::get<SegmentRow>(row_.body);
        it.ack = relative;
        it.segment.ack = relative + (it.segment.from == End::client ? kServerIsn : kClientIsn);
        return *this;
    }
    RowBuilder& payload(std::string bytes) {
        segment().length = static_cast<std::uint32_t>(bytes.size());
        segment().payload = std::move(bytes);
        return *this;
    }
    RowBuilder& length(std::uint32_t bytes) { return segment().length = bytes, *this; }
    RowBuilder& mss(std::uint16_t bytes) { return segment().options.mss = bytes, *this; }
    RowBuilder& window(std::uint64_t bytes) { return std::get<SegmentRow>(row_.body).window = bytes, *this; }
    RowBuilder& mark(Remark remark, std::uint32_t count = 0) {
        std::get<SegmentRow>(row_.body).marks.push_back({remark, count});
        return *this;
    }
    RowBuilder& dotted() { return std::get<SegmentRow>(row_.body).sight = Sight::inferred, *this; }
    RowBuilder& unnumbered() { return std::get<SegmentRow>(row_.body).numbers_known = false, *this; }
    RowBuilder& client_state(StateChange change) { return row_.client = change, *this; }
    RowBuilder& server_state(StateChange change) { return row_.server = change, *this; }
    RowBuilder& after(double millis) {
        row_.delta = std::chrono::nanoseconds(std::llround(millis * 1e6));
        return *this;
    }
    RowBuilder& at(WallTime time) { return row_.time = time, *this; }
    RowBuilder& at_unknown_time() {
        row_.time.reset();
        row_.delta.reset();
        return *this;
    }
    Segment& segment() { return std::get<SegmentRow>(row_.body).segment; }
    operator trace::Row() const { return row_; }  // NOLINT(google-explicit-constructor): ends the sentence

  private:
    trace::Row row_;
};

inline std::uint8_t flags_of(const std::string& names) {
    std::uint8_t flags = 0;
    const std::pair<const char*, Flag> known[] = {{"FIN", kFin}, {"SYN", kSyn}, {"RST", kRst}, {"PSH", kPsh},
                                                  {"ACK", kAck}, {"URG", kUrg}, {"ECE", kEce}, {"CWR", kCwr}};
    for (const auto& [name, flag] : known) {
        if (names.find(name) != std::string::npos) flags = static_cast<std::uint8_t>(flags | flag);
    }
    return flags;
}

inline RowBuilder from(End end, const std::string& flags) {
    SegmentRow row;
    row.segment.from = end;
    row.segment.flags = flags_of(flags);
    row.window = 64240;
    return RowBuilder(row);
}
inline RowBuilder client(const std::string& flags) { return from(End::client, flags).seq(0).ack(0); }
inline RowBuilder server(const std::string& flags) { return from(End::server, flags).seq(0).ack(0); }
inline RowBuilder fold(FoldRow::Half from_client, FoldRow::Half from_server) {
    return RowBuilder(FoldRow{from_client, from_server, Sight::seen});
}
inline RowBuilder note(NoteRow::Kind kind, std::uint64_t count = 0) { return RowBuilder(NoteRow{kind, count, {}}); }

inline Heading sample_heading() {
    return {"192.168.1.20:51822", "10.0.0.7:9000", End::client, Source::packets, "eth0"};
}

// The conversation of docs and interface: opened, one line in GBK that was lost once, an answer, closed by the server.
inline std::vector<trace::Row> sample_rows() {
    std::vector<trace::Row> rows{
        note(NoteRow::Kind::listening).client_state(seen(State::closed)).server_state(inferred(State::listen)),
        client("SYN").mss(1460).client_state(seen(State::syn_sent)).server_state(inferred(State::syn_received)),
        server("SYN,ACK").ack(1).mss(1400).client_state(seen(State::established)).after(31.204),
        client("ACK").seq(1).ack(1).server_state(inferred(State::established)).after(0.041),
        client("PSH,ACK").seq(1).ack(1).payload("\xc4\xe3\xba\xc3\r\n").after(812),
        client("PSH,ACK").seq(1).ack(1).payload("\xc4\xe3\xba\xc3\r\n").mark(Remark::retransmission, 1).after(204.3),
        server("ACK").seq(1).ack(7).after(31.9),
        fold({0, 0, 20}, {39, 56940, 0}).after(40),
        server("FIN,ACK")
            .seq(56941)
            .ack(7)
            .client_state(seen(State::close_wait))
            .server_state(inferred(State::fin_wait_1))
            .after(1.2),
        client("ACK").seq(7).ack(56942).server_state(inferred(State::fin_wait_2)).after(0.1),
        client("FIN,ACK")
            .seq(7)
            .ack(56942)
            .client_state(seen(State::last_ack))
            .server_state(inferred(State::time_wait))
            .after(2400),
        server("ACK").seq(56942).ack(8).client_state(seen(State::closed)).after(31),
    };
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].index = i;
    return rows;
}

}  // namespace earshot::view
