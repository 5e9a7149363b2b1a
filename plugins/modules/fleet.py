"""Ansible module: the VMs of a fleet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.fleet.errors import FleetError
from ansible.module_utils.fleet.launch import Launch, start
from ansible.module_utils.fleet.pinning import require_in_place, settle
from ansible.module_utils.fleet.placement import Placement, placement_of
from ansible.module_utils.fleet.processes import below
from ansible.module_utils.fleet.stopping import bulky, remove, stop
from ansible.module_utils.fleet.threads import only_on
from ansible.module_utils.fleet.tracer import Tracing
from ansible.module_utils.fleet.vm import Vm
from ansible.module_utils.fleet.waiting import wait_ready

DOCUMENTATION = r"""
---
module: fleet
short_description: Start, await, list, stop or remove the VMs of a fleet
description:
  - Runs QEMU directly, daemonized, with a pid file and a QMP socket in each VM's folder.
  - A fleet that runs just as asked is left alone; anything else of it is ended and started anew.
version_added: 0.1.0
author: svsm-testbed
options:
  state:
    description:
      - V(started) makes overlays, starts the stamper and QEMU.
      - V(ready) waits until every VM answers SSH, by what the stamper saw.
      - V(listed) changes nothing and says which processes run below O(directory).
      - V(stopped) ends QEMU, keeps logs and traces, drops overlays.
      - V(absent) ends everything below O(directory) and removes it.
    type: str
    choices: [started, ready, listed, stopped, absent]
    default: started
  directory:
    description: The fleet's folder; for V(listed) and V(absent) any folder above works too.
    type: path
    required: true
  run_root:
    description: Folder of all fleets of this testbed; VMs of another one there are an error.
    type: path
  vms:
    description: The VMs.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: V(vm1) to V(vmN).
        type: str
        required: true
      ssh_port:
        description: Port on the host's loopback that leads to the VM's sshd.
        type: int
        required: true
      args:
        description: QEMU's arguments, an option a line; empty lines and comments do not count.
        type: str
  binary:
    description: QEMU.
    type: str
    default: qemu-system-x86_64
  disk:
    description: Root disk image; every VM gets an overlay of it.
    type: path
  stamper:
    description: The program of role boot_timeline that stamps what the VMs say.
    type: path
  stagger:
    description: Seconds between two starts; 0 starts all together.
    type: float
    default: 0
  fresh:
    description:
      - End VMs of this fleet that run already and start anew, instead of leaving them alone.
      - A cell measures a boot, so what a killed run left is of no use to it.
    type: bool
    default: false
  accelerator:
    description: Which accelerator the arguments ask for, for the record.
    type: str
    default: ''
  pinning:
    description:
      - Where the VMs run, as module fleet_plan returns it; empty for anywhere.
      - >-
        Pinned VMs must be given QEMU's C(-S): they run once every vCPU is on its processor. The
        threads are checked then, after the boot and after each benchmark.
    type: dict
    default: {}
  trace:
    description:
      - Whether bpftrace records what only the host sees of the VMs.
      - V(auto) does where this host can and says why not otherwise, V(required) refuses then.
    type: str
    choices: ['off', auto, required]
    default: 'off'
  trace_programs:
    description: Folder of bpftrace programs, from role boot_timeline.
    type: path
  event_port:
    description: I/O port that the guests tell of boot events at.
    type: int
    default: 0
  timeout:
    description: Seconds that O(state=ready) waits for the slowest VM.
    type: float
    default: 300
attributes:
  check_mode:
    support: full
"""

EXAMPLES = r"""
- name: See what still runs
  fleet:
    state: listed
    directory: /var/lib/svsm-testbed/run
"""

RETURN = r"""
fleet:
  description: What C(fleet.json) says, for V(started).
  returned: when started
  type: dict
boot_seconds:
  description: Seconds from start to SSH banner by VM, for V(ready).
  returned: when ready
  type: dict
processes:
  description: Number and arguments of what runs or ran.
  returned: when listed, stopped
  type: list
  elements: dict
