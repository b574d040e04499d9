// How often detection is right about one short line, on lines kept in tests/corpus/detect. The figures stand in
// docs/encodings.md, and this test holds them there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "tests/text/text_fixture.h"
#include "text/candidates.h"
#include "text/detect.h"

namespace earshot::text {
namespace {

using Candidates = std::vector<const Encoding*>;

struct Line {
    std::string language;
    std::string text;
};

std::vector<Line> lines_of(const std::string& name) {
    std::ifstream file(EARSHOT_SOURCE_DIR "/tests/corpus/detect/" + name);
    EXPECT_TRUE(file.is_open()) << name;
    std::vector<Line> lines;
    for (std::string row; std::getline(file, row);) {
        const std::size_t tab = row.find('\t');
        if (!row.starts_with('#') && tab != std::string::npos)
            lines.push_back({row.substr(0, tab), row.substr(tab + 1)});
    }
    return lines;
}

Candidates list(std::string_view names) {
    Candidates candidates;
    std::istringstream words{std::string(names)};
    for (std::string name; words >> name;) {
        if (const Encoding* encoding = find_encoding(name)) candidates.push_back(encoding);
    }
    return candidates;
}

// The raw line with its line feed; nothing where the encoding cannot carry it.
std::optional<std::string> encoded(const Encoding& encoding, const std::string& text) {
    std::vector<std::uint8_t> bytes;
    Encoder encoder(encoding);
    if (encoder.encode(text + "\n", bytes)) return std::nullopt;
    encoder.finish(bytes);
    return std::string(as_chars(bytes));
}

const Encoding* verdict_of(const std::string& raw, const Candidates& candidates) {
    Detector whole(candidates);
    whole.add(as_bytes(raw));
    Detector in_bytes(candidates);
    for (const char& byte : raw) in_bytes.add(as_bytes(std::string_view(&byte, 1)));
    EXPECT_EQ(whole.verdict(), in_bytes.verdict()) << to_hex(as_bytes(raw));
    return whole.verdict().encoding;
}

std::string read_by(const Encoding& encoding, const std::string& raw) {
    std::string text;
    Decoder decoder(encoding);
    decoder.decode(as_bytes(raw), text);
    decoder.flush(text);
    return text;
}

struct Count {
    int right = 0;
    int of = 0;

