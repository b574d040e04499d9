#include "tests/support/memory_connection.h"

#include <gtest/gtest.h>

#include "tests/support/loopback.h"

namespace earshot::test {
namespace {

std::string read(net::Connection& connection, std::size_t size = 100) {
    std::string buffer(size, 0);
    const auto result = connection.read_some({reinterpret_cast<std::uint8_t*>(buffer.data()), size});
    switch (result.status) {
        case net::IoStatus::ok:
            return buffer.substr(0, result.bytes);
        case net::IoStatus::would_block:
            return "would block";
        case net::IoStatus::end:
            return "end";
        case net::IoStatus::failed:
            return "failed";
    }
    return "";
}

net::IoResult write(net::Connection& connection, std::string_view text) {
    const ByteView piece = as_bytes(text);
    return connection.write_some({&piece, 1});
}

TEST(MemoryWire, GivesWhatWasSentInPiecesOfItsLimit) {
    MemoryWire wire;
    const auto near = wire.near();
    EXPECT_EQ(read(*near), "would block");
    wire.send("abcdef");
    wire.read_at_most(4);
    wire.block_reads(1);
    EXPECT_EQ(read(*near), "would block");
    EXPECT_EQ(read(*near), "abcd");
    EXPECT_EQ(read(*near), "ef");
    wire.end();
    EXPECT_EQ(read(*near), "end");
}

TEST(MemoryWire, BlocksAWriterWhenFull) {
    MemoryWire wire(4);
    const auto near = wire.near();
    EXPECT_EQ(write(*near, "abcdef").bytes, 4U);
    EXPECT_EQ(write(*near, "ef").status, net::IoStatus::would_block);
    EXPECT_EQ(wire.received(1), "a");
    EXPECT_EQ(write(*near, "ef").bytes, 1U);
    EXPECT_EQ(wire.received(), "bcde");
}

TEST(MemoryWire, ReportsOnlyWhatIsWanted) {
    MemoryWire wire;
    const auto near = wire.near();
    Readiness ready;
    near->set_handler(&ready);
    wire.send("x");
    EXPECT_FALSE(wire.pump_once());
    near->want(true, false);
    EXPECT_TRUE(wire.pump_once());
    EXPECT_FALSE(wire.pump(50));  // it holds for as long as nobody reads
    read(*near);
    EXPECT_TRUE(wire.pump());
    wire.end();
    EXPECT_TRUE(wire.pump_once());
    read(*near);
    EXPECT_FALSE(wire.pump_once());
}

TEST(MemoryWire, ReportsAFailureOnceWhereNothingIsWanted) {
    MemoryWire wire;
    const auto near = wire.near();
    Readiness ready;
    near->set_handler(&ready);
    near->want(false, false);
    wire.send("before");
    wire.reset();
    EXPECT_TRUE(wire.pump());
    EXPECT_EQ(ready.readable, 1);
    EXPECT_EQ(read(*near), "before");
    EXPECT_EQ(read(*near), "failed");
    EXPECT_EQ(near->error().reason, Reason::reset);
}

TEST(MemoryWire, SeesHowTheNearEndLeaves) {
    MemoryWire orderly, rude;
    orderly.near();
    EXPECT_TRUE(orderly.saw_end());
    EXPECT_FALSE(orderly.saw_reset());
    rude.send("unread");
    rude.near();
    EXPECT_TRUE(rude.saw_reset());
}

TEST(MemoryWire, KeepsInputInsideAsTlsDoes) {
    MemoryWire wire;
    const auto near = wire.near();
    Readiness ready;
    near->set_handler(&ready);
    near->want(true, false);
    wire.keep_input_inside();
    wire.send("abc");
    EXPECT_TRUE(wire.pump_once());
    EXPECT_EQ(read(*near, 1), "a");
    EXPECT_TRUE(near->has_buffered_input());
    EXPECT_FALSE(wire.pump_once());
    EXPECT_EQ(read(*near), "bc");
    EXPECT_FALSE(near->has_buffered_input());
}

TEST(MemoryWire, JoinsTwoPrograms) {
    MemoryWire wire;
    const auto near = wire.near(), far = wire.far();
    write(*near, "ping");
    EXPECT_EQ(read(*far), "ping");
    write(*far, "pong");
    EXPECT_EQ(read(*near), "pong");
    near->end_sending();
    EXPECT_EQ(read(*far), "end");
    far->reset();
    EXPECT_EQ(read(*near), "failed");
}

}  // namespace
}  // namespace earshot::test
