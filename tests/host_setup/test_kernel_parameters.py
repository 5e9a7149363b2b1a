"""Parameters of the kernel and its modules: what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roles.host_setup.module_utils.host_machine.packages import kernel_release
from roles.host_setup.module_utils.host_machine.parameters import (
    idle,
    lacking,
    module_differences,
    not_plain,
    same,
    unknown,
)
from tests.host_setup.hosts import server, write

if TYPE_CHECKING:
    from pathlib import Path

DPKG = {
    ("--show", "linux-generic-hwe"): "linux-image-generic-hwe (= 6.14), linux-headers-generic-hwe",
    ("--show", "linux-image-generic-hwe"): "linux-image-6.14.0-33-generic, linux-firmware",
    (
        "--listfiles",
        "linux-image-6.14.0-33-generic",
    ): "/.\n/boot\n/boot/vmlinuz-6.14.0-33-generic\n",
    ("--show", "linux-image-amd64"): "linux-image-6.12.57+deb13-amd64 (= 6.12.57-1)",
    ("--listfiles", "linux-image-6.12.57+deb13-amd64"): "/boot/vmlinuz-6.12.57+deb13-amd64",
    ("--show", "bash"): "base-files (>= 2.1.12)",
}


def asked(*words: str) -> str:
    """What dpkg-query would say."""
    return DPKG.get((words[0], words[-1]), "")


@pytest.mark.parametrize(
    ("package", "release"),
    [
        ("linux-generic-hwe", "6.14.0-33-generic"),
        ("linux-image-amd64", "6.12.57+deb13-amd64"),
        ("linux-image-6.14.0-33-generic", "6.14.0-33-generic"),
        ("bash", ""),
        ("linux-image-cloud-amd64", ""),
    ],
)
def test_the_kernel_of_a_package_is_found_through_what_it_depends_on(
    package: str, release: str
) -> None:
    assert kernel_release(package, asked) == release


def test_dpkg_itself_is_asked() -> None:
    assert kernel_release("svsm-testbed-no-such-package") == ""


def test_a_word_that_is_wanted_twice_is_lacking_once() -> None:
    wanted = ["hugepagesz=1G", "hugepages=2", "hugepages=2"]
    assert lacking(wanted, ["ro", "hugepages=2", "hugepagesz=1G"]) == ["hugepages=2"]


@pytest.mark.parametrize(
    "word",
    ["a b", 'a="b"', "$(reboot)", "`id`", "a\n", "", "a=b\\", "=1", "a=b'", "isolcpus=1,2;ls"],
)
def test_what_a_shell_could_take_for_something_else_is_refused(word: str) -> None:
    assert not_plain([word, "nosmt"]) == [word]


@pytest.mark.parametrize(
    "word",
    ["nosmt", "kvm_amd.sev=1", "isolcpus=managed_irq,1-7:2/3", "root=UUID=ab-cd", "console="],
)
def test_usual_parameters_are_accepted(word: str) -> None:
    assert not_plain([word]) == []


@pytest.mark.parametrize(
    ("actual", "wanted", "answer"),
    [("Y", "1", True), ("N", "0", True), ("1", "y", True), ("Y", "0", False), ("3", "3", True)],
)
def test_linux_says_yes_in_several_words(actual: str, wanted: str, answer: bool) -> None:  # noqa: FBT001 -- a column of a table
    assert same(actual, wanted) is answer


def test_a_module_differs_in_what_it_has(tmp_path: Path) -> None:
    root = server(tmp_path)
    wanted = {"kvm_amd": {"sev": "1", "sev_snp": "1"}, "kvm": {"gmem_2m_enabled": "1"}}
    assert module_differences(root, wanted) == {"kvm_amd": ["kvm_amd.sev_snp is N, not 1"]}
    assert unknown(root, wanted) == ["kvm.gmem_2m_enabled"]


def test_a_module_that_is_not_loaded_is_not_said_to_lack_anything(tmp_path: Path) -> None:
    assert unknown(tmp_path, {"kvm_amd": {"sev": "1"}}) == []
    assert module_differences(tmp_path, {"kvm_amd": {"sev": "1"}}) == {}


def test_kvm_is_idle_as_long_as_its_user_is(tmp_path: Path) -> None:
    root = server(tmp_path)
    assert idle(root, "kvm_amd")
    assert idle(root, "kvm")
    write(root, "/sys/module/kvm_amd/refcnt", "8\n")
    assert not idle(root, "kvm_amd")
    assert not idle(root, "kvm")


def test_what_is_built_in_is_never_idle(tmp_path: Path) -> None:
    root = server(tmp_path)
    (root / "sys/module/kvm_amd/refcnt").unlink()
    assert not idle(root, "kvm_amd")
    differences = module_differences(root, {"kvm_amd": {"sev_snp": "1"}})
    assert "add kvm_amd.sev_snp=1 to host_setup_kernel_parameters" in differences["kvm_amd"][0]
