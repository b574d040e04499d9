#include "app/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/option_table.h"
#include "tests/app/command_line.h"

namespace earshot::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Options accepted(const std::string& line, const std::string& file = "") {
    const auto parsed = parse_line(line, file);
    EXPECT_TRUE(parsed) << line << ": " << parsed.error().message;
    return parsed ? *parsed : Options();
}

TEST(Parse, HasNoVerbWithoutWords) { EXPECT_EQ(accepted("").verb, Verb::none); }

TEST(Parse, KnowsEveryVerb) {
    EXPECT_EQ(accepted("connect localhost 80").verb, Verb::connect);
    EXPECT_EQ(accepted("listen 80").verb, Verb::listen);
    EXPECT_EQ(accepted("demo").verb, Verb::demo);
    EXPECT_EQ(accepted("encodings").verb, Verb::encodings);
    EXPECT_EQ(accepted("--version").verb, Verb::version);
    EXPECT_EQ(accepted("version").verb, Verb::version);
    EXPECT_EQ(accepted("completion zsh").topic, "zsh");
    for (const char* line : {"help", "--help", "-h", "help listen", "listen --help", "listen -h 80 --tls",
                             "demo --help", "encodings -h", "completion --help", "help --help", "--help listen"}) {
        EXPECT_EQ(accepted(line).verb, Verb::help) << line;
    }
    EXPECT_EQ(accepted("listen --json -h").topic, "listen");
}

TEST(Parse, TakesRecodeAsIconvIsCalled) {
    for (const char* line :
         {"recode -f gbk -t utf-8 a - b", "recode a --from=gbk - -tutf-8 b", "recode -fgbk --to utf-8 -- a - b"}) {
        const RecodeOptions recode = accepted(line).recode;
        EXPECT_EQ(recode.from, "gbk") << line;
        EXPECT_EQ(recode.to, "utf-8") << line;
        EXPECT_THAT(recode.files, ElementsAre("a", "-", "b")) << line;
    }
    EXPECT_EQ(accepted("recode").recode.from, "");
    EXPECT_EQ(accepted("recode --errors escape").recode.on_misfit, text::OnMisfit::escape);
    EXPECT_EQ(accepted("recode -o out").recode.output, "out");
    EXPECT_EQ(accepted("recode --help -f nonsense").topic, "recode");
}

TEST(Parse, TakesTheLadderOfAFile) {
    const LadderWish ladder = accepted("ladder --stream 3 --svg a.svg --fold 0 --explain c.pcap").ladder;
    EXPECT_EQ(ladder.file, "c.pcap");
    EXPECT_EQ(ladder.stream, 3U);
    EXPECT_EQ(ladder.svg, "a.svg");
    EXPECT_EQ(ladder.fold_after, 0U);
    EXPECT_TRUE(ladder.explain);
    EXPECT_FALSE(ladder.takes_standard_output());
    EXPECT_EQ(accepted("ladder -").ladder.file, "-");
    EXPECT_TRUE(accepted("ladder --pcap - x").ladder.takes_standard_output());
    EXPECT_EQ(accepted("ladder --help").topic, "ladder");
}

TEST(Parse, RefusesALadderOfNothingOrOfTooMuch) {
    EXPECT_THAT(error_of("ladder"), HasSubstr("which capture is missing"));
    EXPECT_THAT(error_of("ladder a b"), HasSubstr("\"b\""));
    EXPECT_THAT(error_of("ladder --svg - --pcap - a"), HasSubstr("only one form"));
    EXPECT_THAT(error_of("ladder --stream x a"), HasSubstr("--stream"));
    EXPECT_THAT(error_of("listen --stream 1 80"), HasSubstr("does not belong to listen"));
}

