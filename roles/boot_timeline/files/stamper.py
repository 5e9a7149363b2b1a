#!/usr/bin/env python3
"""Stamp what the VMs of a fleet say with the host's monotonic clock.

    stamper.py VM_DIR...

For every VM folder it listens on ``serial.sock`` and ``debugcon.sock`` (QEMU connects as the
client, so nothing that is said early is lost) and writes

- ``serial.log``: the bytes as they came;
- ``serial.jsonl``: a record a line, stamped when its first byte came;
- ``debugcon.jsonl``: a record a byte;
- ``host.jsonl``: appends ``ssh_answers``, when the VM that said it is ready shows its SSH banner.

Each stream ends with an ``eof`` record: without one the file was cut off. One process serves the
fleet with one clock (CLOCK_MONOTONIC, seconds). It detaches once all sockets listen and ends by
itself when every QEMU has gone. Standard library only: it runs on the testbed host.
"""

from __future__ import annotations

import errno
import json
import os
import re
import selectors
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Callable

READY_BYTE = 0x12
LONGEST_LINE = 4096
SSH_RETRY_SECONDS = 0.05
CONNECT_DEADLINE_SECONDS = 120.0
CONTROL = re.compile(rb"(?:\x1b\[[0-9;?=]*[A-Za-z])+")
"""Terminal control sequences: all that a silent firmware says, and with no line end."""


def now() -> float:
    """Seconds on the host's monotonic clock, the one clock of a fleet's timeline."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


class Journal:
    """A file of JSON records, each written whole as soon as it is known."""

    def __init__(self, path: Path, source: str) -> None:
        """Append to `path` records of `source`."""
        self.source = source
        self.file: TextIO = path.open("a", encoding="utf-8", buffering=1)

    def write(self, stamp: float, **fields: str | float) -> None:
        """Add a record stamped `stamp` (seconds)."""
        self.file.write(json.dumps({"t": round(stamp, 6), "source": self.source, **fields}) + "\n")

    def close(self, stamp: float) -> None:
        """Mark the stream as complete."""
        self.write(stamp, eof=True)
        self.file.close()


class Serial:
    """A VM's serial console, line by line."""

    def __init__(self, folder: Path) -> None:
        """Write below the VM's `folder`."""
        self.journal = Journal(folder / "serial.jsonl", "serial")
        self.raw: BinaryIO = (folder / "serial.log").open("ab", buffering=0)
        self.line = b""
        self.first = 0.0

    def take(self, data: bytes, stamp: float) -> None:
        """Take bytes that came at `stamp`."""
        self.raw.write(data)
        for piece in data.splitlines(keepends=True):
            self.extend(piece, stamp)
            if piece.endswith((b"\n", b"\r")) or len(self.line) > LONGEST_LINE:
                self.flush()

    def extend(self, piece: bytes, stamp: float) -> None:
        """Add to the line; text after nothing but control sequences begins a record of its own.

        The firmware clears the screen and ends no line: without this the kernel's first words,
        seconds later, would be taken for the firmware's.
        """
        if not self.line:
            self.first = stamp
        control = CONTROL.match(self.line + piece)
        if control and control.end() < len(self.line + piece) and control.end() >= len(self.line):
            rest = (self.line + piece)[control.end() :]
            self.line = control.group()
            if rest.startswith(b"\x1b"):  # a sequence that has not come whole yet
                self.line += rest
                return
            self.flush()
            self.first, piece = stamp, rest
        self.line += piece

    def flush(self) -> None:
        """Write the line so far; one of nothing but its end is no record."""
        text = self.line.decode("utf-8", "replace").rstrip("\r\n")
        self.line = b""
        if text:
            self.journal.write(self.first, text=text)

    def close(self, stamp: float) -> None:
        """The VM is gone."""
        self.flush()
        self.raw.close()
        self.journal.close(stamp)


class Debugcon:
    """A VM's debug-console port, byte by byte."""

    def __init__(self, folder: Path, on_ready: Callable[[], None]) -> None:
        """Write below the VM's `folder`; call `on_ready` when the VM says that it is up."""
        self.journal = Journal(folder / "debugcon.jsonl", "debugcon")
        self.on_ready = on_ready

    def take(self, data: bytes, stamp: float) -> None:
        """Take bytes that came at `stamp`."""
        for byte in data:
            self.journal.write(stamp, byte=byte)
            if byte == READY_BYTE:
                self.on_ready()

    def close(self, stamp: float) -> None:
        """The VM is gone."""
        self.journal.close(stamp)


