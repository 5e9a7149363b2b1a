"""Fleets of two that were traced for real, under this project's emulation of SEV-SNP.

Recorded with bpftrace 0.17 and Linux 6.18 from QEMU 10.2.2 with patches/qemu; what the emulation
takes is no performance.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyrunner.parsers.boot import parse_boot
from pyrunner.parsers.raw import Fleet
from pyrunner.parsers.trace import read_traces
from pyrunner.parsers.trace_checks import bound
from pyrunner.parsers.traced import Traced, exit_values, join

if TYPE_CHECKING:
    from pyrunner.model import Variant

RECORDED = Path(__file__).parents[1] / "data/bpf/recorded"
VARIANTS: dict[Variant, tuple[str, ...]] = {
    "plain": ("qemu_exec", "vcpu_run"),
    "cvm": ("qemu_exec", "snp_launch_start", "snp_launch_finished", "vcpu_run"),
    "svsm": ("qemu_exec", "snp_launch_start", "snp_launch_finished", "vcpu_run"),
}
RECORDINGS = [variant for variant in VARIANTS if (RECORDED / variant).is_dir()]


def joined(variant: Variant) -> dict[str, Traced]:
    folder = RECORDED / variant
    traces = read_traces(Fleet.read(folder))
    return {
        vm: join(parse_boot(folder / vm, variant), trace, folder / vm, variant)
        for vm, trace in traces.items()
    }


def test_there_are_recordings() -> None:
    assert RECORDINGS


@pytest.mark.parametrize("variant", RECORDINGS)
def test_both_witnesses_of_a_real_boot_agree(variant: Variant) -> None:
    found = joined(variant)
    assert sorted(found) == ["vm1", "vm2"]
    for traced in found.values():
        events = [e for e in traced.boot.events if e.source == "bpf"]
        assert tuple(event.name for event in events[: len(VARIANTS[variant])]) == VARIANTS[variant]
        ready = {e.source: e.seconds for e in traced.boot.events if e.name == "userspace_ready"}
        late = ready["debugcon"] - ready["bpf"]
        assert 0 <= late <= bound(traced.boot.phases["end_to_end"])


@pytest.mark.parametrize("variant", RECORDINGS)
def test_exits_of_a_real_boot(variant: Variant) -> None:
    values = exit_values(read_traces(Fleet.read(RECORDED / variant)))
    counts = {
        vm: {v.benchmark: v.value for v in found if v.metric == "count"}
        for vm, found in values.items()
    }
    for boot in counts.values():
        assert boot["tcg:interrupt"] > 100
        assert ("vmgexit:psc" in boot) == (variant != "plain")
        assert ("vmpl:2" in boot) == (variant == "svsm")
    if variant == "svsm":
        switches = counts["vm1"]
        assert switches["vmpl:0"] > 1000
        assert abs(switches["vmpl:2"] - switches["vmpl:0"]) <= 2
