"""Ansible module: where the VMs of a fleet go on their host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.fleet.errors import FleetError
from ansible.module_utils.fleet.planning import Request, planned
from ansible.module_utils.topology import read_topology

DOCUMENTATION = r"""
---
module: fleet_plan
short_description: Find processors and memory for the VMs of a fleet
description:
  - >-
    Gives each VM whole cores of its own on one NUMA node, within one last-level cache where it
    fits, and leaves cores to the host. Changes nothing.
  - >-
    The plan depends on the host, on what a VM is and on O(largest), so that V(vm1) of a fleet of 1
    runs where V(vm1) of a fleet of 8 does.
version_added: 0.1.0
author: svsm-testbed
options:
  mode:
    description:
      - V(off) lets VMs run anywhere.
      - V(auto) pins them where a plan fits, and says why not where none does.
      - V(required) fails where none does.
    type: str
    choices: ['off', auto, required]
    default: auto
  vms:
    description: VMs of this fleet.
    type: int
    required: true
  largest:
    description: VMs of the largest fleet that this one is compared with.
    type: int
    default: 0
  vcpus:
    description: Virtual processors of a VM.
    type: int
    required: true
  memory_mib:
    description: Memory of a VM in MiB.
    type: int
    required: true
  host_cores:
    description: Cores left to the host; V(0) for a sixteenth of each NUMA node's, at least one.
    type: int
    default: 0
  smt:
    description:
      - V(spread) has a vCPU on each core and leaves the core's other thread idle.
      - V(pack) has a vCPU on each thread.
      - V(auto) spreads where there are cores enough for O(largest), and packs where not.
    type: str
    choices: [auto, spread, pack]
    default: auto
  isolated:
    description: Use processors that the kernel was told to leave alone (C(isolcpus)).
    type: bool
    default: false
  huge_page_kib:
    description: Size of the huge pages that back the memory in KiB; V(0) for ordinary memory.
    type: int
    default: 0
  private:
    description: The VMs' memory is private (SEV-SNP on hardware), and comes on top of its backing.
    type: bool
    default: false
  interrupts:
    description: Keep the host's interrupts off the VMs' processors while they run.
    type: bool
    default: false
  root:
    description: Where the host's C(/sys) is; another folder only for recorded hosts.
    type: path
    default: /
attributes:
  check_mode:
    support: full
"""

EXAMPLES = r"""
- name: See where eight VMs would go
  fleet_plan:
    vms: 8
    vcpus: 4
    memory_mib: 4096
"""

RETURN = r"""
pinning:
  description: >-
    What module fleet starts VMs by and C(fleet.json) keeps: C(mode), C(pinned), C(reason) where
    they are not, C(host_cpus), and by VM C(node), C(cpus), C(idle) and C(emulator_cpus).
  returned: success
  type: dict
"""

SPEC: dict[str, Any] = {
    "mode": {"type": "str", "choices": ["off", "auto", "required"], "default": "auto"},
    "vms": {"type": "int", "required": True},
    "largest": {"type": "int", "default": 0},
    "vcpus": {"type": "int", "required": True},
    "memory_mib": {"type": "int", "required": True},
    "host_cores": {"type": "int", "default": 0},
    "smt": {"type": "str", "choices": ["auto", "spread", "pack"], "default": "auto"},
    "isolated": {"type": "bool", "default": False},
    "huge_page_kib": {"type": "int", "default": 0},
    "private": {"type": "bool", "default": False},
    "interrupts": {"type": "bool", "default": False},
    "root": {"type": "path", "default": "/"},
}
OTHERS = {"mode", "private", "interrupts", "root"}
"""What is not about the plan itself."""


def main() -> None:
    """Plan."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    params = module.params
    wish = {name: value for name, value in params.items() if name in SPEC.keys() - OTHERS}
    request = Request(params["mode"], wish, params["private"], params["interrupts"])
    try:
        pinning = planned(read_topology(Path(params["root"])), request)
    except FleetError as error:
        module.fail_json(msg=str(error), hint=error.hint)
    module.exit_json(changed=False, pinning=pinning)


if __name__ == "__main__":
    main()
