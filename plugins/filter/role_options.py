"""Filter that reads every role's documented variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleFilterError


def role_options(roles: str) -> dict[str, Any]:
    """All variables that roles document, as one argument specification.

    Nothing is required and nothing has a default here: the caller checks only what the user set,
    before anything starts, not what a role will complete for itself.

    Args:
        roles: folder of the roles.

    Raises:
        AnsibleFilterError: a role's argument_specs cannot be read.
    """
    options: dict[str, Any] = {}
    for path in sorted(Path(roles).glob("*/meta/argument_specs.yml")):
        try:
            specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
            for entry in specs.values():
                for name, option in entry.get("options", {}).items():
                    options[name] = without(option, "required", "default", "description")
        except (OSError, yaml.YAMLError, KeyError, AttributeError) as error:
            raise AnsibleFilterError(f"{path}: no argument specification: {error}") from error
    return options


def without(option: dict[str, Any], *keys: str) -> dict[str, Any]:
    """An option less some keys."""
    return {key: value for key, value in option.items() if key not in keys}


class FilterModule:
    """What Ansible looks for in a filter plugin's file."""

    def filters(self) -> dict[str, Any]:
        """Names of the filters, as templates use them."""
        return {"role_options": role_options}
