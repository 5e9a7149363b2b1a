"""Hosts as trees of plain files, and what is looked for on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from plugins.module_utils.leftovers.scope import Scope
from plugins.module_utils.preflight.host import Host, Output

if TYPE_CHECKING:
    from plugins.module_utils.leftovers.finding import Answer

STATE: Final = Path("/state")
RUN: Final = f"{STATE}/run"
TCP: Final = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid"
"""Title line of /proc/net/tcp."""


class Tree(Host):
    """A host below a folder; programs answer what `answers` says, by their names."""

    def __init__(self, root: Path) -> None:
        """Begin with nothing but /proc."""
        super().__init__(root)
        self.answers: dict[str, Output] = {}
        (root / "proc").mkdir()

    def run(self, argv: list[str]) -> Output:
        """As told; a program that nothing was told of is not installed."""
        return self.answers.get(argv[0], Output(127, "not installed"))

    def add(self, files: dict[str, str]) -> Tree:
        """Write files by their absolute paths."""
        for path, text in files.items():
            self.at(path).parent.mkdir(parents=True, exist_ok=True)
            self.at(path).write_text(text, encoding="utf-8")
        return self

    def process(
        self, pid: int, *words: str, holds: tuple[str, ...] = (), huge_kib: int = 0
    ) -> None:
        """Let a process run that has `holds` open."""
        self.add(
            {
                f"/proc/{pid}/cmdline": "\0".join(words) + "\0",
                f"/proc/{pid}/status": f"Name:\tx\nHugetlbPages:\t{huge_kib:>8} kB\n",
                f"/proc/{pid}/smaps": "VmFlags: rd wr ht sd\n" if huge_kib else "VmFlags: rd\n",
            }
        )
        (self.at(f"/proc/{pid}") / "fd").mkdir()
        for number, target in enumerate(holds):
            self.at(f"/proc/{pid}/fd/{number}").symlink_to(target)
        self.at(f"/proc/{pid}/root").symlink_to("/")

    def mounts(self, **points: str) -> None:
        """Mount file systems, `kind=point`."""
        line = "36 35 98:0 / {} rw,noatime shared:1 - {} none rw\n"
        text = "".join(line.format(point, kind) for kind, point in points.items())
        self.add({"/proc/self/mountinfo": text})


def scope(
    host: Host,
    ports: tuple[int, ...] = (),
    pages: dict[int, int] | None = None,
    artifacts: Path = STATE,
) -> Scope:
    """A testbed in /state."""
    return Scope(host, STATE, artifacts, ports, pages or {})


def whats(answer: Answer) -> list[str]:
    """What is left, without the hints."""
    return [finding.what for finding in answer.findings]
