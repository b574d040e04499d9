// The tight loop for text that changes between ASCII and two-byte units every few bytes: markup, and scripts with
// spaces. The shape of 64 bytes is found at once, as two masks of bits; the stretches in them are then moved in vectors
// of fixed size and counted on by what the masks say, so that no branch hangs on where a stretch ends.
#pragma once

#include "text/two_byte.h"

namespace earshot::text {

#if defined(__SSE2__)

// Places in the index of the units that `raw` holds; of what is no unit, some place or other.
[[gnu::always_inline]] inline __m128i places_of_units(__m128i raw) {
    const __m128i lead = _mm_and_si128(raw, _mm_set1_epi16(0xFF));
    const __m128i trail = _mm_srli_epi16(raw, 8);
    constexpr int kFirst = 0x81 * int{kIndexTrails} + 0x40;
    constexpr int kLast = int{kIndexLeads * kIndexTrails} - 1;
    __m128i places = _mm_add_epi16(_mm_mullo_epi16(lead, _mm_set1_epi16(kIndexTrails)), trail);
    places = _mm_sub_epi16(places, _mm_set1_epi16(kFirst));
    return _mm_min_epi16(_mm_max_epi16(places, _mm_setzero_si128()), _mm_set1_epi16(kLast));
}

// Decodes the 16 bytes at `at` as eight units, right or not; gives back which are not of three bytes in UTF-8, two bits
// a unit. The caller knows how many begin with a lead.
[[gnu::always_inline]] inline unsigned put_eight_pairs(const std::uint8_t* at, const std::uint16_t* index, char* to) {
    const __m128i raw = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i code_points = look_up_eight(places_of_units(raw), index);
    put_three_bytes_each(code_points, to);
    return shorter_than_three(code_points);
}
// The same with 8 bytes.
[[gnu::always_inline]] inline unsigned put_four_pairs(const std::uint8_t* at, const std::uint16_t* index, char* to) {
    const __m128i raw = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(at));
    const __m128i code_points = _mm_cvtsi64_si128(look_up_four(_mm_cvtsi128_si64(places_of_units(raw)), index));
    put_four_of_three(_mm_unpacklo_epi16(code_points, _mm_setzero_si128()), to);
    return shorter_than_three(code_points) & 0xFF;
}

// What 64 bytes are made of, a bit a byte. Marks are found in order, by clearing what lies before.
class MixedBlock {
  public:
    static constexpr std::size_t kSize = 64;

    [[gnu::always_inline]] explicit MixedBlock(const std::uint8_t* at) {
        const Sixteen a(at);
        const Sixteen b(at + 16);
        const Sixteen c(at + 32);
        const Sixteen d(at + 48);
        wide_ = a.wide() | b.wide() << 16 | c.wide() << 32 | d.wide() << 48;
        broken_ = ~(a.pairs() | b.pairs() << 16 | c.pairs() << 32 | d.pairs() << 48);
    }
    // Leaves out the first `count` bytes, 0 or 1.
    void leave_out(std::size_t count) { wide_ &= -(std::uint64_t{1} << count); }
    bool all_pairs() const { return (broken_ & kEven) == 0; }
    bool has_wide() const { return wide_ != 0; }
    unsigned wide_begin() const { return static_cast<unsigned>(__builtin_ctzll(wide_)); }
    // The next stretch of pairs: it ends at a byte that leads none, or with the block and one byte beyond it.
    struct Pairs {
        unsigned begin;
        unsigned size;
    };
    [[gnu::always_inline]] Pairs next_pairs() {
        const std::uint64_t first = wide_ & -wide_;
        // Computed, as a branch on it would be guessed wrong every second time.
        const std::uint64_t like_first = -std::uint64_t{(first & kEven) != 0} ^ ~kEven;
        const std::uint64_t broken = broken_ & like_first & -first;
        const unsigned begin = wide_begin();
        const auto end = static_cast<unsigned>(std::countr_zero(broken));
        wide_ &= -(broken & -broken);
        return {begin, (end - begin + 1) & ~1U};
    }

  private:
    static constexpr std::uint64_t kEven = 0x5555555555555555U;

    struct Sixteen {
        [[gnu::always_inline]] explicit Sixteen(const std::uint8_t* at) : bytes(load(at)), next(load(at + 1)) {}
        [[gnu::always_inline]] std::uint64_t wide() const { return bits(bytes); }
        // Bytes that lead a pair, if a unit begins with them. Signed, a lead is -127 to -2, a trail below 0 or from 40
        // on.
        [[gnu::always_inline]] std::uint64_t pairs() const {
            const __m128i lead =
                _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(-128)), _mm_cmplt_epi8(bytes, _mm_set1_epi8(-1)));
            return bits(_mm_and_si128(lead, _mm_or_si128(next, _mm_cmpgt_epi8(next, _mm_set1_epi8(0x3F)))));
        }
        static std::uint64_t bits(__m128i marks) { return static_cast<std::uint32_t>(_mm_movemask_epi8(marks)); }

        __m128i bytes;
        __m128i next;
    };
    [[gnu::always_inline]] static __m128i load(const std::uint8_t* at) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    }

    std::uint64_t wide_;    // bytes beyond ASCII
    std::uint64_t broken_;  // bytes that lead no pair
};

