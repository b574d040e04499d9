#include "frame/framings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "tests/frame/drive.h"

namespace earshot::frame {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr ByteCount kMax = ByteCount(64) << 20;

std::string error_of(std::string_view name, ByteCount max_message = kMax) {
    const auto made = make_framer(name, max_message);
    if (made) return "";
    EXPECT_EQ(made.error().reason, Reason::usage);
    EXPECT_EQ(made.error().message.find('\n'), std::string::npos);
    return made.error().message;
}

TEST(Framings, NamesWhatItDoesNotKnowAndWhatItKnows) {
    EXPECT_THAT(error_of("lines"), AllOf(HasSubstr("\"lines\""), HasSubstr("line chunk delim:HEX fixed:N")));
    EXPECT_THAT(error_of("length:u24be"), AllOf(HasSubstr("unknown field \"u24be\""), HasSubstr("u8 u16be u16le")));
    EXPECT_THAT(error_of("length:u8,size=3"), HasSubstr("unknown setting \"size=3\""));
    EXPECT_THAT(error_of("delim:0d0"), HasSubstr("two hex digits"));
    EXPECT_THAT(error_of("delim:0dxy"), HasSubstr("\"xy\""));
}

TEST(Framings, RefusesWhatIsNoArgumentForThem) {
    for (const char* name : {"",
                             ":",
                             "line:",
                             "line:x",
                             "chunk:1",
                             "LINE",
                             " line",
                             "delim",
                             "delim:",
                             "delim:0x0a",
                             "delim:0d 0a",
                             "fixed",
                             "fixed:",
                             "fixed:0",
                             "fixed:-1",
                             "fixed:+1",
                             "fixed:1k",
                             "fixed: 1",
                             "fixed:67108865",
                             "fixed:18446744073709551616",
                             "fixed:18446744073709551617",
                             "idle",
                             "idle:",
                             "idle:0",
                             "idle:-5",
                             "idle:1.5",
                             "idle:86400001",
                             "idle:18446744073709551617",
                             "length",
                             "length:",
                             "length:u8,",
                             "length:u8,,offset=1",
                             "length:u8,offset",
                             "length:u8,offset=",
                             "length:u8,offset=-1",
                             "length:u8,offset=67108865",
                             "length:u8,offset=18446744073709551616",
                             "length:u8,adjust=",
                             "length:u8,adjust=+-1",
                             "length:u8,adjust=++1",
                             "length:u8,adjust=4294967296",
                             "length:u8,adjust=-4294967296",
                             "length:u8,adjust=9223372036854775808",
                             "length:u16",
                             "length:u16BE",
                             "length:U8"}) {
        EXPECT_NE(error_of(name), "") << name;
    }
}

TEST(Framings, KnowsTheBoundsOfItsNumbers) {
    for (const char* name : {"fixed:1", "fixed:67108864", "idle:1", "idle:86400000", "length:u8,offset=0,adjust=0",
                             "length:u8,adjust=3,offset=67108864", "length:u32le,adjust=-4294967295", "delim:0D0a"}) {
        EXPECT_EQ(error_of(name), "") << name;
    }
    EXPECT_NE(error_of("line", 0), "");
    EXPECT_EQ(error_of("line", kLargestMessage), "");
    EXPECT_NE(error_of("line", kLargestMessage + 1), "");
}

TEST(Framings, QuotesWhatWasTypedSafely) {
    const std::string message = error_of("\x1b[31m\n" + std::string(1'000'000, 'x'));
    EXPECT_LT(message.size(), 400U);
    EXPECT_EQ(message.find('\x1b'), std::string::npos);
    EXPECT_NE(error_of("delim:" + std::string(1'000'000, '0')), "");
}

TEST(Framings, EveryRowMakesItsExample) {
    for (const Framing& framing : framings()) {
        EXPECT_EQ(error_of(framing.example), "") << framing.example;
        EXPECT_TRUE(std::string_view(framing.example).starts_with(framing.name));
        EXPECT_EQ(framing.has_arguments(), std::string_view(framing.syntax).find(':') != std::string_view::npos);
        EXPECT_NE(std::string_view(framing.help), "");
    }
}

// Every row once by its example, and forms where its corners are.
std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const Framing& framing : framings()) out.emplace_back(framing.example);
    for (const char* more : {"delim:00", "delim:0101", "delim:00010001", "delim:010100", "fixed:1", "fixed:5",
                             "length:u8", "length:u8,adjust=-1", "length:u8,offset=3,adjust=2", "length:u16le,offset=1",
                             "length:u32be", "length:u32le,adjust=-4", "idle:1"}) {
        out.emplace_back(more);
    }
    return out;
}

class EveryFraming : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Framings, EveryFraming, testing::ValuesIn(names()),
                         [](const auto& row) { return std::to_string(row.index); });

// Streams in which delimiters, small lengths and line ends are frequent.
std::string random_stream(std::mt19937& random) {
    static constexpr std::string_view kAlphabet(
        "\0\0\0\0\1\1\2\3\n\n\r\xff"
        "ab",
        14);
    std::string out(random() % 80, '\0');
    for (char& c : out) c = kAlphabet[random() % kAlphabet.size()];
    return out;
}

