"""What a row of the tables is measured with, and what it consists of."""

import collections
import os
import shutil

from processes import GIB, MIB, CannotRun

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Bench:
    """The programs, a folder in memory, and how long and how much is measured."""

    def __init__(self, options):
        self.quick = options.quick
        self.earshot = options.earshot
        self.build = options.build
        self.folder = os.path.join("/dev/shm" if os.path.isdir("/dev/shm") else "/tmp", f"earshot-bench-{os.getpid()}")
        os.mkdir(self.folder)
        self.size = 128 * MIB if self.quick else GIB
        self.seconds = 0.4 if self.quick else 2.0

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def tool(self, name):
        path = os.path.join(self.build, name)
        if not os.path.exists(path):
            raise CannotRun(f"{name} is not built")
        return path

    def path(self, name):
        return os.path.join(self.folder, name)

    def file_of(self, name, size):
        path = self.path(name)
        if not os.path.exists(path) or os.path.getsize(path) != size:
            block = os.urandom(MIB)
            with open(path, "wb") as out:
                for _ in range(size // MIB):
                    out.write(block)
        return path


class Row:
    """`targets`: subject, factor: earshot's median against that subject's; None: against the factor itself. `notes`
    gives what else is to be said, once all turns have been run."""

    def __init__(self, name, unit, subjects, measure, targets=(), less=False, notes=str):
        self.name, self.unit, self.subjects, self.measure = name, unit, subjects, measure
        self.targets, self.less, self.notes = targets, less, notes


def facts_of(measure):
    """For rows that tell several facts of the same runs, which are made once. `measure`: subject -> {fact: number}."""
    runs = {}

    def fact(name):
        taken = collections.Counter()

        def of(subject):
            made = runs.setdefault(subject, [])
            if taken[subject] == len(made):
                made.append(measure(subject))
            taken[subject] += 1
            return float(made[taken[subject] - 1][name])
        return of
    return fact
