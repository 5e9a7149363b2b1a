"""Ansible module: what this host can run, and why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.preflight.host import Host
from ansible.module_utils.preflight.judge import preflight
from ansible.module_utils.preflight.recorded import RecordedHost
from ansible.module_utils.preflight.table import summary, table
from ansible.module_utils.preflight.wanted import Wanted

DOCUMENTATION = r"""
---
module: preflight_facts
short_description: Tell which variants of the testbed a host can run
description:
  - >-
    Looks at processor, SEV-SNP, KVM, memory, disk, kernel and QEMU of a host, at what makes results
    vary and at who else uses it, and changes nothing.
  - Asks C(snphost ok) where that is installed and the module runs as root.
  - Every check that is not C(ok) says what to do about it.
  - KVM is taken at its word here; a probe VM must confirm that it is quick.
version_added: 0.1.0
author: svsm-testbed
options:
  state_dir:
    description: Folder below which the testbed keeps its state on the host. Need not exist yet.
    type: path
    required: true
  fleet_sizes:
    description: Numbers of VMs that shall run at the same time.
    type: list
    elements: int
    default: [1, 8]
  vm_memory_mib:
    description: Memory of a VM in MiB.
    type: int
    default: 1024
  vm_vcpus:
    description: Virtual processors of a VM.
    type: int
    default: 1
  vm_overhead_mib:
    description: Memory that QEMU takes besides a VM's, in MiB.
    type: int
    default: 192
  memory_reserve_mib:
    description: Memory to leave to the host, in MiB.
    type: int
    default: 1024
  image_disk_mib:
    description: Disk space for the base image and what building it takes, in MiB.
    type: int
    default: 4096
  overlay_disk_mib:
    description: Disk space for the overlay and the logs of a VM, in MiB.
    type: int
    default: 512
  qemu_binary:
    description: Name or absolute path of QEMU.
    type: str
    default: qemu-system-x86_64
  qemu_min_version:
    description: Oldest major version of QEMU that is good enough; 7.2 hangs in some boots.
    type: int
    default: 10
  ovmf_path:
    description: UEFI firmware that must exist; empty if the testbed itself builds it.
    type: str
    default: ''
  svsm_image_path:
    description: IGVM image of COCONUT-SVSM for the variant svsm; empty if there is none.
    type: str
    default: ''
  svsm_kernel_pattern:
    description: Regular expression for the release of host kernels that have KVM planes.
    type: str
    default: svsm
  socket_path_reserve:
    description: Bytes of a Unix socket's path that follow O(state_dir).
    type: int
    default: 67
  commands:
    description: Programs that must be installed.
    type: list
    elements: str
    default: []
  component_problems:
    description: >-
      Components that could not be built, each with C(reason) and C(hint): what variants lack is
      told with them.
    type: dict
    default: {}
  backend:
    description: Backend to use; V(auto) takes the best that works.
    type: str
    choices: [auto, snp, kvm, emulated]
    default: auto
  packages_pending:
    description: >-
      Packages are still to be installed: an absent program is then C(missing), not an C(error).
    type: bool
    default: false
  pinning:
    description: Whether VMs get processors of their own, as role fleet does it.
    type: str
    choices: ['off', auto, required]
    default: auto
  host_cores:
    description: Physical cores left to the host; 0 for as many as role fleet leaves by itself.
    type: int
    default: 0
  smt:
    description: What the other threads of a VM's cores are for, as in role fleet.
    type: str
    choices: [auto, spread, pack]
    default: auto
  isolated_cpus:
    description: Whether VMs get processors that the kernel was told to leave alone.
    type: bool
    default: false
  pin_interrupts:
    description: Whether the fleet moves interrupts away from the VMs' processors.
    type: bool
    default: false
  memory_backing:
    description: What backs the VMs' memory.
    type: str
    choices: [memfd, hugetlb]
    default: memfd
  huge_page_kib:
    description: Size of the huge pages in KiB, with O(memory_backing=hugetlb).
    type: int
    default: 2048
  vm_user:
    description: Unprivileged user that runs the VMs; empty if it is the one who connects.
    type: str
    default: ''
  memlock_min_mib:
    description: Memory that this user must be able to lock, in MiB; 8 is Linux's own default.
    type: int
    default: 8
  sev_firmware_min:
    description: Oldest version of the SEV firmware that is good enough, with or without build.
    type: str
    default: '1.51'
  max_load:
    description: Share of the processors that others may use before it is a warning.
    type: float
    default: 0.05
  sysroot:
    description: A recorded host to look at instead of this one, for tests.
    type: path
    default: /
