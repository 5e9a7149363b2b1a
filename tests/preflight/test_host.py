"""The real host: files, devices and programs, whatever state they are in."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.preflight import host as module
from plugins.module_utils.preflight.host import Host
from plugins.module_utils.preflight.recorded import RecordedHost
from plugins.module_utils.preflight.tuning import observe_tuning
from tests.preflight.recordings import HOSTS, recorded

if TYPE_CHECKING:
    from pathlib import Path


def test_files(tmp_path: Path) -> None:
    (tmp_path / "sys").mkdir()
    (tmp_path / "sys/a").write_bytes(b" Y\xff\n")
    host = Host(tmp_path)
    assert host.read("/sys/a") == "Y\ufffd"
    assert host.read("/sys") is None
    assert host.read("/absent") is None
    assert host.glob("/sys/*") == ["/sys/a"]
    assert host.exists("/sys/a")


def test_devices(tmp_path: Path) -> None:
    host = Host(tmp_path)
    assert Host().open_problem("/dev/null") == ""
    assert host.open_problem("/dev/kvm") == os.strerror(errno.ENOENT)
    assert host.open_problem("/") == os.strerror(errno.EISDIR)


def test_free_space_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    there = os.statvfs(tmp_path)
    free = Host().free_mib(str(tmp_path / "not/yet"))
    assert free == pytest.approx(there.f_bavail * there.f_frsize / 2**20, rel=0.1)


def test_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host()
    assert host.run(["sh", "-c", "echo $LC_ALL"]).text == "C\n"
    failed = host.run(["sh", "-c", "echo out; echo why >&2; exit 3"])
    assert failed == module.Output(3, "why\n", "out\n")
    assert host.run(["/no/such/program"]).status == 127
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.1)
    assert host.run(["sleep", "5"]).status == 124


def test_programs_of_the_administrator_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert Host().which("mke2fs") == "/usr/sbin/mke2fs"
    assert Host().which("no-such-program") is None


def test_owners(tmp_path: Path) -> None:
    (tmp_path / "sev").touch(mode=0o640)
    assert Host(tmp_path).owner("/sev") == module.Owner(os.geteuid(), os.getegid(), 0o640)
    assert Host(tmp_path).owner("/absent") is None


def test_the_user_is_told() -> None:
    assert Host().user()[1] == os.geteuid()


def test_a_folder_that_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no recorded host"):
        RecordedHost(tmp_path)


def test_tuning_of_an_epyc() -> None:
    facts = observe_tuning(recorded(HOSTS / "epyc-milan")).facts()
    assert facts["smt"] == "off"
    assert facts["boost"] == "off"
    mitigations = facts["mitigations"]
    assert isinstance(mitigations, dict)
    assert mitigations["spec_rstack_overflow"] == "Mitigation: Safe RET"
    assert "meltdown" not in mitigations
    assert facts["transparent_hugepages"] == "madvise"
    # Boot parameters that tell nothing of performance are left out: they name disks and hosts.
    assert facts["kernel_parameters"] == ["mem_encrypt=on", "kvm_amd.sev=1"]


def test_boost_of_intel_is_told_the_other_way_round() -> None:
    assert observe_tuning(recorded(HOSTS / "laptop-vmx")).boost == "on"
