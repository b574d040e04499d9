// The table of encodings: one row each, found by any label of the WHATWG Encoding Standard.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace earshot::text {

struct DecodeOps;  // how a family of encodings decodes and encodes: an implementation's table of functions
struct EncodeOps;

// One row. Rows are constants; compare them by address.
struct Encoding {
    const char* name;                          // the standard's name, lower case: "gbk"
    std::span<const std::string_view> labels;  // every label, lower case, the name among them
    const DecodeOps* decode;
    const EncodeOps* encode;
    const void* table;  // what the ops need: an index, a single-byte page; may be null
    // For detection: how much a well-formed unit of more than ASCII speaks for this encoding, in tenths (10 for one as
    // everyday text has it). Null: the encoding says nothing about its units, each counts 0.
    int (*score)(ByteView unit);
};

// All rows, in the standard's order.
std::span<const Encoding> encodings();
// By label: ASCII case and surrounding white space do not matter. Null: unknown.
const Encoding* find_encoding(std::string_view label);
const Encoding& utf8();
// What detection chooses from beside UTF-8 where the user says nothing.
std::span<const Encoding* const> default_candidates();

}  // namespace earshot::text
