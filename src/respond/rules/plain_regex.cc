#include "respond/rules/plain_regex.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace earshot::respond::rules {

namespace {

constexpr std::size_t kMostStarts = 16;  // places where an unanchored one may begin, so that time stays linear

// All ones for each of so many bytes of a word, as they stand in memory.
std::uint64_t first_bytes(std::size_t count) {
    constexpr std::uint64_t kOnes = ~std::uint64_t(0);
    if (count >= sizeof kOnes) return kOnes;
    return std::endian::native == std::endian::little ? ~(kOnes << 8 * count) : ~(kOnes >> 8 * count);
}

bool is_ascii(char c) { return static_cast<std::uint8_t>(c) < 0x80; }

}  // namespace

void PlainRegex::note_ranges(const Characters& set, Link& link) {
    constexpr std::uint32_t kFourTimes = 0x01010101;
    link.unclear_beyond_ascii = set[0x80] == unclear;
    std::uint32_t count = 0;
    for (std::uint32_t c = 0; c < 256; ++c) {
        if (set[c] != inside) continue;
        if (c > 0 && set[c - 1] == inside) {
            link.span[count - 1] += kFourTimes;
            continue;
        }
        if (count == Link::kRanges) return;
        link.first[count] = c * kFourTimes;
        link.span[count] = 0;
        ++count;
    }
    link.range_count = static_cast<std::uint8_t>(count);
}

