"""What campaign.json says: the plan, the hosts, and what was left out for which reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from pyrunner.errors import TestbedError
from pyrunner.model import BACKENDS, NAME, VARIANTS, Backend, Cell, Variant
from pyrunner.results.node import Node

if TYPE_CHECKING:
    from pathlib import Path

Status = Literal["ok", "warning", "missing", "error"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Check:
    """A preflight check of a host, as the host's preflight left it."""

    id: str
    title: str
    status: Status
    detail: str
    hint: str


@dataclass(frozen=True, slots=True)
class Ability:
    """Whether a host runs a variant, by which backend, or why not and what would mend it."""

    backend: Backend | None
    runnable: bool
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Host:
    """A testbed host: what it is, what it can run, what was built for it."""

    name: str
    facts: dict[str, Any]
    checks: tuple[Check, ...]
    variants: dict[Variant, Ability]
    artifacts: dict[str, Any]
    artifact_set: str


@dataclass(frozen=True, slots=True)
class Skip:
    """What was planned out, and why; ``fleet_size`` is None for a whole variant."""

    host: str
    variant: str
    fleet_size: int | None
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class SuiteNote:
    """Whether a suite can be had, or why not and what would mend it."""

    available: bool
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Gate:
    """The noise gate: most variation that a verdict bears (0: any), and most repeats for it."""

    threshold: float
    max_repeats: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """The plan of a campaign; ``cells`` stand in the order in which they run."""

    name: str
    purpose: str
    profile: str
    suites: tuple[str, ...]
    suite_notes: dict[str, SuiteNote]
    variants: tuple[Variant, ...]
    fleet_sizes: tuple[int, ...]
    repeats: int
    gate: Gate
    hosts: dict[str, Host]
    cells: tuple[Cell, ...]
    skipped: tuple[Skip, ...]

    @property
    def is_self_check(self) -> bool:
        """Whether it compares a variant with itself, in place of variants with each other."""
        return self.purpose == "self_check"

    def planned_repeats(self, host: str, fleet_size: int) -> int:
        """Number of the last repeat that is planned of a fleet size on a host; 0 if none is."""
        place = (host, fleet_size)
        return max(
            (each.repeat for each in self.cells if (each.host, each.fleet_size) == place),
            default=0,
        )


def read_campaign(folder: Path) -> Campaign:
    """Read ``campaign.json`` of a campaign's folder.

    Raises:
        TestbedError: it is missing or not of the shape, or plans a cell twice.
    """
    if not (path := folder / "campaign.json").is_file():
        raise TestbedError(f"{folder}: no campaign.json", "name a folder below results/")
    node = Node.read(path)
    return Campaign(
        name=node.name("campaign"),
        purpose=node.text("purpose") or "compare",
        profile=node.text("profile"),
        suites=node.words("suites"),
        suite_notes={name: _note(each) for name, each in node.nodes("suite_notes")},
        variants=tuple(_variant(node, each) for each in node.words("variants")),
        fleet_sizes=node.integers("fleet_sizes"),
        repeats=node.integer("repeats"),
        gate=_gate(node),
        hosts={name: _host(name, each) for name, each in node.nodes("hosts")},
        cells=_cells(node),
        skipped=tuple(_skip(each) for each in node.items("skipped")),
    )


def _gate(node: Node) -> Gate:
    """Read the noise gate's limits; plans of an older testbed have none."""
    if not node.table("noise"):
        return Gate(0.0, 0)
    noise = node.node("noise")
    return Gate(noise.number("threshold"), noise.integer("max_repeats"))


def _cells(node: Node) -> tuple[Cell, ...]:
    cells = tuple(read_cell(each) for each in node.items("cells"))
    folders = {(cell.host, cell.id) for cell in cells}
    if len(folders) < len(cells):
        raise TestbedError(f"{node.place}cells: a cell is planned twice", "plan it once")
    if strangers := {cell.host for cell in cells} - node.table("hosts").keys():
        raise TestbedError(f"{node.place}cells: hosts lacks {', '.join(sorted(strangers))}")
    return cells


def read_cell(node: Node) -> Cell:
    """Read a cell.

    Raises:
        TestbedError: it is not one, or its host cannot name a folder.
    """
    if not NAME.fullmatch(node.text("host")):
        raise node.wrong("host", "a name that can be a folder's")
    try:
        return Cell.from_dict(node.data)
    except TestbedError as error:
        raise TestbedError(f"{node.place}{error.message}", error.hint) from error


def _host(name: str, node: Node) -> Host:
    if not NAME.fullmatch(name):
        raise TestbedError(f"{node.place} {name!r} cannot name a host's folder")
    return Host(
        name=name,
        facts=node.table("facts"),
        checks=tuple(_check(each) for each in node.items("checks")),
        variants={_variant(each, key): _ability(each) for key, each in node.nodes("variants")},
        artifacts=node.table("artifacts"),
        artifact_set=node.text("artifact_set"),
    )


def _variant(node: Node, key: str) -> Variant:
    if key not in VARIANTS:
        raise TestbedError(f"{node.place} {key!r} is not one of {', '.join(VARIANTS)}")
    return key


def _ability(node: Node) -> Ability:
    backend = node.text("backend") or None
    if backend is not None and backend not in BACKENDS:
        raise node.wrong("backend", " or ".join(BACKENDS))
    return Ability(backend, node.flag("runnable"), node.text("reason"), node.text("hint"))


def _check(node: Node) -> Check:
    if (status := node.text("status")) not in STATUSES:
        raise node.wrong("status", " or ".join(STATUSES))
    texts = (node.text("id"), node.text("title"))
    return Check(*texts, status, node.text("detail"), node.text("hint"))


def _skip(node: Node) -> Skip:
    size = None if node.data.get("fleet_size") is None else node.integer("fleet_size")
    names = (node.text("host"), node.text("variant"))
    return Skip(*names, size, node.text("reason"), node.text("hint"))


def _note(node: Node) -> SuiteNote:
    return SuiteNote(node.flag("available"), node.text("reason"), node.text("hint"))
