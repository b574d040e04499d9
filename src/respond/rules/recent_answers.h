// What was answered to messages that come again and again, as polls and heartbeats do: for answers that depend on
// nothing but the message. Where few come again it rests, so that others do not pay for it.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace earshot::respond::rules {

class RecentAnswers {
  public:
    static constexpr std::size_t kLongest = 96;  // bytes of a message, and of an answer

    // What was answered to this message, as often as it comes; lives until the next note(). nullopt: not known.
    std::optional<ByteView> find(ByteView message);
    // The message of the last find(), which knew nothing, is answered so.
    void note(ByteView message, ByteView answer);
    void clear();

  private:
    static constexpr std::size_t kPlaces = 256;
    static constexpr std::uint32_t kTrial = 256, kRest = 8192;  // messages
    struct Place {
        std::uint8_t message_size = 0, answer_size = 0;
        bool taken = false;
        std::uint8_t message[kLongest], answer[kLongest];
    };
    static std::size_t place_of(ByteView message);

    std::unique_ptr<Place[]> places_;
    std::size_t at_ = kPlaces;  // of the last find(); kPlaces: it did not look
    std::uint32_t tried_ = 0, found_ = 0, resting_ = 0;
};

}  // namespace earshot::respond::rules
