"""A VM that never boots, a port in use, a host that nobody reaches: the other cells go on."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.guests import left
from tests.faults.reports import failed
from tests.faults.rig import PORT_BASE, Rig, inventory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.playing import Playing

pytestmark = pytest.mark.vm

NEVER, PORT, GOOD = "plain-1vm-r1", "plain-1vm-r2", "plain-1vm-r3"
HELD = PORT_BASE + 101
BOOT_SECONDS = 15
REPEAT = "(campaign_cell | default({})).repeat | default(0)"
"""The repeat that runs; the settings are checked before any does."""

FAULTS: dict[str, Any] = {
    "fleet_cmdline": "console=ttyS0 loglevel=5 systemd.show_status=error"
    f"{{{{ ' systemd.unit=emergency.target' if {REPEAT} == 1 else '' }}}}",
    "fleet_boot_timeout": f"{{{{ {BOOT_SECONDS} if {REPEAT} == 1 else 240 }}}}",
    "fleet_ssh_port_base": f"{{{{ {HELD - 1} if {REPEAT} == 2 else {PORT_BASE} }}}}",
}
HOSTS = """
testbed_hosts:
  hosts:
    here: {ansible_connection: local}
    gone: {ansible_host: 127.0.0.1, ansible_port: 1, ansible_connection: ssh}
"""


@pytest.fixture(scope="module")
def held_port() -> Iterator[int]:
    """A port of the loopback that this test listens on."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", HELD))
        holder.listen()
        yield HELD


@pytest.fixture(scope="module")
def played(rig: Rig, held_port: int) -> Playing:  # noqa: ARG001 - it has to be held
    """The whole site, with two hosts and three cells, of which one can run."""
    rig.inventory = inventory(rig.root / "two", HOSTS)
    return rig.play("site", testbed_repeats=3, **FAULTS)


def test_the_run_fails_after_everything_is_written(rig: Rig, played: Playing) -> None:
    assert played.status != 0
    for name in ("results.csv", "boot_events.csv", "junit.xml", "report.html"):
        assert (rig.campaign / name).stat().st_size > 0
    assert not left(rig)


def test_a_vm_that_never_boots_is_named_with_its_last_words(rig: Rig, played: Playing) -> None:
    failure = rig.failure(NEVER)
    assert [(p["name"], p["status"]) for p in failure["phases"]] == [("boot", "failed")]
    assert BOOT_SECONDS < failure["phases"][0]["seconds"] < 2 * BOOT_SECONDS
    assert f"1 of the VMs did not answer within {BOOT_SECONDS} s: vm1" in failure["message"]
    assert "its last words: Cannot open access to console" in failure["message"]
    assert "fleet_boot_timeout" in failure["hint"]
    assert failure["message"] in played.said
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
