// A ladder's steps as people would say them over the telephone: "can you hear me?" for a SYN. For those who learn.
#pragma once

#include <string>
#include <vector>

#include "trace/row.h"

namespace earshot::view {

struct Utterance {
    trace::End speaker{};
    std::string text;  // in the user's language, one short sentence
};

// What is said with this row, by whom; nothing where there is nothing to learn from it.
std::vector<Utterance> explain(const trace::Row& row);

}  // namespace earshot::view
