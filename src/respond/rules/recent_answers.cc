#include "respond/rules/recent_answers.h"

namespace earshot::respond::rules {

std::size_t RecentAnswers::place_of(ByteView message) {
    std::uint64_t mixed = message.size();
    const auto mix = [&mixed](std::uint64_t word) {
        mixed = (mixed ^ word) * 0x9E3779B97F4A7C15U;
        mixed ^= mixed >> 32;
    };
    std::size_t at = 0;
    for (; at + 8 <= message.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, message.data() + at, 8);
        mix(word);
    }
    std::uint64_t rest = 0;
    if (at < message.size()) std::memcpy(&rest, message.data() + at, message.size() - at);
    mix(rest);
    return mixed % kPlaces;
}

std::optional<ByteView> RecentAnswers::find(ByteView message) {
    at_ = kPlaces;
    if (resting_ > 0) {
        --resting_;
        return std::nullopt;
    }
    if (message.empty() || message.size() > kLongest) return std::nullopt;
    if (++tried_ == kTrial) {
        if (found_ < kTrial / 4) resting_ = kRest;
        tried_ = found_ = 0;
    }
    at_ = place_of(message);
    if (!places_) return std::nullopt;
    const Place& place = places_[at_];
    if (!place.taken || place.message_size != message.size() ||
        std::memcmp(place.message, message.data(), message.size()) != 0) {
        return std::nullopt;
    }
    ++found_;
    return ByteView(place.answer, place.answer_size);
}

void RecentAnswers::note(ByteView message, ByteView answer) {
    if (at_ == kPlaces || answer.size() > kLongest) return;
    if (!places_) places_ = std::make_unique<Place[]>(kPlaces);
    Place& place = places_[at_];
    place.taken = true;
    place.message_size = static_cast<std::uint8_t>(message.size());
    place.answer_size = static_cast<std::uint8_t>(answer.size());
    std::memcpy(place.message, message.data(), message.size());
    if (!answer.empty()) std::memcpy(place.answer, answer.data(), answer.size());
}

void RecentAnswers::clear() {
    places_.reset();
    at_ = kPlaces;
    tried_ = found_ = resting_ = 0;
}

}  // namespace earshot::respond::rules
