// libpcap, loaded when a capture is first asked for: it brings eight further libraries with it, which a program that
// never captures must not pay for at every start (docs/architecture.md has the figures).
#pragma once

#include <pcap/pcap.h>

#include "base/result.h"
#include "net/captured_frame.h"

namespace earshot::net {

// The functions in use, under libpcap's own names; its types come from its header at build time.
struct PcapLibrary {
    decltype(&::pcap_create) create;
    decltype(&::pcap_set_snaplen) set_snaplen;
    decltype(&::pcap_set_immediate_mode) set_immediate_mode;
    decltype(&::pcap_set_buffer_size) set_buffer_size;
    decltype(&::pcap_set_tstamp_precision) set_tstamp_precision;
    decltype(&::pcap_activate) activate;
    decltype(&::pcap_setnonblock) setnonblock;
    decltype(&::pcap_set_datalink) set_datalink;
    decltype(&::pcap_datalink) datalink;
    decltype(&::pcap_compile) compile;
    decltype(&::pcap_setfilter) setfilter;
    decltype(&::pcap_freecode) freecode;
    decltype(&::pcap_get_selectable_fd) get_selectable_fd;
    decltype(&::pcap_dispatch) dispatch;
    decltype(&::pcap_breakloop) breakloop;
    decltype(&::pcap_stats) stats;
    decltype(&::pcap_geterr) geterr;
    decltype(&::pcap_statustostr) statustostr;
    decltype(&::pcap_close) close;
    decltype(&::pcap_fopen_offline_with_tstamp_precision) fopen_offline_with_tstamp_precision;
    decltype(&::pcap_next_ex) next_ex;
    decltype(&::pcap_snapshot) snapshot;

    // The library, loaded once and never unloaded. The error says what to install.
    static Result<const PcapLibrary*> load();
};

// A frame of a handle whose time stamps are in nanoseconds.
CapturedFrame frame_of(const pcap_pkthdr& header, const u_char* bytes, int link_type);

}  // namespace earshot::net
