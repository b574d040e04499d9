// Decoding beside the C library's iconv on the same bytes in the same run. Each case prints bytes a second and, in
// `x_iconv`, how many times iconv's speed that is: iconv runs for a moment before and after every case, so that a noisy
// machine touches both.
#include <benchmark/benchmark.h>
#include <iconv.h>

#include <algorithm>
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

struct Corpus {
    const char* name;
    const char* label;    // of the standard
    const char* charset;  // of the C library
    std::string raw;
};

const std::vector<Corpus>& corpora() {
    static const std::vector<Corpus> all = {
        {"gbk_prose", "gbk", "GB18030", encoded("gbk", prose(kCorpus))},
        {"gbk_markup", "gbk", "GB18030", encoded("gbk", markup(kCorpus, 85))},
        {"gbk_ascii", "gbk", "GB18030", std::string(kCorpus, 'a')},
        {"shift_jis_prose", "shift_jis", "CP932", encoded("shift_jis", prose(kCorpus, kJapaneseSentences))},
        {"euc_jp_prose", "euc-jp", "EUC-JP", encoded("euc-jp", prose(kCorpus, kJapaneseSentences))},
        {"iso_2022_jp_prose", "iso-2022-jp", "ISO-2022-JP", encoded("iso-2022-jp", prose(kCorpus, kJapaneseSentences))},
        {"iso_2022_jp_ascii", "iso-2022-jp", "ISO-2022-JP", std::string(kCorpus, 'a')},
        {"big5_prose", "big5", "BIG5", encoded("big5", prose(kCorpus, kTraditionalSentences))},
        {"euc_kr_prose", "euc-kr", "UHC", encoded("euc-kr", prose(kCorpus, kKoreanSentences))},
        {"utf8_prose", "utf-8", "UTF-8", prose(kCorpus)},
    };
    return all;
}

template <typename Piece>
void each_chunk(const std::string& raw, std::size_t chunk, Piece piece) {
    for (std::size_t at = 0; at < raw.size(); at += chunk) piece(as_bytes(std::string_view(raw).substr(at, chunk)));
}

// Seconds of one pass over the corpus by iconv, as a program calls it that keeps what is incomplete for the next chunk.
double iconv_seconds(const Corpus& corpus, std::size_t chunk) {
    const iconv_t converter = iconv_open("UTF-8", corpus.charset);
    std::vector<char> target(4 * chunk + 64);
    std::string carried;
    const auto begin = std::chrono::steady_clock::now();
    each_chunk(corpus.raw, chunk, [&](ByteView raw) {
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
        iconv(converter, &in, &left, &out, &room);
        carried.assign(in, left);
        benchmark::DoNotOptimize(target.data());
    });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    iconv_close(converter);
    return took.count();
}

double best_iconv(const Corpus& corpus, std::size_t chunk) {
    double best = 1e9;
    for (int i = 0; i < 8; ++i) best = std::min(best, iconv_seconds(corpus, chunk));
    return best;
}

template <bool kMap>
double decode_seconds(const Corpus& corpus, std::size_t chunk, std::string& text, std::vector<text::Run>& runs) {
    Decoder decoder(*find_encoding(corpus.label));
    const auto begin = std::chrono::steady_clock::now();
    each_chunk(corpus.raw, chunk, [&](ByteView raw) {
        text.clear();
        runs.clear();
        if constexpr (kMap)
            decoder.decode(raw, text, runs);
        else
            decoder.decode(raw, text);
        benchmark::DoNotOptimize(text.data());
    });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    return took.count();
}

template <bool kMap>
void decode(benchmark::State& state, const Corpus& corpus, std::size_t chunk) {
    double reference = best_iconv(corpus, chunk);
    double best = 1e9;
    // Into memory that is there already, as iconv's is: what is measured is decoding.
    std::string text;
    std::vector<text::Run> runs;
    for ([[maybe_unused]] auto _ : state) {
        const double took = decode_seconds<kMap>(corpus, chunk, text, runs);
        best = std::min(best, took);
        state.SetIterationTime(took);
    }
    reference = std::min(reference, best_iconv(corpus, chunk));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * corpus.raw.size()));
    state.counters["x_iconv"] = reference / best;
    state.counters["iconv_MBps"] = static_cast<double>(corpus.raw.size()) / reference / 1e6;
}

void add(const Corpus& corpus, std::size_t chunk) {
    const std::string name = std::string(corpus.name) + "/" + std::to_string(chunk);
    for (const bool map : {false, true}) {
        benchmark::RegisterBenchmark((name + (map ? "/map" : "/text")).c_str(), [&corpus, chunk,
                                                                                 map](benchmark::State& state) {
            if (map)
                decode<true>(state, corpus, chunk);
            else
                decode<false>(state, corpus, chunk);
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
