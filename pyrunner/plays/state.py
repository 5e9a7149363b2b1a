"""What a running campaign is doing, read off Ansible's events."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    Event = dict[str, Any]

BEFORE_SSH: Final = re.compile(
    r"^.*?(?:reached over|to the host via) ssh:", re.IGNORECASE | re.DOTALL
)
"""What Ansible says before what ssh says, as in playbooks/preflight.yml."""
STAGES: Final = {
    "settings": "checking the settings",
    "preflight": "looking at the host",
    "host_setup": "preparing the host",
    "build_root": "having the toolchain (made once, about a minute)",
    "build_ovmf": "having the firmware",
    "build_kernel": "having the guest kernel",
    "build_libigvm": "having libigvm (built once, about a minute)",
    "build_qemu": "having QEMU with SEV-SNP (built once, several minutes)",
    "build_svsm": "having COCONUT-SVSM (built once, several minutes)",
    "build_measure": "having what measures in the guest (built once, about a minute)",
    "attestation": "preparing what reports are checked against",
    "measurement": "preparing what measurements are checked against",
    "unixbench": "having UnixBench (fetched and compiled once)",
    "guest_image": "having the guest image (made once, about two minutes)",
    "campaign": "planning",
    "results": "writing the report",
}
"""What a role's tasks mean to a user, outside of cells."""

IN_CELL: Final = {
    "Start the VMs": "starting {vms}",
    "Wait until every VM answers": "booting {vms}",
    "Ask every VM what it is": "asking {vms} for proof of what it is",
    "Run stress_ng in all VMs at once": "running stress_ng in {vms}",
    "Run UnixBench in all VMs at once": "running UnixBench in {vms}",
    "Have the SVSM vouch for every VM's memory": "having the memory of {vms} measured",
    "Stop the VMs": "stopping the VMs",
    "Pack what was measured": "collecting",
}
"""What the tasks of a cell mean to a user."""

LOST: Final = "Record the cells of hosts that were lost on the way"
"""The task that records the cells of a lost host, one a turn of its loop."""


@dataclass
class HostState:
    """One host's share of a campaign.

    Attributes:
        doing: what it does now.
        cell: id of the cell it works on, empty outside of cells.
        size: number of VMs of that cell.
    """

    doing: str = ""
    cell: str = ""
    size: int = 0

    @property
    def vms(self) -> str:
        """The fleet in words."""
        return "1 VM" if self.size == 1 else f"{self.size} VMs"


