#include "text/detect.h"

#include <algorithm>
#include <vector>

#include "text/codec.h"
#include "text/utf8_unit.h"

namespace earshot::text {
namespace {

constexpr int kErrorScore = -30;
constexpr int kUtf8Score = 10;
// UTF-8 that is right so far stays once it holds so many sequences: by then two-byte text of another encoding has
// broken. A sequence of two bytes is easily hit by chance, so it takes more of them.
constexpr int kLongSequences = 3;
constexpr int kAnySequences = 8;
// ASCII that is kept after other bytes: it may be the trail of one, and show that one to be broken.
constexpr std::size_t kAsciiContext = 2;

struct Utf8Look {
    bool valid = true;
    bool firm = false;
    int sequences = 0;
};

Utf8Look look_as_utf8(ByteView sample) {
    Utf8Look look;
    int long_sequences = 0;
    for (std::size_t at = 0; at < sample.size();) {
        const Utf8Unit unit = utf8_unit(sample.data() + at, sample.size() - at);
        if (unit.size == 0) break;  // may yet be completed
        if (!unit.valid) {
            look.valid = false;
            break;
        }
        at += unit.size;
        if (unit.size == 1) continue;
        ++look.sequences;
        if (unit.size > 2) ++long_sequences;
        // Decided at the first place where it holds, so that it does not matter where the bytes were cut.
        if (long_sequences >= kLongSequences || look.sequences >= kAnySequences) {
            look.firm = true;
            break;
        }
    }
    return look;
}

// A mean as a fraction, so that comparing is exact.
struct Mean {
    std::int64_t sum = 0;
    std::int64_t units = 0;

    bool better_than(const Mean& other) const {
        if (units == 0 || other.units == 0) return units > other.units;
        return sum * other.units > other.sum * units;
    }
};

Mean mean_score(const Encoding& encoding, ByteView sample) {
    std::string text;
    std::vector<Run> runs;
    Decoder(encoding).decode(sample, text, runs);  // an incomplete tail says nothing
    Mean mean;
    std::size_t at = 0;
    for (const Run& run : runs) {
        const ByteView raw = sample.subspan(at, run.raw_size);
        at += run.raw_size;
        if (run.kind == RunKind::error) {
            mean.sum += kErrorScore;
            ++mean.units;
        } else if (run.kind == RunKind::text && run.text_unit > 1) {
            mean.units += run.raw_size / run.raw_unit;
            for (std::size_t unit = 0; encoding.score != nullptr && unit < raw.size(); unit += run.raw_unit) {
                mean.sum += encoding.score(raw.subspan(unit, run.raw_unit));
            }
        }
    }
    return mean;
}

const Encoding* byte_order_mark(ByteView start) {
    if (start.size() >= 3 && start[0] == 0xEF && start[1] == 0xBB && start[2] == 0xBF) return &utf8();
    if (start.size() >= 2 && start[0] == 0xFE && start[1] == 0xFF) return find_encoding("utf-16be");
    if (start.size() >= 2 && start[0] == 0xFF && start[1] == 0xFE) return find_encoding("utf-16le");
    return nullptr;
}

}  // namespace

int score_utf8(ByteView) { return kUtf8Score; }

Detector::Detector(std::span<const Encoding* const> candidates)
    : candidates_(candidates.empty() ? default_candidates() : candidates), verdict_{&utf8(), Certainty::undecided} {}

bool Detector::keep(ByteView bytes) {
    const std::size_t before = sample_.size();
    for (const std::uint8_t byte : bytes) {
        if (sample_.size() == kSampleSize) break;
        const bool ascii = byte < 0x80;
        if (ascii && ascii_behind_ >= kAsciiContext) continue;
        ascii_behind_ = static_cast<std::uint8_t>(ascii ? ascii_behind_ + 1 : 0);
        sample_.push_back(static_cast<char>(byte));
    }
    return sample_.size() != before;
}

Verdict Detector::add(ByteView bytes) {
    if (verdict_.certainty == Certainty::sticky || bytes.empty()) return verdict_;
    if (sample_.empty()) {
        const auto first = static_cast<std::size_t>(
            std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte >= 0x80; }) - bytes.begin());
        at_start_ = at_start_ && first == 0;
        bytes = bytes.subspan(first);
    }
    if (keep(bytes)) judge();
    return verdict_;
}

void Detector::judge() {
    const ByteView sample = as_bytes(sample_);
    if (const Encoding* marked = at_start_ ? byte_order_mark(sample) : nullptr) {
        verdict_ = {marked, Certainty::sticky};
    } else if (const Utf8Look look = look_as_utf8(sample); look.firm) {
        verdict_ = {&utf8(), Certainty::sticky};
    } else if (look.valid) {
        verdict_ = {&utf8(), look.sequences == 0 ? Certainty::undecided : Certainty::tentative};
    } else {
        verdict_ = {best(sample), Certainty::tentative};
    }
    if (sample_.size() == kSampleSize && verdict_.certainty == Certainty::tentative)
        verdict_.certainty = Certainty::sticky;
    if (verdict_.certainty == Certainty::sticky) sample_ = std::string();  // judged: its memory is not needed again
}

const Encoding* Detector::best(ByteView sample) const {
    const Encoding* best = &utf8();
    Mean highest = mean_score(*best, sample);
    for (const Encoding* candidate : candidates_) {
        const Mean mean = mean_score(*candidate, sample);
        if (!mean.better_than(highest)) continue;
        best = candidate;
        highest = mean;
    }
    return best;
}

}  // namespace earshot::text
