"""Ansible module: what running the testbed has left on a host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.leftovers.interrupts import noted
from ansible.module_utils.leftovers.look import left, look
from ansible.module_utils.leftovers.scope import Scope
from ansible.module_utils.leftovers.table import table
from ansible.module_utils.preflight.host import Host

DOCUMENTATION = r"""
---
module: leftovers
short_description: Tell what running the testbed has left on a host
description:
  - >-
    Looks for processes of fleets, ports, files below C(run/), huge pages, systemd units, ASIDs,
    mounts, loop devices, builds and what interrupted ones left, and tracing; and changes nothing.
  - Programs of others are told apart; what they have is no finding.
  - Only root sees what other users' processes hold.
version_added: 0.1.0
author: svsm-testbed
options:
  state_dir:
    description: Folder below which the testbed keeps its state on the host. Need not exist.
    type: path
    required: true
  artifact_state_dir:
    description: Folder of what is built, where that is another one than O(state_dir).
    type: path
  ports:
    description: SSH ports of VMs on the host's loopback.
    type: list
    elements: int
    default: []
  huge_pages:
    description: Huge pages that role host_setup reserves, number by size in KiB.
    type: dict
    default: {}
  interrupts:
    description: >-
      Where interrupts were before fleets moved them, processors by number: RV(noted) of a look
      before the fleets were stopped.
    type: dict
    default: {}
attributes:
  check_mode:
    support: full
"""

EXAMPLES = r"""
- name: See what is left
  leftovers:
    state_dir: /var/lib/svsm-testbed
    ports: [42001, 42002]
  register: found
"""

RETURN = r"""
answers:
  description: >-
    For every kind C(kind), C(title), C(status) (V(none), V(left) or V(skipped)), C(detail) and
    C(findings).
  returned: success
  type: list
  elements: dict
left:
  description: >-
    All findings with C(kind), C(what), C(hint) (how to end it), C(told), which is both in one line,
    and C(path), which may simply be removed; that is empty where it takes more.
  returned: success
  type: list
  elements: dict
noted:
  description: Where interrupts were that fleets have moved, processors by number.
  returned: success
  type: dict
table:
  description: The same for people, a line for each kind, finding and hint.
  returned: success
  type: list
  elements: str
"""


def argument_spec() -> dict[str, dict[str, Any]]:
    """The parameters as documented above; a test compares the two."""
    return {
        "state_dir": {"type": "path", "required": True},
        "artifact_state_dir": {"type": "path"},
        "ports": {"type": "list", "elements": "int", "default": []},
        "huge_pages": {"type": "dict", "default": {}},
        "interrupts": {"type": "dict", "default": {}},
    }


def scope_of(params: dict[str, Any], host: Host) -> Scope:
    """Where to look.

    Raises:
        ValueError: a parameter is of no use.
    """
    state = Path(params["state_dir"])
    if not state.is_absolute() or state == Path("/"):
        raise ValueError(f"state_dir is {state}: give the testbed's folder, an absolute path")
    try:
        pages = {int(size): int(count) for size, count in params["huge_pages"].items()}
    except (TypeError, ValueError) as error:
        raise ValueError(f"huge_pages is {params['huge_pages']}: give KiB and numbers") from error
    artifacts = Path(params["artifact_state_dir"] or state)
    before = {str(number): str(cpus) for number, cpus in params["interrupts"].items()}
    return Scope(host, state, artifacts, tuple(params["ports"]), pages, before)


def main() -> None:
    """Look and answer."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        scope = scope_of(module.params, Host())
    except ValueError as error:
        module.fail_json(msg=str(error))
    answers = look(scope)
    module.exit_json(
        changed=False,
        answers=[answer.as_dict() for answer in answers],
        left=left(answers),
        noted=noted(scope),
        table=table(answers),
    )


if __name__ == "__main__":
    main()
