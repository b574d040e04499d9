#include "respond/rules/plain_regex.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace earshot::respond::rules {

namespace {

constexpr std::size_t kMostStarts = 16;  // places where an unanchored one may begin, so that time stays linear

bool is_ascii(char c) { return static_cast<std::uint8_t>(c) < 0x80; }

}  // namespace

void PlainRegex::note_ranges(const Characters& set, Step& step) {
    step.unclear_beyond_ascii = set[0x80] == unclear;
    for (std::size_t c = 0; c < 256; ++c) {
        if (set[c] != inside) continue;
        const auto byte = static_cast<std::uint8_t>(c);
        if (c > 0 && set[c - 1] == inside) {
            step.ranges[step.range_count - 1U][1] = byte;
            continue;
        }
        if (step.range_count == Step::kRanges) {
            step.range_count = 0;
            return;
        }
        step.ranges[step.range_count++] = {byte, byte};
    }
}

#if defined(__SSE2__)
namespace {

constexpr std::ptrdiff_t kBlock = 16;

// Where a run ends of bytes that belong to one of `kCount` ranges. The
// block before `limit` may be read.
template <std::size_t kCount, typename Ranges>
const char* end_of_ranges(const Ranges& ranges, const char* at, const char* limit) {
    __m128i first[kCount], span[kCount];
    for (std::size_t i = 0; i < kCount; ++i) {
        first[i] = _mm_set1_epi8(static_cast<char>(ranges[i][0]));
        span[i] = _mm_set1_epi8(static_cast<char>(ranges[i][1] - ranges[i][0]));
    }
    const auto others = [&](const char* block) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
        __m128i belongs = _mm_setzero_si128();
        for (std::size_t i = 0; i < kCount; ++i) {
            const __m128i from = _mm_sub_epi8(bytes, first[i]);
            belongs = _mm_or_si128(belongs, _mm_cmpeq_epi8(_mm_min_epu8(from, span[i]), from));
        }
        return static_cast<std::uint32_t>(_mm_movemask_epi8(belongs)) ^ 0xFFFFU;
    };
    for (; limit - at >= kBlock; at += kBlock) {
        if (const std::uint32_t found = others(at); found != 0) return at + std::countr_zero(found);
    }
    // The rest is the end of a block that begins before it.
    const std::uint32_t found = others(limit - kBlock) >> static_cast<unsigned>(kBlock - (limit - at));
    return found != 0 ? at + std::countr_zero(found) : limit;
}

}  // namespace
#endif

const char* PlainRegex::end_of_run(const Step& step, const char* text, const char* at, const char* limit) const {
#if defined(__SSE2__)
    static_assert(Step::kRanges == 4);
    if (limit - text >= kBlock) {
        switch (step.range_count) {
            case 1:
                return end_of_ranges<1>(step.ranges, at, limit);
            case 2:
                return end_of_ranges<2>(step.ranges, at, limit);
            case 3:
                return end_of_ranges<3>(step.ranges, at, limit);
            case 4:
                return end_of_ranges<4>(step.ranges, at, limit);
            default:
                break;
        }
    }
#endif
    const Characters& set = sets_[step.at];
    while (at != limit && set[static_cast<std::uint8_t>(*at)] == inside) ++at;
    return at;
}

void PlainRegex::settle() {
    find_literal();
    plain_ =
        std::none_of(steps_.begin(), steps_.end(), [](const Step& step) { return step.kind == Step::Kind::opaque; }) &&
        each_run_ends();
    join_steps();
    for (Step& step : steps_) {
        if (step.kind == Step::Kind::literal) step.first = text_[step.at];
    }
    for (const Step& step : steps_) {
        if (step.kind == Step::Kind::open) continue;
        if (step.kind == Step::Kind::literal) first_ = text_.substr(step.at, step.size);
        break;
    }
}

// One literal each where several stand together, and one step where a capture is a run.
void PlainRegex::join_steps() {
    std::vector<Step> joined;
    for (const Step& step : steps_) {
        Step* const last = joined.empty() ? nullptr : &joined.back();
        if (last && step.kind == Step::Kind::literal && last->kind == Step::Kind::literal &&
            last->at + last->size == step.at) {
            last->size += step.size;
            continue;
        }
        const bool is_run_alone = step.kind == Step::Kind::close && last && joined.size() >= 2 &&
                                  last->kind == Step::Kind::run && last->group == 0 &&
                                  joined[joined.size() - 2].kind == Step::Kind::open &&
                                  joined[joined.size() - 2].at == step.at;
        if (is_run_alone) {
            last->group = step.at;
            joined.erase(joined.end() - 2);
            continue;
        }
        joined.push_back(step);
    }
    steps_ = std::move(joined);
}

