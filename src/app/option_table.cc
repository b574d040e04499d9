#include "app/option_table.h"

#include <algorithm>

#include "app/option_values.h"
#include "app/target.h"
#include "base/i18n.h"
#include "frame/framings.h"
#include "respond/replies.h"
#include "text/iconv_codec.h"

namespace earshot::app {

namespace {

constexpr std::uint8_t kBoth = kConnect | kListen;
constexpr std::uint8_t kTalks = kBoth | kTap;
constexpr std::uint8_t kServes = kListen | kTap;
constexpr bool kOnce = false, kRepeats = true;

template <typename T>
struct Choice {
    std::string_view name;
    T value;
};

constexpr Choice<ViewStyle> kViews[] = {{"text", ViewStyle::text}, {"hex", ViewStyle::hex}, {"both", ViewStyle::both}};
constexpr Choice<TimeStyle> kTimes[] = {
    {"off", TimeStyle::off}, {"clock", TimeStyle::clock}, {"delta", TimeStyle::delta}, {"iso", TimeStyle::iso}};
constexpr Choice<OnEof> kOnEofs[] = {{"finish", OnEof::finish}, {"keep", OnEof::keep}, {"close", OnEof::close}};
constexpr Choice<OnFin> kOnFins[] = {{"continue", OnFin::carry_on}, {"close", OnFin::close}};
constexpr Choice<talk::Slow> kSlows[] = {
    {"drop", talk::Slow::drop}, {"disconnect", talk::Slow::disconnect}, {"wait", talk::Slow::wait}};
constexpr Choice<view::LogForm> kLogForms[] = {{"logfmt", view::LogForm::logfmt}, {"json", view::LogForm::json}};
constexpr Choice<view::LogLevel> kLogLevels[] = {{"debug", view::LogLevel::debug},
                                                 {"info", view::LogLevel::info},
                                                 {"warn", view::LogLevel::warn},
                                                 {"error", view::LogLevel::error}};
constexpr Choice<TlsVerify> kVerifies[] = {
    {"none", TlsVerify::none}, {"peer", TlsVerify::peer}, {"require", TlsVerify::require}};
constexpr Choice<text::OnMisfit> kMisfits[] = {
    {"strict", text::OnMisfit::stop}, {"replace", text::OnMisfit::replace}, {"escape", text::OnMisfit::escape}};
constexpr Choice<std::string_view> kEols[] = {{"lf", "lf"}, {"crlf", "crlf"}, {"cr", "cr"}, {"none", "none"}};

Error not_known(std::string_view value, const std::vector<std::string_view>& names) {
    std::string known;
    for (const std::string_view name : names) known += (known.empty() ? "" : ", ") + std::string(name);
    const std::string_view meant = nearest(value, names);
    if (meant.empty()) return usage_error(tr_format("\"{}\" is not known: write one of {}", value, known));
    return usage_error(tr_format("\"{}\" is not known, did you mean {}? Write one of {}", value, meant, known));
}

template <typename T, std::size_t N, typename Field>
Status choose(const Choice<T> (&choices)[N], std::string_view value, Field& field) {
    std::vector<std::string_view> names;
    for (const Choice<T>& choice : choices) {
        if (choice.name == value) {
            field = choice.value;
            return Ok{};
        }
        names.push_back(choice.name);
    }
    return not_known(value, names);
}

// There are too many to name them all here.
Error unknown_encoding(std::string_view label, bool only_text) {
    const std::string outside = "iconv:" + std::string(label);
    std::vector<std::string_view> names;
    for (const text::Encoding& encoding : text::encodings()) names.emplace_back(encoding.name);
    if (!only_text) names.insert(names.end(), {"auto", "bytes"});
    const std::string_view meant = text::iconv_encoding(outside) ? outside : nearest(label, names);
    if (meant.empty())
        return usage_error(tr_format("\"{}\" is not known: \"earshot encodings\" lists those there are", label));
    return usage_error(
        tr_format("\"{}\" is not known, did you mean {}? \"earshot encodings\" lists those there are", label, meant));
}

Status check_encoding(std::string_view label, bool only_text) {
    if (text::names_iconv(label)) {
        if (const auto made = text::iconv_encoding(label); !made) return made.error();
        return Ok{};
    }
    if (text::find_encoding(label) != nullptr) return Ok{};
    if (!only_text && (label == "auto" || label == "bytes")) return Ok{};
    return unknown_encoding(label, only_text);
}

Status take_encoding(std::string_view label, std::optional<std::string>& field) {
    if (const Status known = check_encoding(label, false); !known) return known;
    field = label;
    return Ok{};
}

// iconv's suffixes say what --errors says, each for one side only.
Status take_label(std::string_view label, std::string& field) {
    if (const std::size_t suffix = label.find("//"); suffix != std::string_view::npos) {
        return usage_error(
            tr_format("\"{}\" is not known here: --errors replace or --errors escape says what becomes of "
                      "what does not fit",
                      label.substr(suffix)));
    }
    if (const Status known = check_encoding(label, true); !known) return known;
    field = label;
    return Ok{};
}

Status take_candidates(Options& options, std::string_view value) {
    auto labels = parse_list(value);
    if (!labels) return labels.error();
    for (const std::string& label : *labels) {
        if (const Status known = check_encoding(label, true); !known) return known;
    }
    options.detect = std::move(*labels);
    return Ok{};
}

// Whether it fits --max-message is asked again when that is known.
Status take_frame(Options& options, std::string_view value) {
    constexpr ByteCount kAnySize = ByteCount(2) << 30;
    if (auto framer = frame::make_framer(value, kAnySize); !framer) return framer.error();
    options.frame = value;
    return Ok{};
}

Status take_reply(Options& options, std::string_view value) {
    if (respond::parse_reply(value).reply == nullptr) {
        if (const respond::Reply* const known = respond::find_reply(value.substr(0, value.find(':')))) {
            return known->argument[0] == '\0'
                       ? usage_error(tr_format("nothing stands behind {}: write --reply {}", known->name, known->name))
                       : usage_error(tr_format("write --reply {}:{}", known->name, known->argument));
        }
        std::vector<std::string_view> names;
        for (const respond::Reply& reply : respond::replies()) names.emplace_back(reply.name);
        return not_known(value, names);
    }
    options.reply = value;
    return Ok{};
}

template <typename T, typename Field>
Status take(Result<T> parsed, Field& field) {
    if (!parsed) return parsed.error();
    field = std::move(*parsed);
    return Ok{};
}

Status take_flag(std::string_view value, bool& flag) {
    flag = value == "true";
    return Ok{};
}

Status take_text(std::string_view value, std::string& text) {
    if (value.empty()) return usage_error(tr("the value is empty"));
    text = value;
    return Ok{};
}

// Of a conversation that is held it asks for the ladder as well.
Status take_ladder_file(std::string_view value, Options& options, std::string& path) {
    options.ladder.live = true;
    return take_text(value, path);
}

Status take_fold(Options& options, std::string_view value) {
    const auto count = parse_count(value);
    if (!count) return count.error();
    options.ladder.fold_after = static_cast<std::size_t>(*count);
    return Ok{};
}

Status take_retry(Options& options, std::string_view value) {
    auto wait = parse_seconds(value);
    if (!wait) return wait.error();
    if (*wait == Millis(0)) return usage_error(tr("calling again needs a pause: write more than 0 seconds, as in 0.5"));
    options.retry = *wait;
    return Ok{};
}

Status take_alpn(Options& options, std::string_view value) {
    auto names = parse_list(value);
    if (!names) return names.error();
    for (const std::string& name : *names) {
        if (name.size() > 255) return usage_error(tr_format("\"{}\" is longer than the 255 bytes of a name", name));
    }
    options.tls.alpn = std::move(*names);
    return Ok{};
}

// HOST[:PORT] with a numeric address: a socket is bound to an address of this machine, not to a name.
Status take_source(Options& options, std::string_view value) {
    std::string_view host = value, port;
    if (!is_numeric_address(value)) {
        const bool bracketed = value.starts_with("[");
        const std::size_t colon =
            bracketed ? value.find(':', std::min(value.find(']'), value.size())) : value.find(':');
        host = value.substr(0, colon);
        if (colon != std::string_view::npos) port = value.substr(colon + 1);
        if (bracketed && host.ends_with("]")) host = host.substr(1, host.size() - 2);
    }
    const bool missing_port = port.empty() && !value.empty() && value.back() == ':';
    if (host.empty() || missing_port || !is_numeric_address(host)) {
        return usage_error(tr_format(
            "\"{}\" is no address of this machine: write ADDRESS or ADDRESS:PORT, as in 127.0.0.1 or [::1]:5000",
            value));
    }
    options.source_host = host;
    options.source_port = 0;
    return port.empty() ? Status(Ok{}) : take(parse_port(port, TargetUse::listen), options.source_port);
}

// A port alone is nobody else's business: figures are not protected.
Status take_metrics(Options& options, std::string_view value) {
    const std::string word(value);
    auto place = parse_target({&word, 1}, TargetUse::listen);
    if (!place) return place.error();
    if (place->tls) return usage_error(tr("metrics are served over plain HTTP: write [ADDR:]PORT"));
    if (place->place.host.empty() && place->place.unix_path.empty()) place->place.host = "127.0.0.1";
    options.metrics = std::move(place->place);
    return Ok{};
}

Status take_threads(Options& options, std::string_view value) {
    constexpr std::uint64_t kMost = 64;
    const auto count = parse_count(value);
    if (!count) return count.error();
    if (*count == 0 || *count > kMost) return usage_error(tr_format("{} threads: write 1 to {}", *count, kMost));
    options.threads = static_cast<std::size_t>(*count);
    return Ok{};
}

using O = Options&;
using V = std::string_view;

const OptionRow kTextRows[] = {
    {"encoding", 0, "E", kTalks | kLadder, kOnce, ValueKind::encoding, "", msgid("encoding of the text, both ways"),
     "Any label of the WHATWG Encoding Standard (earshot encodings lists them), auto, bytes or iconv:NAME. auto, which "
     "holds at a terminal, finds out what the peer sends and answers in the same, UTF-8 until then. bytes makes no "
     "text "
     "at all. iconv:NAME is a charset of the C library that the standard does not have, like iconv:IBM850.",
     [](O o, V v) {
         if (auto taken = take_encoding(v, o.recv_encoding); !taken) return taken;
         return take_encoding(v, o.send_encoding);
     }},
    {"recv-encoding", 0, "E", kBoth, kOnce, ValueKind::encoding, "", msgid("encoding of what the peer sends"), "",
     [](O o, V v) { return take_encoding(v, o.recv_encoding); }},
    {"send-encoding", 0, "E", kBoth, kOnce, ValueKind::encoding, "", msgid("encoding of what is sent to the peer"),
     "A character that the encoding lacks is refused and named, never replaced.",
     [](O o, V v) { return take_encoding(v, o.send_encoding); }},
    {"detect", 0, "LIST", kTalks | kLadder, kOnce, ValueKind::encodings, "", msgid("encodings that auto chooses among"),
     "Separated by commas, best guess first; UTF-8 is always one of them. Without it those that are usual "
     "where the locale (LC_ALL, LC_CTYPE or LANG) is spoken.",
     take_candidates},
    {"frame", 0, "F", kTalks, kOnce, ValueKind::frame, "", msgid("how bytes become messages"),
     "line (at a terminal), chunk (what one read gave), delim:HEX, fixed:N, "
     "length:u8|u16be|u16le|u32be|u32le[,offset=N,adjust=N] (the field stands after offset bytes; the message's length "
     "is the field plus adjust, counted from after the field), or idle:MS.",
     take_frame},
    {"eol", 0, "E", kTalks, kOnce, ValueKind::choice, "lf crlf cr none", msgid("what ends each line sent"),
     "lf where not named; with --json none. In a pipe, where the command line names it, each LF of the standard input "
     "becomes this end of line, and a CR LF that is there already stays one.",
     [](O o, V v) { return choose(kEols, v, o.eol); }},
    {"", 'C', nullptr, kTalks, kOnce, ValueKind::free, "", msgid("the same as --eol crlf"), "",
     [](O o, V) {
         o.named.emplace_back("eol");
         return choose(kEols, "crlf", o.eol);
     }},
    {"max-message", 0, "BYTES", kTalks, kOnce, ValueKind::free, "", msgid("longest message taken (64 MiB)"),
     "A number of bytes, or with K, M, G, KiB, MiB or GiB. What is longer is reported as malformed.",
     [](O o, V v) { return take(parse_size(v), o.max_message); }},
};

const OptionRow kViewRows[] = {
    {"view", 0, "V", kTalks, kOnce, ValueKind::choice, "text hex both", msgid("show text, hex or both"), "",
     [](O o, V v) { return choose(kViews, v, o.view); }},
    {"time", 0, "T", kTalks, kOnce, ValueKind::choice, "off clock delta iso", msgid("time before each message"), "",
     [](O o, V v) { return choose(kTimes, v, o.time); }},
    {"json", 0, nullptr, kTalks | kLadder, kOnce, ValueKind::free, "",
     msgid("events out and commands in, one JSON object a line"),
     "Messages are then chunks in UTF-8 and nothing is appended to what is sent, unless --frame, --encoding or --eol "
     "is "
     "named. With ladder: its rows.",
     [](O o, V v) { return take_flag(v, o.json); }},
    {"ladder", 0, nullptr, kTalks, kOnce, ValueKind::free, "",
     msgid("show handshake, data and teardown as they happen"),
     "Packets are captured where that is allowed (root, or CAP_NET_RAW); else what the kernel says of the connection "
     "is "
     "drawn dotted. Beside a pipe the ladder goes to the standard error. A tap draws its ladders anyway, but for "
     "--json.",
     [](O o, V v) { return take_flag(v, o.ladder.live); }},
    {"no-ladder", 0, nullptr, kTap, kOnce, ValueKind::free, "", msgid("show messages only"), "",
     [](O o, V v) { return take_flag(v, o.ladder.hidden); }},
    {"raw", 0, nullptr, kBoth, kOnce, ValueKind::free, "", msgid("in a pipe, let the peer's bytes reach a terminal"),
     "Without it what a peer sends is made harmless before a terminal shows it. A console always does that.",
     [](O o, V v) { return take_flag(v, o.raw); }},
};

const OptionRow kEndRows[] = {
    {"connect-timeout", 'w', "S", kTalks, kOnce, ValueKind::free, "", msgid("seconds until connected, TLS included"),
     "0, the default, leaves it to the system. Fractions are accepted, as in all options that take seconds.",
     [](O o, V v) { return take(parse_seconds(v), o.connect_timeout); }},
    {"idle-timeout", 0, "S", kTalks, kOnce, ValueKind::free, "", msgid("seconds of silence that end a conversation"),
     "", [](O o, V v) { return take(parse_seconds(v), o.idle_timeout); }},
    {"keepalive", 0, "S", kTalks, kOnce, ValueKind::free, "",
     msgid("seconds between TCP's own questions to a silent peer"), "",
     [](O o, V v) { return take(parse_seconds(v), o.keepalive); }},
    {"on-eof", 0, "A", kBoth, kOnce, ValueKind::choice, "finish keep close",
     msgid("when the standard input ends: finish, keep or close"),
     "In a pipe. finish, the default, sends FIN and goes on receiving; keep sends nothing and receives until the peer "
     "ends; close sends what is left and closes.",
     [](O o, V v) { return choose(kOnEofs, v, o.on_eof); }},
    {"", 'N', nullptr, kBoth, kOnce, ValueKind::free, "", msgid("the same as --on-eof finish"), "",
     [](O o, V) { return choose(kOnEofs, "finish", o.on_eof); }},
    {"on-fin", 0, "A", kBoth, kOnce, ValueKind::choice, "continue close",
     msgid("when the peer ends his direction: continue or close"),
     "In a pipe. continue, the default, sends on until the standard input ends; an input that is a terminal counts as "
     "ended.",
     [](O o, V v) { return choose(kOnFins, v, o.on_fin); }},
    {"retry", 0, "S", kConnect, kOnce, ValueKind::free, "", msgid("call again S seconds after a failure or an end"), "",
     take_retry},
    {"source", 's', "HOST[:PORT]", kConnect | kTap, kOnce, ValueKind::free, "",
     msgid("address of this machine to call from"), "", take_source},
};

const OptionRow kListenRows[] = {
    {"max-clients", 'm', "N", kServes, kOnce, ValueKind::free, "", msgid("callers at a time; 0: as many as can be"),
     "Who comes when there are so many already is turned away.",
     [](O o, V v) { return take(parse_count(v), o.max_clients); }},
    {"max-per-address", 0, "N", kServes, kOnce, ValueKind::free, "", msgid("callers at a time from one address"),
     "The addresses of an IPv6 /64 count as one. Who comes when his address has so many is turned away. 0, the "
     "default: "
     "as many as can be. See docs/limits.md.",
     [](O o, V v) { return take(parse_count(v), o.caller_limits.max_per_address); }},
    {"max-rate", 0, "N[/s]", kServes, kOnce, ValueKind::free, "",
     msgid("new callers a second (/m a minute, /h an hour)"),
     "So many may come at once, then others as fast as that; who comes faster is turned away. 0, the default: no "
     "limit.",
     [](O o, V v) { return take(parse_rate(v), o.caller_limits.rate); }},
    {"max-rate-per-address", 0, "N[/s]", kServes, kOnce, ValueKind::free, "",
     msgid("new callers a second from one address"),
     "As --max-rate, for each address by itself; the addresses of an IPv6 /64 count as one.",
     [](O o, V v) { return take(parse_rate(v), o.caller_limits.rate_per_address); }},
    {"message-rate", 0, "N[/s]", kListen, kOnce, ValueKind::free, "", msgid("messages a second taken from each caller"),
     "So many may come at once, then others as fast as that (/m a minute, /h an hour). Who sends more is read more "
     "slowly; nothing is lost. See docs/limits.md.",
     [](O o, V v) { return take(parse_rate(v), o.message_rate); }},
    {"byte-rate", 0, "BYTES[/s]", kListen, kOnce, ValueKind::free, "", msgid("bytes a second taken from each caller"),
     "As --message-rate, in bytes as --max-message takes them.",
     [](O o, V v) { return take(parse_byte_rate(v), o.byte_rate); }},
    {"max-memory", 0, "SIZE", kServes, kOnce, ValueKind::free, "",
     msgid("what may wait for all together (half the memory)"),
     "All that waits to be sent and all messages of which the rest has not come, in bytes as --max-message takes them. "
     "Beyond it callers who hold most lose it first, and nobody is let in. The default is half of what the machine "
     "has, "
     "or its control group may have; 0 or none: no bound. See docs/limits.md.",
     [](O o, V v) { return take(parse_memory(v), o.max_memory); }},
    {"once", 0, nullptr, kServes, kOnce, ValueKind::free, "", msgid("serve one caller, then end"), "",
     [](O o, V v) { return take_flag(v, o.once); }},
    {"keep", 'k', nullptr, kListen, kOnce, ValueKind::free, "", msgid("in a pipe, serve many callers"),
     "The standard input is read while somebody is connected and goes to all of them; what they send goes to the "
     "standard output.",
     [](O o, V v) { return take_flag(v, o.keep); }},
    {"threads", 0, "N", kListen, kOnce, ValueKind::free, "", msgid("serve callers by N threads, one a core"),
     "Each takes its part of the callers; what they say to each other and what is told of them is the same as with "
     "one. "
     "1, the default, is the best for people and for most devices. Not with --keep, a ladder, or a pipe; "
     "/reply takes another file only.",
     take_threads},
    {"allow", 0, "CIDR[,..]", kServes, kRepeats, ValueKind::file, "", msgid("serve these addresses only, or a file's"),
     "Addresses and networks as in 192.0.2.0/24,::1, and names of files that hold one a line (@ before a name makes it "
     "a file whatever it looks like). Files are read again on SIGHUP. May be given several times.",
     [](O o, V v) { return take(parse_list(v), o.allow); }},
    {"deny", 0, "CIDR[,..]", kServes, kRepeats, ValueKind::file, "", msgid("turn these addresses away, or a file's"),
     "As --allow; what both name is turned away.", [](O o, V v) { return take(parse_list(v), o.deny); }},
    {"reply", 0, "R", kListen, kOnce, ValueKind::reply, "", msgid("what answers callers by itself, as in echo"),
     "none; echo sends a caller what he sent; broadcast sends it to all the others; chat has rooms and names; "
     "rules:FILE answers by the rules of a file (docs/rules.md), which is read again on SIGHUP; relay:TARGET calls "
     "TARGET "
     "for each caller and passes on what the two say; exec:CMD runs a program for each, exec-shell:CMD with /bin/sh "
     "and "
     "exec-pty:CMD with a terminal of its own. See docs/replies.md.",
     take_reply},
    {"max-processes", 0, "N", kListen, kOnce, ValueKind::free, "", msgid("programs of --reply exec at a time (100)"),
     "0: as many as can be. Who comes when so many run already is told so, and his conversation is closed.",
     [](O o, V v) { return take(parse_count(v), o.max_processes); }},
    {"slow", 0, "A", kListen, kOnce, ValueKind::choice, "drop disconnect wait",
     msgid("who reads too slowly: drop, disconnect or wait"),
     "For what --reply sends to many, once 1 MiB waits for him. drop, the default: he misses whole messages, and an "
     "event says how many. disconnect ends his conversation. wait lets those who speak wait for him, and with them "
     "everybody.",
     [](O o, V v) { return choose(kSlows, v, o.slow); }},
    {"log", 0, "FORM", kListen, kOnce, ValueKind::choice, "logfmt json",
     msgid("log to the standard error, in logfmt or json"),
     "A line for each caller who comes, leaves or is refused and for what goes wrong, in place of the messages for "
     "people. Lines are given up, and counted, where nobody reads them fast enough (docs/operation.md).",
     [](O o, V v) {
         o.logs = true;
         return choose(kLogForms, v, o.log.form);
     }},
    {"log-level", 0, "L", kListen, kOnce, ValueKind::choice, "debug info warn error",
     msgid("least level that is logged (info)"), "", [](O o, V v) { return choose(kLogLevels, v, o.log.least); }},
    {"log-payload", 0, nullptr, kListen, kOnce, ValueKind::free, "", msgid("log what is said, too"),
     "The first 1024 bytes of each message; without it no line holds any of them.",
     [](O o, V v) { return take_flag(v, o.log.payload); }},
    {"restart-grace", 0, "S", kListen, kOnce, ValueKind::free, "",
     msgid("seconds for conversations to end after a restart"),
     "SIGUSR2 starts the program anew; it takes the callers from then on, and the old one keeps the conversations it "
     "has "
     "for so long. 0, the default: to their end (docs/operation.md).",
     [](O o, V v) { return take(parse_seconds(v), o.restart_grace); }},
    {"metrics", 0, "[ADDR:]PORT", kListen, kOnce, ValueKind::free, "", msgid("serve figures over HTTP, for Prometheus"),
     "/metrics has the figures, /livez says whether the program lives, /readyz whether it takes callers "
     "(docs/operation.md). A port alone is for this machine only; 0.0.0.0:PORT or [::]:PORT is for all.",
     take_metrics},
};

const OptionRow kTlsRows[] = {
    {"tls", 0, nullptr, kBoth, kOnce, ValueKind::free, "", msgid("speak TLS"),
     "A listener without --tls-cert makes a certificate for the run and prints its pin.",
     [](O o, V v) { return take_flag(v, o.tls.on); }},
    {"tls-cert", 0, "FILE", kTalks, kOnce, ValueKind::file, "", msgid("own certificate and chain, PEM"),
     "A listener reads it, the key and --tls-ca again on SIGHUP, for callers to come.",
     [](O o, V v) { return take_text(v, o.tls.cert); }},
    {"tls-key", 0, "FILE", kTalks, kOnce, ValueKind::file, "", msgid("its private key, PEM"),
     "Without it the key is looked for in the file of the certificate.",
     [](O o, V v) { return take_text(v, o.tls.key); }},
    {"tls-ca", 0, "FILE", kTalks, kOnce, ValueKind::file, "",
     msgid("certificates trusted instead of the system's, PEM"), "", [](O o, V v) { return take_text(v, o.tls.ca); }},
    {"tls-name", 0, "NAME", kTalks, kOnce, ValueKind::free, "", msgid("name asked for and checked instead of the host"),
     "", [](O o, V v) { return take_text(v, o.tls.name); }},
    {"tls-alpn", 0, "LIST", kTalks, kOnce, ValueKind::free, "",
     msgid("protocols offered, best first, as in h2,http/1.1"), "", take_alpn},
    {"tls-pin", 0, "SHA256", kTalks, kOnce, ValueKind::free, "", msgid("accept the certificate with this SHA-256 only"),
     "In hex, of the certificate's DER. It replaces the checks of chain and name.",
     [](O o, V v) { return take(parse_pin(v), o.tls.pin); }},
    {"tls-verify", 0, "V", kTalks, kOnce, ValueKind::choice, "none peer require",
     msgid("check the peer's certificate: none, peer or require"),
     "A client checks where this is not named. A listener asks its callers for no certificate; with peer it checks one "
     "that is shown, with require it demands one.",
     [](O o, V v) { return choose(kVerifies, v, o.tls.verify); }},
};

const OptionRow kRecodeRows[] = {
    {"from", 'f', "E", kRecode, kOnce, ValueKind::label, "", msgid("encoding of the files"),
     "Any label of the WHATWG Encoding Standard, or iconv:NAME. Where it is not named: the charset of the locale, and "
     "UTF-8 where the "
     "locale is C or not to be had.",
     [](O o, V v) { return take_label(v, o.recode.from); }},
    {"to", 't', "E", kRecode, kOnce, ValueKind::label, "", msgid("encoding of the output"),
     "As --from. No byte order mark is added, and one that is there stays.",
     [](O o, V v) { return take_label(v, o.recode.to); }},
    {"errors", 0, "A", kRecode, kOnce, ValueKind::choice, "strict replace escape",
     msgid("what does not fit: strict, replace or escape"),
     "strict, the default, stops there and says where; all before it is written. The others go on, count, and end with "
     "status 1. replace writes what the standard has for it: U+FFFD for malformed bytes, a reference like &#127881; "
     "for a character that the target lacks. escape writes \\xNN for each malformed byte and \\u{1f389} for such a "
     "character.",
     [](O o, V v) { return choose(kMisfits, v, o.recode.on_misfit); }},
    {"output", 'o', "FILE", kRecode, kOnce, ValueKind::file, "", msgid("write to FILE, not to the standard output"), "",
     [](O o, V v) { return take_text(v, o.recode.output); }},
};

const OptionRow kLadderRows[] = {
    {"stream", 0, "N", kLadder, kOnce, ValueKind::free, "", msgid("the conversation with this number, from 0"),
     "Numbers are Wireshark's (tcp.stream). Without it a file of one conversation is drawn, and of more they are "
     "listed.",
     [](O o, V v) { return take(parse_count(v), o.ladder.stream); }},
    {"explain", 0, nullptr, kTalks | kDemo | kLadder, kOnce, ValueKind::free, "",
     msgid("a sentence for each step, for learners"), "Asks for the ladder too.",
     [](O o, V v) {
         o.ladder.live |= v == "true";
         return take_flag(v, o.ladder.explain);
     }},
    {"fold", 0, "N", kLadder, kOnce, ValueKind::free, "", msgid("draw N data segments of a run (4); 0: all"),
     "Those that follow in order are one row with their count and bytes.", take_fold},
    {"client-encoding", 0, "E", kLadder | kTap, kOnce, ValueKind::encoding, "",
     msgid("encoding of what the client sends"), "",
     [](O o, V v) { return take_encoding(v, o.ladder.client_encoding); }},
    {"server-encoding", 0, "E", kLadder | kTap, kOnce, ValueKind::encoding, "",
     msgid("encoding of what the server sends"), "",
     [](O o, V v) { return take_encoding(v, o.ladder.server_encoding); }},
    {"svg", 0, "FILE", kTalks | kDemo | kLadder, kOnce, ValueKind::file, "",
     msgid("write the ladder as a picture to FILE too"),
     "Asks for the ladder, as --mermaid and --pcap do. Of several conversations the first has the name as given, the "
     "second one -2 before the suffix, and so on. With ladder, - is the standard output, where the text then is not.",
     [](O o, V v) { return take_ladder_file(v, o, o.ladder.svg); }},
    {"mermaid", 0, "FILE", kTalks | kDemo | kLadder, kOnce, ValueKind::file, "",
     msgid("write it as a Mermaid diagram to FILE too"), "",
     [](O o, V v) { return take_ladder_file(v, o, o.ladder.mermaid); }},
    {"pcap", 0, "FILE", kTalks | kDemo | kLadder, kOnce, ValueKind::file, "",
     msgid("write its packets to FILE too, as pcapng"),
     "What was said stands at each packet as a comment. The packets of all conversations are in the one file; of each "
     "the first 160 bytes where they are captured now.",
     [](O o, V v) { return take_ladder_file(v, o, o.ladder.pcap); }},
};

const OptionRow kOtherRows[] = {
    {"config", 0, "FILE", kTalks, kOnce, ValueKind::file, "", msgid("read options from a TOML file first"),
     "Keys are the long names of options and target; those at the top hold for connect, listen and tap, those under "
     "[connect], [listen] or [tap] for one. The command line wins.",
     [](O o, V v) { return take_text(v, o.config); }},
    {"help", 'h', nullptr, kTalks | kDemo | kRecode | kLadder | kEncodings, kOnce, ValueKind::free, "",
     msgid("show this help and end"), "", [](O, V) { return Status(Ok{}); }},
};

const OptionGroup kGroups[] = {
    {msgid("Text and messages"), kTextRows}, {msgid("Showing"), kViewRows}, {msgid("Waits and ends"), kEndRows},
    {msgid("Callers"), kListenRows},         {msgid("TLS"), kTlsRows},      {msgid("Recoding"), kRecodeRows},
    {msgid("Ladder"), kLadderRows},          {msgid("Other"), kOtherRows},
};

const VerbRow kVerbs[] = {
    {"connect", Verb::connect, kConnect, "[OPTIONS] HOST PORT | HOST:PORT | URL", msgid("call a server")},
    {"listen", Verb::listen, kListen, "[OPTIONS] [HOST] PORT | HOST:PORT | URL", msgid("answer callers")},
    {"tap", Verb::tap, kTap, "[OPTIONS] LISTEN TARGET", msgid("stand between two ends and show both directions")},
    {"demo", Verb::demo, kDemo, "", msgid("show both ends of a conversation, then end")},
    {"ladder", Verb::ladder, kLadder, "[--stream N] [OPTIONS] FILE",
     msgid("draw a conversation from a capture (pcap, pcapng)")},
    {"recode", Verb::recode, kRecode, "[-f ENCODING] [-t ENCODING] [OPTIONS] [FILE...]",
     msgid("write files in another encoding")},
    {"encodings", Verb::encodings, kEncodings, "", msgid("list the encodings with all their names")},
    {"help", Verb::help, 0, "[COMMAND]", msgid("show help for a command")},
    {"completion", Verb::completion, 0, "bash | zsh | fish", msgid("print a shell's completion script")},
};

}  // namespace

bool OptionRow::belongs_to(Verb verb) const {
    for (const VerbRow& row : kVerbs) {
        if (row.verb == verb) return (verbs & row.bit) != 0;
    }
    return false;
}

std::vector<std::string> offered_values(const OptionRow& row) {
    std::vector<std::string> values;
    std::string_view choices = row.choices;
    while (!choices.empty()) {
        const std::size_t end = std::min(choices.find(' '), choices.size());
        values.emplace_back(choices.substr(0, end));
        choices.remove_prefix(std::min(end + 1, choices.size()));
    }
    if (row.kind == ValueKind::encoding) values = {"auto", "bytes"};
    if (row.kind == ValueKind::encoding || row.kind == ValueKind::encodings || row.kind == ValueKind::label) {
        for (const text::Encoding& encoding : text::encodings()) values.emplace_back(encoding.name);
    }
    if (row.kind == ValueKind::frame) {
        for (const frame::Framing& framing : frame::framings()) values.emplace_back(framing.example);
    }
    if (row.kind == ValueKind::reply) {
        for (const respond::Reply& reply : respond::replies()) {
            values.push_back(reply.name + std::string(reply.argument[0] == '\0' ? "" : ":"));
        }
    }
    return values;
}

std::span<const OptionGroup> option_groups() { return kGroups; }

const OptionRow* find_option(std::string_view name) {
    for (const OptionGroup& group : kGroups) {
        for (const OptionRow& row : group.rows) {
            if (!name.empty() && row.name == name) return &row;
        }
    }
    return nullptr;
}

const OptionRow* find_short_option(char name) {
    for (const OptionGroup& group : kGroups) {
        for (const OptionRow& row : group.rows) {
            if (row.short_name != 0 && row.short_name == name) return &row;
        }
    }
    return nullptr;
}

std::span<const VerbRow> verbs() { return kVerbs; }

const VerbRow* find_verb(std::string_view name) {
    for (const VerbRow& row : kVerbs) {
        if (row.name == name) return &row;
    }
    return nullptr;
}

}  // namespace earshot::app
