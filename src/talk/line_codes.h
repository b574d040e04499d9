// How lines end on the wire in a receiving encoding: what a framer is told when a conversation begins and when its
// encoding changes.
#pragma once

#include "frame/framer.h"
#include "talk/text_reader.h"

namespace earshot::talk {

frame::LineCodes line_codes(const text::Encoding& encoding);
// Bytes and a named encoding say it; `auto` leaves it to the stream's first bytes.
frame::LineCodes line_codes(const TextChoice& choice);

}  // namespace earshot::talk
