"""Bytes through a pipe: from a pipe, from a source without an end, from file to file."""

import os
import subprocess
import time
from functools import partial

from processes import GIB, HOST, CannotRun, children_cpu, free_port, start, start_server, stop
from row import Row, facts_of

PIPING = ["earshot", "limit", "nc", "ncat", "socat", "socat -b 1M"]


# The two ends of a bulk pipe as (listen, connect); -b 1M is what socat does best with.
def ends(bench, subject, port):
    p = str(port)
    return {
        "earshot": ([bench.earshot, "listen", HOST, p], [bench.earshot, "connect", HOST, p]),
        # Root sees packets; for anybody else this is the ladder of what the kernel says.
        "calling with --ladder": ([bench.earshot, "listen", HOST, p],
                                  [bench.earshot, "connect", "--ladder", HOST, p]),
        "listening with --ladder": ([bench.earshot, "listen", "--ladder", HOST, p],
                                    [bench.earshot, "connect", HOST, p]),
        "listening everywhere with --ladder": ([bench.earshot, "listen", "--ladder", p],
                                               [bench.earshot, "connect", HOST, p]),
        "limit": ([bench.tool("limit_pipe"), "listen", p], [bench.tool("limit_pipe"), "connect", p]),
        "nc": (["nc.openbsd", "-l", HOST, p], ["nc.openbsd", "-N", HOST, p]),
        "ncat": (["ncat", "-l", HOST, p], ["ncat", "--send-only", HOST, p]),
        "socat": (["socat", "-u", f"TCP-LISTEN:{p},bind={HOST},reuseaddr", "-"],
                  ["socat", "-u", "-", f"TCP:{HOST}:{p}"]),
        "socat -b 1M": (["socat", "-u", "-b", "1048576", f"TCP-LISTEN:{p},bind={HOST},reuseaddr", "-"],
                        ["socat", "-u", "-b", "1048576", "-", f"TCP:{HOST}:{p}"]),
    }[subject]


# Seconds and CPU seconds from the call until both ends have left.
def transfer(bench, subject, source, target):
    port = free_port()
    listen, connect = ends(bench, subject, port)
    before = children_cpu()
    server = start_server(listen, port, stdout=target)
    begun = time.perf_counter()
    client = start(connect, stdin=source)
    try:
        client.wait(60)
        server.wait(60)
    except subprocess.TimeoutExpired as late:
        raise CannotRun("did not end") from late
    finally:
        took = time.perf_counter() - begun
        stop(client)
        stop(server)
    if client.returncode or server.returncode:
        raise CannotRun(f"status {client.returncode} and {server.returncode}")
    return took, children_cpu() - before


def from_head(bench, subject):
    head = subprocess.Popen(["head", "-c", str(bench.size * 2), "/dev/zero"], stdout=subprocess.PIPE)
    try:
        took, _ = transfer(bench, subject, head.stdout, subprocess.DEVNULL)
    finally:
        head.stdout.close()
        stop(head)
    return bench.size * 2 / took / 1e9


# The source never ends: bytes are counted by the kernel (what the sender has read) over a stretch in the middle.
def free_source(bench, subject):
    port = free_port()
    listen, connect = ends(bench, subject, port)
    server = start_server(listen, port)
    client = None
    try:
        with open("/dev/zero", "rb") as zero:
            client = start(connect, stdin=zero)

        def moved():
            with open(f"/proc/{client.pid}/io") as lines:
                return int(lines.readline().split()[1])
        time.sleep(bench.seconds / 4)
        bytes_before, begun = moved(), time.perf_counter()
        time.sleep(bench.seconds)
        moved_now, took = moved(), time.perf_counter() - begun
        if client.poll() is not None or moved_now == bytes_before:
            raise CannotRun("left early")
        return (moved_now - bytes_before) / took / 1e9
    finally:
        if client:
            stop(client)
        stop(server)


def file_to_file(bench, subject, size=None):
    size = size or bench.size
    source, target = bench.file_of("source", size), bench.file_of("target", size)
    with open(source, "rb") as reading, open(target, "r+b") as writing:
        took, used = transfer(bench, subject, reading, writing)
    if os.path.getsize(target) != size:
        raise CannotRun("lost bytes")
    return {"rate": size / took / 1e9, "cpu": used / (size / GIB)}


def rows(bench):
    fact = facts_of(partial(file_to_file, bench))
    return [
        Row("`head -c` into a pipe", "GB/s", PIPING, partial(from_head, bench),
            [("limit", 0.9), ("nc", 1.8), ("socat -b 1M", 1.35)]),
        Row("free source to /dev/null", "GB/s", PIPING, partial(free_source, bench),
            [("limit", 0.9), ("nc", 2.8), ("socat -b 1M", 1.1)]),
        Row("file to file in place", "GB/s", PIPING, fact("rate"),
            [("limit", 0.9), ("nc", 2.7), ("socat -b 1M", 1.6)]),
        Row("the same, CPU of both ends", "s/GiB", PIPING, fact("cpu"), [("nc", 0.37)],
            less=True),
    ]
