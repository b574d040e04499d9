#!/bin/sh
# Runs every fuzz target of a build folder for a number of seconds each, from its kept corpus; new inputs stay in the
# build folder. usage: run_fuzzers.sh BUILD SECONDS [NAME...]
set -eu
build=$1 seconds=$2
shift 2
root=$(cd "$(dirname "$0")/.." && pwd)
for program in "$build"/fuzz/*_fuzz; do
    name=$(basename "$program")
    [ $# -eq 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
    found="$build/corpus/$name"
    kept="$root/fuzz/corpus/$name"
    mkdir -p "$found" "$kept"
    echo "== $name for $seconds s"
    "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="$build/corpus/$name-" "$found" "$kept" 2>&1 | grep -E 'ERROR|SUMMARY|stat::|Done|crash|panic' || true
    for finding in "$build/corpus/$name"-crash-* "$build/corpus/$name"-timeout-* "$build/corpus/$name"-oom-*; do
        [ -e "$finding" ] || continue
        echo "$name: a finding lies in $build/corpus" >&2
        exit 1
    done
done
echo "no findings"
