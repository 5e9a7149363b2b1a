"""Ansible module: kernel, boot loader, memory and processors of a host against what is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.host_machine.judge import machine
from ansible.module_utils.host_machine.packages import kernel_release
from ansible.module_utils.host_machine.wanted import Wanted
from ansible.module_utils.topology.reading import read_topology

DOCUMENTATION = r"""
---
module: host_machine
short_description: Compare a host's kernel, boot loader, memory and processors with what is wanted
description:
  - Changes nothing.
version_added: 0.1.0
author: svsm-testbed
options:
  kernel:
    description: Which kernel shall run.
    type: str
    choices: [keep, packaged, built]
    default: keep
  package:
    description: Package that brings it, installed; RV(machine.wanted_release) tells its release.
    type: str
    default: ""
  release:
    description: Its release, where that is known.
    type: str
    default: ""
  parameters:
    description: What the kernel's command line shall have.
    type: list
    elements: str
    default: []
  modules:
    description: Parameters of modules, by module.
    type: dict
    default: {}
  huge_pages:
    description: Numbers of huge pages by size in KiB.
    type: dict
    default: {}
  memory_reserve_mib:
    description: Memory that huge pages leave to the host, in MiB.
    type: int
    default: 1024
  governor:
    description: How frequencies are chosen; empty to leave it.
    type: str
    default: ""
  boost:
    description: Whether processors run faster than their base frequency.
    type: str
    choices: [keep, enabled, disabled]
    default: keep
  vm_user:
    description: User that runs the VMs; empty for none in particular.
    type: str
    default: ""
  firmware_name:
    description: Name of the file with the SEV firmware; empty for none.
    type: str
    default: ""
  firmware_bytes:
    description: Size of that file, -1 if there is none.
    type: int
    default: -1
  sysroot:
    description: A recorded host to look at instead of the real one, for tests.
    type: path
    default: /
"""

EXAMPLES = r"""
- name: Compare the host with what is wanted
  host_machine:
    kernel: packaged
    package: linux-image-amd64
    parameters: [nosmt]
"""

RETURN = r"""
machine:
  description: >-
    What the host is (C(release), C(boot_id), C(grub), C(virtual_machines)), what cannot be done
    on it (C(problems), C(notes)), and what is to do (C(settings_differ), C(modules_to_reload),
    C(menu_problem), C(kernel_reasons) and C(other_reasons) to boot).
  type: dict
  returned: always
"""

OPTIONS: dict[str, Any] = {
    "kernel": {"type": "str", "choices": ["keep", "packaged", "built"], "default": "keep"},
    "package": {"type": "str", "default": ""},
    "release": {"type": "str", "default": ""},
    "parameters": {"type": "list", "elements": "str", "default": []},
    "modules": {"type": "dict", "default": {}},
    "huge_pages": {"type": "dict", "default": {}},
    "memory_reserve_mib": {"type": "int", "default": 1024},
    "governor": {"type": "str", "default": ""},
    "boost": {"type": "str", "choices": ["keep", "enabled", "disabled"], "default": "keep"},
    "vm_user": {"type": "str", "default": ""},
    "firmware_name": {"type": "str", "default": ""},
    "firmware_bytes": {"type": "int", "default": -1},
    "sysroot": {"type": "path", "default": "/"},
}


def wanted(params: dict[str, Any]) -> Wanted:
    """What the module's options ask for.

    Raises:
        ValueError: a huge page's size or number is none.
    """
    release = params["release"] or (kernel_release(params["package"]) if params["package"] else "")
    return Wanted(
        kernel=params["kernel"],
        release=release,
        parameters=tuple(params["parameters"]),
        modules={
            module: {name: word(value) for name, value in values.items()}
            for module, values in params["modules"].items()
        },
        huge_pages=positive({int(k): int(v) for k, v in params["huge_pages"].items()}),
        memory_reserve_mib=params["memory_reserve_mib"],
        governor=params["governor"],
        vm_user=params["vm_user"],
        firmware_name=params["firmware_name"],
        firmware_bytes=params["firmware_bytes"],
    )


def word(value: object) -> str:
    """A module parameter's value as Linux reads it."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def positive(pages: dict[int, int]) -> dict[int, int]:
    """The pages as they are.

    Raises:
        ValueError: one of the numbers is not above zero.
    """
    if any(number <= 0 for pair in pages.items() for number in pair):
        raise ValueError(f"{pages}: not above zero")
    return pages


def main() -> None:
    """Do what the task asks for."""
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    try:
        asked = wanted(module.params)
    except ValueError as error:
        module.fail_json(msg=f"host_setup_huge_pages: sizes in KiB and numbers are wanted: {error}")
    root = Path(module.params["sysroot"])
    seen = machine(root, asked, module.params["boost"], read_topology(root))
    module.exit_json(changed=False, machine={**seen, "wanted_release": asked.release})


if __name__ == "__main__":
    main()