attributes:
  check_mode:
    support: full
"""

EXAMPLES = r"""
- name: See what this host can run
  preflight_facts:
    state_dir: /var/lib/svsm-testbed
    fleet_sizes: [1, 8]
  register: seen
"""

RETURN = r"""
preflight:
  description: All findings.
  returned: success
  type: dict
  contains:
    checks:
      description: >-
        The checks, each with C(id), C(title), C(status), C(detail), C(hint), and C(group) for
        tables.
      type: list
      elements: dict
    variants:
      description: >-
        For V(plain), V(cvm), V(svsm) C(backend), C(runnable), C(reason), C(hint), and, if it runs,
        C(max_fleet), how many of its VMs fit.
      type: dict
    protected:
      description: >-
        Backend that V(cvm) and V(svsm) use or would use, once they have what they lack; null if the
        choice of backend rules them out.
      type: str
    accelerators:
      description: Accelerators of QEMU to try, in order.
      type: list
      elements: str
    facts:
      description: >-
        What results may depend on, to be kept with them; C(user) and C(uid) are those of the
        connection.
      type: dict
table:
  description: The same for people, a line of text for each finding and each hint.
  returned: success
  type: list
  elements: str
summary:
  description: The same in short; what is ok is only named.
  returned: success
  type: list
  elements: str
"""


def argument_spec() -> dict[str, dict[str, Any]]:
    """The parameters as documented above; a test compares the two."""
    return {
        "state_dir": {"type": "path", "required": True},
        "fleet_sizes": {"type": "list", "elements": "int", "default": [1, 8]},
        "vm_memory_mib": {"type": "int", "default": 1024},
        "vm_vcpus": {"type": "int", "default": 1},
        "vm_overhead_mib": {"type": "int", "default": 192},
        "memory_reserve_mib": {"type": "int", "default": 1024},
        "image_disk_mib": {"type": "int", "default": 4096},
        "overlay_disk_mib": {"type": "int", "default": 512},
        "qemu_binary": {"type": "str", "default": "qemu-system-x86_64"},
        "qemu_min_version": {"type": "int", "default": 10},
        "ovmf_path": {"type": "str", "default": ""},
        "svsm_image_path": {"type": "str", "default": ""},
        "svsm_kernel_pattern": {"type": "str", "default": "svsm"},
        "socket_path_reserve": {"type": "int", "default": 67},
        "commands": {"type": "list", "elements": "str", "default": []},
        "component_problems": {"type": "dict", "default": {}},
        "backend": {
            "type": "str",
            "choices": ["auto", "snp", "kvm", "emulated"],
            "default": "auto",
        },
        "packages_pending": {"type": "bool", "default": False},
        "pinning": {"type": "str", "choices": ["off", "auto", "required"], "default": "auto"},
        "host_cores": {"type": "int", "default": 0},
        "smt": {"type": "str", "choices": ["auto", "spread", "pack"], "default": "auto"},
        "isolated_cpus": {"type": "bool", "default": False},
        "pin_interrupts": {"type": "bool", "default": False},
        "memory_backing": {"type": "str", "choices": ["memfd", "hugetlb"], "default": "memfd"},
        "huge_page_kib": {"type": "int", "default": 2048},
        "vm_user": {"type": "str", "default": ""},
        "memlock_min_mib": {"type": "int", "default": 8},
        "sev_firmware_min": {"type": "str", "default": "1.51"},
        "max_load": {"type": "float", "default": 0.05},
        "sysroot": {"type": "path", "default": "/"},
    }


def main() -> None:
    """Look and answer; wrong parameters fail before anything is looked at."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    root = module.params["sysroot"]
    try:
        wanted = Wanted.from_params(module.params)
        host = Host() if root == "/" else RecordedHost(Path(root))
    except ValueError as error:
        module.fail_json(msg=str(error))
    found = preflight(host, wanted)
    module.exit_json(changed=False, preflight=found, table=table(found), summary=summary(found))


if __name__ == "__main__":
    main()
