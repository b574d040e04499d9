#include "app/wiring.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "app/locale.h"
#include "app/target.h"
#include "frame/framer.h"
#include "text/candidates.h"

namespace earshot::app {

namespace {

net::TlsVerify tls_verify(const Options& options) {
    if (!options.tls.verify) return net::TlsVerify::standard;
    switch (*options.tls.verify) {
        case TlsVerify::none:
            return net::TlsVerify::none;
        case TlsVerify::peer:
            return net::TlsVerify::peer;
        case TlsVerify::require:
            return net::TlsVerify::require;
    }
    return net::TlsVerify::standard;
}

net::TlsOptions tls_options(const Options& options) {
    net::TlsOptions tls;
    tls.certificate = options.tls.cert;
    tls.key = options.tls.key;
    tls.ca = options.tls.ca;
    tls.name = options.tls.name;
    tls.alpn = options.tls.alpn;
    tls.pin = options.tls.pin;
    tls.verify = tls_verify(options);
    if (options.connect_timeout > Millis(0)) tls.handshake_timeout = options.connect_timeout;
    return tls;
}

net::SocketOptions socket_options(const Options& options) {
    return {.keepalive = std::chrono::ceil<std::chrono::seconds>(options.keepalive)};
}

}  // namespace

const char* eol_text(std::string_view name) {
    if (name == "crlf") return "\r\n";
    if (name == "cr") return "\r";
    return name == "none" ? "" : "\n";
}

LineEnds line_ends(const Options& options) {
    return LineEnds(options.was_named("eol") ? eol_text(options.eol.value_or("lf")) : "\n");
}

Result<talk::SessionOptions> session_options(const Options& options, const Effective& holds) {
    talk::SessionOptions made;
    made.frame = holds.frame;
    made.max_message = options.max_message;
    const auto framer = frame::make_framer(made.frame, made.max_message);
    if (!framer) return framer.error();
    const auto receive = talk::TextChoice::parse(holds.recv_encoding);
    if (!receive) return receive.error();
    const auto send = talk::TextChoice::parse(holds.send_encoding);
    if (!send) return send.error();
    made.receive = *receive;
    made.send = *send;
    for (const std::string& label : options.detect) {
        const auto candidate = talk::TextChoice::parse(label);
        if (!candidate) return candidate.error();
        if (candidate->encoding) made.detect.push_back(candidate->encoding);
    }
    if (made.detect.empty()) made.detect = text::candidates_for(characters_locale(from_process));
    made.eol = eol_text(holds.eol);
    made.idle_timeout = options.idle_timeout;
    made.message_rate = options.message_rate;
    made.byte_rate = options.byte_rate;
    made.slow = options.slow;
    // A tap's lines show the beginning of a message, and who passes through need not be kept 64 MiB deep for that.
    constexpr ByteCount kViewed = 1 << 20;
    if (options.verb == Verb::tap && !options.json && !options.frame && !options.was_named("max-message")) {
        made.max_message = std::min(made.max_message, kViewed);
    }
    made.close_on_fin = options.on_fin == OnFin::close;
    return made;
}

namespace {

// Of a call to `target`, over TLS where `tls` is not null.
Result<net::CallOptions> call_to(const net::Target& target, const net::TlsOptions* tls, const Options& options) {
    net::CallOptions made;
    made.target = target;
    made.dial.connect_timeout = options.connect_timeout;
    if (!options.source_host.empty() || options.source_port != 0) {
        made.dial.source = net::Target{options.source_host, options.source_port, ""};
    }
    made.dial.socket = socket_options(options);
    if (!tls) return made;
    auto context = net::TlsContext::make_client(*tls, target.host);
    if (!context) return context.error();
    made.tls = std::move(*context);
    return made;
}

}  // namespace

Result<net::CallOptions> call_options(const Options& options, const Effective&) {
    const net::TlsOptions tls = tls_options(options);
    return call_to(options.target, options.tls.on ? &tls : nullptr, options);
}

// Where callers are spoken to in plain, all --tls-... options are about the target. Where they speak TLS too,
// --tls-cert is shown to them; a tap asks them for nothing, and what checks a certificate there checks the target's. A
// listener checks whom it is told to, and its target always, by --tls-ca and --tls-name or the system's certificates.
Result<respond::Relay::Target> relay_target(const Options& options, const net::Target& place, bool tls,
                                            const talk::SessionOptions& session) {
    net::TlsOptions with = tls_options(options);
    const bool taps = options.verb == Verb::tap;
    if (taps || options.tls.on) with.certificate = with.key = {};
    if (!taps && options.tls.on) {
        with.alpn.clear();
        with.pin.clear();
        with.verify = net::TlsVerify::standard;
    }
    auto call = call_to(place, tls ? &with : nullptr, options);
    if (!call) return call.error();
    return respond::Relay::Target{std::move(*call), session.send, session.receive};
}

Result<respond::Relay::Target> relay_target(const Options& options, std::string_view target,
                                            const talk::SessionOptions& session) {
    const std::string word(target);
    auto named = parse_target({&word, 1}, TargetUse::call);
    if (!named) return named.error();
    return relay_target(options, named->place, named->tls, session);
}

net::TlsOptions callers_tls(const Options& options) {
    net::TlsOptions with = tls_options(options);
    if (options.verb == Verb::tap) {  // what checks the target; callers are asked nothing
        with.ca = with.name = with.pin = {};
        with.verify = net::TlsVerify::standard;
    }
    return with;
}

namespace {

// In each shard, of all together at most a quarter of what descriptors there are: silence should not use them up.
std::size_t max_handshakes(std::size_t shards) {
    constexpr std::size_t kMost = 4096;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMost;
    return std::clamp<std::size_t>(limit.rlim_cur / 4 / shards, 1, kMost);
}

}  // namespace

Result<net::ReceptionOptions> reception_options(const Options& options, const Effective&) {
    net::ReceptionOptions made;
    made.where = options.target;
    made.listen.socket = socket_options(options);
    made.listen.keep_syns = options.traces();
    made.listen.passed = options.passed;
    made.listen.keep_back = 16;
    made.max_clients = options.max_clients;
    made.max_handshakes = max_handshakes(options.shards());
    if (options.caller_limits.any()) made.limits = net::CallerLimits::make(options.caller_limits);
    if (options.tls.on) {
        auto tls = net::TlsContext::make_server(callers_tls(options));
        if (!tls) return tls.error();
        made.tls = std::move(*tls);
    }
    auto access = net::AccessList::parse(options.allow, options.deny);
    if (!access) return access.error();
    made.access = std::move(*access);
    return made;
}

void trace_into_files(const LadderWish& wish, const std::unique_ptr<LadderFiles>& files,
                      talk::Tracer::Options& tracing) {
    if (!wish.names_files()) return;
    tracing.on_rows = [&files](SessionId id, const model::Traced& told, bool established) {
        if (files) files->take(id, told, established);
    };
    if (wish.pcap.empty()) return;
    tracing.on_frame = [&files](std::uint32_t ladder, trace::End self, const talk::PacketTap::Seen& seen) {
        if (files) files->take(ladder, self, seen);
    };
}

talk::Tracer::Options tracer_options(const Options& options, std::function<void(const Error&)> on_trouble) {
    talk::Tracer::Options made;
    made.hides_callers = options.tls.on;
    made.hides_calls = options.verb == Verb::connect ? options.tls.on : options.relay_tls;
    if (!options.source_host.empty()) {
        made.source = net::Endpoint::of_numeric(options.source_host, options.source_port);
    }
    made.on_trouble = std::move(on_trouble);
    return made;
}

}  // namespace earshot::app
