"""Questions and answers: echo, and answers by rules."""

from functools import partial

from processes import HOST, free_port, run_load, start_server, stop
from row import Row

RULES = 100


def echo_server(bench, subject, port):
    p = str(port)
    return {
        "earshot": [bench.earshot, "listen", "--reply", "echo", HOST, p],
        "with --ladder": [bench.earshot, "listen", "--ladder", "--reply", "echo", HOST, p],
        "echo": [bench.earshot, "listen", "--reply", "echo", "--frame", "line", HOST, p],
        "rules": [bench.earshot, "listen", "--reply", f"rules:{rules_file(bench)}", "--frame", "line", HOST, p],
        "limit": [bench.tool("limit_echo_epoll"), p],
        "socat PIPE": ["socat", f"TCP-LISTEN:{p},bind={HOST},reuseaddr,fork,nodelay,backlog=1024", "PIPE"],
        "ncat cat": ["ncat", "-l", "-k", HOST, p, "-c", "cat"],
    }[subject]


# A hundred kinds of line, told apart by regexes as people write them, each answered with what it was.
def rules_file(bench, anycase=False):
    path = bench.path("rules.toml")
    forms = [(r"^ask-{0} (\d+) (x+)$", "ask-{0} ${{1}} ${{2}}"), (r"ask-{0} (\w+) (\w+)", "ask-{0} ${{1}} ${{2}}"),
             (r"^ask-{0} \d+ x*$", "${{0}}"), (r"^(?P<all>ask-{0} [0-9]+ .*)$", "${{all}}")]
    if anycase:  # for which no look-up of words stands in
        path, forms = bench.path("anycase.toml"), [(r"(?i)^ASK-{0} (\d+) (x+)$", "ask-{0} ${{1}} ${{2}}")]
    with open(path, "w") as out:
        for kind in range(RULES):
            regex, answer = (text.format(f"{kind:03}") for text in forms[kind % len(forms)])
            out.write(f"[[rule]]\nregex = '{regex}'\nanswer = \"{answer}\\n\"\n")
    return path


def echo(bench, subject, connections, in_flight=1, kinds=1):
    port = free_port()
    server = start_server(echo_server(bench, subject, port), port, core=0)
    try:
        # One connection: both ends on one core, where no wake-up of another core is measured.
        core = 0 if connections == 1 else 1
        return float(run_load([bench.tool("echo_load"), str(port), str(connections), str(bench.seconds), str(in_flight),
                               str(kinds)], core))
    finally:
        stop(server)


def rows(bench):
    def by_rules(subject):
        return echo(bench, "rules" if subject == "earshot" else subject, 50, 64, RULES)
    return [
        Row("64 B echo, 1 connection, one core", "req/s", ["earshot", "limit", "socat PIPE", "ncat cat"],
            partial(echo, bench, connections=1), [("limit", 0.95), ("socat PIPE", 1.38)]),
        Row("64 B echo, 50 connections", "req/s", ["earshot", "limit", "socat PIPE"], partial(echo, bench, connections=50),
            [("limit", 0.9)]),
        Row("64 B echo, 1,000 connections", "req/s", ["earshot", "limit", "socat PIPE"],
            partial(echo, bench, connections=1000), [("limit", 0.9)]),
        Row(f"answers by {RULES} regex rules to 50 callers, 64 lines in flight", "answers/s", ["earshot", "echo"],
            by_rules, [("echo", 0.6)]),
    ]
