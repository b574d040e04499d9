// Decoding and encoding beside the C library's iconv on the same bytes in the same run. Each case prints bytes a second
// and, in `x_iconv`, how many times iconv's speed that is: iconv runs for a moment before and after every case, so that
// a noisy machine touches both.
#include <benchmark/benchmark.h>
#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "prose.h"
#include "text/decoder.h"
#include "text/encoder.h"

namespace earshot::bench {
namespace {

using text::Decoder;
using text::Encoding;
using text::find_encoding;

constexpr std::size_t kCorpus = 1 << 20;

std::string encoded(const char* label, const std::string& utf8) {
    std::vector<std::uint8_t> bytes;
    if (text::Encoder(*find_encoding(label)).encode(utf8, bytes)) std::abort();
    return {bytes.begin(), bytes.end()};
}

// Without half-width katakana, which iconv does not write in ISO-2022-JP.
std::string full_width(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const bool half = text.compare(at, 2, "\xEF\xBD") == 0 || text.compare(at, 2, "\xEF\xBE") == 0;
        if (!half) out += text[at];
        at += half ? 3 : 1;
    }
    return out;
}

struct Corpus {
    const char* name;
    const char* label;    // of the standard
    const char* charset;  // of the C library
    std::string utf8;
    std::string raw = encoded(label, utf8);
};

const std::vector<Corpus>& corpora() {
    static const std::vector<Corpus> all = {
        {"gbk_prose", "gbk", "GB18030", prose(kCorpus)},
        {"gbk_markup", "gbk", "GB18030", markup(kCorpus, 85)},
        {"gbk_ascii", "gbk", "GB18030", std::string(kCorpus, 'a')},
        {"shift_jis_prose", "shift_jis", "CP932", prose(kCorpus, kJapaneseSentences)},
        {"euc_jp_prose", "euc-jp", "EUC-JP-MS", prose(kCorpus, kJapaneseSentences)},
        {"iso_2022_jp_prose", "iso-2022-jp", "ISO-2022-JP", full_width(prose(kCorpus, kJapaneseSentences))},
        {"iso_2022_jp_ascii", "iso-2022-jp", "ISO-2022-JP", std::string(kCorpus, 'a')},
        {"big5_prose", "big5", "BIG5", prose(kCorpus, kTraditionalSentences)},
        {"euc_kr_prose", "euc-kr", "UHC", prose(kCorpus, kKoreanSentences)},
        {"utf8_prose", "utf-8", "UTF-8", prose(kCorpus)},
        {"windows_1251_prose", "windows-1251", "CP1251", prose(kCorpus, kRussianSentences)},
        {"windows_1252_prose", "windows-1252", "CP1252", prose(kCorpus, kWesternSentences)},
        {"utf16_prose", "utf-16le", "UTF-16LE", prose(kCorpus)},
        {"utf16_russian", "utf-16le", "UTF-16LE", prose(kCorpus, kRussianSentences)},
        {"utf16_ascii", "utf-16le", "UTF-16LE", std::string(kCorpus, 'a')},
    };
    return all;
}

enum class Work { text, map, encode, copy };  // copy: into a string, nothing else, as the limit

template <typename Piece>
void each_chunk(const std::string& raw, std::size_t chunk, Piece piece) {
    for (std::size_t at = 0; at < raw.size(); at += chunk) piece(as_bytes(std::string_view(raw).substr(at, chunk)));
}

// Seconds of one pass over the corpus by iconv, as a program calls it that keeps what is incomplete for the next chunk.
double iconv_seconds(const Corpus& corpus, std::size_t chunk, Work work) {
    const bool encodes = work == Work::encode;
    const iconv_t converter = encodes ? iconv_open(corpus.charset, "UTF-8") : iconv_open("UTF-8", corpus.charset);
    std::vector<char> target(4 * chunk + 64);
    std::string carried;
    const auto begin = std::chrono::steady_clock::now();
    each_chunk(encodes ? corpus.utf8 : corpus.raw, chunk, [&](ByteView raw) {
        std::string joined;
        char* in = const_cast<char*>(reinterpret_cast<const char*>(raw.data()));
        std::size_t left = raw.size();
        if (!carried.empty()) {
            joined = carried + std::string(as_chars(raw));
            in = joined.data();
            left = joined.size();
        }
        char* out = target.data();
        std::size_t room = target.size();
        if (iconv(converter, &in, &left, &out, &room) == static_cast<std::size_t>(-1) && errno != EINVAL) std::abort();
        carried.assign(in, left);
        benchmark::DoNotOptimize(target.data());
    });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    iconv_close(converter);
    return took.count();
}

double best_iconv(const Corpus& corpus, std::size_t chunk, Work work) {
    double best = 1e9;
    for (int i = 0; i < 8; ++i) best = std::min(best, iconv_seconds(corpus, chunk, work));
    return best;
}

// Into memory that is there already, as iconv's is: what is measured is the work.
struct Made {
    std::string text;
    std::vector<text::Run> runs;
    std::vector<std::uint8_t> bytes;
};

// The text is cut at characters: an encoder is given whole ones.
void encode_chunks(const Corpus& corpus, std::size_t chunk, Made& made) {
    text::Encoder encoder(*find_encoding(corpus.label));
    const std::string_view utf8 = corpus.utf8;
    for (std::size_t at = 0; at < utf8.size();) {
        std::size_t end = std::min(at + chunk, utf8.size());
        while (end < utf8.size() && (static_cast<unsigned char>(utf8[end]) & 0xC0) == 0x80) --end;
        made.bytes.clear();
        if (encoder.encode(utf8.substr(at, end - at), made.bytes)) std::abort();
        benchmark::DoNotOptimize(made.bytes.data());
        at = end;
    }
}

double seconds(const Corpus& corpus, std::size_t chunk, Work work, Made& made) {
    const auto begin = std::chrono::steady_clock::now();
    if (work == Work::encode) {
        encode_chunks(corpus, chunk, made);
    } else {
        Decoder decoder(*find_encoding(corpus.label));
        each_chunk(corpus.raw, chunk, [&](ByteView raw) {
            made.text.clear();
            made.runs.clear();
            if (work == Work::copy)
                made.text.append(as_chars(raw));
            else if (work == Work::map)
                decoder.decode(raw, made.text, made.runs);
            else
                decoder.decode(raw, made.text);
            benchmark::DoNotOptimize(made.text.data());
        });
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    return took.count();
}

void measure(benchmark::State& state, const Corpus& corpus, std::size_t chunk, Work work) {
    double reference = best_iconv(corpus, chunk, work);
    double best = 1e9;
    Made made;
    for ([[maybe_unused]] auto _ : state) {
        const double took = seconds(corpus, chunk, work, made);
        best = std::min(best, took);
        state.SetIterationTime(took);
    }
    reference = std::min(reference, best_iconv(corpus, chunk, work));
    const std::size_t size = work == Work::encode ? corpus.utf8.size() : corpus.raw.size();
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size));
    state.counters["x_iconv"] = reference / best;
    state.counters["iconv_MBps"] = static_cast<double>(size) / reference / 1e6;
}

void add(const Corpus& corpus, std::size_t chunk) {
    const std::string name = std::string(corpus.name) + "/" + std::to_string(chunk);
    constexpr std::pair<Work, const char*> kWorks[] = {
        {Work::text, "/text"}, {Work::map, "/map"}, {Work::encode, "/encode"}, {Work::copy, "/copy"}};
    for (const auto& [work, suffix] : kWorks) {
        if (work == Work::copy && std::string_view(corpus.name) != "gbk_ascii") continue;
        benchmark::RegisterBenchmark((name + suffix).c_str(), [&corpus, chunk, work = work](benchmark::State& state) {
            measure(state, corpus, chunk, work);
        })->UseManualTime();
    }
}

}  // namespace
}  // namespace earshot::bench

int main(int argc, char** argv) {
    using namespace earshot::bench;
    for (const auto& corpus : corpora()) {
        add(corpus, 16 * 1024);
        add(corpus, corpus.raw.size());
    }
    add(corpora()[0], 64);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
