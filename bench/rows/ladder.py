"""What a ladder costs the conversation that it draws."""

from functools import partial

from row import Row
from rows import bulk, echo, start_up


def rows(bench):
    """`off` is the same without the ladder. Files of 4 GiB: what it takes to open a capture and to wait for the last
    packets (some 45 ms, in a row of its own) is no part of the rate."""
    made = []

    def file_to_file(subject):
        return bulk.file_to_file(bench, subject, size=bench.size * 4)["rate"]

    for end in ("calling", "listening", "listening everywhere"):
        def of(measure, end=end):
            return lambda subject: measure(f"{end} with --ladder" if subject == "earshot" else "earshot")
        for name, measure in (("`head -c` into a pipe", partial(bulk.from_head, bench)),
                              ("free source to /dev/null", partial(bulk.free_source, bench)),
                              ("file to file in place", file_to_file)):
            made.append(Row(f"{name}, {end} with `--ladder`", "GB/s", ["earshot", "off"], of(measure), [("off", 0.9)]))

    def drawn(subject):
        return "with --ladder" if subject == "earshot" else "earshot"
    made.append(Row("64 B echo, 1 connection, `--ladder` at the server", "req/s", ["earshot", "off"],
                    lambda s: echo.echo(bench, drawn(s), 1)))
    made.append(Row("connect and leave with `--ladder`", "ms", ["earshot", "off"],
                    lambda s: start_up.connect_and_leave(bench, drawn(s)), less=True))
    return made
