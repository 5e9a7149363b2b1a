"""A VM of a fleet: its name, folder, port and QEMU arguments."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import FleetError
from .processes import Process, owner_of

if TYPE_CHECKING:
    from pathlib import Path

GIVING_UP = re.compile("Kernel panic - not syncing|testbed: fatal:")
"""What a kernel says, and the testbed's initramfs, that go no further."""
SUN_PATH_BYTES = 107
"""Longest path of a Unix socket on Linux (sockaddr_un, 108 bytes with the closing zero)."""


@dataclass(frozen=True)
class Vm:
    """One VM.

    Attributes:
        name: ``vm1`` to ``vmN``.
        dir: its folder inside the fleet's.
        ssh_port: port on the host's loopback that leads to its sshd.
        arguments: text of ``qemu.args``: an option a line.
    """

    name: str
    dir: Path
    ssh_port: int
    arguments: str = ""

    @classmethod
    def from_params(cls, fleet: Path, params: dict[str, Any]) -> Vm:
        """Read one of a module's `vms`."""
        vm = cls(
            params["name"],
            fleet / params["name"],
            int(params["ssh_port"]),
            params.get("args") or "",
        )
        longest = len(str(vm.dir / "debugcon.sock").encode())
        if longest > SUN_PATH_BYTES:
            raise FleetError(
                f"socket paths below {vm.dir} have {longest} bytes, {SUN_PATH_BYTES} is the limit",
                "choose a shorter testbed_state_dir or campaign name",
            )
        return vm

    def qemu(self) -> Process | None:
        """Its QEMU, if that runs."""
        return owner_of(self.dir / "pid")

    def runs_as_asked(self) -> bool:
        """Whether its QEMU runs, and with these very arguments."""
        asked = self.dir / "qemu.args"
        same = asked.exists() and asked.read_text(encoding="utf-8") == self.arguments
        return same and self.qemu() is not None

    def command(self, binary: str) -> list[str]:
        """QEMU's argument list: of every line the option, then the rest as one value."""
        words = [binary]
        for line in self.arguments.splitlines():
            text = line.strip()
            if text and not text.startswith("#"):
                words += text.split(maxsplit=1)
        return words

    def records(self, stream: str) -> list[dict[str, Any]]:
        """What the stamper has written of a stream so far; a half-written line does not count."""
        path = self.dir / f"{stream}.jsonl"
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def last_words(self, count: int = 3) -> str:
        """The end of its serial console, for a message; first of all why it gave up, if it says so.

        A kernel that panics tells much more after the line that says it.
        """
        texts = [record["text"] for record in self.records("serial") if "text" in record]
        reasons = [text for text in texts if GIVING_UP.search(text)][:1]
        words = list(dict.fromkeys([*reasons, *texts[-count:]]))
        return " | ".join(text.strip()[:160] for text in words) or "(nothing)"
