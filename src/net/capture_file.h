// Reads the frames of a pcap or pcapng file one after the other.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/captured_frame.h"

namespace earshot::net {

class CaptureFile {
  public:
    // "-" is the standard input. Errors: no libpcap, no such file, no capture.
    static Result<CaptureFile> open(const std::string& path);
    CaptureFile(CaptureFile&&) noexcept;
    CaptureFile& operator=(CaptureFile&&) = delete;
    ~CaptureFile();

    int link_type() const;
    std::uint32_t snaplen() const;
    // None at the end. An error where the file breaks off or makes no sense from here on; what was read before holds.
    // Frames live until the next call.
    Result<std::optional<CapturedFrame>> next();

  private:
    struct Open;
    explicit CaptureFile(std::unique_ptr<Open> open);
    std::unique_ptr<Open> open_;
};

}  // namespace earshot::net
