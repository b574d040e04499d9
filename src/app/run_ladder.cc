// earshot ladder: a conversation from a capture file as a ladder, or the list of those there are. Reads block, as there
// is nothing else to wait for.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <optional>
#include <vector>

#include "app/commented_capture.h"
#include "app/host.h"
#include "app/ladder_outputs.h"
#include "app/locale.h"
#include "app/option_values.h"
#include "app/payload_encodings.h"
#include "app/running.h"
#include "app/terminal.h"
#include "app/terminal_charset.h"
#include "base/i18n.h"
#include "net/capture_file.h"
#include "text/candidates.h"
#include "text/iconv_codec.h"
#include "text/safe.h"
#include "text/width.h"
#include "trace/ladder.h"
#include "trace/packet.h"
#include "trace/streams.h"
#include "trace/twin.h"
#include "view/json_fields.h"
#include "view/ladder/columns.h"

namespace earshot::app {

namespace {

using trace::Packet;
using trace::Stream;

Result<view::PayloadEncodings> encodings_of(const Options& options,
                                            const std::vector<const text::Encoding*>& candidates) {
    const std::string both = options.recv_encoding.value_or("auto");
    return view::PayloadEncodings::of(options.ladder.client_encoding.value_or(both),
                                      options.ladder.server_encoding.value_or(both), candidates);
}

view::LadderLook look_of(const Options& options, const view::PayloadEncodings& encodings) {
    view::LadderLook look;
    look.width = terminal_columns(STDOUT_FILENO);
    look.explain = options.ladder.explain;
    look.encodings = {encodings.encoding_of(trace::End::client), encodings.encoding_of(trace::End::server)};
    return look;
}

std::string stream_object(const Stream& stream) {
    std::string line;
    view::JsonFields fields(line);
    fields.text("event", "stream");
    fields.number("stream", stream.number);
    fields.text("client", stream.client.text());
    fields.text("server", stream.server.text());
    fields.number("packets", stream.packets);
    fields.number("bytes", stream.bytes);
    fields.close();
    return line + "\n";
}

// Columns as wide as what stands in them; numbers to the right.
std::string stream_table(const std::vector<Stream>& streams) {
    std::vector<std::array<std::string, 5>> lines;
    lines.push_back({tr("stream"), tr("client"), tr("server"), tr("packets"), tr("bytes")});
    for (const Stream& stream : streams) {
        lines.push_back({std::to_string(stream.number), stream.client.text(), stream.server.text(),
                         view::grouped(stream.packets), view::grouped(stream.bytes)});
    }
    std::array<int, 5> widths{};
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], text::text_width(line[i]));
    }
    std::string table;
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const bool is_place = i == 1 || i == 2;
            table += (i == 0 ? "" : "  ") +
                     (is_place ? view::left_in(line[i], widths[i]) : view::right_in(line[i], widths[i]));
        }
        table += '\n';
    }
    return table;
}

class LadderRun {
  public:
    LadderRun(const Options& options, net::CaptureFile file, const view::PayloadEncodings& encodings)
        : options_(options),
          wish_(options.ladder),
          file_(std::move(file)),
          encodings_(encodings),
          comments_(encodings),
          outputs_(wish_, options.json ? "json" : "text", look_of(options, encodings)),
          ladder_({.source = trace::Source::file, .fold_after = wish_.fold_after}),
          // What comes by a pipe may be happening now.
          twins_(wish_.file == "-" ? trace::TwinFinder::kLive : trace::TwinFinder::kMerged) {
        if (wish_.pcap.empty()) return;
        capture_.emplace(wish_.pcap);
        capture_->add_interface({.link_type = file_.link_type(), .snaplen = file_.snaplen()});
    }

    int run() {
        if (wish_.stream && !open_outputs()) return 1;
        bool whole = true;
        while (!failed_ && !outputs_.reader_has_gone()) {
            const auto frame = file_.next();
            if (!frame) tell(frame.error().message), whole = false;
            if (!frame || !*frame) break;
            take(**frame);
        }
        if (!failed_) finish();
        return failed_ || !whole ? 1 : 0;
    }

  private:
    std::size_t chosen() const { return static_cast<std::size_t>(wish_.stream.value_or(0)); }
    // Without a choice only a file of one conversation has its ladder drawn.
    bool is_drawn(const Stream& stream) const { return stream.number == chosen() && !is_undecided(); }
    bool is_undecided() const { return !wish_.stream && streams_.all().size() > 1; }

    void fail(const std::string& message) {
        tell(message);
        failed_ = true;
    }
    bool check(const Status& done) {
        if (!done) fail(done.error().message);
        return !failed_;
    }
    bool open_outputs() {
        opened_ = true;
        return check(outputs_.open()) && (!capture_ || check(capture_->open()));
    }

