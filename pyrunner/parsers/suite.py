"""What a suite left in the VMs of a fleet: all of it there, unaltered, started together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from pyrunner.errors import TestbedError
from pyrunner.files import read_json
from pyrunner.parsers.raw import same_vms
from pyrunner.parsers.value import Value
from pyrunner.parsers.values import number, table
from pyrunner.results.files import sha256

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

REQUEST: Final = "request.json"
LATEST: Final = "the clock that starts the fleet is at fault: run the cell again"


@dataclass(frozen=True)
class SuiteFiles:
    """The files of one suite in one VM, checked against their digests.

    Attributes:
        where: what messages call this place: VM and suite.
        files: path within the suite's folder to the file.
    """

    where: str
    files: dict[str, Path]

    def request(self) -> dict[str, Any]:
        """Read request.json: what the guest was asked to run.

        Raises:
            TestbedError: it is missing or damaged.
        """
        return read_json(self.file(REQUEST, "what was asked for"))

    def file(self, name: str, what: str) -> Path:
        """Find a file; ``what`` tells what is missing without it.

        Raises:
            TestbedError: the guest did not leave it.
        """
        if name not in self.files:
            raise TestbedError(
                f"{self.where}: {name} is missing: {what}", "did the suite end early?"
            )
        return self.files[name]


@dataclass(frozen=True)
class SuiteRun:
    """A suite in a fleet: each VM's files, and the spread of their starts."""

    by_vm: dict[str, SuiteFiles]
    skews: list[Value]


def read_suite(raw: Path, suite: str, vms: Sequence[str]) -> SuiteRun:
    """Check ``raw/<suite>.json`` and all files that it lists.

    Raises:
        TestbedError: a VM is missing, its suite failed, or a file is missing or altered.
    """
    path = raw / f"{suite}.json"
    record = read_json(path)
    if record.get("suite") != suite:
        raise TestbedError(f"{path}: is about suite {record.get('suite')!r}")
    by_vm = table(record, "vms", str(path))
    same_vms(by_vm, list(vms), str(path))
    files = {vm: _files(raw, suite, vm, table(by_vm, vm, str(path))) for vm in vms}
    return SuiteRun(files, _skews(record, by_vm, str(path)))


def _skews(record: dict[str, Any], by_vm: dict[str, Any], where: str) -> list[Value]:
    """How far apart the VMs were told to start, in s, and how far apart their answers came.

    The answers' way back is in the second: VMs started no further apart than that.
    """
    barrier = number(record, "barrier", where)
    starts = {vm: number(entry, "go", f"{where}, {vm}") for vm, entry in by_vm.items()}
    for vm, start in starts.items():
        if start < barrier:
            raise TestbedError(f"{where}: {vm} started before the barrier opened", LATEST)
    skews = [_skew("barrier", starts)]
    if any("started" in entry for entry in by_vm.values()):  # an older testbed did not ask
        answers = {vm: number(entry, "started", f"{where}, {vm}") for vm, entry in by_vm.items()}
        for vm, answer in answers.items():
            if answer < starts[vm]:
                raise TestbedError(f"{where}: {vm} never said that it starts, or too early", LATEST)
        skews.append(_skew("first_line", answers))
    return skews


def _skew(what: str, stamps: dict[str, float]) -> Value:
    """From the first to the last."""
    spread = max(stamps.values()) - min(stamps.values())
    return Value(what, "skew", "s", round(spread, 9), higher_is_better=False)


def _files(raw: Path, suite: str, vm: str, entry: dict[str, Any]) -> SuiteFiles:
    """Check one VM's exit status and the digests of its files."""
    where = f"{vm}: {suite}"
    if entry.get("exit") != 0:
        raise TestbedError(
            f"{where}: the suite ended with status {entry.get('exit')!r}",
            f"look at {raw / vm / suite}",
        )
    folder = raw / vm / suite
    listed = table(entry, "files", where)
    for name, digest in listed.items():
        _check_file(folder, name, digest, where)
    return SuiteFiles(where, {name: folder / name for name in listed})


def _check_file(folder: Path, name: str, digest: object, where: str) -> None:
    """See that a listed file is there and as the guest left it."""
    inside = PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts:
        raise TestbedError(f"{where}: {name!r} lies outside the suite's folder")
    if not (folder / name).is_file():
        raise TestbedError(f"{where}: {name} is missing", "it was not collected: run it again")
    if sha256(folder / name) != digest:
        raise TestbedError(
            f"{where}: {name} is not as the guest left it (its sha256 differs)",
            "it was truncated or altered on the way: run the cell again",
        )
