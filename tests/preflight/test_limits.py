"""Memory, disk and path lengths at the edge, and parameters that make no sense."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.module_utils.preflight.check import Check
from plugins.module_utils.preflight.cpu import observe_cpu
from plugins.module_utils.preflight.host import Host
from plugins.module_utils.preflight.resources import (
    Resources,
    check_disk,
    check_memory,
    check_path,
    fleet_memory,
    most_vms,
)
from tests.preflight.recordings import wanted


@given(st.integers(0, 200_000), st.integers(1, 64), st.integers(1, 8192))
def test_most_vms_is_the_largest_fleet_that_fits(memory: int, size: int, each: int) -> None:
    want = wanted(vm_memory_mib=each, fleet_sizes=[size])
    most = most_vms(Resources(memory, memory, 0), want)
    assert fleet_memory(most + 1, want) > memory
    assert most == 0 or fleet_memory(most, want) <= memory


def test_memory_to_the_mebibyte() -> None:
    want = wanted(fleet_sizes=[1, 8])
    need = fleet_memory(8, want)
    assert check_memory(Resources(need, need, 0), want).status == "ok"
    assert check_memory(Resources(need, need - 1, 0), want).status == "missing"
    assert check_memory(Resources(need, fleet_memory(1, want) - 1, 0), want).status == "error"


def test_disk_to_the_mebibyte() -> None:
    want = wanted(fleet_sizes=[8], image_disk_mib=4000, overlay_disk_mib=500)
    assert check_disk(Resources(0, 0, 8000), want).status == "ok"
    assert check_disk(Resources(0, 0, 7999), want).status == "error"


def test_path_to_the_byte() -> None:
    """107 bytes are what the kernel takes; umlauts are two each."""
    assert check_path(wanted(state_dir="/" + "x" * 39)).status == "ok"
    assert check_path(wanted(state_dir="/" + "x" * 39 + "/")).status == "ok"
    assert check_path(wanted(state_dir="/" + "x" * 40)).status == "error"
    assert check_path(wanted(state_dir="/" + "ü" * 20)).status == "error"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"fleet_sizes": []}, "fleet_sizes"),
        ({"fleet_sizes": [1, 0]}, "fleet_sizes"),
        ({"vm_memory_mib": 0}, "vm_memory_mib"),
        ({"vm_vcpus": -1}, "vm_vcpus"),
        ({"qemu_min_version": 0}, "qemu_min_version"),
        ({"overlay_disk_mib": -1}, "overlay_disk_mib"),
        ({"state_dir": "var/lib"}, "state_dir"),
        ({"qemu_binary": ""}, "qemu_binary"),
        ({"backend": "xen"}, "backend"),
        ({"svsm_kernel_pattern": "("}, "svsm_kernel_pattern"),
    ],
)
def test_parameters_that_make_no_sense_are_named(change: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        wanted(**change)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"vm_vcpus.*fleet_sizes.*backend"):
        wanted(vm_vcpus=0, fleet_sizes=[], backend="xen")


def test_a_finding_without_hint_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="hint"):
        Check("a.b", "A", "missing", "seen")
    with pytest.raises(ValueError, match="hint"):
        Check("a.b", "A", "ok", "seen", "do")


class OneFile(Host):
    """A host whose every file has the same text."""

    def __init__(self, text: str) -> None:
        """Keep the text."""
        super().__init__()
        self.text = text

    def read(self, path: str) -> str | None:
        """The text, whatever the path."""
        return self.text if path else None


@given(st.text() | st.from_regex(r"(\w+\t*: .*\n){1,9}"))
def test_no_cpuinfo_breaks_it(text: str) -> None:
    cpu = observe_cpu(OneFile(text))
    assert cpu.count >= 0
    assert cpu.built_for_snp in (True, False)
