"""What starting, a short call and standing still take."""

import os
import pty
import signal
import statistics
import subprocess
import time
from functools import partial

from processes import HOST, CannotRun, free_port, start, start_server, status_kb, stop
from row import Row
from rows import bulk


def spawn_ms(bench, command):
    times = []
    for _ in range(20 if bench.quick else 60):
        begun = time.perf_counter()
        process = os.posix_spawnp(command[0], command, os.environ, file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
        os.waitpid(process, 0)
        times.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(times)


def version(bench, subject):
    return spawn_ms(bench, {"earshot": [bench.earshot, "--version"], "socat": ["socat", "-V"],
                          "limit": [bench.tool("limit_start"), "--version"], "nc": ["nc.openbsd", "-h"],
                          "ncat": ["ncat", "--version"]}[subject])


def connect_and_leave(bench, subject):
    port = free_port()
    server = start_server([bench.tool("limit_echo_epoll"), str(port)], port)
    p = str(port)
    try:
        return spawn_ms(bench, {"earshot": [bench.earshot, "connect", HOST, p],
                              "with --ladder": [bench.earshot, "connect", "--ladder", HOST, p],
                              "limit": [bench.tool("limit_start"), p], "nc": ["nc.openbsd", "-N", HOST, p],
                              "ncat": ["ncat", HOST, p], "socat": ["socat", "-", f"TCP:{HOST}:{p}"]}[subject])
    finally:
        stop(server)


def pipe_rss(bench, subject):
    port = free_port()
    listen, connect = bulk.ends(bench, subject, port)
    server = start_server(listen, port)
    client = None
    try:
        with open("/dev/zero", "rb") as zero:
            client = start(connect, stdin=zero)
        time.sleep(0.3)
        if client.poll() is not None:
            raise CannotRun("left early")
        return max(status_kb(client.pid, "VmHWM"), status_kb(server.pid, "VmHWM")) / 1024
    finally:
        if client:
            stop(client)
        stop(server)


def console_rss(bench, _subject):
    port = free_port()
    server = start_server([bench.tool("limit_accept"), str(port)], port)
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execvp(bench.earshot, [bench.earshot, "connect", HOST, str(port)])
    try:
        time.sleep(0.5)
        if os.waitpid(pid, os.WNOHANG) != (0, 0):
            pid = 0
            raise CannotRun("left early")
        return status_kb(pid, "VmRSS") / 1024
    finally:
        if pid:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(terminal)
        stop(server)


def rows(bench):
    return [
        Row("`--version`", "ms", ["earshot", "limit", "nc", "ncat", "socat"], partial(version, bench), [("socat", 1.0)],
            less=True),
        Row("connect and leave", "ms", ["earshot", "limit", "nc", "ncat", "socat"], partial(connect_and_leave, bench),
            [("socat", 1.0)], less=True),
        Row("peak memory of a pipe", "MiB", ["earshot", "limit", "nc", "socat -b 1M"], partial(pipe_rss, bench),
            [(None, 8)], less=True),
        Row("memory of an idle console", "MiB", ["earshot"], partial(console_rss, bench), [(None, 12)], less=True),
    ]
