"""Filters about the variables that roles document."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from ansible.errors import AnsibleFilterError

if TYPE_CHECKING:
    from collections.abc import Iterable


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


def misspelt(names: Iterable[str], roles: str, others: Iterable[str] = ()) -> list[str]:
    """Variables that look like the testbed's but that nothing reads.

    Args:
        names: variables that are set.
        roles: folder of the roles; a variable of theirs begins with the role's name.
        others: variables that exist, too, but that no role documents.

    Returns:
        A line for each, with the variable that was probably meant.

    Raises:
        AnsibleFilterError: a role's argument_specs cannot be read.
    """
    words = {path.name for path in Path(roles).iterdir()} | {"testbed"}
    beginnings = tuple(f"{word}_" for word in words)
    exist = {*role_options(roles), *others}
    unknown = sorted(name for name in names if name.startswith(beginnings) and name not in exist)
    return [f"{name} is not a variable of the testbed{meant(name, exist)}" for name in unknown]


def meant(name: str, known: Iterable[str]) -> str:
    """A guess at which variable was meant, as the end of a line."""
    close = get_close_matches(name, sorted(known), 1)
    return f"; {close[0]} was probably meant" if close else ""


class FilterModule:
    """What Ansible looks for in a filter plugin's file."""

    def filters(self) -> dict[str, Any]:
        """Names of the filters, as templates use them."""
        return {"role_options": role_options, "misspelt": misspelt}
