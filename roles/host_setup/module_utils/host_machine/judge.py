"""All that is to be said of a host, for the role's tasks."""

from __future__ import annotations

import pwd
import shutil
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from . import boot, parameters
from .files import at
from .firmware import firmware_problem, target
from .frequency import differing, frequency_notes, frequency_settings, governor_problem
from .grub import read_grub
from .memory import at_boot, lacking_pages, memory_problems, settings

if TYPE_CHECKING:
    from pathlib import Path

    from plugins.module_utils.topology.machine import Topology

    from .grub import Grub
    from .wanted import Wanted

BOOT_MIB: Final = 256
"""What a kernel and its initrd take in /boot, at most."""


def machine(root: Path, wanted: Wanted, boost: str, topology: Topology) -> dict[str, Any]:
    """What the host is, and how that differs from what is wanted.

    Args:
        root: where the host's ``/`` is.
        wanted: what shall be.
        boost: ``keep``, ``enabled`` or ``disabled``.
        topology: the host's.
    """
    if wanted.kernel != "keep":
        wanted = replace(wanted, parameters=(*wanted.parameters, *at_boot(wanted.huge_pages)))
    grub = read_grub(root)
    entry = grub.entry(wanted.release)
    fallback = grub.entry(boot.release(root))
    values = settings(wanted.huge_pages, topology, root)
    values += frequency_settings(root, wanted.governor, boost)
    modules = parameters.module_differences(root, wanted.modules)
    heeded = parameters.heeded(root)
    return {
        "release": boot.release(root),
        "boot_id": boot.boot_id(root),
        "problems": problems(root, wanted, grub, topology),
        "notes": [
            *frequency_notes(root, wanted.governor, boost),
            *(f"this kernel has no {name}" for name in parameters.unknown(root, wanted.modules)),
            *(
                f"{line}, though it was asked for: see the checks cpu.sev_snp and kvm.sev_snp of "
                "./testbed preflight"
                for lines in modules.values()
                for line in lines
                if heeded
            ),
        ],
        "parameters": list(wanted.parameters),
        "modules": wanted.modules,
        "settings": [asdict(setting) for setting in values],
        "settings_differ": [asdict(setting) for setting in differing(root, values)],
        "modules_to_reload": [
            name for name in modules if parameters.idle(root, name) and not heeded
        ],
        "firmware_target": target(wanted.firmware_name),
        "entry": entry.id if entry else "",
        "fallback_entry": fallback.id if fallback else "",
        "menu_problem": boot.menu_problem(wanted, grub),
        "grub": grub.told(),
        "kernel_reasons": boot.kernel_reasons(root, wanted, entry),
        "other_reasons": boot.other_reasons(root, wanted),
        "pages_lacking": lacking_pages(wanted.huge_pages, topology),
        "virtual_machines": boot.virtual_machines(root),
    }


def problems(root: Path, wanted: Wanted, grub: Grub, topology: Topology) -> list[str]:
    """What cannot be done on this host, before anything is done."""
    found = [
        *_kernel_problems(root, wanted, grub),
        governor_problem(root, wanted.governor),
    ]
    found += memory_problems(
        wanted.huge_pages,
        topology,
        wanted.memory_reserve_mib,
        boots=wanted.kernel != "keep",
    )
    if wanted.firmware_name:
        problem = firmware_problem(root, wanted.firmware_name, wanted.firmware_bytes)
        found.append(f"host_setup_sev_firmware_path: {problem}" if problem else "")
    found.append(_user_problem(wanted.vm_user))
    return [problem for problem in found if problem]


def _kernel_problems(root: Path, wanted: Wanted, grub: Grub) -> list[str]:
    """What is wrong with kernel, boot loader and parameters."""
    words = parameters.not_plain(
        [
            *wanted.parameters,
            *(f"{n}={v}" for values in wanted.modules.values() for n, v in values.items()),
        ]
    )
    found = [f"{word!r} is no parameter: a word, or name=value without blanks" for word in words]
    if wanted.kernel == "keep":
        if wanted.parameters:
            found.append(
                "host_setup_kernel_parameters: with host_setup_kernel keep the boot loader is not "
                "touched: set it to packaged or built"
            )
        return found
    if grub.problem:
        found.append(
            f"host_setup_kernel: {grub.problem}; install GRUB (grub-efi-amd64 or grub-pc), or boot "
            "the kernel by other means and set host_setup_kernel to keep"
        )
    if wanted.kernel == "built" and boot.secure_boot(root):
        found.append(
            "host_setup_kernel: Secure Boot is on and the built kernel is not signed: turn Secure "
            "Boot off in the BIOS"
        )
    free = shutil.disk_usage(at(root, "/boot")).free // 2**20 if at(root, "/boot").is_dir() else 0
    if not wanted.release and free < BOOT_MIB:
        found.append(
            f"host_setup_kernel: /boot has {free} MiB free, a kernel needs {BOOT_MIB}: remove "
            "old ones"
        )
    return found


def _user_problem(name: str) -> str:
    """Why nobody can run VMs under that name; empty if somebody can."""
    try:
        if name:
            pwd.getpwnam(name)
    except KeyError:
        return f"host_setup_vm_user: the host has no user {name}: create it (adduser {name})"
    return ""
