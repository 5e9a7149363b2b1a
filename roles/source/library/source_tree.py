"""Ansible module: a component's source tree on this host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.source_tree.errors import AVAILABLE, UnavailableError
from ansible.module_utils.source_tree.obtain import Obtainer
from ansible.module_utils.source_tree.patches import Patch
from ansible.module_utils.source_tree.pins import Surroundings, providers
from ansible.module_utils.source_tree.store import Store

DOCUMENTATION = r"""
---
module: source_tree
short_description: Get a component's source tree from the store or from upstream
description:
  - Fetches, checks, unpacks and patches a source, and packs the tree into a plain tar.
  - A source that cannot be had is an outcome, RV(available) false, not a failure.
version_added: 0.1.0
author: svsm-testbed
options:
  component:
    description: Whose source.
    type: str
    required: true
  pin:
    description: Providers and what each needs, as in C(source_pins).
    type: dict
    required: true
  patches:
    description: The series to apply, each with C(name) and C(content).
    type: list
    elements: dict
    default: []
  folder:
    description: Where sources are kept.
    type: path
    required: true
  url:
    description: Mirror used instead of the pin's address.
    type: str
    default: ""
  debian_mirror:
    description: Mirror of the Debian archive.
    type: str
    required: true
  cargo_root:
    description: Root with cargo in it; empty for the host's own.
    type: str
    default: ""
  timeout:
    description: Seconds without an answer after which a server counts as unreachable.
    type: float
    default: 20
"""

EXAMPLES = r"""
- name: Get QEMU
  source_tree:
    component: qemu
    pin: "{{ source_pins.qemu }}"
    folder: /var/lib/svsm-testbed/sources
    debian_mirror: http://deb.debian.org/debian
"""

RETURN = r"""
available:
  description: Whether it can be had.
  type: bool
  returned: always
reason:
  description: Why it cannot.
  type: str
  returned: always
hint:
  description: What to do about it.
  type: str
  returned: always
provider:
  description: Where it is from.
  type: str
  returned: always
identity:
  description: What it is.
  type: dict
  returned: always
archive:
  description: A plain tar with the tree at its top level.
  type: str
  returned: always
passed_over:
  description: Providers that could not be reached, and why.
  type: list
  elements: str
  returned: always
"""

OPTIONS: dict[str, Any] = {
    "component": {"type": "str", "required": True},
    "pin": {"type": "dict", "required": True},
    "patches": {"type": "list", "elements": "dict", "default": []},
    "folder": {"type": "path", "required": True},
    "url": {"type": "str", "default": ""},
    "debian_mirror": {"type": "str", "required": True},
    "cargo_root": {"type": "str", "default": ""},
    "timeout": {"type": "float", "default": 20},
}


def obtainer(params: dict[str, Any]) -> Obtainer:
    """How to get the tree.

    Args:
        params: the module's options.
    """
    root = params["cargo_root"]
    around = Surroundings(
        component=params["component"],
        url=params["url"],
        mirror=params["debian_mirror"],
        cargo_root=Path(root) if root else None,
        timeout=params["timeout"],
    )
    return Obtainer(
        providers(params["pin"], around),
        [Patch(patch["name"], patch["content"]) for patch in params["patches"]],
        Store(Path(params["folder"]), params["component"]),
    )


def outcome(params: dict[str, Any], *, look_only: bool) -> dict[str, Any]:
    """What the module returns.

    Args:
        params: the module's options.
        look_only: fetch and make nothing, say what would come of it if all goes well.
    """
    none = {"provider": "", "identity": {}, "archive": "", "passed_over": [], "changed": False}
    try:
        way = obtainer(params)
        if look_only and way.kept() is None:
            first = way.providers[0]
            identity = way.identity(first)
            there = {"identity": identity, "archive": str(way.store.archive(identity))}
            return {**none, **AVAILABLE, **there, "provider": first.name, "changed": True}
        tree = way.obtain()
    except UnavailableError as error:
        return {**none, **error.outcome()}
    return {
        **AVAILABLE,
        "provider": tree.provider,
        "identity": tree.identity,
        "archive": str(tree.archive),
        "passed_over": list(tree.passed_over),
        "changed": tree.made,
    }


def main() -> None:
    """Do what the task asks for."""
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    module.exit_json(**outcome(module.params, look_only=module.check_mode))


if __name__ == "__main__":
    main()