@dataclass
class CampaignState:
    """How far a campaign is.

    Attributes:
        cells: the plan's cells, as ``data plan`` tells them; empty until it has.
        skipped: what the plan leaves out, with reasons.
        notes: why a suite is not used.
        done: labels ``host/cell`` that are sealed.
        failed: label to message and hint.
        hosts: what every host does.
        errors: what ansible-playbook complained about outside of cells: task, message.
        unreachable: host to message.
        wrong_use: the settings were refused before anything began.
    """

    cells: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)
    suites: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failed: dict[str, tuple[str, str]] = field(default_factory=dict)
    hosts: dict[str, HostState] = field(default_factory=dict)
    errors: list[tuple[str, str]] = field(default_factory=list)
    unreachable: dict[str, str] = field(default_factory=dict)
    wrong_use: bool = False

    def take(self, event: Event) -> None:
        """Learn from one event of ansible-runner."""
        data = event.get("event_data") or {}
        handler = {
            "runner_on_start": self._start,
            "runner_on_ok": self._ok,
            "runner_on_failed": self._failed,
            "runner_on_unreachable": self._unreachable,
            "runner_item_on_ok": self._item,
        }.get(event.get("event", ""))
        if handler:
            handler(data)

    def _host(self, data: Event) -> HostState:
        """The state of an event's host."""
        return self.hosts.setdefault(str(data.get("host")), HostState())

    def _start(self, data: Event) -> None:
        """A task begins on a host."""
        state = self._host(data)
        task, role = str(data.get("task")), str(data.get("role") or "")
        if task.startswith("Begin "):
            self._begin(state, data)
        elif state.cell:
            state.doing = IN_CELL.get(task, "").format(vms=state.vms) or state.doing
        else:
            state.doing = STAGES.get(role, state.doing)

    def _begin(self, state: HostState, data: Event) -> None:
        """A cell begins."""
        state.cell = str(data.get("task")).removeprefix("Begin ")
        state.size = next(
            (c["fleet_size"] for c in self.cells if self.is_cell(c, data["host"], state.cell)), 0
        )
        state.doing = "beginning"

    @staticmethod
    def is_cell(cell: dict[str, Any], host: str, cell_id: str) -> bool:
        """Whether a planned cell is the one of that host and id."""
        return bool(cell["host"] == host and cell["id"] == cell_id)

    def _ok(self, data: Event) -> None:
        """A task went well."""
        task = str(data.get("task"))
        if task == "Plan the campaign":
            self._planned(answer(data))
        elif task == "Ask which repeats vary too much":
            self._grown(answer(data))
        elif task.startswith("Seal "):
            self.done.append(self._end(data))
        elif task.startswith("Record the failure of "):
            told = answer(data)
            self.failed[self._end(data)] = (told.get("message", ""), told.get("hint", ""))

    def _end(self, data: Event) -> str:
        """A cell has ended; return its label."""
        state = self._host(data)
        label = f"{data['host']}/{state.cell}"
        state.cell = state.doing = ""
        return label

    def _planned(self, plan: dict[str, Any]) -> None:
        """The plan is known."""
        self.cells = plan.get("cells", [])
        self.skipped = plan.get("skipped", [])
        self.notes = plan.get("suite_notes", {})
        self.suites = plan.get("suites", [])
        self.done = [label_of(cell) for cell in self.cells if cell["done"]]

    def _grown(self, plan: dict[str, Any]) -> None:
        """The noise gate has added cells; those of other hosts go on meanwhile."""
        known = {label_of(cell) for cell in self.cells}
        added = [cell for cell in plan.get("cells", []) if label_of(cell) not in known]
        # A new list: who showed the old one has it still.
        self.cells = [*self.cells, *added]

    def _item(self, data: Event) -> None:
        """One turn of a loop went well: a cell of a lost host was recorded, for example."""
        result = data.get("res") or {}
        cell = result.get("item")
        if str(data.get("task")) == LOST and isinstance(cell, dict):
            told = answer(data)
            self.failed[label_of(cell)] = (told.get("message", ""), told.get("hint", ""))

    def _failed(self, data: Event) -> None:
        """A task failed; inside a cell the cell's own record tells about it."""
        if self._host(data).cell or data.get("ignore_errors"):
            return
        role = str(data.get("role") or "")
        self.wrong_use = self.wrong_use or role == "settings" or answer_code(data) == 2  # noqa: PLR2004 - wrong use
        self.errors.append((str(data.get("task")), explain(data)))

    def _unreachable(self, data: Event) -> None:
        """A host does not answer: nobody knows what it does now."""
        said = str((data.get("res") or {}).get("msg", "no answer"))
        self.unreachable[str(data.get("host"))] = " ".join(BEFORE_SSH.sub("", said).split())
        state = self._host(data)
        state.cell = state.doing = ""


def label_of(cell: dict[str, Any]) -> str:
    """What a cell is called where hosts are told apart: ``host/cell``."""
    return f"{cell['host']}/{cell['id']}"


def answer(data: Event) -> dict[str, Any]:
    """The JSON that a data command printed as its last line."""
    with suppress(ValueError, IndexError):
        told = json.loads(str((data.get("res") or {}).get("stdout", "")).splitlines()[-1])
        if isinstance(told, dict):
            return told
    return {}


def answer_code(data: Event) -> int | None:
    """Exit status of a data command that reported an error; None for any other task."""
    return (data.get("res") or {}).get("rc") if answer(data).get("error") else None


def explain(data: Event) -> str:
    """What a failed task says, for a person."""
    result = data.get("res") or {}
    told = answer(data)
    if told.get("error"):
        return f"{told['error']} ({told['hint']})" if told.get("hint") else str(told["error"])
    message = str(result.get("msg") or "failed")
    errors = result.get("argument_errors")
    return "; ".join(map(str, errors)) if errors else message