"""

VM_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "ssh_port": {"type": "int", "required": True},
    "args": {"type": "str"},
}

SPEC: dict[str, Any] = {
    "state": {
        "type": "str",
        "choices": ["started", "ready", "listed", "stopped", "absent"],
        "default": "started",
    },
    "directory": {"type": "path", "required": True},
    "run_root": {"type": "path"},
    "vms": {"type": "list", "elements": "dict", "default": [], "options": VM_SPEC},
    "binary": {"type": "str", "default": "qemu-system-x86_64"},
    "disk": {"type": "path"},
    "stamper": {"type": "path"},
    "stagger": {"type": "float", "default": 0},
    "fresh": {"type": "bool", "default": False},
    "accelerator": {"type": "str", "default": ""},
    "pinning": {"type": "dict", "default": {}},
    "trace": {"type": "str", "choices": ["off", "auto", "required"], "default": "off"},
    "trace_programs": {"type": "path"},
    "event_port": {"type": "int", "default": 0},
    "timeout": {"type": "float", "default": 300},
}


def started(params: dict[str, Any], vms: list[Vm], *, check: bool) -> dict[str, Any]:
    """Start the fleet; one that runs just as asked is left alone, any other is started anew."""
    folder = Path(params["directory"])
    if not params["fresh"] and is_as_asked(folder, vms):
        return {"changed": False}
    if check:
        return {"changed": True}
    launch = Launch(
        fleet=folder,
        run_root=Path(params["run_root"]),
        binary=params["binary"],
        disk=Path(params["disk"]),
        stamper=Path(params["stamper"]),
        stagger=params["stagger"],
        accelerator=params["accelerator"],
        placement=Placement.of(params["pinning"]),
        tracing=tracing_of(params),
    )
    return {"changed": True, "fleet": start(launch, vms)}


def tracing_of(params: dict[str, Any]) -> Tracing:
    """How the fleet is to be traced."""
    programs = params["trace_programs"]
    return Tracing(params["trace"], Path(programs) if programs else None, params["event_port"])


def is_as_asked(folder: Path, vms: list[Vm]) -> bool:
    """Whether these VMs run, no others of the fleet, and each with the arguments it should have."""
    there = {path.name for path in folder.glob("vm*")}
    return there == {vm.name for vm in vms} and all(vm.runs_as_asked() for vm in vms)


def ready(params: dict[str, Any], vms: list[Vm], *, check: bool) -> dict[str, Any]:
    """Wait for the VMs; nothing changes by waiting."""
    if check:
        return {"changed": False}
    placement = placement_of(Path(params["directory"]))
    with only_on(placement.host_cpus):
        seconds = wait_ready(vms, params["timeout"])
    settle(vms, placement)
    require_in_place(vms, placement)
    return {"changed": False, "boot_seconds": seconds}


def listed(params: dict[str, Any], _vms: list[Vm], *, check: bool) -> dict[str, Any]:
    """Say what runs."""
    del check
    return {"changed": False, "processes": describe(below(Path(params["directory"])))}


def stopped(params: dict[str, Any], _vms: list[Vm], *, check: bool) -> dict[str, Any]:
    """Stop the fleet; logs and traces stay."""
    folder = Path(params["directory"])
    left = bulky(folder)
    ran = below(folder) if check else stop(folder)
    return {"changed": bool(ran or left), "processes": describe(ran)}


def absent(params: dict[str, Any], _vms: list[Vm], *, check: bool) -> dict[str, Any]:
    """Stop and remove."""
    folder = Path(params["directory"])
    ran = below(folder)
    changed = (folder.exists() or bool(ran)) if check else remove(folder)
    return {"changed": changed, "processes": describe(ran)}


def describe(processes: list[Any]) -> list[dict[str, Any]]:
    """Processes as plain data."""
    return [{"pid": p.pid, "arguments": list(p.arguments)} for p in processes]


STATES = {
    "started": started,
    "ready": ready,
    "listed": listed,
    "stopped": stopped,
    "absent": absent,
}


def main() -> None:
    """Do what `state` asks for."""
    module = AnsibleModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        required_if=[
            ("state", "started", ("run_root", "vms", "disk", "stamper")),
            ("state", "ready", ("vms",)),
        ],
    )
    try:
        folder = Path(module.params["directory"])
        vms = [Vm.from_params(folder, entry) for entry in module.params["vms"]]
        module.exit_json(
            **STATES[module.params["state"]](module.params, vms, check=module.check_mode)
        )
    except FleetError as error:
        module.fail_json(msg=str(error), hint=error.hint)


if __name__ == "__main__":
    main()
