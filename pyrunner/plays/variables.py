"""Variables that a user sets on the command line, checked before Ansible starts."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from pyrunner.errors import UsageError
from pyrunner.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterable

ANSIBLES_OWN: Final = "ansible_"


def known() -> set[str]:
    """All variables that a role documents."""
    names: set[str] = set()
    for path in (REPOSITORY / "roles").glob("*/meta/argument_specs.yml"):
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        for entry in specs.values():
            names.update(entry.get("options", {}))
    return names


def parse(settings: Iterable[str]) -> dict[str, Any]:
    """Read settings as `ansible-playbook -e` takes them: ``KEY=VALUE``, a mapping, or ``@FILE``.

    All are YAML, so numbers and lists are what they look like. Later ones win.

    Raises:
        UsageError: none of the three, not YAML, or a name that no role knows.
    """
    variables: dict[str, Any] = {}
    names = known()
    for setting in settings:
        found = _mapping(setting)
        for name in found:
            _check_name(name, names)
        variables |= found
    return variables


def _check_name(name: str, names: set[str]) -> None:
    if name in names or name.startswith(ANSIBLES_OWN):
        return
    close = difflib.get_close_matches(name, names, n=3)
    raise UsageError(
        f"-e {name}: no role knows a variable of that name",
        f"did you mean {' or '.join(close)}?" if close else "see roles/*/README.md",
    )


def _mapping(setting: str) -> dict[str, Any]:
    """Read one setting."""
    if setting.startswith("@"):
        return _whole(_content(setting), setting)
    if setting.startswith("{"):
        return _whole(setting, setting)
    name, equals, text = setting.partition("=")
    if not equals:
        raise UsageError(f"-e {setting}: KEY=VALUE, a mapping or @FILE is wanted")
    return {name: _value(text, name) if text else ""}


def _content(setting: str) -> str:
    try:
        return Path(setting[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"-e {setting}: the file cannot be read: {error}") from error


def _whole(text: str, setting: str) -> dict[str, Any]:
    found = _value(text, setting)
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise UsageError(f"-e {setting}: it is not a mapping of variables to values")
    return found


def _value(text: str, where: str) -> Any:  # noqa: ANN401 - whatever YAML has
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"-e {where}: not YAML: {error}") from error


def words(text: str, option: str, choices: tuple[str, ...], every: str) -> list[str] | str:
    """Read ``plain,cvm``; the word `every` alone stands for all or for an automatic choice.

    Raises:
        UsageError: a word that is none of `choices`.
    """
    if text == every:
        return every
    found = text.split(",")
    for word in found:
        if word not in choices:
            raise UsageError(f"{option} {word}: choose from {', '.join((every, *choices))}")
    return found