TEST(Parse, AsksForTheLadderWithItsFiles) {
    for (const char* words : {"listen --svg a 80", "connect --mermaid a h 80", "demo --pcap a", "listen --ladder 80"}) {
        EXPECT_TRUE(accepted(words).ladder.live) << words;
    }
    EXPECT_TRUE(accepted("demo --explain").ladder.explain);
    EXPECT_THAT(error_of("listen --svg - 80"), HasSubstr("file's name"));
    EXPECT_THAT(error_of("demo --pcap -"), HasSubstr("file's name"));
    EXPECT_THAT(error_of("demo now"), HasSubstr("\"now\""));
    EXPECT_THAT(error_of("listen --ladder unix:x"), HasSubstr("Unix"));
}

TEST(Parse, TakesACharsetOfTheCLibraryWhereverAnEncodingIsNamed) {
    const Options options = accepted("listen --encoding iconv:IBM850 --detect gbk,iconv:TIS-620 80");
    EXPECT_EQ(options.recv_encoding, "iconv:IBM850");
    EXPECT_EQ(options.send_encoding, "iconv:IBM850");
    EXPECT_EQ(accepted("recode -f iconv:IBM037 -t utf-8").recode.from, "iconv:IBM037");
    EXPECT_EQ(accepted("listen --config f 80", "encoding = \"iconv:IBM850\"\n").send_encoding, "iconv:IBM850");
    EXPECT_THAT(error_of("listen --encoding iconv:NO-SUCH 80"), HasSubstr("NO-SUCH"));
}

TEST(Parse, KeepsRecodesOptionsToItself) {
    EXPECT_THAT(error_of("recode --encoding gbk"), HasSubstr("--encoding does not belong to recode"));
    EXPECT_THAT(error_of("listen -f gbk 80"), HasSubstr("--from does not belong to listen"));
    EXPECT_THAT(error_of("listen --config f 80", "from = \"gbk\"\n"), HasSubstr("\"from\" is no option"));
    EXPECT_THAT(error_of("recode -f bytes"), HasSubstr("\"bytes\" is not known"));
    EXPECT_THAT(error_of("recode -f sjiss"), HasSubstr("\"earshot encodings\" lists"));
    EXPECT_THAT(error_of("listen --encoding bytez 80"), HasSubstr("did you mean bytes?"));
    EXPECT_THAT(error_of("listen --encoding ibm850 80"), HasSubstr("did you mean iconv:ibm850?"));
    EXPECT_THAT(error_of("recode -f gbk//IGNORE"), HasSubstr("--errors"));
}

TEST(Parse, TakesOptionsAnywhereAndInEveryForm) {
    for (const char* line : {"connect --encoding gbk --json localhost 80", "connect localhost 80 --json --encoding=gbk",
                             "connect localhost --json 80 --encoding gbk", "connect --js --enc=gbk localhost 80",
                             "connect --json --encoding gbk -- localhost 80"}) {
        const Options options = accepted(line);
        EXPECT_TRUE(options.json) << line;
        EXPECT_EQ(options.recv_encoding, "gbk") << line;
        EXPECT_EQ(options.send_encoding, "gbk") << line;
        EXPECT_EQ(options.target.text(), "localhost:80") << line;
    }
}

TEST(Parse, TakesOptionsAnywhereWhateverTheEnvironmentSays) {
    ::setenv("POSIXLY_CORRECT", "1", 1);
    const Options options = accepted("connect localhost 80 --json");
    ::unsetenv("POSIXLY_CORRECT");
    EXPECT_TRUE(options.json);
}

TEST(Parse, TakesShortOptionsTogether) {
    const Options options = accepted("listen -kCm3 -w 1.5 9000");
    EXPECT_TRUE(options.keep);
    EXPECT_EQ(options.eol, "crlf");
    EXPECT_EQ(options.max_clients, 3U);
    EXPECT_EQ(options.connect_timeout, Millis(1500));
}

TEST(Parse, LeavesTheWordsAfterTwoDashesAlone) { EXPECT_THAT(error_of("listen -- --json 80"), HasSubstr("--json")); }

