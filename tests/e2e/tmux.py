"""A terminal for the program: a private tmux server, keys in, screen out."""
import itertools
import os
import pathlib
import shlex
import signal
import subprocess

from waiting import PATIENCE, wait_until

_numbers = itertools.count(1)


class Terminal:
    """Runs one command line in a terminal of its own. When it has ended, `[status N]` stands on the screen."""

    def __init__(self, words, folder, columns=80, rows=24, locale="C.UTF-8", env=None, command=None):
        self.name = f"earshot-{os.getpid()}-{next(_numbers)}"
        self.folder = pathlib.Path(folder)
        self.pid_file = self.folder / f"{self.name}.pid"
        # The shell that stays is there to say the status and to hold the terminal for a look at its settings.
        line = command or " ".join(shlex.quote(str(word)) for word in words)
        script = self.folder / f"{self.name}.sh"
        ready_file, self.go_file = self.folder / f"{self.name}.ready", self.folder / f"{self.name}.go"
        script.write_text(f"touch {ready_file}\n"
                          f"until [ -e {self.go_file} ]; do sleep 0.01; done\n"
                          f"sh -c 'echo $$ > {self.pid_file}; exec \"$@\"' sh {line}\n"
                          "echo \"[status $?]\"\nexec sleep 600\n")
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("LC_", "TMUX", "LANG"))}
        self.env.update({"LANG": locale, "TMUX_TMPDIR": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state"),
                         "TERM": "xterm-256color", **(env or {})})
        settings = self.folder / "tmux.conf"
        settings.write_text("set -g history-limit 20000\nset -g escape-time 0\n")
        self.tmux("-f", settings, "new-session", "-d", "-x", columns, "-y", rows, f"exec sh {script}")
        # Every byte that the program writes, as it is: what a screen shows is not all that was sent to it.
        self.raw_file = self.folder / f"{self.name}.raw"
        self.tmux("pipe-pane", f"exec cat > {self.raw_file}")
        self.device = self.tmux("display-message", "-p", "#{pane_tty}").strip()
        self.server_pid = int(self.tmux("display-message", "-p", "#{pid}"))
        wait_until(ready_file.exists, "the terminal's shell")  # before it tmux may still change settings
        self.settings_before = self.settings()
        self.go_file.touch()

    def tmux(self, *words, stdin=None):
        done = subprocess.run(["tmux", "-u", "-L", self.name, *map(str, words)], env=self.env, input=stdin,
                              capture_output=True, timeout=PATIENCE)
        assert done.returncode == 0, f"tmux {words}: {done.stderr.decode()}"
        return done.stdout.decode("utf-8", "replace")

    @property
    def pid(self):
        wait_until(lambda: self.pid_file.exists() and self.pid_file.read_text().strip(), "its process id", self.screen)
        return int(self.pid_file.read_text())

    def signal(self, number):
        os.kill(self.pid, number)

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def scrollback(self):
        """All that was ever on the screen, wrapped lines joined."""
        return self.tmux("capture-pane", "-p", "-J", "-S", "-")

    def seen(self):
        return "\n".join(self.lines()[-60:])

    def lines(self):
        return [line.rstrip() for line in self.scrollback().splitlines()]

    def wait_for(self, text, timeout=PATIENCE):
        wait_until(lambda: text in self.scrollback(), f"{text!r} on the screen", self.seen, timeout)

    def raw(self):
        return self.raw_file.read_bytes()

    def error(self):
        return self.raw().decode("utf-8", "replace")

    def wait_raw(self, data, timeout=PATIENCE):
        wait_until(lambda: data in self.raw(), f"{data!r} written", lambda: repr(self.raw()[-2000:]), timeout)

    def wait_line(self, line, timeout=PATIENCE):
        wait_until(lambda: line in self.lines(), f"the line {line!r}", self.seen, timeout)

    def wait_last(self, text, timeout=PATIENCE):
        """The last row with anything on it is this."""
        wait_until(lambda: self.last() == text, f"the last row {text!r}", self.seen, timeout)

    def last(self):
        return next((line for line in reversed(self.lines()) if line), "")

    def keys(self, *names):
        self.tmux("send-keys", *names)

    def type(self, text):
        self.tmux("send-keys", "-l", "--", text)

    def line(self, text):
        self.type(text)
        self.keys("Enter")

    def command(self, text):
        """A line that has been taken by the console when this returns: what comes from elsewhere comes after it."""
        self.line(text)
        wait_until(lambda: ">>>:" + text in self.lines() and self.last() == ">>>:", f"{text!r} taken", self.seen)

    def paste(self, text):
        self.tmux("load-buffer", "-", stdin=text.encode())
        self.tmux("paste-buffer", "-p", "-d")

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", columns, "-y", rows)

    def hang_up(self):
        """The terminal goes, as when its window is closed."""
        os.kill(self.server_pid, signal.SIGKILL)

    def cursor(self):
        return int(self.tmux("display-message", "-p", "#{cursor_x}"))

    def settings(self):
        """What stty says of the terminal."""
        return subprocess.run(["stty", "-F", self.device, "-a"], capture_output=True, check=True).stdout.decode()

    def status(self):
        # In the raw file too, which another process writes: by then it holds all that the program wrote.
        wait_until(lambda: "[status " in self.scrollback() and b"[status " in self.raw(), "its end", self.seen)
        return int(self.scrollback().split("[status ")[1].split("]")[0])

    def port(self):
        """The port of the first `listening on` line."""
        self.wait_for("listening on ")
        return int(self.scrollback().split("listening on ")[1].split("\n")[0].rsplit(":", 1)[1])

    def kill(self):
        for pid in (self.pid_file.read_text().strip() if self.pid_file.exists() else "", self.server_pid):
            try:
                if pid:
                    os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
