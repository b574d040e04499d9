#include "text/detect.h"

#include <algorithm>
#include <string_view>

#include "text/codec.h"

namespace earshot::text {
namespace {

constexpr int kUtf8Score = 10;
// UTF-8 that is right so far stays once it holds so many sequences: by then two-byte text of another encoding has
// broken. A sequence of two bytes is easily hit by chance, so it takes more of them.
constexpr std::uint32_t kLongSequences = 3;
constexpr std::uint32_t kAnySequences = 8;
// ASCII that is kept after other bytes: it may be the trail of one, and show that one to be broken.
constexpr std::size_t kAsciiContext = 2;

bool is_iso_2022(const Encoding& encoding) { return std::string_view(encoding.name).starts_with("iso-2022"); }

const Encoding* byte_order_mark(std::string_view start) {
    if (start.starts_with("\xEF\xBB\xBF")) return &utf8();
    if (start.starts_with("\xFE\xFF")) return find_encoding("utf-16be");
    if (start.starts_with("\xFF\xFE")) return find_encoding("utf-16le");
    return nullptr;
}

}  // namespace

int score_utf8(ByteView) { return kUtf8Score; }

Detector::Detector(std::span<const Encoding* const> candidates)
    : candidates_(candidates.empty() ? default_candidates() : candidates),
      verdict_{&utf8(), Certainty::undecided},
      knows_escapes_(std::any_of(candidates_.begin(), candidates_.end(),
                                 [](const Encoding* candidate) { return is_iso_2022(*candidate); })) {}

// From `bytes`' first byte that says something; nothing where there is none.
void Detector::open(ByteView bytes) {
    const auto first = std::find_if(bytes.begin(), bytes.end(), [&](std::uint8_t byte) { return begins_sample(byte); });
    if (first != bytes.begin()) {
        at_start_ = false;
        left_out_ = static_cast<char>(*(first - 1));
    }
    if (first == bytes.end()) return;
    readings_.reserve(candidates_.size() + 1);
    readings_.emplace_back(utf8());
    for (const Encoding* candidate : candidates_) readings_.emplace_back(*candidate);
    keep(ByteView(first, bytes.end()));
}

// Takes into the sample what belongs there.
void Detector::keep(ByteView bytes) {
    for (const std::uint8_t byte : bytes) {
        if (sample_.size() == kSampleSize) return;
        has_escape_ |= knows_escapes_ && byte == 0x1B;
        const bool ascii = byte < 0x80 && !has_escape_;
        if (ascii && ascii_behind_ >= kAsciiContext) {
            left_out_ = static_cast<char>(byte);
            continue;
        }
        // What stands right before a character tells how it fits in.
        if (!ascii && left_out_ != '\0') {
            sample_.push_back(std::exchange(left_out_, '\0'));
            if (sample_.size() == kSampleSize) return;
        }
        ascii_behind_ = static_cast<std::uint8_t>(ascii ? ascii_behind_ + 1 : 0);
        sample_.push_back(static_cast<char>(byte));
    }
}

bool Detector::is_mark_of_utf16(ByteView next) const {
    if (!at_start_ || sample_.size() > 1) return false;
    std::string start = sample_;
    start += as_chars(next.first(std::min(next.size(), 2 - sample_.size())));
    return byte_order_mark(start) != nullptr;
}

Verdict Detector::add(ByteView bytes, bool message_ends) {
    if (verdict_.certainty == Certainty::sticky) {
        readings_ = {};
        sample_ = {};
        return verdict_;
    }
    if (bytes.empty() && !message_ends) return verdict_;
    latest_at_ = static_cast<std::uint16_t>(sample_.size());
    if (std::exchange(message_ended_, message_ends)) message_at_ = latest_at_;
    readings_.empty() ? open(bytes) : keep(bytes);
    if (readings_.empty()) return verdict_;
    const ByteView kept = as_bytes(sample_).subspan(latest_at_);
    if (kept.empty() && !message_ends) return verdict_;
    Reading::Space space;
    for (Reading& reading : readings_) {
        reading.read(kept, space);
        if (message_ends && sample_.size() < kSampleSize) reading.end_message(space);
    }
    if (message_ends) {
        ascii_behind_ = kAsciiContext;
        left_out_ = '\0';
    }
    judge();
    return verdict_;
}

void Detector::judge() {
    const Reading& as_utf8 = readings_.front();
    const std::string_view start = sample_;
    if (const Encoding* marked = at_start_ ? byte_order_mark(start) : nullptr) {
        verdict_ = {marked, Certainty::sticky};
    } else if (as_utf8.long_sequences() >= kLongSequences || as_utf8.sequences() >= kAnySequences) {
        verdict_ = {&utf8(), Certainty::sticky};
    } else if (const Reading& found = best(); !found.has_units()) {
        verdict_ = {&utf8(), Certainty::undecided};
    } else if (as_utf8.is_valid() && as_utf8.has_units() && !is_chance(as_utf8, found)) {
        verdict_ = {&utf8(), Certainty::tentative};
    } else if (!as_utf8.is_valid() || as_utf8.has_units() || has_escape_) {
        verdict_ = {&found.encoding(), Certainty::tentative};
    } else {
        verdict_ = {&utf8(), Certainty::undecided};  // UTF-8 so far, its first sequence not yet complete
    }
    if (sample_.size() == kSampleSize && verdict_.certainty == Certainty::tentative)
        verdict_.certainty = Certainty::sticky;
}

// Two characters that happen to be UTF-8 as well: 谢谢 in GBK are two Cyrillic letters. Two accented letters in a line
// are too ordinary for that: "für Jürgen" in UTF-8 could be Korean.
bool Detector::is_chance(const Reading& as_utf8, const Reading& found) const {
    return as_utf8.sequences() < kLongSequences && as_utf8.long_sequences() == 0 && !as_utf8.has_latin() &&
           found.is_all_common();
}

const Reading& Detector::best() const {
    const Reading* best = &readings_.front();
    for (const Reading& reading : readings_) {
        if (reading.is_better_than(*best)) best = &reading;
    }
    return *best;
}

Decoder Detector::taking_over(std::size_t held) const {
    Decoder decoder(*verdict_.encoding);
    if (message_at_ + held >= latest_at_) return decoder;
    std::string ignored;
    decoder.decode(as_bytes(sample_).subspan(message_at_, latest_at_ - message_at_ - held), ignored);
    return decoder;
}

}  // namespace earshot::text
