#include "text/encoder.h"

#include "text/codec.h"

namespace earshot::text {

std::optional<Refusal> Encoder::encode(std::string_view text, std::vector<std::uint8_t>& bytes) {
    return encoding_->encode->encode(*this, text, bytes);
}

void Encoder::finish(std::vector<std::uint8_t>& bytes) { encoding_->encode->finish(*this, bytes); }

}  // namespace earshot::text
