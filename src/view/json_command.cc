#include "view/json_command.h"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <utility>

#include "base/i18n.h"
#include "view/base64.h"

namespace earshot::view {
namespace {

using namespace model;
using boost::json::object;
using boost::json::value;

constexpr std::size_t kDeepest = 16;  // levels: commands have one, unknown fields may have more

Error wrong(std::string message) { return {Reason::usage, std::move(message)}; }

// What the program wrote, short enough to stand in a message.
std::string shown(std::string_view text) {
    constexpr std::size_t kMost = 60;
    std::string out;
    for (const char c : text.substr(0, kMost)) out += c >= ' ' && c <= '~' ? c : '?';
    if (text.size() > kMost) out += "...";
    return out;
}

std::string_view text_of(const value& value) { return {value.get_string().data(), value.get_string().size()}; }

// A field that must be there and be text.
Result<std::string_view> needed_text(const object& fields, const char* name) {
    const value* const field = fields.if_contains(name);
    if (!field) return wrong(tr_format("the command needs \"{}\"", name));
    if (!field->is_string()) return wrong(tr_format("\"{}\" must be a string", name));
    return text_of(*field);
}

Result<std::optional<std::string>> optional_text(const object& fields, const char* name) {
    if (!fields.contains(name)) return std::optional<std::string>();
    const auto text = needed_text(fields, name);
    if (!text) return text.error();
    return std::optional<std::string>(*text);
}

Result<CommandBody> parse_send(const object& fields) {
    const bool has_text = fields.contains("text");
    if (has_text == fields.contains("bytes")) {
        return wrong(tr("\"send\" needs either \"text\" or \"bytes\" (base64)"));
    }
    if (!has_text) {
        const auto text = needed_text(fields, "bytes");
        if (!text) return text.error();
        auto bytes = decode_base64(*text);
        if (!bytes) return wrong(tr("\"bytes\" is not base64 (RFC 4648, with its padding)"));
        return CommandBody(SendBytes{std::move(*bytes)});
    }
    const auto text = needed_text(fields, "text");
    if (!text) return text.error();
    const value* const eol = fields.if_contains("eol");
    if (eol && !eol->is_bool()) return wrong(tr("\"eol\" must be true or false"));
    return CommandBody(SendText{std::string(*text), eol ? eol->get_bool() : true});
}

Result<CommandBody> parse_set_encoding(const object& fields) {
    auto in = optional_text(fields, "in");
    if (!in) return in.error();
    auto out = optional_text(fields, "out");
    if (!out) return out.error();
    if (!*in && !*out) return wrong(tr("\"set-encoding\" needs \"in\", \"out\" or both"));
    return CommandBody(SetEncoding{std::move(*in), std::move(*out)});
}

Result<CommandBody> parse_set_frame(const object& fields) {
    const auto frame = needed_text(fields, "frame");
    if (!frame) return frame.error();
    return CommandBody(SetFraming{std::string(*frame)});
}

Result<CommandBody> parse_set_eol(const object& fields) {
    const auto eol = needed_text(fields, "eol");
    if (!eol) return eol.error();
    return CommandBody(SetEol{std::string(*eol)});
}

Result<CommandBody> parse_ladder(const object& fields) {
    const value* const follow = fields.if_contains("follow");
    if (follow && !follow->is_bool()) return wrong(tr("\"follow\" must be true or false"));
    return CommandBody(ShowLadder{follow ? follow->get_bool() : true});
}

Result<CommandBody> parse_reply(const object& fields) {
    auto reply = optional_text(fields, "reply");
    if (!reply) return reply.error();
    return CommandBody(SetReply{reply->value_or("")});
}

template <typename Body>
Result<CommandBody> parse_bare(const object&) {
    return CommandBody(Body{});
}

struct Row {
    const char* name;
    Result<CommandBody> (*parse)(const object& fields);
};

constexpr std::array kCommands{
    Row{"send", parse_send},
    Row{"half-close", parse_bare<HalfClose>},
    Row{"close", parse_bare<Close>},
    Row{"reset", parse_bare<Reset>},
    Row{"set-encoding", parse_set_encoding},
    Row{"set-frame", parse_set_frame},
    Row{"set-eol", parse_set_eol},
    Row{"ladder", parse_ladder},
    Row{"stats", parse_bare<ReadAccounts>},
    Row{"reply", parse_reply},
    Row{"reconnect", parse_bare<Reconnect>},
    Row{"quit", parse_bare<Quit>},
};

Result<CommandBody> parse_body(const object& fields) {
    const auto name = needed_text(fields, "command");
    if (!name) return name.error();
    std::string known;
    for (const Row& row : kCommands) {
        if (row.name == *name) return row.parse(fields);
        known += known.empty() ? "" : " ";
        known += row.name;
    }
    return wrong(tr_format("unknown command \"{}\"; known: {}", shown(*name), known));
}

Status parse_ref(const object& fields, std::string& ref) {
    const value* const field = fields.if_contains("ref");
    if (!field) return Ok{};
    if (field->is_string()) {
        ref = text_of(*field);
    } else if (field->is_number()) {
        ref = boost::json::serialize(*field);
    } else {
        return wrong(tr("\"ref\" must be a string or a number"));
    }
    return Ok{};
}

Status parse_id(const object& fields, Command& command) {
    const value* const field = fields.if_contains("id");
    if (!field) return Ok{};
    if (field->is_string() && text_of(*field) == "all") {
        command.all = true;
        return Ok{};
    }
    boost::json::error_code overflow;
    const auto number = field->to_number<std::uint64_t>(overflow);
    if (field->is_double() || overflow || number == 0) {
        return wrong(tr("\"id\" must be a conversation's number, from 1, or \"all\""));
    }
    command.id = SessionId{number};
    return Ok{};
}

Result<Command> read_fields(const object& fields, CommandOrigin& origin) {
    Command command;
    if (const Status ref = parse_ref(fields, command.ref); !ref) return ref.error();
    origin.ref = command.ref;
    if (const Status id = parse_id(fields, command); !id) return id.error();
    origin.id = command.id;
    Result<CommandBody> body = parse_body(fields);
    if (!body) return body.error();
    command.body = std::move(*body);
    return command;
}

}  // namespace

Result<Command> parse_command(std::string_view line, CommandOrigin* origin) {
    CommandOrigin unused;
    if (!origin) origin = &unused;
    *origin = {};
    if (line.size() > kLongestCommandLine) {
        return wrong(tr_format("the command is longer than {} bytes", kLongestCommandLine));
    }
    while (line.ends_with('\n') || line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    boost::json::parse_options limits;
    limits.max_depth = kDeepest;
    boost::json::parser parser({}, limits);
    boost::json::error_code error;
    const std::size_t read = parser.write_some(line.data(), line.size(), error);
    if (error || read != line.size()) {
        const std::string why = error ? error.message() : tr("more than one value");
        return wrong(tr_format("the line is no JSON: {}, at byte {}", why, read + 1));
    }
    const value command = parser.release();
    if (!command.is_object()) return wrong(tr("a command is a JSON object with a \"command\""));
    return read_fields(command.get_object(), *origin);
}

}  // namespace earshot::view
