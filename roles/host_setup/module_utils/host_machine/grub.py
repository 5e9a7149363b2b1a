"""What GRUB offers to boot: /boot/grub/grub.cfg and /boot/grub/grubenv.

The menu is as /etc/grub.d/10_linux of GRUB writes it: entries have ids, and those in a submenu are
named by both ids with a ``>`` between (GRUB manual, section "default").
"""

from __future__ import annotations

import re
import shlex
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from .files import at, text

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION: Final = "/boot/grub/grub.cfg"
ENVIRONMENT: Final = "/boot/grub/grubenv"
TOOLS: Final = ("/usr/sbin/update-grub", "/usr/sbin/grub-reboot", "/usr/sbin/grub-set-default")

OPENED: Final = re.compile(r"^\s*(menuentry|submenu)\b.*\$menuentry_id_option '([^']+)'.*\{\s*$")
LINUX: Final = re.compile(r"^\s*linux\s+(\S*/vmlinuz-(\S+))\s*(.*)$")


@dataclass(frozen=True)
class Entry:
    """A menu entry that boots Linux.

    Attributes:
        id: what GRUB and its tools know it by.
        release: the kernel's.
        parameters: the kernel's command line.
    """

    id: str
    release: str
    parameters: tuple[str, ...]

    @property
    def recovery(self) -> bool:
        """Whether it boots into single user mode."""
        return "-recovery-" in self.id


@dataclass(frozen=True)
class Grub:
    """The boot loader.

    Attributes:
        problem: why it is of no use; empty if it is.
        entries: the menu, in its order.
        asks_environment: the default entry is the saved one.
        environment: what is saved: ``saved_entry``, ``next_entry``.
    """

    problem: str
    entries: tuple[Entry, ...]
    asks_environment: bool
    environment: dict[str, str]

    def entry(self, release: str) -> Entry | None:
        """The entry that boots this kernel as usual.

        Of two, that in the submenu: the other, at the top, means whichever kernel is the newest.
        """
        found = [e for e in self.entries if e.release == release and not e.recovery]
        return max(found, key=lambda entry: ">" in entry.id, default=None)

    def told(self) -> dict[str, object]:
        """For tasks."""
        return {
            "entries": [asdict(entry) for entry in self.entries],
            "saved_entry": self.environment.get("saved_entry", ""),
            "next_entry": self.environment.get("next_entry", ""),
        }


def read_grub(root: Path) -> Grub:
    """Read its menu and what is saved.

    Args:
        root: where the host's ``/`` is.
    """
    menu = text(root, CONFIGURATION)
    return Grub(
        problem=_problem(root, menu),
        entries=read_entries(menu),
        asks_environment='set default="${saved_entry}"' in menu,
        environment=read_environment(text(root, ENVIRONMENT)),
    )


def read_entries(menu: str) -> tuple[Entry, ...]:
    """The entries of a grub.cfg."""
    entries = []
    opened: list[tuple[str, str]] = []
    for line in menu.splitlines():
        if found := OPENED.match(line):
            opened.append((found[1], found[2]))
        elif line.strip() == "}" and opened:
            opened.pop()
        elif (found := LINUX.match(line)) and opened and opened[-1][0] == "menuentry":
            path = ">".join(name for _, name in opened)
            entries.append(Entry(path, found[2], _words(found[3])))
    return tuple(entries)


def read_environment(block: str) -> dict[str, str]:
    """The variables of an environment block: lines after a comment, padded with ``#``."""
    lines = [line for line in block.splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _words(line: str) -> tuple[str, ...]:
    """The parameters of a line, less GRUB's own variables (``$vt_handoff``)."""
    return tuple(word for word in shlex.split(line) if not word.startswith("$"))


def _problem(root: Path, menu: str) -> str:
    """Why GRUB cannot be told what to boot."""
    absent = [tool for tool in TOOLS if not at(root, tool).exists()]
    absent += [] if menu else [CONFIGURATION]
    return f"no GRUB found: there is no {' and no '.join(absent)}" if absent else ""
