#include "view/base64.h"

#include <gtest/gtest.h>

#include <random>

namespace earshot::view {
namespace {

std::string encoded(std::string_view text) {
    std::string out = "kept";
    append_base64(out, as_bytes(text));
    return out.substr(4);
}

TEST(Base64, AgreesWithTheVectorsOfRfc4648) {
    EXPECT_EQ(encoded(""), "");
    EXPECT_EQ(encoded("f"), "Zg==");
    EXPECT_EQ(encoded("fo"), "Zm8=");
    EXPECT_EQ(encoded("foo"), "Zm9v");
    EXPECT_EQ(encoded("foob"), "Zm9vYg==");
    EXPECT_EQ(encoded("fooba"), "Zm9vYmE=");
    EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encoded("\xff\xef\xbe\xfb"),
              "/+++"
              "+w==");
}

TEST(Base64, GivesBackEveryBytes) {
    std::mt19937 random(5);
    for (std::size_t size = 0; size < 300; ++size) {
        std::vector<std::uint8_t> bytes(size);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
        std::string text;
        append_base64(text, bytes);
        ASSERT_EQ(decode_base64(text), bytes);
    }
}

TEST(Base64, RefusesWhatIsNotExactlyBase64) {
    for (const char* bad : {"Z", "Zg", "Zg=", "Zg===", "====", "=", "Z===", "Zh==", "Zm9=", "Zm9v\n", "Zm 9",
                            "Zm9v=", "Zg==Zg==", "Zm-_", "Zm9vYg=a", "\xc3\xa9==", "=Zm9"}) {
        EXPECT_FALSE(decode_base64(bad)) << bad;
    }
    EXPECT_TRUE(decode_base64(""));
}

}  // namespace
}  // namespace earshot::view