    void take(const net::CapturedFrame& captured) {
        const trace::Frame frame{.time = captured.time,
                                 .link_type = captured.link_type,
                                 .original_length = captured.original_length,
                                 .bytes = captured.bytes,
                                 .number = ++frames_};
        auto packet = trace::parse_packet(frame);
        if (!packet) return;
        if (capture_) {
            Packet one = *packet;
            const Stream& stream = captured_streams_.add(one);
            if (stream.number == chosen() && (wish_.stream || captured_streams_.all().size() == 1)) {
                capture_->add(frame, one, comments_);
            }
        }
        twins_.add(std::move(*packet));
        take_packets();
        if (opened_) check(outputs_.flush()) && capture_&& check(capture_->flush());
    }
    void take_packets() {
        for (Packet& packet : twins_.take()) {
            const Stream& stream = streams_.add(packet);
            if (is_drawn(stream)) draw(stream, packet);
        }
    }

    // The ends have to be known before anything is drawn.
    void draw(const Stream& stream, const Packet& packet) {
        if (begun_) return add(packet.segment);
        early_.push_back(packet);
        if (stream.ends_known) begin(stream);
    }
    void begin(const Stream& stream) {
        begun_ = true;
        outputs_.begin({.client = stream.client.text(),
                        .server = stream.server.text(),
                        .source = trace::Source::file,
                        .where = wish_.file == "-" ? tr("the standard input") : text::safe_line(wish_.file)});
        for (Packet& packet : std::exchange(early_, {})) {
            packet.segment.from = trace::end_of(stream, packet);
            add(packet.segment);
        }
    }
    void add(const trace::Segment& segment) {
        ladder_.add(segment);
        show_rows();
    }
    void show_rows() {
        for (const trace::Row& row : ladder_.take()) {
            encodings_.add(row, outputs_);
            outputs_.row(row);
        }
    }

    void finish() {
        twins_.finish();
        take_packets();
        const auto& all = streams_.all();
        if (all.empty()) {
            return fail(
                tr_format("{} holds no TCP conversation: {} frames, none of them TCP over IP", wish_.file, frames_));
        }
        if (is_undecided()) return list();
        if (chosen() >= all.size()) {
            return fail(all.size() == 1
                            ? tr_format("{} has no conversation {}: it holds one, number 0", wish_.file, chosen())
                            : tr_format("{} has no conversation {}: they are numbered from 0 to {}", wish_.file,
                                        chosen(), all.size() - 1));
        }
        const Stream& stream = all[chosen()];
        if (!begun_) begin(stream);
        ladder_.finish(stream.last);
        show_rows();
        outputs_.end();
        if (!opened_ && !open_outputs()) return;
        if (check(outputs_.close()) && capture_) check(capture_->close());
    }

    void list() {
        WrittenFile out("-");
        if (options_.json) {
            for (const Stream& stream : streams_.all()) out.write(stream_object(stream));
        } else {
            const std::string table = stream_table(streams_.all());
            out.write(::isatty(STDOUT_FILENO) != 0 ? for_people(table) : table);
        }
        if (!check(out.open()) || !check(out.flush())) return;
        if (wish_.names_files()) {
            return fail(tr_format("{} holds {} conversations: choose the one to write with --stream N", wish_.file,
                                  streams_.all().size()));
        }
        if (!options_.json) tell(tr("--stream N draws the ladder of one"));
    }

    const Options& options_;
    const LadderWish& wish_;
    net::CaptureFile file_;
    view::PayloadEncodings encodings_;
    PacketComments comments_;
    LadderOutputs outputs_;
    trace::Ladder ladder_;
    std::optional<CommentedCapture> capture_;
    trace::TwinFinder twins_;
    trace::Streams streams_, captured_streams_;  // the second without twins taken for one: every frame is written
    std::vector<Packet> early_;
    std::uint64_t frames_ = 0;
    bool begun_ = false, opened_ = false, failed_ = false;
};

// Ctrl-C in "tcpdump -w - | earshot ladder -" is meant for tcpdump: what it still writes is read to its end, and drawn.
// A second one ends the program.
void let_writer_end() {
    struct sigaction once {};
    once.sa_handler = [](int) {};
    once.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &once, nullptr);
}

// Whether one of the outputs would overwrite the file that is read.
bool overwrites_input(const LadderWish& wish) {
    const auto outputs = wish.outputs();
    return std::any_of(outputs.begin(), outputs.end(), [&](const std::string* path) {
        std::error_code ignored;
        return *path != "-" && std::filesystem::equivalent(*path, wish.file, ignored);
    });
}

}  // namespace

int run_ladder(const Options& options) {
    const LadderWish& wish = options.ladder;
    if (overwrites_input(wish)) {
        return tell(tr_format("{} is read: name another file for the output", wish.file)), 2;
    }
    if (wish.pcap == "-" && ::isatty(STDOUT_FILENO) != 0) {
        return tell(tr("a capture is nothing for a terminal: name a file with --pcap")), 2;
    }
    const std::vector<const text::Encoding*> candidates = candidates_of(options);
    const auto encodings = encodings_of(options, candidates);
    if (!encodings) return tell(encodings.error().message), 2;
    auto file = net::CaptureFile::open(wish.file);
    if (!file) return tell(file.error().message), 1;
    if (!trace::knows_link_type(file->link_type())) {
        return tell(tr_format("{}: frames of link type {} cannot be taken apart; Ethernet, Linux cooked, loopback and "
                              "raw IP can",
                              wish.file, file->link_type())),
               1;
    }
    if (wish.file == "-") let_writer_end();
    return LadderRun(options, std::move(*file), *encodings).run();
}

}  // namespace earshot::app
