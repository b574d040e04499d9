// A stretch that was counted where it passed gives the rows that its segments would have given.
#include "trace/stretch.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "trace/ladder.h"

namespace earshot::trace {
namespace {

using std::chrono::microseconds;

std::string text_of(const Row& row) {
    std::string text = row.time ? std::to_string(row.time->time_since_epoch().count()) : "?";
    if (const auto* fold = std::get_if<FoldRow>(&row.body)) {
        for (const auto& half : {fold->from_client, fold->from_server}) {
            text += " =" + std::to_string(half.segments) + "/" + std::to_string(half.bytes) + "/" +
                    std::to_string(half.pure_acks);
        }
    }
    if (const auto* drawn = std::get_if<SegmentRow>(&row.body)) {
        text += drawn->segment.from == End::client ? " >" : " <";
        text += " s=" + std::to_string(drawn->seq) + " a=" + std::to_string(drawn->ack) +
                " w=" + std::to_string(drawn->window) + " f=" + std::to_string(drawn->segment.flags);
        for (const Marked& mark : drawn->marks) {
            text += " m" + std::to_string(static_cast<int>(mark.remark)) + "*" + std::to_string(mark.count);
        }
    }
    if (const auto* note = std::get_if<NoteRow>(&row.body))
        text += " note " + std::to_string(static_cast<int>(note->kind));
    return text;
}

// A conversation in the middle of a bulk transfer, both ends sending.
struct Bulk {
    explicit Bulk(unsigned seed) : generator(seed) {}

    Segment next(End from, std::uint32_t length) {
        Segment made;
        auto& mine = numbers[static_cast<std::size_t>(from)];
        auto& theirs = numbers[static_cast<std::size_t>(other(from))];
        now += microseconds(1 + below(50));
        made.arrived_at = now;
        made.from = from;
        made.flags = kAck | (below(3) == 0 ? kPsh : 0);
        made.seq = mine;
        made.ack = theirs;
        made.window = static_cast<std::uint16_t>(100 + ++windows % 50);
        made.length = length;
        mine += length;
        last[static_cast<std::size_t>(from)] = made;
        return made;
    }
    Segment plain() {
        const End from = below(4) == 0 ? End::server : End::client;
        return next(from, below(3) == 0 ? 0 : 1 + below(60'000));
    }
    // What ends a stretch.
    Segment story(bool may_end) {
        const End from = below(2) == 0 ? End::server : End::client;
        Segment made = last[static_cast<std::size_t>(from)];
        now += microseconds(1 + below(9000));
        switch (below(may_end ? 5 : 4)) {
            case 0:  // sent again, or a duplicate ACK
                break;
            case 1:
                made = next(from, 0);
                made.window = 0;
                break;
            case 2:
                made = next(from, 500);
                made.seq += 1000;  // a gap
                numbers[static_cast<std::size_t>(from)] += 1000;
                break;
            case 3:
                made = next(from, 0);
                made.seq -= 1;  // keepalive
                break;
            default:
                made = next(from, 0);
                made.flags |= kFin;
                ++numbers[static_cast<std::size_t>(from)];
        }
        made.arrived_at = now;
        return made;
    }

    unsigned below(unsigned bound) { return static_cast<unsigned>(generator() % bound); }

    std::mt19937 generator;
    WallTime now{std::chrono::seconds(1'700'000'000)};
    std::array<std::uint32_t, 2> numbers{4'294'900'000, 1000};  // one of them soon begins anew from 0
    std::uint32_t windows = 0;
    std::array<Segment, 2> last;
};

void put(Stretch& stretch, const Segment& segment) {
    Stretch::Way& way = stretch.from(segment.from);
    if (segment.length > 0) {
        ++way.segments;
        way.last_length = segment.length;
    } else {
        ++way.pure_acks;
    }
    way.bytes += segment.length;
    way.next = segment.seq + segment.length;
    way.ack = segment.ack;
    way.window = segment.window;
    way.last = segment.arrived_at;
}

TEST(Stretch, GivesTheRowsOfItsSegments) {
    for (unsigned seed = 0; seed < 2000; ++seed) {
        Bulk bulk(seed);
        const LadderOptions options{Source::packets, End::client};
        Ladder whole(options), counted(options);
        const auto both = [&](const Segment& segment) {
            whole.add(segment);
            counted.add(segment);
        };
        for (int round = 0; round < 6; ++round) {
            for (int i = 0; i < 20; ++i) both(bulk.plain());
            if (counted.is_folding()) {
                for (unsigned parts = bulk.below(3); parts > 0; --parts) {
                    Stretch stretch;
                    for (unsigned i = bulk.below(40); i > 0; --i) {
                        const Segment segment = bulk.plain();
                        whole.add(segment);
                        put(stretch, segment);
                    }
                    counted.add(stretch);
                }
                for (const End end : {End::client, End::server}) {
                    ASSERT_EQ(whole.next_number(end), counted.next_number(end)) << seed;
                }
            }
            both(bulk.story(false));
            both(bulk.story(round == 5));
        }
        for (Ladder* ladder : {&whole, &counted}) ladder->finish(bulk.now);
        const auto expected = whole.take(), rows = counted.take();
        ASSERT_EQ(rows.size(), expected.size()) << seed;
        for (std::size_t i = 0; i < rows.size(); ++i) ASSERT_EQ(text_of(rows[i]), text_of(expected[i])) << seed;
    }
}

TEST(Stretch, MayComeWhenNothingIsFolded) {
    Ladder ladder({Source::packets, End::client});
    Bulk bulk(1);
    ladder.add(bulk.next(End::client, 100));
    ladder.add(bulk.next(End::server, 100));
    EXPECT_FALSE(ladder.is_folding());
    Stretch stretch;
    put(stretch, bulk.next(End::client, 300));
    ladder.add(stretch);
    const Segment after = bulk.next(End::client, 5);
    ladder.add(after);
    ladder.finish(bulk.now);
    std::uint64_t bytes = 0;
    for (const Row& row : ladder.take()) {
        if (const auto* fold = std::get_if<FoldRow>(&row.body)) bytes += fold->from_client.bytes;
        if (const auto* drawn = std::get_if<SegmentRow>(&row.body)) {
            EXPECT_TRUE(drawn->marks.empty());
            if (drawn->segment.from == End::client) bytes += drawn->segment.length;
        }
    }
    EXPECT_EQ(bytes, 405U);
}

}  // namespace
}  // namespace earshot::trace
