"""Ansible module: what a local copy of a source is, and a tar of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.source_tree.errors import AVAILABLE, UnavailableError
from ansible.module_utils.source_tree.local import LocalCopy
from ansible.module_utils.source_tree.store import stem

DOCUMENTATION = r"""
---
module: source_local
short_description: Identify a local copy of a source, and pack it
description:
  - Changes nothing in the copy. A path that is of no use is an outcome, RV(available) false.
version_added: 0.1.0
author: svsm-testbed
options:
  component:
    description: Whose source.
    type: str
    required: true
  path:
    description: A checkout, a folder, a git repository without working tree, or a tar archive.
    type: path
    required: true
  commit:
    description: What is taken of a repository without working tree; empty for its HEAD.
    type: str
    default: ""
  marks:
    description: Files that any tree of the component has.
    type: list
    elements: str
    default: []
  archive:
    description: A plain tar of it to write, its content at the top level.
    type: path
"""

EXAMPLES = r"""
- name: See what the local copy is
  source_local:
    component: svsm
    path: /home/me/svsm
  delegate_to: localhost
"""

RETURN = r"""
available:
  description: Whether it is of use.
  type: bool
  returned: always
reason:
  description: Why it is not.
  type: str
  returned: always
hint:
  description: What to do about it.
  type: str
  returned: always
identity:
  description: What it is.
  type: dict
  returned: always
stem:
  description: Name of the folder, among what is fetched, where its tar belongs.
  type: str
  returned: always
"""

OPTIONS: dict[str, Any] = {
    "component": {"type": "str", "required": True},
    "path": {"type": "path", "required": True},
    "commit": {"type": "str", "default": ""},
    "marks": {"type": "list", "elements": "str", "default": []},
    "archive": {"type": "path"},
}


def outcome(params: dict[str, Any]) -> dict[str, Any]:
    """What the module returns.

    Args:
        params: the module's options.
    """
    component = params["component"]
    copy = LocalCopy(component, Path(params["path"]), params["commit"], tuple(params["marks"]))
    try:
        identity = copy.identity()
        if params["archive"]:
            copy.pack(Path(params["archive"]))
    except UnavailableError as error:
        return {**error.outcome(), "identity": {}, "stem": "", "changed": False}
    return {
        **AVAILABLE,
        "identity": identity,
        "stem": stem(component, {"provider": "path", **identity}),
        "changed": bool(params["archive"]),
    }


def main() -> None:
    """Do what the task asks for."""
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    module.exit_json(**outcome(module.params))


if __name__ == "__main__":
    main()
