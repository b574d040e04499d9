#include "respond/rules/literal_index.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "base/bytes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace earshot::respond::rules {

namespace {

constexpr std::size_t kBeginningLooked = 32;  // bytes of a beginning that may be looked at
constexpr std::size_t kMostStride = 8;
constexpr std::size_t kLongChain = 4;  // literals with one window: then rather more windows

std::uint32_t window_at(const char* at) {
    std::uint32_t window = 0;
    std::memcpy(&window, at, sizeof window);
    return window;
}

}  // namespace

void LiteralIndex::add_beginning(Number number, std::string_view literal) {
    beginnings_.push_back({number, std::string(literal)});
}

void LiteralIndex::add_inside(Number number, std::string_view literal) {
    inside_.push_back({number, std::string(literal)});
}

void LiteralIndex::compile() {
    compile_beginnings();
    compile_inside();
}

// The end of a literal tells most: `set-pump-1 `, `set-pump-2 `.
LiteralIndex::Place LiteralIndex::place_of(const Literal& literal) {
    const std::size_t end = std::min(literal.text.size(), kBeginningLooked);
    const std::size_t size = std::min(end, kWord);
    Place place{static_cast<std::uint32_t>(end - size), static_cast<std::uint32_t>(size)};
    std::memset(&place.mask, 0xFF, size);
    return place;
}

// `text` reaches so far.
inline std::uint64_t LiteralIndex::word_at(std::string_view text, const Place& place) {
    std::uint64_t word = 0;
    if (place.at + kWord <= text.size()) {
        std::memcpy(&word, text.data() + place.at, kWord);
        word &= place.mask;
    } else {
        std::memcpy(&word, text.data() + place.at, place.size);
    }
    return word ^ (std::uint64_t(place.at * kWord + place.size) << 56);
}

inline std::size_t LiteralIndex::bucket_of(std::uint64_t word) const {
    return static_cast<std::size_t>(word * bucket_factor_ >> bucket_shift_);
}

inline std::size_t LiteralIndex::window_slot(std::uint32_t window) const {
    return window * 0x9E3779B1U >> window_shift_;
}

// So many that a window that is none of them nearly always finds nothing.
void LiteralIndex::make_window_heads(std::size_t windows) {
    const std::size_t count = std::clamp<std::size_t>(std::bit_ceil(windows * 16), 256, 1UL << 20);
    window_shift_ = 32U - static_cast<unsigned>(std::countr_zero(count));
    window_heads_.assign(count, 0);
}

void LiteralIndex::compile_beginnings() {
    std::vector<Beginning> all;
    std::vector<std::uint64_t> words;
    std::array<std::vector<Place>, 256> by_byte;
    for (std::uint32_t i = 0; i < beginnings_.size(); ++i) {
        const Literal& literal = beginnings_[i];
        const Place place = place_of(literal);
        auto& places = by_byte[static_cast<std::uint8_t>(literal.text[0])];
        if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
        Beginning one;
        one.word = word_at(literal.text, place);
        one.literal = place.at == 0 && place.size == literal.text.size() ? kIsWord : i;
        one.number = literal.number;
        all.push_back(one);
        words.push_back(one.word);
    }
    for (std::size_t byte = 0; byte < by_byte.size(); ++byte) {
        const std::vector<Place>& places = by_byte[byte];
        if (places.empty()) continue;
        places_[byte].first = places.front();
        places_[byte].more = static_cast<std::uint32_t>(more_places_.size());
        more_places_.insert(more_places_.end(), places.begin() + 1, places.end());
        places_[byte].more_end = static_cast<std::uint32_t>(more_places_.size());
    }
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    choose_factor(words);
    words_.assign(1, {});
    for (Beginning& one : all) {
        std::uint16_t& first = buckets_[bucket_of(one.word)];
        one.next = std::exchange(first, static_cast<std::uint16_t>(words_.size()));
        words_.push_back(one);
    }
}

// Few literals get a bucket for each word, where a factor can be found: then what a message asks is nearly always the
// same, which is worth more than the memory.
void LiteralIndex::choose_factor(const std::vector<std::uint64_t>& words) {
    constexpr std::size_t kFew = 1000;
    constexpr std::uint64_t kTries = 32;
    const bool few = words.size() <= kFew;
    const std::size_t count = std::bit_ceil(words.size() * (few ? 6 : 2) + 2);
    buckets_.assign(count, 0);
    bucket_shift_ = 64U - static_cast<unsigned>(std::countr_zero(count));
    std::uint64_t best = 0;
    std::size_t least = words.size() + 1;
    std::vector<bool> taken;
    for (std::uint64_t i = 0; i < (few ? kTries : 1) && least > 0; ++i) {
        bucket_factor_ = 0x9E3779B97F4A7C15U * (2 * i + 1);
        taken.assign(count, false);
        std::size_t shared = 0;
        for (const std::uint64_t word : words) {
            const std::size_t bucket = bucket_of(word);
            shared += taken[bucket] ? 1 : 0;
            taken[bucket] = true;
        }
        if (shared >= least) continue;
        least = shared;
        best = bucket_factor_;
    }
    bucket_factor_ = best;
}

