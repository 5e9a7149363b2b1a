"""The commands that Ansible calls: one JSON object on the last line, the right exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from pyrunner.cli.data import data
from tests.campaign.demo import request
from tests.parsers.raw_factory import pack, write_raw

if TYPE_CHECKING:
    from pathlib import Path

PHASES = json.dumps([{"name": "boot", "status": "passed", "seconds": 8.1}])
CELL = ("--host", "local", "--cell", "plain-2vm-r1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Folder of a planned campaign."""
    status, told = _call("plan", tmp_path / "demo", "--request", "-", stdin=json.dumps(request()))
    assert status == 0
    assert told["changed"]
    return tmp_path / "demo"


def _call(command: str, folder: Path, *args: str, stdin: str = "") -> tuple[int, dict[str, Any]]:
    """Run a command; give its exit status and its JSON."""
    done = CliRunner().invoke(data, [command, "--campaign-dir", str(folder), *args], input=stdin)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return done.exit_code, told


def test_a_cell_from_plan_to_seal(folder: Path, tmp_path: Path) -> None:
    archive = str(pack(write_raw(tmp_path / "raw"), tmp_path / "raw.tar.gz"))
    sealing = ("seal", folder, *CELL, "--archive", archive, "--phases", "-")
    begun = _call("begin", folder, *CELL)[1]
    assert len(bytes.fromhex(begun.pop("nonce"))) == 64
    assert begun == {
        "changed": True,
        "done": False,
        "attempt": 1,
        "folder": str(folder / "cells" / "local" / "plain-2vm-r1"),
    }
    status, told = _call(*sealing, stdin=PHASES)
    assert (status, told["changed"], told["boot_events"]) == (0, True, 14)
    assert _call(*sealing, stdin=PHASES) == (
        0,
        {"changed": False, "observations": 0, "boot_events": 0},
    )
    assert _call("begin", folder, *CELL)[1]["done"]
    assert _call("status", folder)[1]["done"] == ["local/plain-2vm-r1"]
    again = _call("plan", folder, "--request", "-", stdin=json.dumps(request()))[1]
    assert not again["changed"]
    assert [cell["id"] for cell in again["cells"] if cell["done"]] == ["plain-2vm-r1"]


def test_plan_tells_what_runs_and_what_does_not(folder: Path) -> None:
    asked = json.dumps(request(variants=["cvm", "plain"], repeats=1))
    told = _call("plan", folder, "--request", "-", stdin=asked)[1]
    assert told["campaign"] == "demo"
    assert told["suites"] == ["stress_ng"]
    assert told["suite_notes"]["unixbench"]["hint"] == "set unixbench_source_path"
    assert told["cells"][0] == {
        "id": "plain-1vm-r1",
        "host": "local",
        "variant": "plain",
        "fleet_size": 1,
        "repeat": 1,
        "backend": "emulated",
        "done": False,
    }
    assert [skip["variant"] for skip in told["skipped"]] == ["cvm", "cvm"]


def test_a_failure_is_recorded(folder: Path) -> None:
    args = (*CELL, "--phase", "boot", "--result", "-")
    launch = {"name": "launch", "status": "passed", "seconds": 1}
    result = {"msg": "vm1 hangs", "hint": "see serial.log"}
    stdin = json.dumps({"result": result, "phases": [launch]})
    status, told = _call("fail", folder, *args, stdin=stdin)
    assert (status, told["changed"], told["message"]) == (0, True, "vm1 hangs")
    assert not _call("fail", folder, *args, stdin=stdin)[1]["changed"]
    failed = _call("status", folder)[1]["failed"]
    assert (failed[0]["message"], failed[0]["hint"]) == ("vm1 hangs", "see serial.log")


@pytest.mark.parametrize(
    ("args", "stdin", "message"),
    [
        (("begin", "--host", "local", "--cell", "plain-9vm-r1"), "", "has no cell plain-9vm-r1"),
        (("plan", "--request", "-"), "{", "not JSON"),
        (("plan", "--request", "-"), '{"campaign": "../x", "hosts": {"a": {}}}', "cannot be a"),
        (("seal", *CELL, "--archive", "/nowhere", "--phases", "-"), PHASES, "was not begun"),
        (("seal", *CELL, "--archive", "/nowhere", "--phases", "-"), "x", "not JSON"),
    ],
)
def test_wrong_use_is_told_as_json(
    folder: Path, args: tuple[str, ...], stdin: str, message: str
) -> None:
    status, told = _call(args[0], folder, *args[1:], stdin=stdin)
    assert status == 2
    assert message in told["error"]
    assert told["changed"] is False
    assert "hint" in told


def test_a_fault_in_the_data_has_exit_status_1(folder: Path, tmp_path: Path) -> None:
    _call("begin", folder, *CELL)
    raw = write_raw(tmp_path / "raw", size=1)
    args = ("--archive", str(raw), "--phases", "-")
    status, told = _call("seal", folder, *CELL, *args, stdin=PHASES)
    assert status == 1
    assert "of a fleet of 2: vm2 missing" in told["error"]


def test_light_commands_load_nothing_heavy() -> None:
    code = (
        "import sys, pyrunner.cli.data\n"
        "heavy = {'numpy', 'scipy', 'matplotlib', 'jinja2', 'yaml', 'pyrunner.parsers.boot'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_sealing_loads_no_statistics() -> None:
    code = (
        "import sys, pyrunner.cells.seal, pyrunner.parsers.stress_ng, pyrunner.parsers.unixbench\n"
        "heavy = {'numpy', 'scipy', 'matplotlib', 'jinja2', 'rich'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
