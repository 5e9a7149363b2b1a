"""Processes and folders that look like a fleet's, without a VM."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from plugins.module_utils.fleet.processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from plugins.module_utils.fleet.vm import Vm

WAITING = "read line"
STUBBORN = "trap '' TERM; read line"


@contextmanager
def process(*words: str, script: str = WAITING) -> Iterator[subprocess.Popen[bytes]]:
    """Run a shell that waits, under the name and with the arguments `words`."""
    child = subprocess.Popen(
        [words[0], "-c", script, *words[1:]], executable="/bin/sh", stdin=subprocess.PIPE
    )
    try:
        while running(child.pid) is None:  # between fork and exec it still looks like this test
            child.poll()
        yield child
    finally:
        child.kill()
        child.communicate()


@contextmanager
def qemu(vm: Vm, script: str = WAITING) -> Iterator[subprocess.Popen[bytes]]:
    """Let `vm` have a QEMU that runs."""
    vm.dir.mkdir(parents=True, exist_ok=True)
    (vm.dir / "qemu.log").write_text("said by QEMU", encoding="utf-8")
    words = ("qemu-system-x86_64", "-pidfile", f"{vm.dir}/pid")
    with process(*words, script=script) as child:
        (vm.dir / "pid").write_text(f"{child.pid}\n", encoding="utf-8")
        yield child


def say(folder: Path, stream: str, *records: Mapping[str, object]) -> None:
    """Add records to a stream, as the stamper does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{stream}.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