TEST_P(EveryFraming, GivesTheSameMessagesHoweverTheStreamIsCut) {
    std::mt19937 random(7);
    for (int round = 0; round < 3000; ++round) {
        const std::string stream = random_stream(random);
        const ByteCount max_message = 16 + random() % 20;
        std::vector<std::size_t> cuts;
        for (std::size_t i = 1; i < stream.size(); ++i) {
            if (random() % (1 + static_cast<unsigned>(round) % 8) == 0) cuts.push_back(i);
        }
        const auto whole = pieces_of(GetParam(), max_message, stream);
        const auto cut = pieces_of(GetParam(), max_message, stream, cuts);
        ASSERT_EQ(joined(whole), stream) << "bytes are never dropped or moved";
        ASSERT_EQ(joined(cut), stream);
        if (GetParam() == "chunk") continue;  // the network's cuts are its messages
        ASSERT_EQ(brief(whole), brief(cut)) << testing::PrintToString(stream);
    }
}

// Another limit in the middle of anything: bytes are kept in order, and the new limit is kept from then on.
TEST_P(EveryFraming, TakesAnotherLimitInTheMiddleOfAMessage) {
    std::mt19937 random(11);
    for (int round = 0; round < 2000; ++round) {
        const std::string stream = random_stream(random);
        const std::size_t at = random() % (stream.size() + 1);
        const std::size_t limit = 16 + random() % 40;
        const std::unique_ptr<Framer> framer = framer_of(GetParam(), 16 + random() % 40);
        Drive drive(*framer);
        drive.show(stream.substr(0, at));
        framer->set_max_message(limit);
        for (std::size_t i = at; i < stream.size(); ++i) {
            drive.show(stream.substr(i, 1));
            if (GetParam().starts_with("length") || GetParam().starts_with("fixed")) continue;
            ASSERT_LE(drive.kept(), limit + 4) << "and a delimiter";
        }
        drive.finish();
        ASSERT_EQ(joined(drive.pieces()), stream);
    }
}

TEST(Framings, SaysOfEachPieceWhetherItsMessageWasGivenUpBefore) {
    for (const std::string name : {"line", "delim:0a"}) {
        const std::unique_ptr<Framer> framer = framer_of(name, 10);
        Drive drive(*framer);
        for (int i = 0; i < 35; ++i) drive.show("x");
        EXPECT_EQ(drive.given_up(), 1U) << name;
        drive.show("\nok\n" + std::string(25, 'y') + "\n" + std::string(12, 'z'));
        EXPECT_EQ(drive.given_up(), 3U) << name;
        drive.finish();
        EXPECT_EQ(drive.given_up(), 3U) << name;
    }
    const std::unique_ptr<Framer> idle = framer_of("idle:50", 10);
    Drive drive(*idle);
    for (int i = 0; i < 35; ++i) drive.show("x");
    drive.finish();
    EXPECT_EQ(drive.given_up(), 1U);
}

// Memory whose already shown pages cannot be read any more.
class FadingStream {
  public:
    explicit FadingStream(std::size_t size) : size_(size) {
        void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        EARSHOT_CHECK(at != MAP_FAILED);
        bytes_ = static_cast<std::uint8_t*>(at);
        std::memset(bytes_, 'x', size_);
    }
    ~FadingStream() { ::munmap(bytes_, size_); }
    FadingStream(const FadingStream&) = delete;
    FadingStream& operator=(const FadingStream&) = delete;

    std::uint8_t* bytes() { return bytes_; }
    ByteView first(std::size_t size) const { return {bytes_, size}; }
    void fade(std::size_t size) { EARSHOT_CHECK(::mprotect(bytes_, size, PROT_NONE) == 0); }

  private:
    std::size_t size_;
    std::uint8_t* bytes_ = nullptr;
};

TEST_P(EveryFraming, NeverLooksTwiceAtALongMessage) {
    constexpr std::size_t kRead = 65536;
    FadingStream stream(kMax);
    if (GetParam().starts_with("length")) std::memset(stream.bytes(), 1, 16);
    stream.bytes()[kMax - 1] = '\n';
    const std::unique_ptr<Framer> framer = framer_of(GetParam(), kMax);
    for (std::size_t shown = kRead; shown <= kMax; shown += kRead) {
        const Step step = framer->next(stream.first(shown));
        if (step.kind != StepKind::need_more) break;  // this framing makes short messages of it
        const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        stream.fade(shown - page);  // a byte looked at again ends the test program
    }
}

TEST(Framings, CarriesALineOfTheLimitInManyReads) {
    const std::string text(kMax, 'x');
    const std::unique_ptr<Framer> framer = framer_of("line", kMax);
    const std::string line = text + "\n";
    for (std::size_t shown = 65536; shown <= kMax; shown += 65536) {
        ASSERT_EQ(framer->next(as_bytes(line).first(shown)).kind, StepKind::need_more);
    }
    const Step step = framer->next(as_bytes(line));
    EXPECT_EQ(step.kind, StepKind::message);
    EXPECT_EQ(step.payload_size, kMax);
}

TEST(Framings, OnlyChunkAndIdleLetADecoderCarryOver) {
    for (const Framing& framing : framings()) {
        const std::string_view name = framing.name;
        EXPECT_EQ(framer_of(framing.example, kMax)->flushes_text(), name != "chunk" && name != "idle") << name;
        EXPECT_EQ(framer_of(framing.example, kMax)->quiet_time() > Millis(0), name == "idle") << name;
    }
}

}  // namespace
}  // namespace earshot::frame
