"""Hosts that work side by side: their commands wait for each other where they have to."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pyrunner.campaign import Request, load_campaign, plan_campaign
from pyrunner.campaign.store import one_at_a_time
from tests.campaign.demo import host, request

ROOT = Path(__file__).parents[2]
HOSTS = ("one", "two")


def _data(*words: str, stdin: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run a data command, as a task of the role does."""
    done = subprocess.run(
        [sys.executable, "-m", "pyrunner.cli.data", *words],
        input=json.dumps(stdin or {}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _work(folder: Path, name: str) -> list[str]:
    """Begin and fail every cell of a host; the ids, as the commands see them."""
    cells = [cell.id for cell in load_campaign(folder).cells if cell.host == name]
    for cell in cells:
        words = (f"--campaign-dir={folder}", f"--host={name}", f"--cell={cell}")
        assert _data("begin", *words)["attempt"] == 1
        said = {"result": {"msg": f"{name} {cell} fell"}}
        assert _data("fail", *words, "--phase=boot", "--result=-", stdin=said)["changed"]
    return cells


def test_commands_of_several_hosts_do_not_disturb_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    asked = request(hosts={name: host() for name in HOSTS}, fleet_sizes=[1], repeats=2)
    plan_campaign(folder, Request.from_dict(asked))
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda name: _work(folder, name), HOSTS))
    for name, cells in zip(HOSTS, done, strict=True):
        assert cells == ["plain-1vm-r1", "plain-1vm-r2"]
        for cell in cells:
            record = json.loads((folder / "cells" / name / cell / "failure.json").read_text())
            assert record["message"].startswith(f"{name} {cell} fell")
            assert record["cell"]["host"] == name


def test_of_plans_that_are_made_at_once_none_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    plan_campaign(folder, Request.from_dict(request(fleet_sizes=[1], repeats=1)))

    def plan(size: int) -> None:
        asked = request(fleet_sizes=[size], repeats=1)
        words = ("plan", f"--campaign-dir={folder}", "--request=-")
        assert _data(*words, stdin=asked)["changed"]

    with ThreadPoolExecutor() as pool:
        list(pool.map(plan, (2, 3, 4)))
    assert {cell.fleet_size for cell in load_campaign(folder).cells} == {1, 2, 3, 4}


def test_who_changes_a_folder_waits_for_who_does(tmp_path: Path) -> None:
    order: list[str] = []
    with ThreadPoolExecutor() as pool:
        with one_at_a_time(tmp_path):

            def second() -> None:
                with one_at_a_time(tmp_path):
                    order.append("second")

            waits = pool.submit(second)
            time.sleep(0.2)
            order.append("first")
        waits.result(timeout=5)
    assert order == ["first", "second"]
