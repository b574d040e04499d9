#include "respond/rules/literal_index.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <unordered_map>

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
    return {static_cast<std::uint32_t>(end - size), static_cast<std::uint32_t>(size)};
}

// `text` reaches so far.
std::uint64_t LiteralIndex::word_at(std::string_view text, Place place) {
    std::uint64_t word = 0;
    if (place.size == kWord) {
        std::memcpy(&word, text.data() + place.at, kWord);
    } else {
        std::memcpy(&word, text.data() + place.at, place.size);
    }
    return word ^ (std::uint64_t(place.at * kWord + place.size) << 56);
}

std::size_t LiteralIndex::beginning_slot(std::uint64_t word) const {
    return static_cast<std::size_t>(word * 0x9E3779B97F4A7C15U >> beginning_shift_);
}

std::size_t LiteralIndex::window_slot(std::uint32_t window) { return window * 0x9E3779B1U >> 20; }

void LiteralIndex::compile_beginnings() {
    const std::size_t slots = std::bit_ceil(beginnings_.size() * 2 + 2);
    beginning_slots_.assign(slots, {});
    beginning_shift_ = 64U - static_cast<unsigned>(std::countr_zero(slots));
    for (std::size_t i = 0; i < beginnings_.size(); ++i) {
        const Literal& literal = beginnings_[i];
        const Place place = place_of(literal);
        auto& places = places_[static_cast<std::uint8_t>(literal.text[0])];
        if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
        const std::uint64_t word = word_at(literal.text, place);
        std::size_t slot = beginning_slot(word);
        while (beginning_slots_[slot].literal != 0) slot = (slot + 1) % slots;
        beginning_slots_[slot] = {word, static_cast<std::uint32_t>(i + 1), literal.number,
                                  place.at == 0 && place.size == literal.text.size()};
    }
}

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
void LiteralIndex::compile_inside() {
    if (inside_.empty()) return;
    const auto shortest = std::min_element(inside_.begin(), inside_.end(), [](const Literal& a, const Literal& b) {
        return a.text.size() < b.text.size();
    });
    stride_ = std::min(kMostStride, shortest->text.size() - kWindow + 1);
    while (stride_ > 1 && longest_chain(stride_) > kLongChain) --stride_;
    window_heads_.assign(kSlots, 0);
    for (std::size_t i = 0; i < inside_.size(); ++i) {
        const std::string& text = inside_[i].text;
        for (std::size_t back = 0; back < stride_; ++back) {
            const std::size_t at = text.size() - kWindow - back;
            const std::uint32_t window = window_at(text.data() + at);
            std::uint32_t& head = window_heads_[window_slot(window)];
            windows_.push_back({window, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(at), head});
            head = static_cast<std::uint32_t>(windows_.size());
        }
    }
}

void LiteralIndex::find_beginnings(std::string_view text, std::vector<Number>& found) const {
    for (const Place place : places_[static_cast<std::uint8_t>(text[0])]) {
        if (place.at + place.size > text.size()) continue;
        const std::uint64_t word = word_at(text, place);
        std::size_t slot = beginning_slot(word);
        for (; beginning_slots_[slot].literal != 0; slot = (slot + 1) % beginning_slots_.size()) {
            const Beginning& one = beginning_slots_[slot];
            if (one.word == word && (one.is_all || text.starts_with(beginnings_[one.literal - 1].text))) {
                found.push_back(one.number);
            }
        }
    }
}

void LiteralIndex::find_inside(std::string_view text, std::vector<Number>& found) const {
    const std::size_t most = found.size() + 2 * inside_.size() + 16;
    for (std::size_t at = 0; at + kWindow <= text.size(); at += stride_) {
        const std::uint32_t window = window_at(text.data() + at);
        for (std::uint32_t next = window_heads_[window_slot(window)]; next != 0;) {
            const Window& entry = windows_[next - 1];
            next = entry.next;
            const Literal& literal = inside_[entry.literal];
            if (entry.window != window || entry.at > at || text.size() - (at - entry.at) < literal.text.size() ||
                std::memcmp(text.data() + at - entry.at, literal.text.data(), literal.text.size()) != 0) {
                continue;
            }
            found.push_back(literal.number);
            if (found.size() < most) continue;
            std::sort(found.begin(), found.end());  // one of them over and over
            found.erase(std::unique(found.begin(), found.end()), found.end());
        }
    }
}

}  // namespace earshot::respond::rules