// The literal at the beginning, else the longest of them. Parentheses do not part what stands together.
void PlainRegex::find_literal() {
    std::string now;
    bool at_beginning = anchored_;
    const auto take = [&] {
        if (at_beginning && !now.empty()) {
            at_beginning_ = true;
            literal_ = now;
        } else if (!at_beginning_ && now.size() > literal_.size()) {
            literal_ = now;
        }
        now.clear();
        at_beginning = false;
    };
    for (const Step& step : steps_) {
        if (step.kind == Step::Kind::literal) {
            now += text_.substr(step.at, step.size);
        } else if (step.kind == Step::Kind::run || step.kind == Step::Kind::opaque) {
            take();
        }
    }
    take();
}

// Nothing that may follow a run begins with one of its characters: it can end in one place only.
bool PlainRegex::each_run_ends() const {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        if (steps_[i].kind != Step::Kind::run || steps_[i].least == steps_[i].most) continue;
        const Characters& own = sets_[steps_[i].at];
        for (std::size_t next = i + 1; next < steps_.size(); ++next) {
            const Step& step = steps_[next];
            if (step.kind == Step::Kind::end) break;
            if (step.kind == Step::Kind::literal) {
                if (own[static_cast<std::uint8_t>(text_[step.at])] != outside) return false;
                break;
            }
            if (step.kind != Step::Kind::run) continue;
            const Characters& other = sets_[step.at];
            for (std::size_t c = 0; c < 256; ++c) {
                if (own[c] != outside && other[c] != outside) return false;
            }
            if (step.least > 0) break;
        }
    }
    return true;
}

PlainRegex::Verdict PlainRegex::match_anywhere(std::string_view text, std::span<std::string_view> captures) const {
    std::size_t from = 0;
    for (std::size_t starts = 0; starts < kMostStarts; ++starts, ++from) {
        if (!first_.empty()) {
            if (from >= text.size()) return Verdict::no;
            const void* const found = ::memmem(text.data() + from, text.size() - from, first_.data(), first_.size());
            if (!found) return Verdict::no;
            from = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
        }
        const Verdict verdict = match_at(text, from, captures);
        if (verdict != Verdict::no) return verdict;
        if (from == text.size()) return Verdict::no;
    }
    return Verdict::unknown;
}

PlainRegex::Verdict PlainRegex::match_at(std::string_view text, std::size_t from,
                                         std::span<std::string_view> captures) const {
    const char* at = text.data() + from;
    const char* const end = text.data() + text.size();
    for (const Step& step : steps_) {
        switch (step.kind) {
            case Step::Kind::literal:
                if (static_cast<std::size_t>(end - at) < step.size || *at != step.first ||
                    (step.size > 1 && std::memcmp(at, text_.data() + step.at, step.size) != 0)) {
                    return Verdict::no;
                }
                at += step.size;
                break;
            case Step::Kind::run: {
                const auto left = static_cast<std::size_t>(end - at);
                const char* const limit = at + std::min<std::size_t>(left, step.most);
                const char* const begin = at;
                at = end_of_run(step, text.data(), at, limit);
                if (at != limit && step.unclear_beyond_ascii && !is_ascii(*at)) return Verdict::unknown;
                if (static_cast<std::size_t>(at - begin) < step.least) return Verdict::no;
                if (step.group != 0 && step.group < captures.size()) {
                    captures[step.group] = {begin, static_cast<std::size_t>(at - begin)};
                }
                break;
            }
            case Step::Kind::open:
                if (step.at < captures.size())
                    captures[step.at] = text.substr(static_cast<std::size_t>(at - text.data()), 0);
                break;
            case Step::Kind::close:
                if (step.at < captures.size()) {
                    const char* const begin = captures[step.at].data();
                    captures[step.at] = {begin, static_cast<std::size_t>(at - begin)};
                }
                break;
            case Step::Kind::end:
                if (at != end) return Verdict::no;
                break;
            case Step::Kind::opaque:
                return Verdict::unknown;
        }
    }
    if (!captures.empty()) captures[0] = text.substr(from, static_cast<std::size_t>(at - text.data()) - from);
    return Verdict::yes;
}

}  // namespace earshot::respond::rules
