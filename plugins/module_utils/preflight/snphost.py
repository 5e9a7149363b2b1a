"""What ``snphost ok`` (virtee/snphost) finds, as far as preflight has not told it already.

Since release 0.9 it prints JSON with ``--output json`` (src/ok/mod.rs, ``render_json``): ``tests``
with ``name``, ``status`` (pass, fail), ``category``, ``message``, and ``fix_hint`` where they fail;
``skipped``, names of tests that had no chance. Its exit status is 1 if a test fails. Older ones
print ``[ PASS ] - name: message`` in colours (``render_default``), which is read as well.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from .rmp import covers

if TYPE_CHECKING:
    from .cpu import Cpu
    from .host import Host

JSON: Final = ("ok", "--output", "json")
COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
LINE: Final = re.compile(r"^\[ *(PASS|FAIL|SKIP) *\] *- (.+)$")
TABLE: Final = re.compile(r"^0x([0-9a-f]+) - 0x([0-9a-f]+)$")


@dataclass(frozen=True)
class Outcome:
    """One of its tests.

    Attributes:
        name: its name.
        status: ``pass``, ``fail`` or ``skip``.
        category: for example ``compliance``; empty where it prints no JSON.
        message: what it says; empty where it says no more than its name.
        hint: what it recommends, where it failed.
    """

    name: str
    status: str
    category: str = ""
    message: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Snphost:
    """What became of asking it.

    Attributes:
        wanted: the processor is one for which it is made.
        path: where it is; None if it is not installed.
        problem: why it could not be asked; empty if it could.
        old: it printed no JSON.
        tests: its tests.
        tcb: the platform's and the reported TCB version, where they are told apart.
    """

    wanted: bool = False
    path: str | None = None
    problem: str = ""
    old: bool = False
    tests: tuple[Outcome, ...] = ()
    tcb: dict[str, Any] = field(default_factory=dict)

    @property
    def firmware(self) -> tuple[int, ...]:
        """Major and minor number of the SEV firmware; empty if not told."""
        found = re.search(r"(\d+)\.(\d+)$", self._message("SEV firmware version"))
        return tuple(map(int, found.groups())) if found else ()

    @property
    def rmp_covered(self) -> tuple[tuple[int, int], ...]:
        """The memory that the RMP table has entries for; empty if not told."""
        found = TABLE.match(self._message("RMP table addresses"))
        if not found:
            return ()
        first, last = (int(number, 16) for number in found.groups())
        return ((0, covers(last - first + 1) - 1),)

    def _message(self, name: str) -> str:
        """What the test of that name says if it passed."""
        told = (test.message for test in self.tests if test.name.lower() == name.lower())
        return next(told, "")


def ask_snphost(host: Host, cpu: Cpu) -> Snphost:
    """Run ``snphost ok`` (a few milliseconds) where a processor may have SEV-SNP.

    Without root it fails on every device and register, which would say nothing of the host.
    """
    if not cpu.built_for_snp or cpu.virtual:
        return Snphost()
    path = host.which("snphost")
    if path is None:
        return Snphost(wanted=True)
    if host.user()[1] != 0:
        return Snphost(wanted=True, path=path, problem="it wants root, and preflight is not root")
    answer = host.run([path, *JSON])
    try:
        data = json.loads(answer.stdout)
        return Snphost(wanted=True, path=path, tests=tuple(_tests(data)), tcb=_tcb(data))
    except (AttributeError, KeyError, TypeError, json.JSONDecodeError):
        return _as_text(host, path, answer.text)


def _tests(data: dict[str, Any]) -> list[Outcome]:
    """Its tests from JSON."""
    return [*map(_test, data["tests"]), *(Outcome(str(name), "skip") for name in data["skipped"])]


def _test(entry: dict[str, Any]) -> Outcome:
    """One test; the TCB's message is an object, told elsewhere."""
    message = entry.get("message", "")
    if isinstance(message, dict):
        message = "platform and reported TCB differ" if entry["status"] == "fail" else ""
    hint = str(entry.get("fix_hint", ""))
    return Outcome(entry["name"], entry["status"], entry["category"], str(message).strip(), hint)


def _tcb(data: dict[str, Any]) -> dict[str, Any]:
    """The TCB versions that it compares."""
    messages = (entry.get("message") for entry in data["tests"])
    return next((found for found in messages if isinstance(found, dict)), {})


def _as_text(host: Host, path: str, why: str) -> Snphost:
    """Ask a release that has no JSON; one that answers neither way has failed."""
    answer = host.run([path, "ok"])
    lines = COLOUR.sub("", answer.stdout).splitlines()
    tests = tuple(_from_line(found) for line in lines if (found := LINE.match(line)))
    if not tests:
        said = (answer.text.strip() or why.strip() or "nothing").splitlines()[-1]
        problem = f"it answered with status {answer.status}: {said}"
        return Snphost(wanted=True, path=path, problem=problem)
    return Snphost(wanted=True, path=path, old=True, tests=tests)


def _from_line(found: re.Match[str]) -> Outcome:
    """One test from a line of text."""
    name, _, message = found[2].partition(": ")
    return Outcome(name.strip(), found[1].lower(), message=message.strip())
