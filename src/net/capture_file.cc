#include "net/capture_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/i18n.h"
#include "net/pcap_library.h"

namespace earshot::net {

struct CaptureFile::Open {
    const PcapLibrary& library;
    std::string path;
    pcap_t* handle;
};

CaptureFile::CaptureFile(std::unique_ptr<Open> open) : open_(std::move(open)) {}
CaptureFile::CaptureFile(CaptureFile&&) noexcept = default;
CaptureFile::~CaptureFile() {
    if (open_) open_->library.close(open_->handle);
}

Result<CaptureFile> CaptureFile::open(const std::string& path) {
    const auto library = PcapLibrary::load();
    if (!library) return library.error();
    const bool standard_input = path == "-";
    FILE* file = standard_input ? stdin : std::fopen(path.c_str(), "rbe");
    const auto cannot_read = [&](int error) {
        return Error{reason_of_errno(error), tr_format("cannot read {}: {}", path, errno_text(error))};
    };
    if (file == nullptr) return cannot_read(errno);
    struct stat status {};
    if (::fstat(::fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
        std::fclose(file);
        return cannot_read(EISDIR);
    }
    char problem[PCAP_ERRBUF_SIZE] = "";
    pcap_t* handle = (*library)->fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, problem);
    if (handle == nullptr) {
        if (!standard_input) std::fclose(file);
        return Error{Reason::malformed, tr_format("{} is no pcap or pcapng file: {}", path, problem)};
    }
    return CaptureFile(std::make_unique<Open>(Open{**library, path, handle}));
}

int CaptureFile::link_type() const { return open_->library.datalink(open_->handle); }
std::uint32_t CaptureFile::snaplen() const {
    return static_cast<std::uint32_t>(open_->library.snapshot(open_->handle));
}

Result<std::optional<CapturedFrame>> CaptureFile::next() {
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    const int got = open_->library.next_ex(open_->handle, &header, &bytes);
    if (got == 1) return std::optional(frame_of(*header, bytes, link_type()));
    if (got == PCAP_ERROR_BREAK) return std::optional<CapturedFrame>();
    return Error{Reason::malformed,
                 tr_format("{} cannot be read further: {}", open_->path, open_->library.geterr(open_->handle))};
}

}  // namespace earshot::net
