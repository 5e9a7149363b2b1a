"""When a report is made, when it is left alone, and what the command says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pyrunner.cli.report import report
from pyrunner.results import inputs
from pyrunner.results.inputs import OUTPUTS, STAMP, inputs_digest
from pyrunner.results.labels import MINUS
from pyrunner.results.report import build_report
from tests.builders import synthetic

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("scipy", "numpy", "matplotlib", "jinja2", "junit_xml", "rich")


@pytest.fixture
def home(tmp_path: Path, small: synthetic.Spec) -> Path:
    """A small campaign that has its report."""
    home = synthetic.build(tmp_path, small)
    assert build_report(home)
    return home


def test_a_second_report_touches_nothing(home: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.iterdir()}
    assert not build_report(home)
    assert {path: path.stat().st_mtime_ns for path in home.iterdir()} == before


def test_a_second_report_imports_nothing_heavy(home: Path) -> None:
    code = (
        "import sys, pathlib; from pyrunner.results.report import build_report; "
        "changed = build_report(pathlib.Path(sys.argv[1])); "
        f"print(changed, [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(home)], cwd=ROOT, capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == "False []"


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_lost_output_is_made_again(home: Path, name: str) -> None:
    before = (home / name).read_bytes()
    (home / name).unlink()
    assert build_report(home)
    assert (home / name).read_bytes() == before


def test_a_new_cell_changes_the_report(tmp_path: Path, small: synthetic.Spec) -> None:
    small.unrun = frozenset({"svsm-2vm-r2"})
    build_report(home := synthetic.build(tmp_path, small))
    rows = (home / "results.csv").read_text().count("\n")
    synthetic.seal(home, small, list(synthetic.plan(small))[-1])
    assert build_report(home)
    assert (home / "results.csv").read_text().count("\n") > rows
    assert not build_report(home)


def test_a_changed_generator_makes_the_report_again_without_a_change(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = inputs_digest(home)
    other = tmp_path / "pyrunner" / "results"
    shutil.copytree(inputs.GENERATOR, other)
    shutil.copy(inputs.GENERATOR.parent / "model.py", other.parent)
    monkeypatch.setattr(inputs, "GENERATOR", other)
    (other / "labels.py").write_text("# other")
    assert inputs_digest(home) != before
    assert not build_report(home)  # all outputs came out the same
    assert (home / STAMP).read_text() == inputs_digest(home)


def test_an_interrupted_report_is_made_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / STAMP).unlink()

    def interrupt(*_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pyrunner.results.junit.junit", interrupt)
        with pytest.raises(KeyboardInterrupt):
            build_report(home)
    assert not (home / STAMP).exists()
    assert not build_report(home)
    assert (home / STAMP).exists()


def test_the_command_tells_ansible_whether_it_changed(
    tmp_path: Path, small: synthetic.Spec
) -> None:
    home = synthetic.build(tmp_path, small)
    first, second = (CliRunner().invoke(report, [str(home)]) for _ in range(2))
    assert (first.exit_code, first.output.splitlines()[-1]) == (0, "changed")
    assert (second.exit_code, second.output.splitlines()[-1]) == (0, "unchanged")
    assert first.output.splitlines()[:-1] == second.output.splitlines()[:-1]
    assert f"Report: {home}/report.html" in first.output
    assert "SVSM against plain on epyc1" in first.output
    assert f"(thesis {MINUS}31.4 %)" in first.output


def test_the_command_shows_values_and_reasons(plain_only: Path) -> None:
    output = CliRunner().invoke(report, [str(plain_only)]).output
    assert "Measured on local: mean per VM" in output
    assert "File copy, bogo_ops/s" in output
    assert "SVSM against plain, SVSM against CVM: not measured." in output
    assert "Emulated: a functional run, not performance." in output
    assert "6 cells done, 0 failed, 0 not run yet" in output


def test_wrong_use_and_faults_have_their_statuses(home: Path, tmp_path: Path) -> None:
    assert CliRunner().invoke(report, [str(tmp_path / "none")]).exit_code == 2
    (home / "cells/epyc1/plain-1vm-r1/observations.csv").unlink()
    (home / STAMP).unlink()
    result = CliRunner().invoke(report, [str(home)])
    assert result.exit_code == 1
    assert "plain-1vm-r1/observations.csv" in result.output


def test_a_name_with_markup_is_printed_as_it_is(tmp_path: Path) -> None:
    spec = synthetic.plain_only()
    spec.repeats = 1
    home = synthetic.build(tmp_path, spec)
    plan = json.loads((home / "campaign.json").read_text())
    plan["hosts"]["local"]["variants"]["svsm"]["reason"] = "see [red]this[/red]"
    (home / "campaign.json").write_text(json.dumps(plan))
    assert "[red]this[/red]" in CliRunner().invoke(report, [str(home)]).output


def test_help_says_what_is_written() -> None:
    text = CliRunner().invoke(report, ["--help"]).output
    for name in ("results.csv", "boot_events.csv", "junit.xml", "report.html", "unchanged"):
        assert name in text