    std::string text() const { return of == 0 ? "-" : std::to_string(right) + " of " + std::to_string(of); }
};

struct Case {
    std::string_view language;
    std::string_view locale;
    std::string_view encoding;
};

constexpr Case kCases[] = {
    {"zh-hans", "zh_CN", "gbk"},       {"zh-hant", "zh_TW", "big5"},   {"ja", "ja_JP", "shift_jis"},
    {"ja", "ja_JP", "euc-jp"},         {"ja", "ja_JP", "iso-2022-jp"}, {"ko", "ko_KR", "euc-kr"},
    {"ru", "ru_RU", "windows-1251"},   {"ru", "ru_RU", "koi8-r"},      {"ru", "ru_RU", "ibm866"},
    {"west", "de_DE", "windows-1252"}, {"zh-hans", "en_US", "gbk"},    {"west", "en_US", "windows-1252"},
};
constexpr std::string_view kWide = "gbk big5 shift_jis euc-jp euc-kr";

Count accuracy(const std::vector<Line>& lines, std::string_view language, const Encoding& encoding,
               const Candidates& candidates) {
    Count count;
    for (const Line& line : lines) {
        if (line.language != language) continue;
        const auto raw = encoded(encoding, line.text);
        if (!raw) continue;
        ++count.of;
        const Encoding* found = verdict_of(*raw, candidates);
        // Right is what reads the line as its encoding does: "é" is the same in windows-1252 and windows-1254.
        const bool right = read_by(*found, *raw) == read_by(encoding, *raw);
        count.right += right ? 1 : 0;
        if (!right && std::getenv("EARSHOT_TELL") != nullptr) {
            std::printf("%s as %s: %s\n", encoding.name, found->name, line.text.c_str());
        }
    }
    return count;
}

const std::vector<Line>& known() {
    static const std::vector<Line> lines = lines_of("lines.tsv");
    return lines;
}
const std::vector<Line>& held_out() {
    static const std::vector<Line> lines = lines_of("held_out.tsv");
    return lines;
}

std::string joined(const Candidates& candidates) {
    std::string names;
    for (const Encoding* each : candidates) names += (names.empty() ? "" : ", ") + std::string(each->name);
    return names;
}

std::string accuracy_table() {
    std::string made = "| lines | sent in | candidates | right | held out |\n| --- | --- | --- | --- | --- |\n";
    const auto add = [&](const Case& each, const Candidates& candidates, const std::string& shown) {
        const Encoding* encoding = find_encoding(each.encoding);
        if (encoding == nullptr || candidates.empty()) return;
        made += "| " + std::string(each.language) + " | " + encoding->name + " | " + shown + " | " +
                accuracy(known(), each.language, *encoding, candidates).text() + " | " +
                accuracy(held_out(), each.language, *encoding, candidates).text() + " |\n";
    };
    for (const Case& each : kCases) {
        const Candidates candidates = candidates_for(each.locale);
        add(each, candidates, joined(candidates));
    }
    for (const Case& each : kCases) {
        if (std::string_view(kWide).find(each.encoding) != std::string_view::npos && each.locale != "en_US")
            add(each, list(kWide), "the five below");
    }
    return made;
}

std::string candidates_table() {
    std::string made = "| locale | candidates, best guess first |\n| --- | --- |\n";
    for (const LocaleCandidates& row : locale_candidates()) {
        made += "| " + (row.locales.empty() ? std::string("any other, and English") : std::string(row.locales)) +
                " | " + std::string(row.encodings) + " |\n";
    }
    return made;
}

// The part of docs/encodings.md between the marks `name`; made anew where EARSHOT_REWRITE is set.
void expect_kept(const std::string& name, const std::string& made) {
    const std::string path = EARSHOT_SOURCE_DIR "/docs/encodings.md";
    std::stringstream page;
    page << std::ifstream(path).rdbuf();
    std::string text = page.str();
    const std::string begin = "<!-- " + name + " -->\n";
    const std::string end = "<!-- end -->";
    const std::size_t from = text.find(begin);
    ASSERT_NE(from, std::string::npos) << "no place for " << name << " in " << path;
    const std::size_t at = from + begin.size();
    const std::size_t size = text.find(end, at) - at;
    if (std::getenv("EARSHOT_REWRITE") != nullptr) {
        std::ofstream(path) << text.substr(0, at) << made << text.substr(at + size);
        return;
    }
    EXPECT_EQ(text.substr(at, size), made) << "run this test with EARSHOT_REWRITE=1";
}

TEST(DetectCorpusDocument, HoldsAccuracy) {
    if (find_encoding("euc-jp") == nullptr || find_encoding("shift_jis") == nullptr) GTEST_SKIP();
    if (held_out().empty()) GTEST_SKIP();
    expect_kept("accuracy", accuracy_table());
}
TEST(DetectCorpusDocument, HoldsCandidates) { expect_kept("candidates", candidates_table()); }

TEST(DetectCorpus, HasTwoHundredLinesEach) {
    EXPECT_GE(known().size(), 200U);
    std::map<std::string, int> of;
    for (const Line& line : known()) ++of[line.language];
    for (const auto& [language, count] : of) EXPECT_GE(count, 30) << language;
}

TEST(DetectCorpus, GbkIsAlwaysFoundBesideUtf8) {
    for (const auto& lines : {known(), held_out()}) {
        const Count count = accuracy(lines, "zh-hans", named("gbk"), list("gbk"));
        EXPECT_EQ(count.right, count.of);
    }
}

TEST(DetectCorpus, Utf8IsFoundWhateverTheCandidates) {
    for (const auto& lines : {known(), held_out()}) {
        for (const Line& line : lines) {
            for (const LocaleCandidates& row : locale_candidates()) {
                EXPECT_EQ(verdict_of(line.text + "\n", list(row.encodings)), &utf8()) << line.text;
            }
            EXPECT_EQ(verdict_of(line.text + "\n", list(kWide)), &utf8()) << line.text;
        }
    }
}

TEST(DetectCorpus, LinesOfOneSpeakerAreFoundTogether) {
    for (const Case& each : kCases) {
        const Encoding* encoding = find_encoding(each.encoding);
        if (encoding == nullptr) continue;
        const Candidates wide = list(kWide);
        const bool in_wide = std::find(wide.begin(), wide.end(), encoding) != wide.end();
        const Candidates kept = in_wide ? wide : candidates_for(each.locale);
        Detector all(kept);
        int lines = 0;
        for (const Line& line : known()) {
            const auto raw = line.language == each.language ? encoded(*encoding, line.text) : std::nullopt;
            if (!raw) continue;
            all.add(as_bytes(*raw));
            if (++lines < 10) continue;
            EXPECT_EQ(all.verdict().encoding, encoding) << each.encoding << " " << line.text;
        }
    }
}

}  // namespace
}  // namespace earshot::text
