"""Processes that are measured: a port for them, their start and end, and what the kernel says of them."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import time

HOST = "127.0.0.1"
GIB, MIB = 1 << 30, 1 << 20


class CannotRun(Exception):
    """This subject cannot do this row here; the table says so."""


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def listens(port):
    wanted = ":%04X" % port
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(FileNotFoundError), open(table) as lines:
            for line in lines:
                words = line.split()
                if len(words) > 3 and words[3] == "0A" and words[1].endswith(wanted):
                    return True
    return False


def start(command, core=None, **streams):
    for name in ("stdin", "stdout", "stderr"):
        streams.setdefault(name, subprocess.DEVNULL)
    if core is not None and (os.cpu_count() or 1) > core:
        command = ["taskset", "-c", str(core)] + command
    return subprocess.Popen(command, **streams)


def start_server(command, port, core=None, **streams):
    server = start(command, core, **streams)
    end = time.monotonic() + 5
    while not listens(port):
        if server.poll() is not None or time.monotonic() > end:
            stop(server)
            raise CannotRun("does not listen")
        time.sleep(0.002)
    return server


# The same for one that must hold so many callers: it may have as many descriptors as are allowed.
def start_server_for(callers, command, port, core=None):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < callers + 100:
        raise CannotRun(f"only {hard} descriptors allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        return start_server(command, port, core)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# What a load printed, once it has ended.
def run_load(command, core=1, timeout=60):
    load = start(command, core, stdout=subprocess.PIPE)
    try:
        out, _ = load.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as late:
        raise CannotRun("did not end") from late
    finally:
        stop(load)
    if load.returncode:
        raise CannotRun("the load gave up")
    return out.decode()


# The same of one that prints a name and a number a line.
def load_facts(command, core=1, timeout=60):
    return {name: float(number) for name, number in map(str.split, run_load(command, core, timeout).splitlines())}


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def status_kb(pid, field):
    with open(f"/proc/{pid}/status") as lines:
        for line in lines:
            if line.startswith(field):
                return int(line.split()[1])
    return 0


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
