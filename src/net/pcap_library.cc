#include "net/pcap_library.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdint>

#include "base/i18n.h"

namespace earshot::net {

namespace {

template <typename Function>
void find(void* handle, const char* name, Function& function, const char*& missing) {
    function = reinterpret_cast<Function>(::dlsym(handle, name));
    if (function == nullptr && missing == nullptr) missing = name;
}

// Null, or the first function that is missing: the library is older than 1.5.
const char* fill(void* handle, PcapLibrary& library) {
    const char* missing = nullptr;
#define EARSHOT_FIND(name) find(handle, "pcap_" #name, library.name, missing)
    EARSHOT_FIND(create);
    EARSHOT_FIND(set_snaplen);
    EARSHOT_FIND(set_immediate_mode);
    EARSHOT_FIND(set_buffer_size);
    EARSHOT_FIND(set_tstamp_precision);
    EARSHOT_FIND(activate);
    EARSHOT_FIND(setnonblock);
    EARSHOT_FIND(set_datalink);
    EARSHOT_FIND(datalink);
    EARSHOT_FIND(compile);
    EARSHOT_FIND(setfilter);
    EARSHOT_FIND(freecode);
    EARSHOT_FIND(get_selectable_fd);
    EARSHOT_FIND(dispatch);
    EARSHOT_FIND(breakloop);
    EARSHOT_FIND(stats);
    EARSHOT_FIND(geterr);
    EARSHOT_FIND(statustostr);
    EARSHOT_FIND(close);
    EARSHOT_FIND(fopen_offline_with_tstamp_precision);
    EARSHOT_FIND(next_ex);
    EARSHOT_FIND(snapshot);
#undef EARSHOT_FIND
    return missing;
}

Result<PcapLibrary> load_once() {
    // The name that Debian gives it, then everybody else's.
    for (const char* name : {"libpcap.so.0.8", "libpcap.so.1"}) {
        void* handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
        if (handle == nullptr) continue;
        PcapLibrary library{};
        const char* missing = fill(handle, library);
        if (missing == nullptr) return library;
        ::dlclose(handle);
        return Error{Reason::failed,
                     tr_format("{} has no {}: install libpcap 1.5 or newer to see packets", name, missing)};
    }
    return Error{Reason::failed, tr("seeing packets needs libpcap, which is not installed: install libpcap0.8 (Debian) "
                                    "or libpcap")};
}

}  // namespace

Result<const PcapLibrary*> PcapLibrary::load() {
    static const Result<PcapLibrary> loaded = load_once();
    if (!loaded) return loaded.error();
    return &*loaded;
}

CapturedFrame frame_of(const pcap_pkthdr& header, const u_char* bytes, int link_type) {
    // A file may claim any time; in nanoseconds 64 bits end in the year 2262.
    constexpr std::int64_t kLatest = 9'000'000'000;
    const auto seconds = std::clamp<std::int64_t>(header.ts.tv_sec, 0, kLatest);
    const auto within = std::clamp<std::int64_t>(header.ts.tv_usec, 0, 999'999'999);
    return {.time = WallTime(std::chrono::seconds(seconds) + std::chrono::nanoseconds(within)),
            .link_type = link_type,
            .bytes = {bytes, header.caplen},
            .original_length = header.len};
}

}  // namespace earshot::net
