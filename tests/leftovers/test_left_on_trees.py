"""Each kind of leftover on hosts that are trees of files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugins.module_utils.leftovers import (
    asids,
    builds,
    files,
    huge_pages,
    interrupts,
    mounts,
    ports,
    processes,
    tracing,
    units,
)
from plugins.module_utils.leftovers.look import left, look
from plugins.module_utils.leftovers.scope import Scope
from plugins.module_utils.leftovers.table import SHOWN, table
from plugins.module_utils.preflight.host import Output
from tests.leftovers.trees import RUN, STATE, TCP, Tree, scope, whats

QEMU = "/opt/bin/qemu-system-x86_64"
PIDFILE = f"{RUN}/c/plain-1vm-r1/vm1/pid"
FLEET = (QEMU, "-pidfile", PIDFILE)


@pytest.fixture
def host(tmp_path: Path) -> Tree:
    """A host on which nothing is left."""
    return Tree(tmp_path)


def test_an_empty_host_has_nothing_left(host: Tree) -> None:
    answers = look(scope(host, ports=(42001,)))
    assert left(answers) == []
    assert {answer.status for answer in answers} == {"none", "skipped"}
    assert all(answer.detail for answer in answers if answer.status == "skipped")
    assert len(table(answers)) == len(answers) == len({answer.kind for answer in answers})


def test_processes_of_fleets_are_told_by_kind(host: Tree) -> None:
    host.process(10, *FLEET)
    host.process(11, "python3", "/state/stamper.py", f"{RUN}/c/plain-1vm-r1/vm1")
    host.process(12, "/usr/bin/bpftrace", "/s/boot.bt", holds=(f"{RUN}/c/trace.jsonl",))
    host.process(13, "ssh", "-i", f"{STATE}/keys/id_ed25519", "-p", "42001", "root@127.0.0.1")
    host.process(14, QEMU, "-append", "quiet testbed.probe", "-bios", f"{STATE}/artifacts/OVMF.fd")
    here = scope(host, ports=(42001,))
    assert [f.split()[1] for f in whats(processes.look_at_qemu(here))] == ["10", "14"]
    assert whats(processes.look_at_stampers(here)) == ["process 11 (python3 stamper.py)"]
    assert whats(processes.look_at_tracers(here)) == ["process 12 (bpftrace boot.bt)"]
    assert whats(processes.look_at_sessions(here)) == ["process 13 (ssh -i)"]
    assert "kill 10" in processes.look_at_qemu(here).findings[0].hint


def test_processes_of_others_are_not(host: Tree) -> None:
    host.process(10, QEMU, "-pidfile", "/elsewhere/run/c/vm1/pid")
    host.process(11, "less", f"{RUN}/c/vm1/qemu.log")
    host.process(12, "ssh", "-i", f"{STATE}/keys/id_ed25519", "-p", "22", "root@127.0.0.1")
    host.process(13, "ssh", "-i", "/root/.ssh/id_ed25519", "-p", "42001", "root@127.0.0.1")
    host.process(14, "bpftrace", "-e", "BEGIN {}")
    host.process(15, QEMU, "-bios", f"{STATE}/artifacts/OVMF.fd")
    assert left(look(scope(host, ports=(42001,)))) == []


def listen(host: Tree, port: int, inode: int, state: str = "0A", table: str = "tcp") -> None:
    """Let a socket listen."""
    line = (
        f"   0: 0100007F:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 "
    )
    host.add({f"/proc/net/{table}": f"{TCP}\n{line} 0 0 {inode} 1 0000000000000000 100\n"})


def test_a_port_of_ours_is_left_wherever_it_is(host: Tree) -> None:
    listen(host, 5000, 77, table="tcp6")
    host.process(10, *FLEET, holds=("socket:[77]",))
    found = ports.look(scope(host, ports=(42001,)))
    assert whats(found) == ["port 5000: process 10 (qemu-system-x86_64 -pidfile)"]
    assert found.title == "ports 42001"


@pytest.mark.parametrize("state", ["0A", "01"])
def test_a_stranger_on_a_port_is_told_and_is_no_leftover(host: Tree, state: str) -> None:
    listen(host, 42001, 77, state)
    host.process(10, "nginx", holds=("socket:[77]",))
    found = ports.look(scope(host, ports=(42001, 42002)))
    assert found.status == "none"
    told = "in use, and not by this testbed: 42001 by process 10 (nginx)"
    assert found.detail == (told if state == "0A" else "free")


def test_a_port_whose_holder_cannot_be_seen_proves_nothing(host: Tree) -> None:
    listen(host, 42001, 77)
    assert whats(ports.look(scope(host, ports=(42001,)))) == [
        "port 42001: somebody who cannot be seen"
    ]


def test_files_of_fleets_are_told_by_kind(host: Tree) -> None:
    vm = f"{RUN}/c/vm1"
    host.add(
        dict.fromkeys([f"{vm}/overlay.qcow2", f"{vm}/qmp.sock", f"{vm}/pid", f"{RUN}/a.tar"], "")
    )
    here = scope(host)
    assert whats(files.look_at_overlays(here)) == [f"{vm}/overlay.qcow2"]
    assert whats(files.look_at_sockets(here)) == [f"{vm}/qmp.sock"]
    assert whats(files.look_at_pids(here)) == [f"{vm}/pid"]
    assert whats(files.look_at_folders(here)) == [f"{RUN}/a.tar", f"{RUN}/c"]


def reserve(host: Tree, total: int, free: int, promised: int = 0) -> None:
    """Let there be huge pages of 2 MiB."""
    pool = "/sys/kernel/mm/hugepages/hugepages-2048kB"
    counts = {"nr": total, "free": free, "resv": promised}
    host.add({f"{pool}/{name}_hugepages": f"{count}\n" for name, count in counts.items()})


def test_pages_that_nobody_uses_are_not_left(host: Tree) -> None:
    reserve(host, 512, 512)
    found = huge_pages.look(scope(host, pages={2048: 512}))
    assert found.status == "none"
    assert found.detail == "512 of 2048 KiB reserved, 512 of them by host_setup, 512 free"


@pytest.mark.parametrize(("free", "promised"), [(510, 0), (512, 2)])
def test_pages_that_no_program_has_are_left(host: Tree, free: int, promised: int) -> None:
    reserve(host, 512, free, promised)
    assert whats(huge_pages.look(scope(host))) == ["4096 KiB in use, and by no program"]


def test_pages_of_ours_are_left_and_those_of_others_are_not(host: Tree) -> None:
    reserve(host, 512, 508)
    host.process(10, *FLEET, huge_kib=4096)
    host.process(11, "postgres", huge_kib=4096)
    found = huge_pages.look(scope(host))
    assert whats(found) == ["process 10 (qemu-system-x86_64 -pidfile)"]
    assert "process 11 (postgres) has some, not of this testbed" in found.detail


def test_pages_that_are_promised_to_another_are_not_left(host: Tree) -> None:
    reserve(host, 520, 500, 492)
    host.process(11, "qemu-system-x86_64", huge_kib=40960)
    found = huge_pages.look(scope(host))
    assert found.status == "none"
    assert found.detail.startswith("520 of 2048 KiB reserved, 8 free; process 11 ")


def move(host: Tree, now: dict[str, str]) -> None:
    """Let interrupts go to these processors, and each have gone to 0-3."""
    host.add({f"/proc/irq/{number}/smp_affinity_list": f"{cpus}\n" for number, cpus in now.items()})
    before = dict.fromkeys(now, "0-3")
    note = json.dumps({"target": "0", "before": before})
    host.add({f"{RUN}/c/plain-1vm-r1/interrupts.json": note})


def test_interrupts_that_are_not_back_are_left(host: Tree) -> None:
    move(host, {"24": "0", "25": "0-3"})
    found = interrupts.look(scope(host))
    assert whats(found) == ["interrupt 24 goes to processors 0, and went to 0-3"]
    assert found.findings[0].hint == "echo 0-3 > /proc/irq/24/smp_affinity_list"


def test_interrupts_are_proved_to_be_back_when_their_note_is_gone(host: Tree) -> None:
    move(host, {"24": "0"})
    before = interrupts.noted(scope(host))
    host.at(f"{RUN}/c/plain-1vm-r1/interrupts.json").unlink()
    here = Scope(host, STATE, STATE, interrupts={**before, "99": "1"})
    assert whats(interrupts.look(here)) == ["interrupt 24 goes to processors 0, and went to 0-3"]
    host.add({"/proc/irq/24/smp_affinity_list": "0-3\n"})
    assert interrupts.look(here).detail == "2 are back"


def test_files_in_hugetlbfs_are_left(host: Tree) -> None:
    reserve(host, 0, 0)
    host.mounts(hugetlbfs="/dev/hugepages", tmpfs="/tmp")  # noqa: S108 - nobody writes there
    host.add({"/dev/hugepages/svsm-testbed-vm1": "", "/dev/hugepages/dpdk": ""})
    found = huge_pages.look(scope(host))
    assert whats(found) == ["/dev/hugepages/svsm-testbed-vm1"]


@pytest.mark.parametrize(
    "path",
    [
        "/sys/fs/cgroup/misc.current",
        "/sys/fs/cgroup/machine.slice/misc.current",
        "/sys/fs/cgroup/misc/a/misc.current",
    ],
)
def test_asids_that_no_guest_has_are_left(host: Tree, path: str) -> None:
    host.add({path: "sev 0\nsev_es 3\n"})
    vm = ("anon_inode:kvm-vm", "/dev/kvm")
    host.process(10, QEMU, "-object", "sev-snp-guest,id=sev0", holds=vm)
    host.process(11, QEMU, "-name", "plain", holds=vm)
    host.process(12, "cloud-hypervisor", holds=vm)
    found = asids.look(scope(host))
    assert whats(found) == ["1 in use, and not by other guests"]
    assert found.detail.startswith("3 in use; process 10 ")
    assert "process 11" not in found.detail


@pytest.mark.parametrize(
    ("current", "status"), [("sev 2\nsev_es 0", "none"), ("sev 2", "skipped"), ("", "skipped")]
)
def test_asids_are_told_apart_from_none_counted(host: Tree, current: str, status: str) -> None:
    host.add({"/sys/fs/cgroup/misc.current": current})
    assert asids.look(scope(host)).status == status


def test_asids_of_a_vm_of_ours_are_not_anothers(host: Tree) -> None:
    host.add({"/sys/fs/cgroup/misc.current": "sev_es 1"})
    host.process(10, *FLEET, "-object", "sev-snp-guest,id=sev0", holds=("anon_inode:kvm-vm",))
    assert asids.look(scope(host)).status == "left"


def test_units_of_a_run_are_left_and_installed_ones_are_not(host: Tree) -> None:
    folder = "/run/systemd/transient"
    host.add(
        {
            "/run/systemd/system/x": "",
            f"{folder}/svsm-testbed-vm1.scope": "",
            f"{folder}/run-r1.service": f'[Service]\nExecStart="{QEMU}" "-pidfile" "{PIDFILE}"\n',
            f"{folder}/run-r2.service": "[Service]\nExecStart=sleep 9\n",
            f"{folder}/svsm-testbed-vm1.scope.d/50-a.conf": "",
            "/etc/systemd/system/svsm-testbed-tuning.service": "",
        }
    )
    failed = ["svsm-testbed-x.service", "svsm-testbed-tuning.service"]
    lines = [f"{name} loaded failed failed X\n" for name in failed]
    host.answers["systemctl"] = Output(0, "".join(lines))
    assert whats(units.look(scope(host))) == [
        "run-r1.service",
        "svsm-testbed-vm1.scope",
        "svsm-testbed-x.service (failed)",
    ]


def test_mounts_inside_are_left_the_last_one_first(host: Tree) -> None:
    host.mounts(
        ext4=f"{STATE}", tmpfs=f"{STATE}/a\\040b", proc=f"{STATE}/a\\040b/proc", xfs=f"{STATE}/disk"
    )
    host.add({"/etc/fstab": f"# a comment\nUUID=1 {STATE}/disk xfs defaults 0 2\n"})
    found = mounts.look_at_mounts(scope(host))
    assert whats(found) == [f"{STATE}/a b/proc (proc)", f"{STATE}/a b (tmpfs)"]
    assert found.findings[1].hint == f"umount '{STATE}/a b'"


def test_loop_devices_of_our_files_are_left(host: Tree) -> None:
    host.add(
        {
            "/sys/block/loop0/loop/backing_file": f"{STATE}/artifacts/x/rootfs.img\n",
            "/sys/block/loop1/loop/backing_file": "/snap/core.snap\n",
            "/sys/block/loop2/size": "0",
        }
    )
    found = mounts.look_at_loops(scope(host))
    assert whats(found) == [f"/dev/loop0 of {STATE}/artifacts/x/rootfs.img"]
    assert found.findings[0].hint == "losetup -d /dev/loop0"


STAGING = f"{STATE}/artifacts/ovmf/.staging-12ab"
SCRATCH = f"{STATE}/artifacts/build_root_ovmf/34cd/rootfs/work/ovmf.x1"
WORK = f"{STATE}/sources/.svsm_packit.work-y2"
HOLDS = {
    STAGING: f"{STATE}/logs/ovmf-12ab.log",
    SCRATCH: f"{STATE}/artifacts/build_root_ovmf/34cd/rootfs/usr/bin",
    WORK: f"{STATE}/sources/.svsm_packit.lock",
}


@pytest.mark.parametrize("folder", HOLDS)
def test_folders_of_interrupted_builds_may_go(host: Tree, folder: str) -> None:
    host.add({f"{folder}/file": "", f"{STATE}/artifacts/ovmf/56ef/OVMF.fd": ""})
    here = scope(host)
    (found,) = builds.look_at_abandoned(here).findings
    assert (found.what, found.path) == (folder, folder)
    assert builds.look_at_running(here).status == "none"


@pytest.mark.parametrize(("folder", "held"), HOLDS.items())
def test_folders_of_builds_that_run_may_not(host: Tree, folder: str, held: str) -> None:
    host.add({f"{folder}/file": ""})
    host.process(10, "make", "-j2", holds=(held,))
    assert builds.look_at_abandoned(scope(host)).status == "none"
    assert whats(builds.look_at_running(scope(host))) == [
        f"process 10 (make -j2) works in {folder}"
    ]


def test_a_build_in_a_folder_that_others_use_may_be_theirs(host: Tree) -> None:
    shared = Path("/shared")
    host.add({f"{shared}/artifacts/ovmf/.staging-1/file": ""})
    host.process(10, "make", holds=(f"{shared}/logs/ovmf-1.log",))
    found = builds.look_at_running(scope(host, artifacts=shared))
    assert found.status == "none"
    assert "maybe another testbed's" in found.detail


def test_a_folder_with_a_mount_in_it_is_never_simply_removed(host: Tree) -> None:
    host.add({f"{SCRATCH}/dev/null": ""})
    host.mounts(devtmpfs=f"{SCRATCH}/dev")
    (found,) = builds.look_at_abandoned(scope(host)).findings
    assert found.path == ""
    assert found.hint.startswith(f"umount {SCRATCH}/dev first")


def test_a_folder_with_a_file_of_a_loop_device_is_not_removed_either(host: Tree) -> None:
    host.add({"/sys/block/loop3/loop/backing_file": f"{STAGING}/rootfs.img\n"})
    host.add({f"{STAGING}/rootfs.img": ""})
    (found,) = builds.look_at_abandoned(scope(host)).findings
    assert found.path == ""
    assert found.hint == f"losetup -d /dev/loop3 first, then rm -r {STAGING}"


def test_tracing_of_ours_is_left(host: Tree) -> None:
    host.add(
        {
            "/sys/kernel/tracing/trace": "",
            "/sys/kernel/tracing/instances/svsm-testbed-1/trace": "",
            "/sys/kernel/tracing/instances/other/trace": "",
            "/sys/fs/bpf/svsm-testbed-exits": "",
        }
    )
    assert whats(tracing.look(scope(host))) == [
        "/sys/kernel/tracing/instances/svsm-testbed-1",
        "/sys/fs/bpf/svsm-testbed-exits",
    ]


def test_the_table_has_a_line_for_each_kind_and_tells_how_to_end_what_is_left(host: Tree) -> None:
    host.add({f"{RUN}/c/vm{n}/overlay.qcow2": "" for n in range(1, 9)})
    answers = look(scope(host))
    lines = table(answers)
    assert sum(not line.startswith(" ") for line in lines) == len(answers)
    assert f"         -> rm -r {RUN}/c/vm1/overlay.qcow2" in lines
    assert f"         and {8 - SHOWN} more" in lines
    assert len(left(answers)) == 9
    assert left(answers)[0]["told"].startswith(f"overlays: {RUN}/c/vm1/overlay.qcow2 -> rm -r ")
