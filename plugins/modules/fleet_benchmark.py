"""Ansible module: run a benchmark suite in all VMs of a fleet at the same moment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.fleet.benchmark import Suite, run_suite
from ansible.module_utils.fleet.errors import FleetError
from ansible.module_utils.fleet.vm import Vm

DOCUMENTATION = r"""
---
module: fleet_benchmark
short_description: Run a benchmark suite in all VMs of a fleet at the same moment
description:
  - Delivers the suite's guest script to every VM, waits until all are ready, lets all go at once,
    and brings back what each left, with digests.
version_added: 0.1.0
author: svsm-testbed
options:
  directory:
    description: The fleet's folder.
    type: path
    required: true
  suite:
    description: Name of the suite; its output goes to C(<vm>/<suite>/).
    type: str
    required: true
  guest_script:
    description: >-
      Bash script that prints C(READY), reads a line, says C(STARTED) on standard error, runs the
      suite with output in C(out/), and ends with C(exec tar -c -C out .).
    type: str
    required: true
  request:
    description: What to run; the script finds it as C(request.json), the parser among the output.
    type: dict
    required: true
  environment_text:
    description: Shell assignments that the script may source as C(settings).
    type: str
    default: ''
  vms:
    description: The VMs, by C(name) and C(ssh_port).
    type: list
    elements: dict
    required: true
  keys:
    description: Folder with the testbed's SSH key and C(known_hosts).
    type: path
    required: true
  timeout:
    description: Seconds that the slowest VM may take.
    type: float
    required: true
attributes:
  check_mode:
    support: full
"""

EXAMPLES = r"""
- name: Run the suite in the fleet
  fleet_benchmark:
    directory: /var/lib/svsm-testbed/run/demo/plain-1vm-r1
    suite: stress_ng
    guest_script: "{{ lookup('file', 'guest.sh') }}"
    request: {suite: stress_ng, benchmarks: [fork], passes: 1, seconds: 5}
    vms: [{name: vm1, ssh_port: 42001}]
    keys: /var/lib/svsm-testbed/keys
    timeout: 120
"""

RETURN = r"""
summary:
  description: What C(<suite>.json) says.
  returned: success
  type: dict
"""

SPEC: dict[str, Any] = {
    "directory": {"type": "path", "required": True},
    "suite": {"type": "str", "required": True},
    "guest_script": {"type": "str", "required": True},
    "request": {"type": "dict", "required": True},
    "environment_text": {"type": "str", "default": ""},
    "vms": {"type": "list", "elements": "dict", "required": True},
    "keys": {"type": "path", "required": True, "no_log": False},
    "timeout": {"type": "float", "required": True},
}


def main() -> None:
    """Run the suite; a benchmark always changes something: it makes results."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    if module.check_mode:
        module.exit_json(changed=True)
    params = module.params
    folder = Path(params["directory"])
    files = {
        "guest.sh": params["guest_script"],
        "settings": params["environment_text"],
        "request.json": json.dumps(params["request"], sort_keys=True) + "\n",
    }
    try:
        vms = [Vm.from_params(folder, entry) for entry in params["vms"]]
        suite = Suite(params["suite"], files, Path(params["keys"]), params["timeout"])
        summary = run_suite(folder, vms, suite)
    except FleetError as error:
        module.fail_json(msg=str(error), hint=error.hint)
    module.exit_json(changed=True, summary=summary)


if __name__ == "__main__":
    main()
