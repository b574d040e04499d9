"""Callers who only come and stay: how fast they are let in, what each takes."""

from functools import partial

from processes import CannotRun, free_port, load_facts, start_server_for, stop
from row import Row, facts_of
from rows import echo


def idle(bench, subject):
    count = 500 if bench.quick else 15000
    port = free_port()
    command = {"earshot": echo.echo_server(bench, "earshot", port),
               "limit": [bench.tool("limit_accept"), str(port)]}[subject]
    server = start_server_for(count, command, port, core=0)
    try:
        facts = load_facts([bench.tool("idle_load"), str(port), str(count), str(server.pid)], timeout=90)
        if facts["held"] < count:
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
