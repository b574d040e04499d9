// Answers the question that "address already in use" leaves open: who has it?
#pragma once

#include <string>

#include "net/endpoint.h"

namespace earshot::net {

// The program that listens on this port, for a sentence: "nginx (pid 812)"; or that it belongs to somebody whose
// programs this user may not look into; or that nobody listening can be seen (a socket that is only bound). Reads
// /proc: for an error's text, not for a hot path.
std::string port_holder(const Endpoint& endpoint);

}  // namespace earshot::net
