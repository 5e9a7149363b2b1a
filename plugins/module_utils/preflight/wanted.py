"""What shall run on the host: the module's parameters, checked before anything is looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

BACKENDS: Final = ("snp", "kvm", "emulated")
"""As pyrunner.model.BACKENDS, which is not there on a testbed host."""

PINNING: Final = ("off", "auto", "required")
SMT: Final = ("auto", "spread", "pack")
BACKING: Final = ("memfd", "hugetlb")
FIRMWARE: Final = re.compile(r"\d+\.\d+(\.\d+)?")

POSITIVE: Final = ("vm_memory_mib", "vm_vcpus", "qemu_min_version", "huge_page_kib")
NOT_NEGATIVE: Final = (
    "vm_overhead_mib",
    "memory_reserve_mib",
    "image_disk_mib",
    "overlay_disk_mib",
    "socket_path_reserve",
    "host_cores",
    "max_load",
    "memlock_min_mib",
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The module's parameters; their meaning is in its documentation. Sizes are in MiB."""

    state_dir: str
    fleet_sizes: tuple[int, ...]
    vm_memory_mib: int
    vm_vcpus: int
    vm_overhead_mib: int
    memory_reserve_mib: int
    image_disk_mib: int
    overlay_disk_mib: int
    qemu_binary: str
    qemu_min_version: int
    ovmf_path: str
    svsm_image_path: str
    svsm_kernel_pattern: str
    socket_path_reserve: int
    commands: tuple[str, ...]
    component_problems: dict[str, dict[str, str]]
    backend: str
    packages_pending: bool
    pinning: Literal["off", "auto", "required"]
    host_cores: int
    smt: Literal["auto", "spread", "pack"]
    isolated_cpus: bool
    pin_interrupts: bool
    memory_backing: str
    huge_page_kib: int
    vm_user: str
    memlock_min_mib: int
    sev_firmware_min: str
    max_load: float

    @property
    def largest_fleet(self) -> int:
        """VMs that run at the same time, at most."""
        return max(self.fleet_sizes)

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> Wanted:
        """Take the module's parameters.

        Raises:
            ValueError: they make no sense; the message names all that is wrong.
        """
        given = {field.name: params[field.name] for field in fields(cls)}
        problems = find_problems(given)
        if problems:
            raise ValueError("; ".join(problems))
        given["fleet_sizes"] = tuple(sorted(set(given["fleet_sizes"])))
        given["commands"] = tuple(given["commands"])
        return cls(**given)


def find_problems(given: dict[str, Any]) -> list[str]:
    """All that is wrong with the parameters, each with its name and value."""
    sizes = given["fleet_sizes"]
    problems = [
        f"{name} is {given[name]}, must be at least 1" for name in POSITIVE if given[name] < 1
    ]
    problems += [f"{name} is {given[name]}, negative" for name in NOT_NEGATIVE if given[name] < 0]
    if not sizes or min(sizes) < 1:
        problems.append(f"fleet_sizes is {sizes}, wants one or more numbers of at least 1")
    if not given["state_dir"].startswith("/"):
        problems.append(f"state_dir is {given['state_dir']!r}, must be an absolute path")
    if not given["qemu_binary"]:
        problems.append("qemu_binary is empty")
    choices = {
        "backend": ("auto", *BACKENDS),
        "pinning": PINNING,
        "smt": SMT,
        "memory_backing": BACKING,
    }
    problems += [
        f"{name} is {given[name]!r}, must be one of {', '.join(words)}"
        for name, words in choices.items()
        if given[name] not in words
    ]
    if not FIRMWARE.fullmatch(given["sev_firmware_min"]):
        problems.append(
            f"sev_firmware_min is {given['sev_firmware_min']!r}, wants a version: 1.55 or 1.55.24"
        )
    try:
        re.compile(given["svsm_kernel_pattern"])
    except re.error as error:
        problems.append(f"svsm_kernel_pattern is no regular expression: {error}")
    return problems
