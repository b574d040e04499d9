// Any bytes of a terminal give the same keys however they are cut, and every key is well formed.
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "text/code_point.h"
#include "view/editor/keys.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using namespace earshot;  // NOLINT(google-build-using-namespace)
    const std::string_view bytes(reinterpret_cast<const char*>(input), size);
    view::KeyDecoder whole;
    view::KeyDecoder single;
    view::KeyDecoder halves;
    std::vector<view::Key> keys;
    std::vector<view::Key> one_by_one;
    std::vector<view::Key> in_two;
    whole.feed(bytes, keys);
    whole.timeout(keys);
    for (const char c : bytes) single.feed({&c, 1}, one_by_one);
    single.timeout(one_by_one);
    const std::size_t half = size > 0 ? input[0] % (size + 1) : 0;
    halves.feed(bytes.substr(0, half), in_two);
    halves.feed(bytes.substr(half), in_two);
    halves.timeout(in_two);
    EARSHOT_CHECK(keys == one_by_one);
    EARSHOT_CHECK(keys == in_two);
    EARSHOT_CHECK(keys.size() <= size);
    EARSHOT_CHECK(!whole.pending());
    for (const view::Key& key : keys) {
        EARSHOT_CHECK(key.character <= 0x10ffff && (key.character < 0xd800 || key.character > 0xdfff));
        EARSHOT_CHECK(key.text.find('\r') == std::string::npos);
        for (std::size_t at = 0; at < key.text.size();) {
            const text::CodePoint point = text::code_point_at(key.text, at);
            EARSHOT_CHECK(point.valid);
            at += point.size;
        }
    }
    return 0;
}
