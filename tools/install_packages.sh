#!/bin/sh
# Installs the Debian packages of the sets named (build, test, check, bench) that are missing; asks for nothing where all
# are there. Needs root or sudo only for what is missing.
set -eu
build="g++ cmake ninja-build pkg-config libssl-dev libfmt-dev libboost1.81-dev libtomlplusplus-dev gettext ccache mold
       libpcap-dev libre2-dev"
test="libgtest-dev libgmock-dev python3 python3-pytest python3-pytest-xdist tmux openssl netcat-openbsd ncat socat
      iproute2 nftables libpcap0.8 tshark tcpdump procps unicode-data util-linux zsh fish systemd"
check="clang clang-tidy clang-format libclang-rt-14-dev"
bench="libbenchmark-dev python3 netcat-openbsd ncat socat redis-server nats-server mosquitto"
wanted=""
for set_name in "$@"; do
    eval "wanted=\"\$wanted \$$set_name\""
done
missing=""
for package in $wanted; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -q '^installed$' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
sudo=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "these packages are missing; install them as root:$missing" >&2; exit 1; }
    sudo="sudo"
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086 # a list of words
if ! { $sudo apt-get update -q && $sudo apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
rm -f "$log"