void LiteralIndex::compile_inside() {
    if (inside_.empty()) return;
    make_window_heads(inside_.size());
    if (compile_stems()) return;
    stems_.clear();
    windows_.clear();
    compile_windows();
}

void LiteralIndex::add_window(std::uint32_t literal, std::size_t at) {
    const std::uint32_t window = window_at(inside_[literal].text.data() + at);
    std::uint32_t& head = window_heads_[window_slot(window)];
    windows_.push_back({window, literal, static_cast<std::uint32_t>(at), head});
    head = static_cast<std::uint32_t>(windows_.size());
}

// --- what is inside, by stems

// False: so few do not lead to all.
bool LiteralIndex::compile_stems() {
    if (inside_.size() > kMostForStems) return false;
    std::vector<std::uint32_t> left(inside_.size());
    std::iota(left.begin(), left.end(), 0U);
    while (!left.empty()) {
        const auto stem = stems_.size() < kMostStems ? choose_stem(left) : std::nullopt;
        if (!stem) return false;
        stems_.push_back(*stem);
        std::erase_if(left, [&](std::uint32_t each) {
            const std::size_t at = window_of(*stem, inside_[each].text);
            if (at == std::string::npos) return false;
            add_window(each, at);
            return true;
        });
    }
    return true;
}

// The one that leads to most of them.
std::optional<LiteralIndex::Stem> LiteralIndex::choose_stem(const std::vector<std::uint32_t>& literals) const {
    constexpr std::size_t kMostTried = 8, kLooked = 64;        // pairs; bytes of a literal
    std::map<std::array<std::uint8_t, 2>, std::size_t> pairs;  // in how many of them, about
    for (const std::uint32_t each : literals) {
        const std::string& text = inside_[each].text;
        for (std::size_t at = 0; at + kWindow <= std::min(text.size(), kLooked); ++at) {
            ++pairs[{static_cast<std::uint8_t>(text[at]), static_cast<std::uint8_t>(text[at + 1])}];
        }
    }
    std::vector<std::pair<std::size_t, std::array<std::uint8_t, 2>>> often;
    often.reserve(pairs.size());
    for (const auto& [bytes, count] : pairs) often.emplace_back(count, bytes);
    std::sort(often.rbegin(), often.rend());
    often.resize(std::min(often.size(), kMostTried));
    std::optional<Stem> best;
    Reach most;
    for (const auto& [count, bytes] : often) {
        for (std::uint32_t to_window = 0; to_window <= kFarthestWindow; ++to_window) {
            const Reach reached = reach({bytes, to_window}, literals);
            if (reached.chain > kLongChain || reached <= most) continue;
            most = reached;
            best = Stem{bytes, to_window};
        }
    }
    return best;
}

LiteralIndex::Reach LiteralIndex::reach(const Stem& stem, const std::vector<std::uint32_t>& literals) const {
    std::unordered_map<std::uint32_t, std::size_t> windows;
    Reach reached;
    for (const std::uint32_t each : literals) {
        const std::string& text = inside_[each].text;
        const std::size_t at = window_of(stem, text);
        if (at == std::string::npos) continue;
        ++reached.literals;
        reached.chain = std::max(reached.chain, ++windows[window_at(text.data() + at)]);
    }
    return reached;
}

// Where the window is that the stem leads to; npos: it leads to none.
std::size_t LiteralIndex::window_of(const Stem& stem, std::string_view literal) {
    const std::size_t at = literal.find(as_chars(stem.bytes));
    return at == std::string_view::npos || at + stem.to_window + kWindow > literal.size() ? std::string_view::npos
                                                                                          : at + stem.to_window;
}

void LiteralIndex::find_stems(std::string_view text, std::vector<Found>& found) const {
    static_assert(kMostStems == 4);
    switch (stems_.size()) {
        case 1:
            return find_each_stem<1>(text, found);
        case 2:
            return find_each_stem<2>(text, found);
        case 3:
            return find_each_stem<3>(text, found);
        default:
            return find_each_stem<4>(text, found);
    }
}

template <std::size_t kCount>
void LiteralIndex::find_each_stem(std::string_view text, std::vector<Found>& found) const {
    const std::size_t places = text.size() - 1;
    std::size_t at = 0;
#if defined(__SSE2__)
    constexpr std::size_t kBlock = 16;
    __m128i first[kCount], second[kCount];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kCount; ++i) {
        first[i] = _mm_set1_epi8(static_cast<char>(stems_[i].bytes[0]));
        second[i] = _mm_set1_epi8(static_cast<char>(stems_[i].bytes[1]));
    }
    const auto look = [&](std::size_t from, unsigned seen) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + from));
        const __m128i next = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + from + 1));
        __m128i any = _mm_setzero_si128();
