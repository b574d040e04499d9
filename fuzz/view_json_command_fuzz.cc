// Any line is a command or an error of one line, and either answer can be written as an event.
#include <cstdint>
#include <string>

#include "view/json.h"
#include "view/json_command.h"

using namespace earshot;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    view::CommandOrigin origin;
    const auto command = view::parse_command(as_chars({data, size}), &origin);
    model::Event answer{WallTime(), origin.id, origin.ref, model::Sent{}};
    if (!command) {
        EARSHOT_CHECK(command.error().message.find('\n') == std::string::npos);
        answer.body = model::Fault{command.error().reason, command.error().message};
    } else {
        EARSHOT_CHECK(command->ref == origin.ref && command->id == origin.id);
        if (const auto* text = std::get_if<model::SendText>(&command->body)) {
            answer.body = model::Fault{Reason::failed, text->text};
        }
    }
    std::string line;
    view::JsonView view([&](std::string_view written) { line = written; });
    view.take(answer);
    EARSHOT_CHECK(line.find('\n') == line.size() - 1);

    // Whatever the bytes, as a text of an event they make a line that the strict parser takes (as a command it
    // refuses).
    answer.body = model::Fault{Reason::failed, std::string(as_chars({data, size}))};
    view.take(answer);
    const auto refused = view::parse_command(line);
    EARSHOT_CHECK(!refused && refused.error().message.find("JSON:") == std::string::npos);
    return 0;
}
