// What the command line and the configuration file ask for, as one value. Where "not named" means something else than a
// default value, the field is optional; what then holds in a mode is effective()'s answer (app/effective.h).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "net/caller_limits.h"
#include "net/listening_socket.h"
#include "net/target.h"
#include "talk/slow.h"
#include "text/recoder.h"
#include "view/log_view.h"
#include "view/presentation.h"

namespace earshot::app {

enum class Verb : std::uint8_t {
    none,  // no word at all: the short usage goes to stderr, status 2
    connect,
    listen,
    tap,
    demo,
    recode,
    ladder,
    encodings,
    help,
    version,
    completion,
};
const char* verb_name(Verb verb);

using view::TimeStyle;
using view::ViewStyle;
enum class OnEof : std::uint8_t { finish, keep, close };
enum class OnFin : std::uint8_t { carry_on, close };  // "continue" is a keyword
enum class TlsVerify : std::uint8_t { none, peer, require };

struct TlsOptions {
    bool on = false;                  // --tls or a tls:// URL
    std::string cert, key, ca;        // PEM files; an empty key stands in the file of the certificate
    std::string name;                 // asked for and checked instead of the host; empty: the host
    std::vector<std::string> alpn;    // best first, 1..255 bytes each
    std::string pin;                  // SHA-256 of the certificate's DER: 64 lower-case hex digits; empty: none
    std::optional<TlsVerify> verify;  // not named: a client verifies, a listener asks nobody
};

struct RecodeOptions {
    std::string from, to;  // labels as typed, of a known encoding; empty: the locale's charset
    text::OnMisfit on_misfit = text::OnMisfit::stop;
    std::string output;              // empty or "-": the standard output
    std::vector<std::string> files;  // "-": the standard input; none: that too
};

// Which ladder, of a capture file or of what happens, and how it is written.
struct LadderWish {
    bool live = false;                    // of the conversations as they happen
    bool hidden = false;                  // tap: not even so
    std::string file;                     // pcap or pcapng; "-": the standard input
    std::optional<std::uint64_t> stream;  // not named: the only one, else the list of all
    std::optional<std::string> client_encoding,
        server_encoding;             // what each end sends, where --encoding is not for both
    std::string svg, mermaid, pcap;  // written beside the text; "-": instead of it; empty: not
    bool explain = false;
    std::size_t fold_after = 4;  // as trace::LadderOptions

    std::array<const std::string*, 3> outputs() const { return {&svg, &mermaid, &pcap}; }
    bool names_files() const { return !svg.empty() || !mermaid.empty() || !pcap.empty(); }
    bool takes_standard_output() const { return svg == "-" || mermaid == "-" || pcap == "-"; }
};

struct Options {
    Verb verb = Verb::none;
    std::string topic;               // help: the verb asked about, or empty; completion: bash, zsh or fish
    std::vector<std::string> named;  // long names of the options on the command line itself (not those of the file)
    std::string config;              // the TOML file; empty: none

    net::Target target;      // of connect and listen; tap's LISTEN
    net::Target relay_to;    // TARGET of tap and of --reply relay
    bool relay_tls = false;  // TARGET says tls://; tls.on is about callers

    // Labels as typed, of a known encoding, or "auto" or "bytes". Not named: by mode.
    std::optional<std::string> recv_encoding, send_encoding;
    std::vector<std::string> detect;   // candidates of `auto`, best first; empty: those of the user's language
    std::optional<std::string> frame;  // as frame::make_framer takes it. Not named: by mode
    std::optional<std::string> eol;    // lf crlf cr none. Not named: by mode
    ViewStyle view = ViewStyle::text;
    TimeStyle time = TimeStyle::off;
    bool json = false;
    bool raw = false;                             // peer bytes reach a terminal as they are (pipes only)
    ByteCount max_message = ByteCount(64) << 20;  // bytes; what a peer may make us hold before it is malformed

    TlsOptions tls;
    LadderWish ladder;
    RecodeOptions recode;

    Millis connect_timeout{0};  // 0: until the system gives up; TLS's handshake counts in it
    Millis idle_timeout{0};     // 0: silence is no reason to end
    Millis keepalive{0};        // 0: off; the kernel counts in whole seconds
    OnEof on_eof = OnEof::finish;
    OnFin on_fin = OnFin::carry_on;
    std::optional<Millis> retry;    // connect: the wait before calling again after a failure or an end
    std::string source_host;        // connect: the numeric address to call from; empty: the system's choice
    std::uint16_t source_port = 0;  // 0: any

    std::uint64_t max_clients = 0;  // listen: 0: as many as there are descriptors
    net::CallerLimitOptions caller_limits;
    Rate message_rate, byte_rate;  // listen: of each caller
    // listen: bytes that all queues together may hold; 0: no bound. Not named: half of what the system has.
    std::optional<ByteCount> max_memory;
    bool once = false, keep = false;
    std::size_t threads = 1;  // listen: see shards()
    // listen: items as net::AccessList::parse takes them: addresses, networks, files. Empty: no such rule.
    std::vector<std::string> allow, deny;
    std::string reply = "none";         // a name that respond::find_reply knows
    std::uint64_t max_processes = 100;  // programs of --reply exec at a time; 0: as many as can be
    talk::Slow slow = talk::Slow::drop;
    bool logs = false;  // listen: --log; not: words for people on stderr
    view::LogOptions log;
    // listen: sockets that whoever started the program has opened for it; not empty, a target need not be named.
    std::vector<net::PassedSocket> passed, passed_metrics;
    Millis restart_grace{0};  // listen: what conversations have left after a restart; 0: as long as they last
    std::optional<net::Target> metrics;  // listen: where its figures are served over HTTP; none: nowhere

    bool speaks_tls() const { return tls.on || relay_tls; }
    // At a tap the ladders are half of what there is to see; a program asks for them.
    bool traces() const { return ladder.live || (verb == Verb::tap && !json && !ladder.hidden); }
    // How many threads serve callers. One conversation needs no more than one, and what a file of configuration says
    // for all listeners is without effect where it cannot be.
    std::size_t shards() const {
        const bool alone = verb != Verb::listen || once || keep || traces();
        return alone ? 1 : threads;
    }
    bool replies() const { return reply != "none"; }
    bool was_named(std::string_view option) const {
        return std::find(named.begin(), named.end(), option) != named.end();
    }
};

}  // namespace earshot::app