TEST(Parse, GivesEveryOptionItsField) {
    const Options o = accepted(
        "listen --recv-encoding utf-8 --send-encoding gbk --detect gbk,gb18030 --frame fixed:4 --eol none --view both "
        "--time iso --max-message 1MiB --idle-timeout 0.25 --keepalive 30 --on-eof keep --on-fin close --reply "
        "broadcast --slow wait "
        "--allow 10.0.0.0/8,::1 --deny 10.1.1.1 --allow hosts.txt --once --tls --tls-cert c.pem --tls-key k.pem "
        "--tls-ca "
        "a.pem --tls-name n --tls-alpn h2,http/1.1 --tls-verify require 127.0.0.1 9000");
    EXPECT_EQ(o.recv_encoding, "utf-8");
    EXPECT_EQ(o.send_encoding, "gbk");
    EXPECT_THAT(o.detect, ElementsAre("gbk", "gb18030"));
    EXPECT_EQ(o.frame, "fixed:4");
    EXPECT_EQ(o.eol, "none");
    EXPECT_EQ(o.view, ViewStyle::both);
    EXPECT_EQ(o.time, TimeStyle::iso);
    EXPECT_EQ(o.max_message, ByteCount(1) << 20);
    EXPECT_EQ(o.idle_timeout, Millis(250));
    EXPECT_EQ(o.keepalive, Millis(30'000));
    EXPECT_EQ(o.on_eof, OnEof::keep);
    EXPECT_EQ(o.on_fin, OnFin::close);
    EXPECT_EQ(o.reply, "broadcast");
    EXPECT_EQ(o.slow, talk::Slow::wait);
    EXPECT_THAT(o.allow, ElementsAre("10.0.0.0/8", "::1", "hosts.txt"));
    EXPECT_THAT(o.deny, ElementsAre("10.1.1.1"));
    EXPECT_TRUE(o.once && o.tls.on);
    EXPECT_EQ(o.tls.cert + o.tls.key + o.tls.ca + o.tls.name, "c.pemk.pema.pemn");
    EXPECT_THAT(o.tls.alpn, ElementsAre("h2", "http/1.1"));
    EXPECT_EQ(o.tls.verify, TlsVerify::require);
}

TEST(Parse, TurnsTlsOnForItsUrl) {
    EXPECT_TRUE(accepted("connect tls://localhost:443").tls.on);
    EXPECT_FALSE(accepted("connect tcp://localhost:443").tls.on);
    EXPECT_TRUE(accepted("connect --tls localhost 443").tls.on);
}

TEST(Parse, HoldsTheLastOfTwo) {
    EXPECT_EQ(accepted("listen --frame line --frame chunk 1").frame, "chunk");
    const Options options = accepted("listen --recv-encoding gbk --encoding utf-8 --send-encoding gbk 1");
    EXPECT_EQ(options.recv_encoding, "utf-8");
    EXPECT_EQ(options.send_encoding, "gbk");
}

TEST(Parse, RemembersWhatTheCommandLineNamed) {
    const Options options = accepted("listen --frame line --config f 1", "json = true");
    EXPECT_TRUE(options.was_named("frame") && options.was_named("config"));
    EXPECT_FALSE(options.was_named("json"));
}

TEST(Parse, SuggestsTheNearestOption) {
    EXPECT_THAT(error_of("connect --encodng gbk localhost 80"), HasSubstr("--encoding"));
    EXPECT_THAT(error_of("connect --jsno localhost 80"), HasSubstr("--json"));
    EXPECT_THAT(error_of("connect --idletimeout=3 localhost 80"), HasSubstr("--idle-timeout"));
    EXPECT_THAT(error_of("connect --utterly-unknown localhost 80"), HasSubstr("earshot help connect"));
    EXPECT_THAT(error_of("conect localhost 80"), HasSubstr("connect"));
    EXPECT_THAT(error_of("listen --tls-verify requier 80"), HasSubstr("require"));
}

TEST(Parse, SuggestsTheNearestEncoding) {
    EXPECT_THAT(error_of("connect --encoding gkb localhost 80"), HasSubstr("did you mean gbk?"));
    EXPECT_EQ(accepted("connect --encoding GB2312 localhost 80").recv_encoding, "GB2312");
}

TEST(Parse, HoldsAFramingToTheLongestMessage) {
    EXPECT_TRUE(accepted("listen --frame fixed:16 --max-message 16 1").frame);
    EXPECT_THAT(error_of("listen --frame fixed:17 --max-message 16 1"), testing::StartsWith("--frame: "));
}

TEST(Parse, NamesBothReadingsOfAShortenedOption) {
    const std::string message = error_of("listen --on close 80");
    EXPECT_THAT(message, HasSubstr("--on-eof"));
    EXPECT_THAT(message, HasSubstr("--on-fin"));
}

TEST(Parse, TakesThreadsOnlyWhereTheyCanServe) {
    EXPECT_EQ(accepted("listen --threads 4 --reply echo 80").shards(), 4U);
    EXPECT_EQ(accepted("listen --threads 4 --reply echo --once 80").shards(), 1U);
    EXPECT_EQ(accepted("listen 80").shards(), 1U);
    EXPECT_THAT(error_of("listen --threads 2 --keep 80"), HasSubstr("--keep"));
    EXPECT_THAT(error_of("listen --threads 2 --ladder 80"), HasSubstr("ladder"));
    EXPECT_EQ(accepted("listen --threads 2 --reply echo unix:/tmp/s").shards(), 2U);
    EXPECT_THAT(error_of("listen --threads 0 80"), HasSubstr("0 threads"));
    EXPECT_THAT(error_of("listen --threads 65 80"), HasSubstr("65 threads"));
    EXPECT_THAT(error_of("connect --threads 2 localhost 80"), HasSubstr("--threads"));
}

TEST(Parse, RefusesWhatDoesNotExistYet) {
    for (const char* line : {"log list",
                             "nc localhost 80",
                             "listen --record f.db 80",
                             "listen --slow drop 80",
                             "listen --web 80 81",
                             "connect --metrics 80 localhost 81",
                             "listen --cluster nats://x 80",
                             "connect --proxy http://a:1 localhost 80",
                             "connect udp://localhost:80",
                             "listen --reply chatter 80",
                             "listen --reply rules 80",
                             "listen --reply rules: 80",
                             "listen --reply echo:x 80",
                             "listen --reply exec 80",
                             "listen --reply relay:a 80",
                             "listen --reply relay:a:0 80",
                             "connect ws://localhost:80",
                             "--json connect localhost 80",
                             "completion tcsh",
                             "demo 1",
                             "encodings gbk",
                             "listen --encoding iconv:NO-SUCH-SET 80",
                             "listen --encoding iconv:ISO-2022-KR 80",
                             "listen --encoding iconv:IBM850//IGNORE 80",
                             "recode -f iconv: -t utf-8",
                             "connect -u localhost 80",
                             "connect -z localhost 80"}) {
        EXPECT_EQ(error_of(line).find("(accepted)"), std::string::npos) << line;
    }
}

TEST(Parse, TakesARelaysTarget) {
    const auto parsed = parse_line("listen --reply relay:tls://[::1]:443 80 --tls-ca ca.pem");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->relay_to, (net::Target{"::1", 443, ""}));
    EXPECT_TRUE(parsed->relay_tls);
    EXPECT_FALSE(parsed->tls.on);
    EXPECT_NE(error_of("listen --reply relay:nowhere 80").find("--reply relay"), std::string::npos);
    EXPECT_NE(error_of("listen --tls --tls-ca ca.pem --reply relay:a:1 80").find("--tls-verify"), std::string::npos);
    EXPECT_TRUE(parse_line("listen --tls --tls-ca ca.pem --reply relay:tls://a:1 80"));
}

TEST(Parse, TakesATapsTwoPlaces) {
    Options options = accepted("tap 9000 example.net:80");
    EXPECT_EQ(options.target, (net::Target{"", 9000, ""}));
    EXPECT_EQ(options.relay_to, (net::Target{"example.net", 80, ""}));
    EXPECT_FALSE(options.speaks_tls());
    options = accepted("tap tls://[::1]:9000 unix:/tmp/there");
    EXPECT_TRUE(options.tls.on && !options.relay_tls);
    EXPECT_EQ(options.relay_to.unix_path, "/tmp/there");
    options = accepted("tap 127.0.0.1:0 tls://there:443 --tls-verify none");
    EXPECT_TRUE(!options.tls.on && options.relay_tls);
    EXPECT_NE(error_of("tap 9000").find("two places"), std::string::npos);
    EXPECT_NE(error_of("tap 9000 localhost").find("port"), std::string::npos);
    EXPECT_NE(error_of("tap 9000 localhost 80").find("one word too many"), std::string::npos);
    EXPECT_NE(error_of("tap 9000 localhost:0").find("out of range"), std::string::npos);
}

TEST(Parse, TellsATapsTwoWaysOfTlsApart) {
    EXPECT_NE(error_of("tap 1 there:2 --tls-ca x").find("tls://"), std::string::npos);
    EXPECT_NE(error_of("tap tls://:1 there:2 --tls-verify none").find("TARGET"), std::string::npos);
    EXPECT_NE(error_of("tap 1 tls://there:2 --tls-cert x").find("LISTEN"), std::string::npos);
    EXPECT_EQ(error_of("tap 1 tls://there:2 --tls-name x"), "(accepted)");
    EXPECT_EQ(error_of("tap tls://:1 there:2 --tls-cert x --tls-key y"), "(accepted)");
}

TEST(Parse, ShowsATapsLaddersUnlessToldOtherwise) {
    EXPECT_TRUE(accepted("tap 1 there:2").traces());
    EXPECT_FALSE(accepted("tap 1 there:2 --no-ladder").traces());
    EXPECT_FALSE(accepted("tap 1 there:2 --json").traces());
    EXPECT_TRUE(accepted("tap 1 there:2 --json --ladder").traces());
    EXPECT_FALSE(accepted("listen 1").traces());
}

TEST(Parse, SaysToWhichVerbAnOptionDoesNotBelong) {
    for (const char* option : {"--keep", "-k", "--once", "--reply=echo", "--allow=::1", "--deny=::1", "-m3"}) {
        EXPECT_THAT(error_of(std::string("connect localhost 80 ") + option), HasSubstr("does not belong to connect"));
    }
    for (const char* option : {"--retry=1", "--source=::1", "-s::1"}) {
        EXPECT_THAT(error_of(std::string("listen 80 ") + option), HasSubstr("does not belong to listen"));
    }
}

TEST(Parse, TakesRatesASecondAMinuteOrAnHour) {
    const Options o = accepted("listen --max-per-address 4 --max-rate 20 --max-rate-per-address 30/m 80");
    EXPECT_EQ(o.caller_limits.max_per_address, 4U);
    EXPECT_EQ(o.caller_limits.rate, (Rate{20, Millis(1000)}));
    EXPECT_EQ(o.caller_limits.rate_per_address, (Rate{30, Millis(60'000)}));
    EXPECT_EQ(accepted("listen --max-rate 7/h 80").caller_limits.rate, (Rate{7, Millis(3'600'000)}));
    EXPECT_EQ(accepted("listen --max-rate 7/s 80").caller_limits.rate, (Rate{7, Millis(1000)}));
    EXPECT_EQ(accepted("listen --message-rate 5/m 80").message_rate, (Rate{5, Millis(60'000)}));
    EXPECT_EQ(accepted("listen --byte-rate 2K/s 80").byte_rate, (Rate{2048, Millis(1000)}));
    EXPECT_EQ(accepted("listen --byte-rate 2K 80").byte_rate, (Rate{2048, Millis(1000)}));
    EXPECT_FALSE(accepted("listen --max-rate 0 80").caller_limits.any());
    EXPECT_THAT(error_of("listen --max-per-address 1 unix:/tmp/x"), HasSubstr("--max-clients"));
}

// --keep is listen's; on connect it must not pass as a short form of --keepalive and swallow the host.
TEST(Parse, NeverReadsAnotherVerbsOptionAsAShortenedOne) {
    EXPECT_THAT(error_of("connect --keep 30 localhost 80"), HasSubstr("--keep does not belong to connect"));
}

TEST(Parse, NamesTheOptionWhoseValueIsWrong) {
    for (const char* given : {"--idle-timeout=soon",
                              "--idle-timeout=-1",
                              "--idle-timeout=inf",
                              "--idle-timeout=1e5",
                              "--idle-timeout=",
                              "--max-message=0",
                              "--max-message=9G",
                              "--max-message=12Q",
                              "--max-message=K",
                              "--max-message=99999999999999999999",
                              "--eol=crfl",
                              "--view=x",
                              "--on-eof=",
                              "--detect=gbk,,big5",
                              "--max-clients=-1",
                              "--max-clients=1.5",
                              "--max-per-address=two",
                              "--max-rate=5/d",
                              "--message-rate=x",
                              "--byte-rate=1K/m",
                              "--byte-rate=/s",
                              "--max-rate=/s",
                              "--max-rate=5/",
                              "--max-rate=99999999999",
                              "--max-rate-per-address=-1/m",
                              "--tls-pin=abcd",
                              "--encoding=",
                              "--encoding=gkb",
                              "--detect=auto",
                              "--frame=telnet",
                              "--frame=fixed:0",
                              "--frame=delim:0",
                              "--reply=ecko",
                              "--frame=fixed:99999999"}) {
        const std::string name = std::string(given).substr(0, std::string(given).find('='));
        EXPECT_THAT(error_of(std::string("listen --tls 80 ") + given), testing::StartsWith(name + ": ")) << given;
    }
    EXPECT_THAT(error_of("connect --retry=0 localhost 80"), testing::StartsWith("--retry: "));
    EXPECT_THAT(error_of("listen 80 --frame"), HasSubstr("--frame F"));
    EXPECT_THAT(error_of("listen 80 -m"), HasSubstr("--max-clients N"));
    EXPECT_THAT(error_of("listen 80 --json=yes"), HasSubstr("--json takes no value"));
}

TEST(Parse, ReadsSizesWithTheirUnits) {
    const std::pair<const char*, ByteCount> cases[] = {
        {"1", 1},          {"64K", 65536},          {"64k", 65536},
        {"3KiB", 3072},    {"2M", 2U << 20},        {"2MiB", 2U << 20},
        {"1G", 1U << 30U}, {"2GiB", 2147483648ULL}, {"2147483648", 2147483648ULL}};
    for (const auto& [text, size] : cases) {
        EXPECT_EQ(accepted(std::string("listen 1 --max-message ") + text).max_message, size) << text;
    }
}

TEST(Parse, CountsTheLeastWaitAsAMillisecond) {
    EXPECT_EQ(accepted("listen 1 --idle-timeout 0.0001").idle_timeout, Millis(1));
    EXPECT_EQ(accepted("listen 1 --idle-timeout 0").idle_timeout, Millis(0));
}

TEST(Parse, ReadsAPinWithAndWithoutColons) {
    const std::string digits(64, 'A');
    std::string colons;
    for (int i = 0; i < 32; ++i) colons += i == 0 ? "aa" : ":AA";
    for (const std::string& pin : {digits, colons}) {
        EXPECT_EQ(accepted("connect --tls --tls-pin " + pin + " a 1").tls.pin, std::string(64, 'a'));
    }
    EXPECT_THAT(error_of("connect --tls --tls-pin " + std::string(63, 'a') + "g a 1"), HasSubstr("64 hex digits"));
}

TEST(Parse, ReadsTheSourceOfACall) {
    const std::pair<const char*, std::pair<const char*, int>> cases[] = {{"127.0.0.2", {"127.0.0.2", 0}},
                                                                         {"127.0.0.2:5000", {"127.0.0.2", 5000}},
                                                                         {"::1", {"::1", 0}},
                                                                         {"[::1]:5000", {"::1", 5000}},
                                                                         {"[::1]", {"::1", 0}}};
    for (const auto& [text, source] : cases) {
        const Options options = accepted(std::string("connect a 1 --source ") + text);
        EXPECT_EQ(options.source_host, source.first) << text;
        EXPECT_EQ(options.source_port, source.second) << text;
    }
    for (const char* text : {"localhost", "127.0.0.1:", "127.0.0.1:99999", ":80", "::1:x"}) {
        EXPECT_THAT(error_of(std::string("connect a 1 --source ") + text), testing::StartsWith("--source: ")) << text;
    }
}

TEST(Parse, RefusesOptionsThatContradictEachOther) {
    for (const char* line :
         {"listen --once --keep 1", "connect --json --raw a 1", "connect --json --view hex a 1",
          "connect --tls-ca f a 1", "connect --tls --tls-key f a 1", "listen --tls --tls-ca f 1",
          "connect --source ::1 unix:/tmp/x", "listen --allow ::1 unix:/tmp/x", "connect --keepalive 3 unix:/tmp/x",
          "connect --tls --tls-verify none --tls-pin "
          "0000000000000000000000000000000000000000000000000000000000000000 a 1"}) {
        EXPECT_EQ(error_of(line).find('('), std::string::npos) << line << error_of(line);
    }
}

// getopt keeps state between calls; one bad line must not disturb the next.
TEST(Parse, StartsAnewEachTime) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(error_of("listen -kx 1"), HasSubstr("-x"));
        EXPECT_TRUE(accepted("listen -k 1").keep);
    }
}

// Whatever the words are: an answer, and an error that is one line.
TEST(Parse, AnswersAnythingInOneLine) {
    const std::vector<std::string> words{"connect", "listen", "--",   "-", "--=",      "--tls=", "-C",  "-w",
                                         "--o",     "80",     "::",   "[", "]:",       "unix:",  "://", "\xff",
                                         "--\xff",  "-\xff",  "help", "",  "--config", "="};
    for (const std::string& a : words) {
        for (const std::string& b : words) {
            for (const std::string& c : words) {
                const auto parsed = parse_words({a, b, c});
                if (!parsed) {
                    EXPECT_FALSE(parsed.error().message.empty());
                    EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos);
                }
            }
        }
    }
}

TEST(OptionTable, AcceptsEveryValueItOffers) {
    for (const OptionGroup& group : option_groups()) {
        for (const OptionRow& row : group.rows) {
            EXPECT_EQ(row.kind == ValueKind::choice, row.choices[0] != '\0') << row.name;
            for (const std::string& choice : offered_values(row)) {
                Options options;
                const std::string whole = choice + (choice.ends_with(':') ? "what it needs" : "");
                EXPECT_TRUE(row.apply(options, whole)) << row.name << " " << choice;
            }
        }
    }
}

TEST(OptionTable, HasEveryNameOnce) {
    std::vector<std::string> names, shorts;
    for (const OptionGroup& group : option_groups()) {
        for (const OptionRow& row : group.rows) {
            if (row.name[0] != '\0') names.emplace_back(row.name);
            if (row.short_name != 0) shorts.emplace_back(1, row.short_name);
            EXPECT_NE(row.verbs, 0);
        }
    }
    for (auto* list : {&names, &shorts}) {
        std::sort(list->begin(), list->end());
        EXPECT_EQ(std::adjacent_find(list->begin(), list->end()), list->end());
    }
}

}  // namespace
}  // namespace earshot::app
