// Ladders of real loopback connections, by what the kernel says alone.
#include "talk/tracer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <map>

#include "net/socket_connection.h"
#include "net/tcp_info.h"
#include "tests/support/loopback.h"

namespace earshot::talk {
namespace {

// A row's states, flags, options and payload, to be looked for.
std::string words(const trace::Row& row) {
    std::string words;
    for (const auto& change : {row.client, row.server}) {
        if (change) words += std::string(trace::name_of(change->state)) + " ";
    }
    const auto* segment = std::get_if<trace::SegmentRow>(&row.body);
    if (!segment) return words;
    if (segment->segment.has(trace::kSyn)) words += "SYN ";
    if (segment->segment.has(trace::kRst)) words += "RST ";
    if (segment->segment.options.mss) words += "mss ";
    return words + segment->segment.payload;
}

// Two ends of a connection, the client's traced.
struct Traced : test::RealLoop {
    Traced() {
        tracer.follow_all(true);
        loop.set_after_batch([this] { tracer.flush(); });
    }
    bool has_row(std::string_view text) const {
        return std::any_of(rows.begin(), rows.end(),
                           [&](const std::string& row) { return row.find(text) != row.npos; });
    }
    std::string all() const {
        std::string text;
        for (const std::string& row : rows) text += row + "\n";
        return text;
    }

    std::vector<std::string> rows;
    std::size_t seen = 0;  // rows that claim to have been captured
    bool over = false;
    std::vector<trace::Heading> headings;
    Tracer tracer{loop, {.packets = false}, [this](SessionId, const model::Traced& told) {
                      headings.push_back(told.heading);
                      over |= told.over;
                      for (const trace::Row& row : told.rows) {
                          rows.push_back(words(row));
                          const auto* segment = std::get_if<trace::SegmentRow>(&row.body);
                          seen += segment && segment->sight == trace::Sight::seen ? 1 : 0;
                      }
                  }};
};

struct Door {
    Door() {
        sockaddr_storage storage{};
        socklen_t length = net::Endpoint::of_numeric("127.0.0.1", 0)->to_sockaddr(storage);
        listener.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
        net::keep_syns(listener.get());
        EXPECT_EQ(::listen(listener.get(), 4), 0);
        EXPECT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&storage), &length), 0);
        where = net::Endpoint::of_sockaddr(reinterpret_cast<sockaddr*>(&storage), length);
    }
    UniqueFd answer() const { return UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
    UniqueFd listener;
    net::Endpoint where;
};

constexpr SessionId kOne{1};

TEST(Tracer, FollowsACallToTheEndOfItsSocketAndBeyond) {
    Traced test;
    const Door door;
    test.tracer.calling(kOne, door.where);
    auto connection = std::make_unique<net::SocketConnection>(test.loop, test::call(door.where), door.where);
    const UniqueFd server = door.answer();
    test.tracer.opened(kOne, *connection, trace::End::client);
    test.tracer.sent(kOne, 5, as_bytes("hello"));
    test.tracer.half_closed(kOne, model::Direction::out);
    test.tracer.ending(kOne, Tracer::Ending::in_order);
    connection.reset();
    ASSERT_EQ(::shutdown(server.get(), SHUT_WR), 0);
    ASSERT_TRUE(test.until([&] { return test.tracer.is_settled(); })) << test.all();
    test.tracer.finish();
    EXPECT_TRUE(test.has_row("SYN")) << test.all();
    EXPECT_TRUE(test.has_row("ESTABLISHED")) << test.all();
    EXPECT_TRUE(test.has_row("hello")) << test.all();
    EXPECT_TRUE(test.has_row("TIME-WAIT")) << test.all();
    EXPECT_TRUE(test.over);
    EXPECT_EQ(test.seen, 0U) << "nothing was captured";
    ASSERT_FALSE(test.headings.empty());
    EXPECT_EQ(test.headings.front().source, trace::Source::kernel);
    EXPECT_EQ(test.headings.front().server, door.where.text());
    EXPECT_NE(test.headings.front().client, "") << "no ladder begins before both ends have a name";
}

TEST(Tracer, TellsOfACallThatWasRefused) {
    Traced test;
    net::Endpoint closed;
    {
        const Door door;
        closed = door.where;
    }
    test.tracer.calling(kOne, closed);
    test.tracer.call_failed(kOne, closed, Reason::refused);
    test.tracer.flush();
    EXPECT_TRUE(test.has_row("RST")) << test.all();
    EXPECT_TRUE(test.over);
    EXPECT_TRUE(test.tracer.is_settled());
}

TEST(Tracer, DrawsACallersSynFromWhatTheListenerKept) {
    Traced test;
    const Door door;
    const UniqueFd client = test::call(door.where);
    net::SocketConnection connection(test.loop, door.answer(), *net::Endpoint::of_numeric("127.0.0.1", 1));
    test.tracer.opened(kOne, connection, trace::End::server);
    test.tracer.flush();
    EXPECT_TRUE(test.has_row("mss")) << test.all();
    EXPECT_EQ(test.seen, 0U) << "kept by the kernel is not captured";
}

TEST(Tracer, TellsAllAgainToWhoAsksAndNothingWhereNobodyFollows) {
    Traced test;
    test.tracer.follow_all(false);
    const Door door;
    net::SocketConnection connection(test.loop, test::call(door.where), door.where);
    test.tracer.opened(kOne, connection, trace::End::client);
    test.tracer.sent(kOne, 5, as_bytes("hello"));
    test.tracer.flush();
    EXPECT_TRUE(test.rows.empty());
    EXPECT_FALSE(test.tracer.follow(SessionId{7}, true));
    EXPECT_TRUE(test.tracer.follow(kOne, true));
    EXPECT_TRUE(test.has_row("hello")) << test.all();
    const std::size_t told = test.rows.size();
    test.tracer.sent(kOne, 3, as_bytes("you"));
    test.tracer.flush();
    EXPECT_EQ(test.rows.size(), told + 1) << test.all();
}

TEST(Tracer, ReadsTheKernelsAccountOfWhatIsOpen) {
    Traced test;
    const Door door;
    net::SocketConnection connection(test.loop, test::call(door.where), door.where);
    test.tracer.opened(kOne, connection, trace::End::client);
    const auto samples = test.tracer.accounts(kOne);
    ASSERT_FALSE(samples.empty());
    EXPECT_GT(samples.back().mss, 500U);
    EXPECT_TRUE(test.tracer.accounts(SessionId{2}).empty());
}

TEST(Tracer, KeepsOnlyTheLastLaddersThatAreOver) {
    Traced test;
    const Door door;
    for (std::uint64_t id = 1; id <= 500; ++id) {
        test.tracer.calling(SessionId{id}, door.where);
        test.tracer.call_failed(SessionId{id}, door.where, Reason::refused);
        test.tracer.flush();
        test.loop.run_once(Millis(0));
    }
    ASSERT_TRUE(test.until([&] { return !test.tracer.follow(kOne, true); })) << "the first is forgotten";
    EXPECT_TRUE(test.tracer.follow(SessionId{500}, true)) << "the last is not";
}

}  // namespace
}  // namespace earshot::talk
