#include "app/ladder_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "app/host.h"
#include "base/i18n.h"
#include "net/capture.h"
#include "text/encoding.h"

namespace earshot::app {

namespace {

constexpr std::size_t kUnansweredKept = 8;

// What would keep a file from being written, found before a conversation is held for it.
Status can_write(const std::string& path) {
    struct stat there {};
    int error = 0;
    if (::stat(path.c_str(), &there) != 0) {
        const auto folder = std::filesystem::path(path).parent_path();
        if (::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0) error = errno;
    } else if (S_ISDIR(there.st_mode)) {
        error = EISDIR;
    } else if (::access(path.c_str(), W_OK) != 0) {
        error = errno;
    }
    if (error == 0) return Ok{};
    return Error{reason_of_errno(error), tr_format("cannot write to {}: {}", path, errno_text(error))};
}

// "a.svg", "a-2.svg", "a-3.svg".
std::string numbered(const std::string& path, std::uint32_t number) {
    if (path.empty() || number == 1) return path;
    const std::filesystem::path whole(path);
    const auto name = whole.stem().string() + "-" + std::to_string(number) + whole.extension().string();
    return (whole.parent_path() / name).string();
}

}  // namespace

Result<std::unique_ptr<LadderFiles>> LadderFiles::make(const Options& options, const Effective& holds) {
    const LadderWish& wish = options.ladder;
    if (!wish.names_files()) return std::unique_ptr<LadderFiles>();
    for (const std::string* path : wish.outputs()) {
        if (path->empty()) continue;
        if (const Status possible = can_write(*path); !possible) return possible.error();
    }
    std::vector<const text::Encoding*> candidates = candidates_of(options);
    const auto ours = payload_encodings(options, holds, trace::End::client, candidates);
    if (!ours) return ours.error();
    const auto theirs = payload_encodings(options, holds, trace::End::server, candidates);
    if (!theirs) return theirs.error();
    return std::unique_ptr<LadderFiles>(new LadderFiles(options, std::move(candidates), *ours, *theirs));
}

LadderFiles::LadderFiles(const Options& options, std::vector<const text::Encoding*> candidates,
                         view::PayloadEncodings as_client, view::PayloadEncodings as_server)
    : wish_(options.ladder),
      candidates_(std::move(candidates)),
      as_client_(std::move(as_client)),
      as_server_(std::move(as_server)) {}

bool LadderFiles::check(const Status& done) {
    if (!done && complaints_.insert(done.error().message).second) tell(done.error().message);
    return static_cast<bool>(done);
}

// --- pictures and diagrams

void LadderFiles::take(SessionId id, const model::Traced& told, bool established) {
    if (wish_.svg.empty() && wish_.mermaid.empty()) return;
    const trace::End self = told.heading.self.value_or(trace::End::client);
    const auto [found, made] = ladders_.try_emplace(told.ladder, Ladder{id, self, encodings_of(self), {}, {}, {}});
    Ladder& ladder = found->second;
    ladder.heading = told.heading;
    if (ladder.early.size() + told.rows.size() <= kMostRows && !ladder.outputs && !ladder.done) {
        ladder.early.insert(ladder.early.end(), told.rows.begin(), told.rows.end());
        if (established) open(ladder);
    } else {
        for (const trace::Row& row : told.rows) write(ladder, row);
    }
    if (!told.over) return;
    if (ladder.outputs) {
        close(ladder);
    } else if (files_ == 0) {
        unanswered_.push_back(std::move(ladder));
        if (unanswered_.size() > kUnansweredKept) unanswered_.pop_front();
    }
    ladders_.erase(found);
}

void LadderFiles::open(Ladder& ladder) {
    ladder.done = true;
    if (files_ == kMostFiles) {
        if (!std::exchange(told_of_most_, true)) {
            tell(tr_format("{} ladders are written, and no more: there are too many conversations", kMostFiles));
        }
        return;
    }
    ++files_;
    unanswered_.clear();
    LadderWish wish;
    wish.svg = numbered(wish_.svg, files_);
    wish.mermaid = numbered(wish_.mermaid, files_);
    view::LadderLook look;
    look.explain = wish_.explain;
    look.encodings = {ladder.encodings.encoding_of(trace::End::client),
                      ladder.encodings.encoding_of(trace::End::server)};
    ladder.outputs = std::make_unique<LadderOutputs>(wish, nullptr, look);
    ladder.outputs->begin(ladder.heading);
    for (const trace::Row& row : std::exchange(ladder.early, {})) write(ladder, row);
    if (!check(ladder.outputs->open())) ladder.outputs.reset();
}

void LadderFiles::write(Ladder& ladder, const trace::Row& row) {
    if (!ladder.outputs) return;
    if (++ladder.rows > kMostRows) {
        if (ladder.rows == kMostRows + 1) {
            tell(tr_format("the ladder of conversation {} is written up to its row {}: it is too long for a picture",
                           ladder.id.value, kMostRows));
        }
        return;
    }
    ladder.encodings.add(row, *ladder.outputs);
    ladder.outputs->row(row);
}

void LadderFiles::close(Ladder& ladder) {
    if (!ladder.outputs) return;
    ladder.outputs->end();
    check(ladder.outputs->close());
    ladder.outputs.reset();
}

void LadderFiles::encoding_changed(SessionId id, const model::EncodingChanged& change) {
    if (change.encoding == "auto") return;
    const text::Encoding* const encoding = text::find_encoding(change.encoding);
    for (auto& [number, ladder] : ladders_) {
        if (ladder.id != id) continue;
        const trace::End from = change.direction == model::Direction::out ? ladder.self : trace::other(ladder.self);
        ladder.encodings.name(from, encoding);
        if (ladder.outputs) ladder.outputs->decode_as(from, encoding);
        if (const auto spoken = comments_.find(number); spoken != comments_.end()) {
            spoken->second.decode_as(from, encoding);
        }
    }
}

// --- the capture

void LadderFiles::take(std::uint32_t ladder, trace::End self, const talk::PacketTap::Seen& seen) {
    if (wish_.pcap.empty()) return;
    if (!capture_) {
        capture_.emplace(wish_.pcap);
        if (!check(capture_->open())) return;
    }
    const std::pair interface(seen.interface, seen.frame.link_type);
    const auto [known, is_new] = interfaces_.try_emplace(interface, 0);
    if (is_new) {
        known->second = capture_->add_interface({.link_type = seen.frame.link_type,
                                                 .snaplen = static_cast<std::uint32_t>(net::kCaptureSnaplen),
                                                 .name = seen.interface});
    }
    const auto comments = comments_.try_emplace(ladder, encodings_of(self)).first;
    capture_->add({.time = seen.frame.time,
                   .link_type = seen.frame.link_type,
                   .original_length = seen.frame.original_length,
                   .bytes = seen.frame.bytes},
                  seen.packet, comments->second, known->second);
}

void LadderFiles::no_packets() const {
    if (wish_.pcap.empty()) return;
    tell(tr_format("{} is not written: it is for packets, and they cannot be seen here", wish_.pcap));
}

// --- both

void LadderFiles::flush() {
    for (auto& [number, ladder] : ladders_) {
        if (ladder.outputs && !check(ladder.outputs->flush())) ladder.outputs.reset();
    }
    if (capture_) check(capture_->flush());
}

void LadderFiles::finish() {
    for (auto& [number, ladder] : ladders_) {
        if (ladder.outputs) {
            close(ladder);
        } else if (!ladder.done) {
            unanswered_.push_back(std::move(ladder));
        }
    }
    ladders_.clear();
    if (files_ == 0) {
        for (Ladder& ladder : std::exchange(unanswered_, {})) {
            open(ladder);
            close(ladder);
        }
    }
    if (capture_) check(capture_->close());
    capture_.reset();
}

}  // namespace earshot::app
