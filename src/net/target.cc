#include "net/target.h"

#include <fmt/format.h>

#include "base/i18n.h"

namespace earshot::net {

std::string Target::text() const {
    if (!unix_path.empty()) return Endpoint::of_unix(unix_path).text();
    if (host.empty()) return tr_format("port {}", port);
    if (host.find(':') != std::string::npos) return fmt::format("[{}]:{}", host, port);
    return fmt::format("{}:{}", host, port);
}

}  // namespace earshot::net
