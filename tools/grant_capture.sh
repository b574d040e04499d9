#!/bin/sh
# Offers, after an installation, to let everybody who runs the program see the packets of conversations (ladders of the
# source `packets`): CAP_NET_RAW on the file. usage: grant_capture.sh PROGRAM [yes|no]; not named: asks at a terminal.
set -eu
program=$1 answer=${2:-}
setcap=$(command -v setcap || command -v /sbin/setcap || true)
say="$program needs CAP_NET_RAW to see packets where root does not run it"
if [ -z "$setcap" ]; then
    echo "$say: setcap (package libcap2-bin) is not installed"
    exit 0
fi
if [ -z "$answer" ] && [ -t 0 ] && [ -t 1 ]; then
    printf '%s. Whoever runs it can then read other people'"'"'s packets too.\nGrant it? [y/N] ' "$say"
    read -r answer || answer=no
fi
case $answer in
y | Y | yes) "$setcap" cap_net_raw+ep "$program" && echo "granted" ;;
*) echo "$say: make install CAPTURE=yes, or: setcap cap_net_raw+ep $program" ;;
esac
