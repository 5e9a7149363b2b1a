"""Read the memory of a running VM: the emulation does not encrypt it."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from pathlib import Path

MIB: Final = 1 << 20
LOW: Final = 1024 * MIB
"""How much of guest-physical memory is read, from 0 on."""


def memory_when(command: list[str], text: str, folder: Path, seconds: int = 400) -> bytes:
    """Run a VM until its console says something, and read its first GiB of memory.

    Args:
        command: QEMU's command line, with the console on standard output.
        text: what the console says.
        folder: for a socket and the memory.
        seconds: after which the VM is ended.

    Raises:
        AssertionError: the console never said it.
    """
    control, saved = folder / "qmp", folder / "memory"
    qmp = ["-qmp", f"unix:{control},server=on,wait=off"]
    with subprocess.Popen(
        [*command, *qmp], stdout=subprocess.PIPE, text=True, errors="replace"
    ) as vm:
        timer = threading.Timer(seconds, vm.kill)
        timer.start()
        try:
            assert vm.stdout
            said = any(text in line for line in vm.stdout)
            assert said, f"the console did not say {text!r}"
            _save(control, saved)
        finally:
            timer.cancel()
            vm.kill()
    return saved.read_bytes()


def _save(control: Path, saved: Path) -> None:
    """Have QEMU stop the VM and write its memory to a file (QMP: stop, pmemsave)."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"{control}")
        with connection.makefile("rw", encoding="utf-8") as lines:
            lines.readline()
            _ask(lines, "qmp_capabilities")
            _ask(lines, "stop")
            _ask(lines, "pmemsave", val=0, size=LOW, filename=f"{saved}")


def _ask(lines: TextIO, command: str, **arguments: str | int) -> None:
    """Give a command and wait for its result; events in between are of no interest."""
    lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    lines.flush()
    for line in lines:
        answer = json.loads(line)
        if "event" not in answer:
            assert "return" in answer, f"{command}: {answer}"
            return