#if defined(__SSE2__)
namespace {

constexpr std::ptrdiff_t kBlock = 16;

// Where a run ends of bytes that belong to one of `kCount` ranges. The
// block before `limit` may be read.
template <std::size_t kCount, typename Link>
const char* end_of_ranges(const Link& link, const char* at, const char* limit) {
    __m128i first[kCount], span[kCount];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kCount; ++i) {
        first[i] = _mm_set1_epi32(static_cast<int>(link.first[i]));
        span[i] = _mm_set1_epi32(static_cast<int>(link.span[i]));
    }
    const auto others = [&](const char* block) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
        __m128i belongs = _mm_setzero_si128();
#pragma GCC unroll 4
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

inline const char* PlainRegex::end_of_run(const Link& link, const char* text, const char* at, const char* limit) const {
#if defined(__SSE2__)
    static_assert(Link::kRanges == 4);
    if (limit - text >= kBlock) {
        switch (link.range_count) {
            case 1:
                return end_of_ranges<1>(link, at, limit);
            case 2:
                return end_of_ranges<2>(link, at, limit);
            case 3:
                return end_of_ranges<3>(link, at, limit);
            case 4:
                return end_of_ranges<4>(link, at, limit);
            default:
                break;
        }
    }
#endif
    const Characters& set = sets_[link.set];
    while (at != limit && set[static_cast<std::uint8_t>(*at)] == inside) ++at;
    return at;
}

inline bool PlainRegex::is_literal_at(const Link& link, const char* at, const char* end) const {
    const auto left = static_cast<std::size_t>(end - at);
    if (left < link.size) return false;
    if (left < sizeof link.word) return std::memcmp(at, text_.data() + link.at, link.size) == 0;
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    if ((word & first_bytes(link.size)) != link.word) return false;
    return link.size <= sizeof word ||
           std::memcmp(at + sizeof word, text_.data() + link.at + sizeof word, link.size - sizeof word) == 0;
}

void PlainRegex::settle() {
    find_literal();
    plain_ =
        std::none_of(steps_.begin(), steps_.end(), [](const Step& step) { return step.kind == Step::Kind::opaque; }) &&
        each_run_ends();
    if (plain_) link_steps();
    plain_ &= links_.size() <= kMostLinks &&
              std::all_of(links_.begin(), links_.end(), [](const Link& link) { return link.size <= kLongestLiteral; });
    leads_ = plain_ && !literal_.empty() && links_.front().size == literal_.size() && text_.starts_with(literal_);
}

// Literals that stand together are one, also where parentheses part them.
void PlainRegex::link_steps() {
    const auto here = [this] {
        const bool in_literal = !links_.empty() && links_.back().most == 0;
        return Place{static_cast<std::uint16_t>(2 * (links_.size() - (in_literal ? 1 : 0))),
                     static_cast<std::uint16_t>(in_literal ? links_.back().size : 0)};
    };
    std::string text;
    for (const Step& step : steps_) {
        switch (step.kind) {
            case Step::Kind::literal:
                if (links_.empty() || links_.back().most != 0) {
                    links_.push_back({.at = static_cast<std::uint32_t>(text.size())});
                }
                links_.back().size += step.size;
                text += std::string_view(text_).substr(step.at, step.size);
                break;
            case Step::Kind::run:
                if (step.most == 0) break;
                if (links_.empty() || links_.back().most != 0) links_.push_back({});
                links_.back().least = step.least;
                links_.back().most = step.most;
                links_.back().set = step.at;
                note_ranges(sets_[step.at], links_.back());
                break;
            case Step::Kind::open:
                groups_.resize(std::max<std::size_t>(groups_.size(), step.at));
                groups_[step.at - 1].begin = here();
                break;
            case Step::Kind::close:
                groups_[step.at - 1].end = here();
                break;
            case Step::Kind::end:
                to_end_ = true;
                break;
            case Step::Kind::opaque:
                break;
        }
    }
    text_ = std::move(text);
    for (Link& link : links_) {
        const std::size_t size = std::min<std::size_t>(link.size, sizeof link.word);
        std::memcpy(&link.word, text_.data() + link.at, size);
    }
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

PlainRegex::Verdict PlainRegex::match_anywhere(std::string_view text, std::size_t literal_at,
                                               std::span<std::string_view> captures) const {
    const std::string_view first = leads_ ? std::string_view(literal_) : std::string_view();
    std::size_t from = leads_ && literal_at != kUnknown ? literal_at : 0;
    bool is_there = leads_ && literal_at != kUnknown;
    for (std::size_t starts = 0; starts < kMostStarts; ++starts, ++from) {
        if (!first.empty() && !std::exchange(is_there, false)) {
            if (from >= text.size()) return Verdict::no;
            const void* const found = ::memmem(text.data() + from, text.size() - from, first.data(), first.size());
            if (!found) return Verdict::no;
            from = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
        }
        const Verdict verdict = match_at(text, from, !first.empty(), captures);
        if (verdict != Verdict::no) return verdict;
        if (from == text.size()) return Verdict::no;
    }
    return Verdict::unknown;
}

PlainRegex::Verdict PlainRegex::match_at(std::string_view text, std::size_t from, bool begun,
                                         std::span<std::string_view> captures) const {
    const char* at = text.data() + from;
    const char* const end = text.data() + text.size();
    const char* marks[2 * kMostLinks + 1];
    const char** mark = marks;
    for (const Link& link : links_) {
        *mark++ = at;
        if (link.size != 0) {
            if (!std::exchange(begun, false) && !is_literal_at(link, at, end)) return Verdict::no;
            at += link.size;
        }
        *mark++ = at;
        if (link.most == 0) continue;
        const char* const limit = at + std::min<std::size_t>(static_cast<std::size_t>(end - at), link.most);
        const char* const begin = at;
        at = end_of_run(link, text.data(), at, limit);
        if (at != limit && link.unclear_beyond_ascii && !is_ascii(*at)) return Verdict::unknown;
        if (static_cast<std::size_t>(at - begin) < link.least) return Verdict::no;
    }
    *mark = at;
    if (to_end_ && at != end) return Verdict::no;
    if (captures.empty()) return Verdict::yes;
    const char* const begin = text.data() + from;
    captures[0] = {begin, static_cast<std::size_t>(at - begin)};
    const std::size_t groups = std::min(captures.size() - 1, groups_.size());
    for (std::size_t i = 0; i < groups; ++i) {
        const Group& group = groups_[i];
        const char* const first = marks[group.begin.mark] + group.begin.bytes;
        captures[i + 1] = {first, static_cast<std::size_t>(marks[group.end.mark] + group.end.bytes - first)};
    }
    return Verdict::yes;
}

}  // namespace earshot::respond::rules