[[gnu::always_inline]] inline bool is_ascii_block(const std::uint8_t* at) {
    const auto load = [](const std::uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); };
    return _mm_movemask_epi8(
               _mm_or_si128(_mm_or_si128(load(at), load(at + 16)), _mm_or_si128(load(at + 32), load(at + 48)))) == 0;
}

// Takes units of one byte and of two bytes that are three in UTF-8, block after block.
template <typename Map>
class MixedStretch {
  public:
    using Room = typename Map::Stretches::Room;

    [[gnu::always_inline]] MixedStretch(const std::uint8_t* at, const std::uint16_t* index, Output<Map>& out,
                                        Room& room)
        : at_(at), to_(out.at()), index_(index), out_(out), stretches_(out.map(), room) {}
    [[gnu::always_inline]] ~MixedStretch() { out_.wrote_up_to(to_); }
    MixedStretch(const MixedStretch&) = delete;
    MixedStretch& operator=(const MixedStretch&) = delete;

    // As long as there are many bytes before `end` and much room; gives back where it stopped. Blocks follow each other
    // in steps that hang on nothing found in them, so that the next one is looked at while this one is still moved.
    [[gnu::always_inline]] const std::uint8_t* take(const std::uint8_t* const end) {
        std::size_t long_ascii = 0;
        for (const std::uint8_t* block_at = at_;
             end - block_at >= static_cast<std::ptrdiff_t>(kReads) && out_.room_from(to_) >= kWrites;
             block_at += MixedBlock::kSize) {
            copy_block();
            if (is_ascii_block(block_at)) {
                take_ascii(static_cast<std::size_t>(block_at + MixedBlock::kSize - at_));
                long_ascii += MixedBlock::kSize;
                if (long_ascii == kLongAscii) break;
            } else {
                long_ascii = 0;
                if (!take_block(block_at)) break;
            }
        }
        return at_;
    }

  private:
    static constexpr std::size_t kReads = 2 * MixedBlock::kSize + 1;  // bytes that must be there
    static constexpr std::size_t kWrites =
        MixedBlock::kSize * 3 / 2 + 3;              // of text at most (and 64 of rubbish after it)
    static constexpr std::size_t kLongAscii = 512;  // from here on Output::ascii() is the better way

    // False: it holds nothing but pairs, or something else than ASCII and pairs.
    [[gnu::always_inline]] bool take_block(const std::uint8_t* const block_at) {
        MixedBlock block(block_at);
        if (block.all_pairs()) return false;
        block.leave_out(static_cast<std::size_t>(at_ - block_at));
        while (block.has_wide()) {
            const MixedBlock::Pairs pairs = block.next_pairs();
            take_ascii(static_cast<std::size_t>(block_at + pairs.begin - at_));
            if (!take_pairs(pairs.size)) return false;
            copy_block();
        }
        if (at_ < block_at + MixedBlock::kSize)
            take_ascii(static_cast<std::size_t>(block_at + MixedBlock::kSize - at_));
        return true;
    }
    // ASCII that may stand here.
    [[gnu::always_inline]] void copy_block() { std::memcpy(to_, at_, MixedBlock::kSize); }
    [[gnu::always_inline]] void take_ascii(std::size_t size) {
        at_ += size;
        to_ += size;
        stretches_.ascii(size);
    }
    // Four units, then eight a step.
    [[gnu::always_inline]] bool take_pairs(unsigned size) {
        if (size == 0) return false;
        if (size <= 8) return took(put_four_pairs(at_, index_, to_) & ((1U << size) - 1), size);
        if (!took(put_four_pairs(at_, index_, to_), 8)) return false;
        for (size -= 8; size > 16; size -= 16) {
            if (!took(put_eight_pairs(at_, index_, to_), 16)) return false;
        }
        return took(put_eight_pairs(at_, index_, to_) & ((1U << size) - 1), size);
    }
    // Of `size` bytes of pairs those before the first that is not of three bytes in UTF-8; whether that was all.
    [[gnu::always_inline]] bool took(unsigned shorter, unsigned size) {
        const bool all = shorter == 0;
        if (!all) [[unlikely]]
            size = static_cast<unsigned>(std::countr_zero(shorter));
        at_ += size;
        to_ += size + size / 2;
        stretches_.pairs(size);
        return all;
    }

    const std::uint8_t* at_;
    char* to_;
    const std::uint16_t* const index_;
    Output<Map>& out_;
    [[no_unique_address]] typename Map::Stretches stretches_;
};

#endif

// Takes what two-byte families have most, ASCII between or not; gives back where it stopped.
template <typename Map>
const std::uint8_t* mixed_stretch(const std::uint8_t* at, const std::uint8_t* end, const std::uint16_t* index,
                                  Output<Map>& out) {
#if defined(__SSE2__)
    typename MixedStretch<Map>::Room room;
    const std::uint8_t* const stopped = MixedStretch<Map>(at, index, out, room).take(end);
    if (stopped != at) return stopped;  // else long stretches, or the end is near
#endif
    return three_byte_stretch(at, end, index, out);
}

}  // namespace earshot::text
