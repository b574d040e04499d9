"""One speaks and all hear: broadcast beside its peers, and chat beside broadcast."""

import shutil

from processes import HOST, CannotRun, free_port, load_facts, start_server, start_server_for, stop
from row import Row, facts_of


# The server and the language that it speaks.
def fanout_server(bench, subject, port):
    p = str(port)
    mosquitto = bench.path(f"mosquitto.{p}")
    with open(mosquitto, "w") as out:
        out.write(f"listener {p} {HOST}\nallow_anonymous true\n")
    return {
        "earshot": ([bench.earshot, "listen", "--reply", "broadcast", "--frame", "line", HOST, p], "plain"),
        "limit": ([bench.tool("limit_broadcast"), p], "plain"),
        "redis": (["redis-server", "--bind", HOST, "--port", p, "--save", "", "--appendonly", "no",
                   "--maxclients", "12000"], "redis"),
        "nats": (["nats-server", "-a", HOST, "-p", p], "nats"),
        "mosquitto": (["mosquitto", "-c", mosquitto], "mqtt"),
        "ncat --broker": (["ncat", "-l", "--broker", "-m", "1020", HOST, p], "plain"),
    }[subject]


# One sender, `callers` who get every line. All that the load found out.
def fanout(bench, subject, callers, in_flight, stalled=0):
    if subject == "ncat --broker" and callers > 1000:
        raise CannotRun("select holds 1,024")
    port = free_port()
    command, language = fanout_server(bench, subject, port)
    if not shutil.which(command[0]):
        raise CannotRun("is not installed")
    server = start_server_for(callers, command, port, core=0)
    try:
        facts = load_facts([bench.tool("fanout_load"), language, str(port), str(callers), str(in_flight),
                            str(bench.seconds), str(server.pid), str(stalled)])
        if facts["lost"]:
            raise CannotRun(f"lost {facts['lost']:.0f} lines")
        return facts
    finally:
        stop(server)


# `way`: broadcast, chat, mixed (half of the callers GBK). Four speak; the load compares what each hears.
def chat(bench, way, callers, in_flight):
    port = free_port()
    reply = ["broadcast", "--frame", "line"] if way == "broadcast" else ["chat", "--detect", "gbk"]
    server = start_server([bench.earshot, "listen", "--reply", *reply, HOST, str(port)], port, core=0)
    try:
        return load_facts([bench.tool("chat_load"), way, str(port), str(callers), "4", str(in_flight),
                           str(bench.seconds), str(server.pid)])["deliveries_per_s"]
    finally:
        stop(server)


# The targets of a fan-out: callers, in flight, and what is asked for against whom.
FANOUT = [
    (100, 1, [("limit", 0.93), ("redis", 1.1), ("nats", 1.45)]),
    (1000, 1, [("limit", 0.93), ("redis", 1.1), ("nats", 1.45)]),
    (5000, 1, [("limit", 0.93), ("redis", 1.1), ("nats", 1.45)]),
    (100, 64, [("limit", 0.9), ("redis", 2.2), ("nats", 3.4), ("ncat --broker", 1.05)]),
    (1000, 64, [("limit", 0.9), ("redis", 2.8), ("nats", 3.3), ("ncat --broker", 1.05)]),
    (5000, 64, [("limit", 0.9), ("redis", 2.6), ("nats", 5)]),
    (100, 1024, [("limit", 0.8)]),
    (1000, 1024, [("limit", 0.8)]),
    (5000, 1024, [("limit", 0.8)]),
]


def broadcast_rows(bench):
    subjects = ["earshot", "limit", "redis", "nats", "mosquitto", "ncat --broker"]
    facts = {(callers, in_flight): facts_of(lambda s, n=callers, k=in_flight: fanout(bench, s, n, k))
             for callers, in_flight, _ in FANOUT}
    made = []
    for callers, in_flight, targets in FANOUT:
        way = "one line at a time" if in_flight == 1 else f"{in_flight:,} in flight"
        made.append(Row(f"fan-out to {callers:,}, {way}", "deliveries/s", subjects,
                        facts[callers, in_flight]("deliveries_per_s"), targets))
    # Where the load needs longer for a delivery than the server, it is the load that is measured.
    for callers, name, fact, targets in [(1000, "p50 of the last", "p50_us", ()),
                                         (1000, "p99 of the last", "p99_us", [("redis", 0.45)]),
                                         (1000, "CPU of a delivery", "cpu_us_per_delivery", ()),
                                         (100, "the load's time for a delivery", "load_us_per_delivery", ()),
                                         (100, "CPU of a delivery", "cpu_us_per_delivery", ())]:
        made.append(Row(f"the same to {callers:,}, 64 in flight: {name}", "us", subjects, facts[callers, 64](fact),
                        targets, less=True))

    # `without` is the same without him who reads nothing.
    beside = facts_of(lambda s: fanout(bench, "earshot", 500, 64, stalled=1 if s == "earshot" else 0))
    both = ["earshot", "without"]
    made.append(Row("fan-out to 500 beside one who reads nothing, 64 in flight", "deliveries/s", both,
                    beside("deliveries_per_s"), [("without", 0.9)]))
    made.append(Row("the same: p99 of the last", "us", both, beside("p99_us"), [("without", 1.1)], less=True))
    return made


def chat_rows(bench):
    """Against a plain broadcast of the same lines among the same callers."""
    return [Row(f"chat of {kind} among {callers:,}, 4 speakers with 16 lines under way", "deliveries/s",
                ["earshot", "broadcast"],
                lambda s, way=way, n=callers: chat(bench, way if s == "earshot" else s, n, 16), [("broadcast", 0.6)])
            for callers in (100, 1000) for way, kind in (("chat", "UTF-8"), ("mixed", "UTF-8 and GBK"))]


def rows(bench):
    return [*broadcast_rows(bench), *chat_rows(bench)]
