"""Several hosts in one campaign: each at its own pace, and none waits for one that is lost."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.faults import network
from tests.faults.reports import failed
from tests.faults.rig import inventory, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.rig import Rig

pytestmark = [pytest.mark.vm, pytest.mark.slow]

FIRST, SECOND = "plain-1vm-r1", "plain-1vm-r2"
PATIENCE: Final = 900
"""Seconds for anything to happen: two hosts share what is one machine."""
SILENCE: Final = 3
"""Seconds until a host that says nothing is given up."""

HOSTS: Final = """
    there:
      ansible_connection: local
    silent:
      ansible_connection: ssh
      ansible_host: 127.0.0.1
      ansible_port: {port}
      ansible_timeout: {silence}
"""
"""This machine again, and a host that takes connections and never answers."""


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port where somebody listens who says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def own(rig: Rig) -> dict[str, Any]:
    """Variables that give every host a state folder, ports and a pace of its own."""
    slow = "{{ 90 if inventory_hostname == 'here' else 2 }}"
    ports = f"{{{{ {rig.ports} + (100 if inventory_hostname == 'here' else 0) }}}}"
    return {
        "testbed_repeats": 2,
        "testbed_state_dir": str(rig.state) + "/{{ inventory_hostname }}",
        "fleet_ssh_port_base": ports,
        "stress_ng_seconds": slow,
        "fleet_boot_timeout": PATIENCE,
    }


@pytest.fixture
def cuttable(rig: Rig, silent_port: int, own: dict[str, Any]) -> Iterator[Path]:
    """The program that is the way to host `here`; afterwards nothing runs on any host."""
    ssh = network.program(rig.root)
    hosts = network.HOSTS.format(ssh=ssh) + HOSTS.format(port=silent_port, silence=SILENCE)
    rig.inventory = inventory(rig.root / "several", hosts)
    yield ssh
    rig.stop()
    (ssh.parent / "cut").unlink(missing_ok=True)
    rig.play("teardown", **own)


def test_hosts_do_not_wait_for_each_other(rig: Rig, cuttable: Path, own: dict[str, Any]) -> None:
    playing = rig.start("site", **own)
    second = rig.cell(SECOND, "there") / "begun.json"
    playing.until(second.exists, "the quick host's second cell", PATIENCE)
    assert rig.sealed() == set(), "the quick host has waited for the slow one"
    begun = read(rig.cell(FIRST) / "begun.json")["started_at"]
    assert begun < read(rig.cell(FIRST, "there") / "cell.json")["finished_at"]
    assert rig.sealed("there") == {FIRST}

    mark = network.cut(cuttable)
    playing.wait(PATIENCE)
    assert playing.status != 0
    for cell in (FIRST, SECOND):
        assert "host here was lost" in failed(rig, f"here.{cell}", "reach")
    skipped = read(rig.campaign / "campaign.json")["skipped"]
    assert "unreachable" in next(each["reason"] for each in skipped if each["host"] == "silent")
    done = {cell: read(rig.cell(cell, "there") / "cell.json") for cell in (FIRST, SECOND)}

    mark.unlink()
    own |= {"stress_ng_seconds": 2}
    rig.play("site", PATIENCE, **own)
    assert rig.sealed() == {FIRST, SECOND}
    assert done == {cell: read(rig.cell(cell, "there") / "cell.json") for cell in (FIRST, SECOND)}
