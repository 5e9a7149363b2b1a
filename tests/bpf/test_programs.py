"""The programs compile with the bpftrace that is installed, and print what is read of them."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.fleet.trace_program import (
    PARTS,
    PROBE,
    events_folder,
    missing_probes,
    program,
)
from plugins.module_utils.fleet.trace_records import LINE
from pyrunner.parsers.trace import NAMES
from tests.bpf.conftest import PROGRAMS

if TYPE_CHECKING:
    from pathlib import Path

ALL = sorted({part for parts in PARTS.values() for part in parts})
FUNCTIONS = {
    name for part in ALL for _, _, name in PROBE.findall((PROGRAMS / f"{part}.bt").read_text())
}
SAMPLES = {"%d": "17", "%llu": "18", "%u": "19", "%s": "CPU 0/KVM"}


def dry_run(bpftrace: str) -> list[str]:
    """How this version is told to compile and do no more."""
    told = subprocess.run([bpftrace, "--help"], capture_output=True, text=True, check=False)
    return ["--dry-run"] if "--dry-run" in told.stdout + told.stderr else ["-d"]


@pytest.mark.parametrize("accelerator", sorted(PARTS))
def test_programs_compile(accelerator: str, bpftrace: str, fake_qemu: Path, tmp_path: Path) -> None:
    text = program_text(accelerator)
    if any(kind == "tracepoint" for kind, _, _ in PROBE.findall(text)) and not events_folder():
        pytest.skip("tracefs is not mounted: mount -t tracefs nodev /sys/kernel/tracing")
    if missing := missing_probes(text, FUNCTIONS):
        pytest.skip(f"this kernel has no {', '.join(missing)}")
    path = tmp_path / "trace.bt"
    path.write_text(text.replace(":QEMU:", f":{fake_qemu}:"))
    words = [bpftrace, *dry_run(bpftrace), str(path), "1", "1488"]
    said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert said.returncode == 0, said.stderr[-2000:]


def program_text(accelerator: str) -> str:
    return "\n".join((PROGRAMS / f"{part}.bt").read_text("utf-8") for part in PARTS[accelerator])


@pytest.mark.parametrize("part", ALL)
def test_what_a_part_prints_is_read(part: str) -> None:
    text = (PROGRAMS / f"{part}.bt").read_text("utf-8")
    for form in re.findall(r'printf\("([^"]*)"', text):
        assert form.endswith("\\n")
        line = re.sub(r"%\w+", lambda found: SAMPLES[found[0]], form[:-2])
        assert LINE.fullmatch(line), form


@pytest.mark.parametrize("part", ALL)
def test_counters_have_names_and_other_maps_are_marked_as_internal(part: str) -> None:
    text = (PROGRAMS / f"{part}.bt").read_text("utf-8")
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert {name for name in re.findall(r"@(\w+)", code) if not name.startswith("_")} <= {*NAMES}


@pytest.mark.parametrize("part", ALL)
def test_every_probe_looks_at_our_processes_alone(part: str) -> None:
    text = (PROGRAMS / f"{part}.bt").read_text("utf-8")
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    heads = re.findall(
        r"^(?:tracepoint|uprobe|uretprobe):\S+\s+(/[^{]*/)?\s*\{", code, re.MULTILINE
    )
    assert len(heads) == len(PROBE.findall(text)) > 0
    assert all(re.search(r"@_(ours|command|launching)\[(pid|tid)\]", head) for head in heads)


def test_a_program_names_the_qemu_that_runs() -> None:
    made = program(PROGRAMS, "tcg", "/opt/qemu", FUNCTIONS) if events_folder() else None
    if made is None:
        pytest.skip("tracefs is not mounted: mount -t tracefs nodev /sys/kernel/tracing")
    assert "uprobe:/opt/qemu:tcg_cpu_exec" in made.text
    assert ":QEMU:" not in made.text
    assert made.parts == PARTS["tcg"]
    assert made.left_out == {}
