#include "text/decoder.h"

#include "text/codec.h"

namespace earshot::text {

void Decoder::decode(ByteView raw, std::string& text) { encoding_->decode->text(*this, raw, false, text); }
void Decoder::decode(ByteView raw, std::string& text, std::vector<MalformedUnit>& malformed) {
    encoding_->decode->malformed(*this, raw, false, text, malformed);
}
void Decoder::decode(ByteView raw, std::string& text, std::vector<Run>& runs) {
    encoding_->decode->runs(*this, raw, false, text, runs);
}

void Decoder::flush(std::string& text) { encoding_->decode->text(*this, {}, true, text); }
void Decoder::flush(std::string& text, std::vector<MalformedUnit>& malformed) {
    encoding_->decode->malformed(*this, {}, true, text, malformed);
}
void Decoder::flush(std::string& text, std::vector<Run>& runs) { encoding_->decode->runs(*this, {}, true, text, runs); }

}  // namespace earshot::text
