#include "app/option_rules.h"

#include "app/option_values.h"
#include "base/i18n.h"

namespace earshot::app {

namespace {

using O = const Options&;

bool is_unix(O o) { return !o.target.unix_path.empty(); }
bool names_tls_detail(O o) {
    for (const char* option : {"tls-cert", "tls-key", "tls-ca", "tls-name", "tls-alpn", "tls-pin", "tls-verify"}) {
        if (o.was_named(option)) return true;
    }
    return false;
}

bool names_ladder(O o) {
    for (const char* option : {"ladder", "explain", "svg", "mermaid", "pcap"}) {
        if (o.was_named(option)) return true;
    }
    return false;
}
bool names_threads(O o) { return o.was_named("threads") && o.threads > 1; }
bool is_tap(O o) { return o.verb == Verb::tap; }
bool names_check_of_server(O o) {
    return o.was_named("tls-ca") || o.was_named("tls-name") || o.was_named("tls-pin") || o.was_named("tls-verify");
}

// What a configuration file says for all calls may be without effect in one; what the command line says may not be.
const OptionRule kRules[] = {
    {[](O o) { return o.once && o.keep; }, msgid("--once serves one caller and --keep many: name one of them")},
    {[](O o) { return o.json && o.was_named("raw"); },
     msgid("--raw has no meaning with --json, which gives the bytes in base64: leave one of them out")},
    {[](O o) { return o.json && asks_for_view(o); },
     msgid("--view and --time shape what people read, and --json has its own form: leave one of them out")},
    {[](O o) { return !o.speaks_tls() && names_tls_detail(o); },
     msgid("the --tls-... options need --tls or a tls:// URL")},
    {[](O o) { return is_tap(o) && !o.tls.on && (o.was_named("tls-cert") || o.was_named("tls-key")); },
     msgid("--tls-cert and --tls-key are what a tap shows its callers: write LISTEN as tls://HOST:PORT")},
    {[](O o) { return is_tap(o) && !o.relay_tls && names_check_of_server(o); },
     msgid("--tls-ca, --tls-name, --tls-pin and --tls-verify check a tap's target: write TARGET as tls://HOST:PORT")},
    {[](O o) { return !o.tls.key.empty() && o.tls.cert.empty(); },
     msgid("--tls-key needs --tls-cert: a key alone proves nothing")},
    {[](O o) { return o.speaks_tls() && o.tls.verify == TlsVerify::none && !o.tls.pin.empty(); },
     msgid("--tls-pin checks the peer and --tls-verify none does not: leave one of them out")},
    {[](O o) {
         return o.verb == Verb::listen && o.tls.on && !o.tls.verify &&
                (o.was_named("tls-pin") || (o.was_named("tls-ca") && !o.relay_tls));
     },
     msgid("on a listener --tls-ca and --tls-pin check callers: add --tls-verify peer or --tls-verify require")},
    {[](O o) { return o.ladder.takes_standard_output(); },
     msgid("--svg, --mermaid and --pcap need a file's name here: the standard output is the conversation's")},
    {[](O o) { return o.was_named("slow") && !o.replies(); },
     msgid("--slow is for what a --reply sends to many: name the --reply")},
    {[](O o) { return !o.logs && (o.was_named("log-level") || o.was_named("log-payload")); },
     msgid("--log-level and --log-payload need --log logfmt or --log json")},
    {[](O o) { return o.logs && o.ladder.live; },
     msgid("a ladder is drawn on the standard error, where --log writes its lines: leave one of them out")},
    {[](O o) { return names_threads(o) && o.keep; },
     msgid("--keep has one standard input and output for all callers: leave --threads out")},
    {[](O o) { return names_threads(o) && names_ladder(o); },
     msgid("a ladder is made on one thread: leave --threads out")},
    {[](O o) { return is_unix(o) && !is_tap(o) && names_ladder(o); },
     msgid("a ladder is for TCP: a Unix socket sends no segments")},
    {[](O o) { return (is_tap(o) ? !o.relay_to.unix_path.empty() : is_unix(o)) && o.was_named("source"); },
     msgid("--source is for calls over IP: a Unix socket has no address to call from")},
    {[](O o) { return is_unix(o) && (o.was_named("allow") || o.was_named("deny")); },
     msgid("--allow and --deny are for callers over IP: guard a Unix socket with the permissions of its folder")},
    {[](O o) { return is_unix(o) && (o.was_named("max-per-address") || o.was_named("max-rate-per-address")); },
     msgid("callers of a Unix socket have no address: --max-clients and --max-rate limit them")},
    {[](O o) { return is_unix(o) && !is_tap(o) && o.was_named("keepalive"); },
     msgid("--keepalive is for TCP: a Unix socket needs none")},
};

}  // namespace

std::span<const OptionRule> option_rules() { return kRules; }

bool asks_for_view(const Options& options) {
    return (options.was_named("view") && options.view != ViewStyle::text) ||
           (options.was_named("time") && options.time != TimeStyle::off);
}

Status check_rules(const Options& options) {
    for (const OptionRule& rule : kRules) {
        if (rule.broken(options)) return usage_error(tr(rule.message));
    }
    return Ok{};
}

}  // namespace earshot::app
