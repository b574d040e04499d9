"""Callers who only come and stay: how fast they are let in, what each takes."""

import resource
import subprocess
from functools import partial

from processes import CannotRun, free_port, start, start_server, stop
from row import Row, facts_of
from rows import echo


def idle(bench, subject):
    count = 500 if bench.quick else 15000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count + 100:
        raise CannotRun(f"only {hard} descriptors allowed")
    port = free_port()
    command = {"earshot": echo.echo_server(bench, "earshot", port),
               "limit": [bench.tool("limit_accept"), str(port)]}[subject]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        server = start_server(command, port, core=0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        load = start([bench.tool("idle_load"), str(port), str(count), str(server.pid)], 1, stdout=subprocess.PIPE)
        out, _ = load.communicate(timeout=90)
        facts = dict(line.split() for line in out.decode().splitlines())
        if load.returncode or int(facts.get("held", 0)) < count:
            raise CannotRun("not every caller was held")
        return facts
    finally:
        stop(server)


def rows(bench):
    fact = facts_of(partial(idle, bench))
    return [
        Row("accepts", "per s", ["earshot", "limit"], fact("accepts_per_s"), [("limit", 0.9)]),
        Row("user memory of an idle caller", "bytes", ["earshot", "limit"], fact("private_per_caller"), [(None, 1000)],
            less=True),
    ]