#pragma GCC unroll 4
        for (std::size_t i = 0; i < kCount; ++i) {
            any = _mm_or_si128(any, _mm_and_si128(_mm_cmpeq_epi8(bytes, first[i]), _mm_cmpeq_epi8(next, second[i])));
        }
        auto there = static_cast<std::uint32_t>(_mm_movemask_epi8(any)) >> seen << seen;
        for (; there != 0; there &= there - 1) {
            const std::size_t stem = from + static_cast<std::size_t>(std::countr_zero(there));
            kCount == 1 ? look_behind(stems_[0], text, stem, found) : look_at_stem(text, stem, found);
        }
    };
    for (; at + kBlock <= places; at += kBlock) look(at, 0);
    if (at < places && places >= kBlock) {
        look(places - kBlock, static_cast<unsigned>(at + kBlock - places));  // the end of a block that begins before it
        return;
    }
#endif
    for (; at < places; ++at) look_at_stem(text, at, found);
}

void LiteralIndex::look_at_stem(std::string_view text, std::size_t at, std::vector<Found>& found) const {
    for (const Stem& stem : stems_) {
        if (std::memcmp(text.data() + at, stem.bytes.data(), stem.bytes.size()) == 0)
            look_behind(stem, text, at, found);
    }
}

inline void LiteralIndex::look_behind(const Stem& stem, std::string_view text, std::size_t at,
                                      std::vector<Found>& found) const {
    const std::size_t window = at + stem.to_window;
    if (window + kWindow <= text.size()) look_at_window(text, window, found);
}

// --- what is inside, by a window every few bytes

// With windows every `stride` bytes: how many literals may share one.
std::size_t LiteralIndex::longest_chain(std::size_t stride) const {
    std::unordered_map<std::uint32_t, std::size_t> windows;
    std::size_t most = 0;
    for (const Literal& literal : inside_) {
        for (std::size_t back = 0; back < stride; ++back) {
            most = std::max(most, ++windows[window_at(literal.text.data() + literal.text.size() - kWindow - back)]);
        }
    }
    return most;
}

// A literal is seen where one of as many windows of its end as the stride has bytes stands at a place that is looked
// at.
void LiteralIndex::compile_windows() {
    const auto shortest = std::min_element(inside_.begin(), inside_.end(), [](const Literal& a, const Literal& b) {
        return a.text.size() < b.text.size();
    });
    stride_ = std::min(kMostStride, shortest->text.size() - kWindow + 1);
    while (stride_ > 1 && longest_chain(stride_) > kLongChain) --stride_;
    make_window_heads(inside_.size() * stride_);
    for (std::uint32_t i = 0; i < inside_.size(); ++i) {
        for (std::size_t back = 0; back < stride_; ++back) add_window(i, inside_[i].text.size() - kWindow - back);
    }
}

void LiteralIndex::find_windows(std::string_view text, std::vector<Found>& found) const {
    for (std::size_t at = 0; at + kWindow <= text.size(); at += stride_) look_at_window(text, at, found);
}

inline void LiteralIndex::look_at_window(std::string_view text, std::size_t at, std::vector<Found>& found) const {
    const std::uint32_t window = window_at(text.data() + at);
    const std::uint32_t first = window_heads_[window_slot(window)];
    if (first != 0) compare_chain(first, window, text, at, found);
}

void LiteralIndex::compare_chain(std::uint32_t first, std::uint32_t window, std::string_view text, std::size_t at,
                                 std::vector<Found>& found) const {
    for (std::uint32_t next = first; next != 0;) {
        const Window& entry = windows_[next - 1];
        next = entry.next;
        const std::string& literal = inside_[entry.literal].text;
        if (entry.window != window || entry.at > at || text.size() - (at - entry.at) < literal.size() ||
            std::memcmp(text.data() + at - entry.at, literal.data(), literal.size()) != 0) {
            continue;
        }
        found.push_back({inside_[entry.literal].number, at - entry.at});
        if (found.size() > 2 * (inside_.size() + beginnings_.size()) + 16) unite(found);  // one of them over and over
    }
}

// --- what is at the beginning

void LiteralIndex::find_beginnings(std::string_view text, std::vector<Found>& found) const {
    const Places& places = places_[static_cast<std::uint8_t>(text[0])];
    const Place* place = &places.first;
    for (std::uint32_t next = places.more;; place = &more_places_[next++]) {
        if (place->at + place->size <= text.size()) {
            const std::uint64_t word = word_at(text, *place);
            for (std::uint16_t at = buckets_[bucket_of(word)]; at != 0;) {
                const Beginning& one = words_[at];
                at = one.next;
                if (one.word != word) continue;
                if (one.literal == kIsWord || text.starts_with(beginnings_[one.literal].text)) {
                    found.push_back({one.number, 0});
                }
            }
        }
        if (next == places.more_end) return;
    }
}

void LiteralIndex::unite(std::vector<Found>& found) {
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return a.number != b.number ? a.number < b.number : a.at < b.at; });
    found.erase(
        std::unique(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.number == b.number; }),
        found.end());
}

}  // namespace earshot::respond::rules
