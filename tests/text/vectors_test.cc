// Runs the shared vectors of the Encoding Standard where they are at hand: EARSHOT_VECTORS names their folder, else it
// is looked for beside the project.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/text/text_fixture.h"

namespace earshot::text {
namespace {

std::filesystem::path vectors_folder() {
    if (const char* named = std::getenv("EARSHOT_VECTORS")) return named;
    return std::filesystem::path(EARSHOT_SOURCE_DIR) / "../shared/encodings/vectors";
}

// Fields of the rows of one file whose first field is an encoding of ours.
std::vector<std::vector<std::string>> rows_of(const std::filesystem::path& file) {
    std::vector<std::vector<std::string>> rows;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::vector<std::string> fields(1);
        for (const char letter : line) {
            if (letter == '\t')
                fields.emplace_back();
            else
                fields.back() += letter;
        }
        fields.resize(3);
        if (find_encoding(fields[0]) != nullptr) rows.push_back(fields);
    }
    return rows;
}

class Vectors : public testing::Test {
  protected:
    void SetUp() override {
        if (std::filesystem::is_directory(vectors_folder())) return;
        std::printf(
            "vectors not found in %s: the project's own cases were run without them (EARSHOT_VECTORS names their "
            "folder)\n",
            vectors_folder().c_str());
        there_ = false;
    }
    static void say(std::size_t rows, const char* what) { std::printf("%zu rows checked: %s\n", rows, what); }
    bool there_ = true;
};

std::string text_of(const std::string& code_points) {
    std::string text;
    std::istringstream in(code_points);
    for (std::string word; in >> word;) text += utf8_of(static_cast<char32_t>(std::stoul(word, nullptr, 16)));
    return text;
}

// How the `spans` file writes a decoding.
std::string spans_of(const Encoding& encoding, const std::string& raw) {
    const Decoded decoded = decode_whole(encoding, raw);
    std::string spans;
    std::size_t raw_at = 0;
    std::size_t text_at = 0;
    const auto add = [&](std::size_t raw_size, std::size_t text_size, bool error) {
        if (!spans.empty()) spans += ' ';
        spans += std::to_string(raw_at) + '-' + std::to_string(raw_at + raw_size) + ':' +
                 code_points_of(std::string_view(decoded.text).substr(text_at, text_size)) + (error ? "!" : "");
        raw_at += raw_size;
        text_at += text_size;
    };
    for (const Run& run : decoded.runs) {
        for (std::uint32_t unit = 0; unit < run.raw_size; unit += run.raw_unit) {
            add(run.raw_unit, run.text_unit, run.kind == RunKind::error);
        }
    }
    return spans;
}

TEST_F(Vectors, DecodeWholeByteByByteAndAtEverySplit) {
    if (!there_) return;
    std::size_t rows = 0;
    for (const auto& entry : std::filesystem::directory_iterator(vectors_folder())) {
        const std::string stem = entry.path().stem();
        if (stem == "spans" || stem == "pending" || stem == "encode") continue;
        for (const auto& row : rows_of(entry.path())) {
            const Encoding& encoding = *find_encoding(row[0]);
            const std::string raw = from_hex(row[1]);
            const std::string expected = text_of(row[2]);
            ASSERT_EQ(decode_whole(encoding, raw).text, expected) << stem << ' ' << row[0] << ' ' << row[1];
            ASSERT_TRUE(every_cut_agrees(encoding, raw)) << stem << ' ' << row[0] << ' ' << row[1];
            if (row[0] == "gbk") {
                ASSERT_EQ(decode_whole(*find_encoding("gb18030"), raw).text, expected) << row[1];
            }
            ++rows;
        }
    }
    EXPECT_GT(rows, 0U);
    say(rows, "decode");
}

TEST_F(Vectors, SpansOfUnitsAreTheStandards) {
    if (!there_) return;
    std::size_t rows = 0;
    for (const auto& row : rows_of(vectors_folder() / "spans.tsv")) {
        const Encoding& encoding = *find_encoding(row[0]);
        const std::string raw = from_hex(row[1]);
        ASSERT_EQ(spans_of(encoding, raw), row[2]) << row[0] << ' ' << row[1];
        ASSERT_TRUE(every_cut_agrees(encoding, raw)) << row[0] << ' ' << row[1];
        ++rows;
    }
    say(rows, "spans");
}

TEST_F(Vectors, AsMuchIsHeldAsTheStandardHolds) {
    if (!there_) return;
    std::size_t rows = 0;
    for (const auto& row : rows_of(vectors_folder() / "pending.tsv")) {
        Decoder decoder(*find_encoding(row[0]));
        std::string text;
        decoder.decode(as_bytes(from_hex(row[1])), text);
        ASSERT_EQ(decoder.pending(), std::stoul(row[2])) << row[0] << ' ' << row[1];
        ++rows;
    }
    say(rows, "pending");
}

TEST_F(Vectors, EncodeGivesTheBytesOrRefuses) {
    if (!there_) return;
    std::map<std::string, std::map<char32_t, std::string>> listed;
    std::size_t rows = 0;
    for (const auto& row : rows_of(vectors_folder() / "encode.tsv")) {
        listed[row[0]][static_cast<char32_t>(std::stoul(row[1], nullptr, 16))] = row[2];
        ++rows;
    }
    for (const auto& [name, bytes_of] : listed) {
        for (char32_t code_point = 0x80; code_point < 0x110000; ++code_point) {
            if (code_point >= 0xD800 && code_point < 0xE000) continue;
            const auto found = bytes_of.find(code_point);
            // Of what gb18030 has beyond the BMP only a sample is listed.
            if (found == bytes_of.end() && name == "gb18030" && code_point >= 0x10000) continue;
            const std::string expected = found == bytes_of.end() ? "" : found->second;
            ASSERT_EQ(encoded_hex(*find_encoding(name), utf8_of(code_point)), expected)
                << name << ' ' << std::hex << +code_point;
        }
    }
    say(rows, "encode");
}

}  // namespace
}  // namespace earshot::text
