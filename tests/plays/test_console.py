"""What a user sees of a campaign, from events as ansible-runner gives them."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from pyrunner.plays.console import Watcher
from pyrunner.plays.estimate import Estimate, guess

PLAIN = {"host": "here", "variant": "plain", "repeat": 1, "backend": "emulated", "done": False}
CELLS = [{**PLAIN, "id": f"plain-{n}vm-r1", "fleet_size": n} for n in (1, 8)]
PLAN = {
    "changed": True,
    "cells": CELLS,
    "suites": ["stress_ng"],
    "suite_notes": {"unixbench": {"available": False, "reason": "no source", "hint": "give one"}},
    "skipped": [
        {"host": "here", "variant": "svsm", "fleet_size": 1, "reason": "no SNP", "hint": "use EPYC"}
    ],
}


def event(
    kind: str, task: str, res: dict[str, Any] | None = None, role: str = "", host: str = "here"
) -> dict[str, Any]:
    data = {"host": host, "task": task, "role": role, "res": res or {}}
    return {"event": kind, "event_data": data}


def told(value: object) -> dict[str, Any]:
    return {"stdout": json.dumps(value)}


def shown(*events: dict[str, Any]) -> tuple[str, Watcher]:
    out = io.StringIO()
    watcher = Watcher(Console(file=out, width=200), "quick")
    with watcher:
        for each in events:
            watcher.on_event(each)
    return out.getvalue(), watcher


PLANNED = event("runner_on_ok", "Plan the campaign", told(PLAN), "campaign")


def test_the_plan_is_told_with_what_is_left_out_and_why() -> None:
    text, _ = shown(PLANNED)
    assert "2 cells planned" in text
    assert "unixbench is not used: no source -> give one" in text
    assert "skipped here/svsm: no SNP -> use EPYC" in text


def test_a_cell_is_followed_to_its_end() -> None:
    text, watcher = shown(
        PLANNED,
        event("runner_on_start", "Begin plain-8vm-r1"),
        event("runner_on_start", "Wait until every VM answers"),
        event("runner_on_ok", "Seal plain-8vm-r1", told({"changed": True})),
    )
    assert "plain-8vm-r1 booting 8 VMs" in text
    assert "done   here/plain-8vm-r1" in text
    assert "(1/2)" in text
    assert watcher.state.done == ["here/plain-8vm-r1"]


def test_a_failed_cell_shows_message_and_hint_and_is_no_error_of_the_run() -> None:
    text, watcher = shown(
        PLANNED,
        event("runner_on_start", "Begin plain-1vm-r1"),
        event("runner_on_failed", "Start the VMs", {"msg": "port in use"}, "fleet"),
        event(
            "runner_on_ok",
            "Record the failure of plain-1vm-r1",
            told({"changed": True, "message": "port 42001 is in use", "hint": "end that program"}),
        ),
    )
    assert "failed here/plain-1vm-r1: port 42001 is in use" in text
    assert "hint: end that program" in text
    assert watcher.state.errors == []


def test_refused_settings_are_wrong_use() -> None:
    _, watcher = shown(
        event(
            "runner_on_failed",
            "Check every variable",
            {"msg": "Validation failed", "argument_errors": ["fleet_vcpus: no integer"]},
            "settings",
        )
    )
    assert watcher.state.wrong_use
    assert watcher.state.errors == [("Check every variable", "fleet_vcpus: no integer")]


def test_an_unreachable_host_is_told() -> None:
    text, watcher = shown(event("runner_on_unreachable", "Reach the host", {"msg": "timed out"}))
    assert watcher.state.unreachable == {"here": "timed out"}
    assert "lost   here: timed out" in text


@pytest.mark.parametrize(
    "way", ["Make sure it can be reached over SSH", "Failed to connect to the host via ssh"]
)
def test_of_what_ansible_says_of_an_unreachable_host_the_cause_is_told(way: str) -> None:
    said = f"Task failed: {way}: ssh: connect to host ::1\n port 22: Connection refused"
    text, _ = shown(event("runner_on_unreachable", "Reach the host", {"msg": said}))
    assert "lost   here: ssh: connect to host ::1 port 22: Connection refused" in text


def test_hosts_that_take_turns_are_told_apart() -> None:
    cells = [{**CELLS[0], "host": host} for host in ("here", "there")]
    text, watcher = shown(
        event("runner_on_ok", "Plan the campaign", told({**PLAN, "cells": cells})),
        event("runner_on_start", "Begin plain-1vm-r1", host="here"),
        event("runner_on_start", "Begin plain-1vm-r1", host="there"),
        event("runner_on_start", "Wait until every VM answers", host="there"),
        event("runner_on_start", "Run stress_ng in all VMs at once", host="here"),
        event("runner_on_ok", "Seal plain-1vm-r1", told({"changed": True}), host="there"),
        event("runner_on_start", "Pack what was measured", host="here"),
    )
    assert "here: plain-1vm-r1 running stress_ng in 1 VM; there: plain-1vm-r1 booting 1 VM" in text
    assert "done   there/plain-1vm-r1" in text
    assert watcher.state.hosts["here"].doing == "collecting"
    assert watcher.state.hosts["there"].cell == ""
    assert watcher.state.done == ["there/plain-1vm-r1"]


def test_a_host_that_is_lost_is_told_at_once_and_waited_for_no_longer() -> None:
    lost = {"item": CELLS[1], **told({"message": "host here was lost", "hint": "then resume"})}
    begun = event("runner_on_start", "Begin plain-8vm-r1")
    gone = event("runner_on_unreachable", "Wait until every VM answers", {"msg": "no route"})
    record = "Record the cells of hosts that were lost on the way"
    text, watcher = shown(PLANNED, begun, gone, event("runner_item_on_ok", record, lost))
    assert "lost   here: no route" in text
    assert "failed here/plain-8vm-r1: host here was lost" in text
    assert watcher.remaining() == 0.0
    assert watcher.state.hosts["here"].doing == ""


def test_cells_that_the_noise_gate_adds_are_told() -> None:
    more = {**CELLS[0], "id": "plain-1vm-r2", "repeat": 2}
    answer = {"changed": True, "cells": [more, CELLS[0]]}
    text, watcher = shown(
        PLANNED, event("runner_on_ok", "Ask which repeats vary too much", told(answer))
    )
    assert "noisy: 1 more cells: here/plain-1vm-r2" in text
    assert watcher.state.cells == [*CELLS, more]


def test_estimates_learn_from_cells_of_the_same_kind() -> None:
    estimate = Estimate(["stress_ng"], "quick")
    before = estimate.of(CELLS[1])
    assert before == guess(CELLS[1], ["stress_ng"], "quick") > guess(CELLS[0], [], "quick")
    estimate.learn(CELLS[1], 100.0)
    estimate.learn(CELLS[1], 120.0)
    assert estimate.of(CELLS[1]) == 110.0
    assert estimate.of(CELLS[0]) == guess(CELLS[0], ["stress_ng"], "quick")
