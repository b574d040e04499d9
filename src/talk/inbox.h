// Received bytes on their way to messages: keeps what no message has taken yet and lets a framer cut. Where a read
// holds whole messages, they are cut in the reader's own buffer and nothing is kept or copied.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "frame/framer.h"

namespace earshot::talk {

struct MessageText;

// A message as it lies in the input buffer. The view is good for the duration of the call that gets it.
struct Received {
    ByteView bytes;                     // all that the framer consumed
    std::size_t payload_at = 0;         // bytes
    std::size_t payload_size = 0;       // bytes
    const char* why = nullptr;          // malformed: a msgid
    bool lost = false;                  // malformed, and the framing cannot go on
    std::size_t most = 0;               // malformed for being longer than so many bytes; 0: for another reason
    bool continued = false;             // malformed: more of a message whose beginning was given before
    bool is_alone = false;              // all that there is to be read
    const MessageText* text = nullptr;  // the payload read, for a responder that wants text; null: there is none

    ByteView payload() const { return bytes.subspan(payload_at, payload_size); }
};

class Inbox {
  public:
    // Gets each message; false: stop cutting, keep the rest (reading was paused, or the conversation ended).
    class Reader {
      public:
        virtual bool read(const Received& message) = 0;

      protected:
        ~Reader() = default;
    };

    explicit Inbox(std::unique_ptr<frame::Framer> framer) : framer_(std::move(framer)) {}

    // `bytes`: what one read gave. Cuts until no whole message is left.
    void take(ByteView bytes, Reader& reader);
    // Cuts what is kept, after reading was paused or the framing has changed.
    void resume(Reader& reader);
    // The stream has ended or was quiet for the framing's quiet time: what is kept becomes the last message.
    void finish(Reader& reader);
    void set_framer(std::unique_ptr<frame::Framer> framer) { framer_ = std::move(framer); }
    void set_line_codes(const frame::LineCodes& codes) { framer_->set_line_codes(codes); }
    void set_max_message(ByteCount bytes) { framer_->set_max_message(static_cast<std::size_t>(bytes)); }

    const frame::Framer& framer() const { return *framer_; }
    // What no message has taken yet.
    ByteView kept() const { return ByteView(kept_).subspan(kept_at_); }
    std::size_t memory() const { return kept_.capacity(); }

  private:
    std::size_t cut(ByteView bytes, Reader& reader);
    void drop(std::size_t consumed);

    std::unique_ptr<frame::Framer> framer_;
    std::vector<std::uint8_t> kept_;
    std::size_t kept_at_ = 0;  // bytes of kept_ that are consumed already
};

}  // namespace earshot::talk
