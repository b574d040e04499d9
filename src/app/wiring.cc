#include "app/wiring.h"

#include <algorithm>
#include <chrono>

#include "app/locale.h"
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
    made.slow = options.slow;
    // A tap's lines show the beginning of a message, and who passes through need not be kept 64 MiB deep for that.
    constexpr ByteCount kViewed = 1 << 20;
    if (options.verb == Verb::tap && !options.json && !options.frame && !options.was_named("max-message")) {
        made.max_message = std::min(made.max_message, kViewed);
    }
    made.close_on_fin = options.on_fin == OnFin::close;
    return made;
}

Result<net::CallOptions> call_options(const Options& options, const Effective&) {
    net::CallOptions made;
    const bool taps = options.verb == Verb::tap;
    made.target = taps ? options.relay_to : options.target;
    made.dial.connect_timeout = options.connect_timeout;
    if (!options.source_host.empty() || options.source_port != 0) {
        made.dial.source = net::Target{options.source_host, options.source_port, ""};
    }
    made.dial.socket = socket_options(options);
    if (taps ? options.relay_tls : options.tls.on) {
        net::TlsOptions with = tls_options(options);
        if (taps) with.certificate = with.key = {};  // those are for callers
        auto tls = net::TlsContext::make_client(with, made.target.host);
        if (!tls) return tls.error();
        made.tls = std::move(*tls);
    }
    return made;
}

Result<net::ReceptionOptions> reception_options(const Options& options, const Effective&) {
    net::ReceptionOptions made;
    made.where = options.target;
    made.listen.socket = socket_options(options);
    made.listen.keep_syns = options.traces();
    made.max_clients = options.max_clients;
    if (options.tls.on) {
        net::TlsOptions with = tls_options(options);
        if (options.verb == Verb::tap) {  // what checks the target; callers are asked nothing
            with.ca = with.name = with.pin = {};
            with.verify = net::TlsVerify::standard;
        }
        auto tls = net::TlsContext::make_server(with);
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
    made.hides_calls = options.verb == Verb::tap ? options.relay_tls : options.tls.on;
    if (!options.source_host.empty()) {
        made.source = net::Endpoint::of_numeric(options.source_host, options.source_port);
    }
    made.on_trouble = std::move(on_trouble);
    return made;
}

}  // namespace earshot::app