class Banner:
    """Waits for the SSH banner of a VM that has said it is ready."""

    def __init__(self, folder: Path, selector: selectors.BaseSelector) -> None:
        """Ask the port that the VM's ``vm.json`` names."""
        self.folder = folder
        self.selector = selector
        self.port = int(json.loads((folder / "vm.json").read_text(encoding="utf-8"))["ssh_port"])
        self.retry_at: float | None = None
        self.answered = False

    def ask(self) -> None:
        """Connect; the forwarded port accepts at once, the banner comes when sshd answers."""
        self.retry_at = None
        if self.answered:
            return
        probe = socket.socket()
        probe.settimeout(0)
        if probe.connect_ex(("127.0.0.1", self.port)) not in {0, errno.EINPROGRESS}:
            self.again(probe)
            return
        self.selector.register(probe, selectors.EVENT_READ, self)

    def again(self, probe: socket.socket) -> None:
        """Nobody answered: try once more a moment later."""
        probe.close()
        self.retry_at = now() + SSH_RETRY_SECONDS

    def answer(self, probe: socket.socket) -> None:
        """The port said something, or hung up."""
        stamp = now()
        self.selector.unregister(probe)
        try:
            banner = probe.recv(256)
        except OSError:
            banner = b""
        if not banner.startswith(b"SSH-"):
            self.again(probe)
            return
        probe.close()
        self.answered = True
        journal = Journal(self.folder / "host.jsonl", "host")
        journal.write(stamp, event="ssh_answers")
        journal.file.close()


def listen(path: Path) -> socket.socket:
    """A listening Unix socket for this user only."""
    path.unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    path.chmod(0o600)
    server.listen(1)
    return server


class Stamper:
    """All streams of a fleet in one loop."""

    def __init__(self, folders: list[Path]) -> None:
        """Listen for every VM of `folders`."""
        self.selector = selectors.DefaultSelector()
        self.banners: list[Banner] = []
        self.waiting: set[socket.socket] = set()
        self.open = 0
        for folder in folders:
            banner = Banner(folder, self.selector)
            self.banners.append(banner)
            self.expect(folder / "serial.sock", Serial(folder))
            self.expect(folder / "debugcon.sock", Debugcon(folder, banner.ask))

    def expect(self, path: Path, stream: Serial | Debugcon) -> None:
        """Wait for QEMU to connect to `path`, for `stream`."""
        server = listen(path)
        self.waiting.add(server)
        self.selector.register(server, selectors.EVENT_READ, stream)

    def run(self) -> None:
        """Serve until every stream has ended, or nobody has come in time."""
        started = now()
        while self.open or (self.waiting and now() - started < CONNECT_DEADLINE_SECONDS):
            for key, _ in self.selector.select(self.pause()):
                self.serve(key)
            for banner in self.banners:
                if banner.retry_at is not None and now() >= banner.retry_at:
                    banner.ask()

    def pause(self) -> float:
        """Seconds until something has to be done without anybody having spoken."""
        due = [banner.retry_at for banner in self.banners if banner.retry_at is not None]
        return max(0.0, min(due) - now()) if due else 1.0

    def serve(self, key: selectors.SelectorKey) -> None:
        """Deal with one socket that has something."""
        sock = cast("socket.socket", key.fileobj)
        if isinstance(key.data, Banner):
            key.data.answer(sock)
        elif sock in self.waiting:
            self.accept(sock, key.data)
        else:
            self.read(sock, key.data)

    def accept(self, server: socket.socket, stream: Serial | Debugcon) -> None:
        """QEMU has connected: one connection a stream, then nobody else."""
        connection, _ = server.accept()
        self.selector.unregister(server)
        self.waiting.discard(server)
        server.close()
        self.open += 1
        self.selector.register(connection, selectors.EVENT_READ, stream)

    def read(self, connection: socket.socket, stream: Serial | Debugcon) -> None:
        """Stamp what came, or end the stream."""
        try:
            data = connection.recv(65536)
        except OSError:
            data = b""
        stamp = now()
        if data:
            stream.take(data, stamp)
            return
        self.selector.unregister(connection)
        connection.close()
        stream.close(stamp)
        self.open -= 1


def detach(log: Path) -> None:
    """Become a daemon that keeps nothing of the caller's open but a log for faults."""
    if os.fork():
        os._exit(0)
    os.setsid()
    sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, null), (1, sink), (2, sink)):
        os.dup2(source, target)


def main(arguments: list[str]) -> int:
    """Run for the VM folders named on the command line."""
    folders = [Path(argument) for argument in arguments]
    if not folders:
        sys.stderr.write(__doc__ or "")
        return 2
    fleet = folders[0].parent
    stamper = Stamper(folders)
    detach(fleet / "stamper.log")
    (fleet / "stamper.pid").write_text(f"{os.getpid()}\n", encoding="utf-8")
    stamper.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
