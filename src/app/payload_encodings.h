// What the options say of the encodings of a ladder's payloads.
#pragma once

#include <vector>

#include "app/effective.h"
#include "app/options.h"
#include "view/ladder/payload_encodings.h"

namespace earshot::app {

// What --detect names, or what people of the user's language write in.
std::vector<const text::Encoding*> candidates_of(const Options& options);
// Of a conversation that is being held, `self` being our end. What a pipe passes as bytes is read as text here, unless
// bytes are what was asked for.
Result<view::PayloadEncodings> payload_encodings(const Options& options, const Effective& holds, trace::End self,
                                                 const std::vector<const text::Encoding*>& candidates);

}  // namespace earshot::app
