#include "net/resolver.h"

#include <gtest/gtest.h>
#include <netdb.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "tests/support/loopback.h"

namespace earshot::net {
namespace {

using Found = std::optional<Result<std::vector<Endpoint>>>;
using test::RealLoop;

// A look-up that hangs until the test lets it go, as one does whose name server is away.
struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool entered = false, open = false, left = false;

    void wait_for(bool Gate::*what) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return this->*what; });
    }
    void set(bool Gate::*what) {
        const std::lock_guard lock(mutex);
        this->*what = true;
        changed.notify_all();
    }
};
std::shared_ptr<Gate> gate;  // the thread holds it too, for as long as it is in there

HostAnswer hang(const std::string&) {
    const std::shared_ptr<Gate> mine = gate;
    mine->set(&Gate::entered);
    mine->wait_for(&Gate::open);
    mine->set(&Gate::left);
    return {0, 0, {*Endpoint::of_numeric("127.0.0.1", 0)}};
}

TEST(Resolver, FindsLocalhost) {
    RealLoop real;
    Resolver resolver(real.loop);
    Found found;
    resolver.resolve("localhost", [&](auto answer) { found.emplace(std::move(answer)); });
    EXPECT_FALSE(found);
    ASSERT_TRUE(real.until([&] { return found.has_value(); }));
    ASSERT_TRUE(*found) << found->error().message;
    for (const Endpoint& each : **found) {
        EXPECT_TRUE(each.address_text() == "127.0.0.1" || each.address_text() == "::1") << each.text();
    }
}

TEST(Resolver, RefusesWhatIsNoName) {
    for (const std::string& host : {std::string(), std::string("local\0host", 10), std::string(300, 'a')}) {
        EXPECT_NE(look_up_host(host).problem, 0);
    }
}

TEST(Resolver, IsNotHeldUpByALookUpThatHangs) {
    gate = std::make_shared<Gate>();
    bool called = false;
    {
        RealLoop real;
        {
            Resolver resolver(real.loop, hang);
            resolver.resolve("slow", [&](auto) { called = true; });
            gate->wait_for(&Gate::entered);
        }
        real.loop.run_once(Millis(0));
    }
    gate->set(&Gate::open);  // the loop is gone by now
    gate->wait_for(&Gate::left);
    EXPECT_FALSE(called);
}

TEST(Resolver, ForgetsAnAnswerThatCameBeforeTheCancel) {
    gate = std::make_shared<Gate>();
    gate->open = true;
    RealLoop real;
    bool called = false;
    {
        Resolver resolver(real.loop, hang);
        resolver.resolve("slow", [&](auto) { called = true; });
        gate->wait_for(&Gate::left);
    }
    for (int i = 0; i < 10; ++i) real.loop.run_once(Millis(2));
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace earshot::net
