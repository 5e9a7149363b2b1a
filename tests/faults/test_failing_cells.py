"""A VM that never boots, a port in use, a host that nobody reaches: the other cells go on.

The cell that succeeds then lends its raw files to be damaged in every way.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults import damage
from tests.faults.guests import left
from tests.faults.reports import failed
from tests.faults.rig import Rig, cmdline, inventory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faults.playing import Playing

pytestmark = pytest.mark.vm

NEVER, PORT, GOOD = "plain-1vm-r1", "plain-1vm-r2", "plain-1vm-r3"
REPEAT = "(campaign_cell | default({})).repeat | default(0)"
"""The repeat that runs; the settings are checked before any does."""


def faults(base: int, held: int) -> dict[str, Any]:
    """Variables wrong for one cell each: the first finds no init, the second wants a held port."""
    return {
        "fleet_cmdline": f"{cmdline()}{{{{ ' rdinit=/none' if {REPEAT} == 1 else '' }}}}",
        "fleet_ssh_port_base": f"{{{{ {held - 1} if {REPEAT} == 2 else {base} }}}}",
    }


HOSTS = """
testbed_hosts:
  hosts:
    here: {ansible_connection: local}
    gone: {ansible_host: 127.0.0.1, ansible_port: 1, ansible_connection: ssh}
"""


@pytest.fixture(scope="module")
def held_port(rig: Rig) -> Iterator[int]:
    """A port of the loopback that this test listens on."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", rig.ports + 101))
        holder.listen()
        yield rig.ports + 101


@pytest.fixture(scope="module")
def played(rig: Rig, held_port: int) -> Playing:
    """The whole site, with two hosts and three cells, of which one can run."""
    rig.inventory = inventory(rig.root / "two", HOSTS)
    return rig.play("site", testbed_repeats=3, **faults(rig.ports, held_port))


def test_the_run_fails_after_everything_is_written(rig: Rig, played: Playing) -> None:
    assert played.status != 0
    for name in ("results.csv", "boot_events.csv", "junit.xml", "report.html"):
        assert (rig.campaign / name).stat().st_size > 0
    assert not left(rig)


def test_a_vm_that_never_boots_is_named_with_its_last_words(rig: Rig, played: Playing) -> None:
    failure = rig.failure(NEVER)
    assert [(p["name"], p["status"]) for p in failure["phases"]] == [("boot", "failed")]
    assert "QEMU of vm1 ended unexpectedly" in failure["message"]
    assert "last words: " in failure["message"]
    assert "Kernel panic" in failure["message"]
    assert any(" ".join(failure["message"].split()) in fault for fault in played.faults)
    told = failed(rig, f"here.{NEVER}", "boot")
    assert f"here/{NEVER}" in told
    assert failure["message"] in told
    assert failure["hint"] in told
    assert (rig.cell(NEVER) / "raw/vm1/serial.log").stat().st_size > 0


def test_a_port_in_use_is_named_with_who_has_it(rig: Rig, played: Playing, held_port: int) -> None:
    assert played.status
    failure = rig.failure(PORT)
    assert f"port {held_port} on 127.0.0.1 is in use by process {os.getpid()}" in failure["message"]
    assert "fleet_ssh_port_base" in failure["hint"]
    assert failure["message"] in failed(rig, f"here.{PORT}", failure["phase"])


def test_the_other_cell_goes_on(rig: Rig, played: Playing) -> None:
    assert played.status
    assert rig.sealed() == {GOOD}


def test_a_host_that_nobody_reaches_is_named(rig: Rig, played: Playing) -> None:
    assert "gone" in played.said
    told = failed(rig, "preflight.gone", "host.reachable")
    assert "gone" in told
    assert "unreachable" in told


@pytest.mark.parametrize(("name", "spoil"), damage.ALL)
def test_a_damaged_log_is_named_and_its_cell_not_sealed(
    rig: Rig, played: Playing, tmp_path: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    assert played.status
    raw = shutil.copytree(rig.cell(GOOD) / "raw", tmp_path / "raw")
    spoil(raw / "vm1" / name)
    status, told = seal_again(rig, raw)
    assert status == 1, told
    assert "vm1" in told["error"]
    assert name.rsplit("/", maxsplit=1)[-1] in told["error"]
    assert rig.sealed() == {GOOD}
    assert not (rig.cell(PORT) / "observations.csv").exists()


def test_the_undamaged_logs_would_have_been_sealed(
    rig: Rig, played: Playing, tmp_path: Path
) -> None:
    assert played.status
    status, told = seal_again(rig, shutil.copytree(rig.cell(GOOD) / "raw", tmp_path / "raw"))
    assert status == 0, told
    assert rig.sealed() == {PORT, GOOD}


def seal_again(rig: Rig, raw: Path) -> tuple[int, dict[str, Any]]:
    """Begin the cell whose port was in use, and seal it with these raw files."""
    cell = ("--host=here", f"--cell={PORT}")
    assert rig.data("begin", *cell)[0] == 0
    phases = json.dumps([{"name": "boot", "status": "passed", "seconds": 1.0}])
    return rig.data("seal", *cell, f"--archive={raw}", "--phases=-", stdin=phases)
