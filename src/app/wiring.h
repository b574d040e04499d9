// From options to what the layers below are made with: sessions, calls, receptions.
#pragma once

#include "app/effective.h"
#include "app/ladder_files.h"
#include "app/line_ends.h"
#include "app/options.h"
#include "base/result.h"
#include "net/call.h"
#include "net/reception.h"
#include "respond/relay.h"
#include "talk/session.h"
#include "talk/tracer.h"

namespace earshot::app {

// Errors: usage, for what only the parts themselves can tell is wrong (a framing, a file of --allow, a certificate).
Result<talk::SessionOptions> session_options(const Options& options, const Effective& holds);
Result<net::CallOptions> call_options(const Options& options, const Effective& holds);
// Of calls that are made for callers. His target's encodings are the caller's, seen from the other side.
Result<respond::Relay::Target> relay_target(const Options& options, const net::Target& place, bool tls,
                                            const talk::SessionOptions& session);
// The same for a target as --reply names it.
Result<respond::Relay::Target> relay_target(const Options& options, std::string_view target,
                                            const talk::SessionOptions& session);
Result<net::ReceptionOptions> reception_options(const Options& options, const Effective& holds);
// How callers are spoken to over TLS.
net::TlsOptions callers_tls(const Options& options);

// What is traced is written to `files` as well, where there are any by then.
void trace_into_files(const LadderWish& wish, const std::unique_ptr<LadderFiles>& files,
                      talk::Tracer::Options& tracing);
// Of conversations that are traced. `on_trouble` is told where packets cannot be had.
talk::Tracer::Options tracer_options(const Options& options, std::function<void(const Error&)> on_trouble);

// "\n" for "lf", and so on.
const char* eol_text(std::string_view name);
// Of a pipe: bytes are changed only where the command line asks for it.
LineEnds line_ends(const Options& options);

}  // namespace earshot::app
