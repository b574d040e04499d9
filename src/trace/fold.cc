#include "trace/fold.h"

#include <utility>

namespace earshot::trace {

namespace {

// The ones after it say the same.
constexpr std::uint32_t kDrawnDuplicateAcks = 3;

}  // namespace

SegmentRow draw(const Segment& segment, const Finding& finding, Sight sight) {
    SegmentRow row;
    row.segment = segment;
    row.sight = sight;
    row.numbers_known = finding.is_known;
    row.seq = finding.seq;
    row.ack = finding.ack;
    row.window = finding.window;
    row.marks.assign(finding.marks.all().begin(), finding.marks.all().end());
    return row;
}

bool Fold::is_plain(const Segment& segment, const Finding& finding, bool lossy) const {
    if ((segment.flags & (kSyn | kFin | kRst)) != 0 || finding.reopens_window) return false;
    for (const Marked& mark : finding.marks.all()) {
        const bool repeated = mark.remark == Remark::duplicate_ack && mark.count > kDrawnDuplicateAcks;
        const bool gap = mark.remark == Remark::lost_before && lossy && is_open();
        if (!repeated && !gap && mark.remark != Remark::window_update && mark.remark != Remark::window_full)
            return false;
    }
    return true;
}

bool Fold::take(const Segment& segment, const Finding& finding, Sight sight) {
    const auto time = segment.seen_at();
    if (time) last_ = time;
    if (!is_open()) {
        const bool data = segment.length > 0;
        const bool repeated = finding.marks.has(Remark::duplicate_ack);  // only a later one is plain
        if (fold_after_ == 0 || drawn_ < fold_after_ || (!data && !repeated)) {
            if (data) ++drawn_;
            return false;
        }
        first_ = segment;
        first_finding_ = finding;
        first_known_ = true;
        row_ = FoldRow{};
        row_.sight = sight;
    }
    ++count_;
    auto& half = segment.from == End::client ? row_.from_client : row_.from_server;
    if (segment.length == 0) {
        ++half.pure_acks;
    } else {
        if (sight == Sight::seen) ++half.segments;
        half.bytes += segment.length;
    }
    return true;
}

void Fold::take(const Stretch& stretch) {
    if (!is_open()) {
        first_known_ = false;
        row_ = FoldRow{};
    }
    for (const End end : {End::client, End::server}) {
        const Stretch::Way& way = stretch.from(end);
        if (way.is_empty()) continue;
        auto& half = end == End::client ? row_.from_client : row_.from_server;
        half.segments += way.segments;
        half.bytes += way.bytes;
        half.pure_acks += way.pure_acks;
        count_ += way.count();
        if (way.last && (!last_ || *last_ < *way.last)) last_ = way.last;
    }
}

void Fold::end_run() {
    drawn_ = 0;
    last_.reset();
}

Row Fold::close() {
    Row row;
    if (count_ == 1 && first_known_) {
        row.time = first_.seen_at();
        row.body = draw(first_, first_finding_, row_.sight);
    } else {
        row.time = last_;
        row.body = row_;
    }
    count_ = 0;
    return row;
}

}  // namespace earshot::trace
