// Any lines from any guests: what others hear of one begins with who he is or with the server's mark and is one line
// that may stand in a terminal; names stay unique.
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/check.h"
#include "respond/chat_hall.h"
#include "respond/chat_names.h"
#include "respond/chat_wording.h"
#include "respond/telnet_commands.h"
#include "text/decoder.h"
#include "text/encoding.h"
#include "text/safe.h"

using namespace earshot;
using namespace earshot::respond;

namespace {

class Postman final : public ChatHall::Post {
  public:
    void tell(Seat to, Seat from, std::string_view line) override {
        EARSHOT_CHECK(here[to]);
        for (std::size_t at = 0; at < line.size(); ++at) {
            const auto byte = static_cast<std::uint8_t>(line[at]);
            EARSHOT_CHECK((byte >= 0x20 || byte == '\t') && byte != 0x7f);
        }
        if (from == speaking && to != from) {
            const bool is_his = line.starts_with(name + ": ") || line.starts_with("* " + name + " ") ||
                                line.starts_with("[" + name + "] ") || line.starts_with("-- ");
            EARSHOT_CHECK(is_his);
        }
    }
    void tell_all(RoomNumber room, Seat from, std::string_view line) override {
        for (Seat seat = 0; seat < rooms.size(); ++seat) {
            if (rooms[seat] == room && seat != from) tell(seat, from, line);
        }
    }
    void entered(Seat who, RoomNumber room) override {
        if (who >= rooms.size()) rooms.resize(who + 1);
        EARSHOT_CHECK(room != rooms[who]);
        rooms[who] = room;
    }
    void renamed(Seat) override {}
    void dismiss(Seat who) override { here[who] = false; }

    std::vector<bool> here;
    std::vector<RoomNumber> rooms;
    Seat speaking = kNobody;
    std::string name;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Postman post;
    ChatHall hall(post);
    std::uint64_t number = 0;
    ByteView rest(data, size);
    std::vector<std::uint8_t> scratch;
    std::vector<std::uint8_t> encoded;
    while (!rest.empty()) {
        const std::uint8_t what = rest[0];
        rest = rest.subspan(1);
        const Seat seat = what & 7U;
        if (seat >= post.here.size() || !post.here[seat]) {
            const Seat given = hall.take_seat(++number);
            if (given >= post.here.size()) post.here.resize(given + 1);
            EARSHOT_CHECK(!post.here[given]);
            post.here[given] = true;
            hall.let_in(given);
            continue;
        }
        if (what >= 0xf8) {
            hall.leave(seat);
            post.here[seat] = false;
            continue;
        }
        std::size_t end = 0;
        while (end < rest.size() && rest[end] != '\n') ++end;
        std::string text;
        std::vector<MalformedUnit> malformed;
        text::Decoder decoder(text::encodings()[(what >> 3) % text::encodings().size()]);
        decoder.decode(without_telnet_commands(rest.first(end), scratch), text, malformed);
        decoder.flush(text, malformed);
        std::string space;
        for (const std::string_view line : safe_lines(text, malformed, space)) {
            if (!post.here[seat]) break;
            post.speaking = seat;
            post.name = hall.name_of(seat);
            hall.hear(seat, line);
            encoded.clear();
            append_encoded(text::encodings()[what % text::encodings().size()], line, "\n", encoded);
        }
        rest = rest.subspan(std::min(end + 1, rest.size()));
        std::unordered_set<std::string> names;
        for (Seat each = 0; each < post.here.size(); ++each) {
            if (!post.here[each]) continue;
            const std::string& name = hall.name_of(each);
            EARSHOT_CHECK(fault_of_name(name) == nullptr || name.starts_with("guest"));
            EARSHOT_CHECK(names.insert(folded_name(name).small).second && text::safe_line(name) == name);
        }
    }
    return 0;
}
