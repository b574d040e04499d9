#!/bin/sh
# Prints what the text library (tables and code) adds to a program, in bytes of the linked and stripped file, and of it
# the read-only data. With a revision: then too, and how much it has grown since.
#
#     tools/text_size.sh [REVISION]
set -eu

cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Builds the library of the sources in $1, prints "bytes read-only-bytes". Linked whole, and nothing else with it: what
# it calls elsewhere is left open.
measure() {
    cmake -S "$1" -B "$work/build" --preset release >/dev/null
    cmake --build "$work/build" --target earshot_text >/dev/null
    echo 'int main() {}' >"$work/main.cc"
    c++ -O2 "$work/main.cc" -o "$work/without" -s -Wl,-O1
    c++ -O2 "$work/main.cc" -o "$work/with" -s -Wl,-O1,--unresolved-symbols=ignore-all \
        -Wl,--whole-archive "$work/build/src/libearshot_text.a" -Wl,--no-whole-archive
    rodata=$(size -A "$work/with" | awk '$1 == ".rodata" {print $2}')
    echo "$(($(stat -c %s "$work/with") - $(stat -c %s "$work/without"))) $rodata"
    rm -rf "$work/build"
}

now=$(measure .)
echo "text library: ${now% *} bytes, ${now#* } of them read-only data"
if [ $# -gt 0 ]; then
    mkdir "$work/then"
    git archive "$1" | tar x -C "$work/then"
    before=$(measure "$work/then")
    echo "at $1: ${before% *} bytes, ${before#* } of them read-only data"
    echo "grown by $((${now% *} - ${before% *})) bytes"
fi
