"""READMEs of roles: current, complete, and what the generator makes of a specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pyrunner.docs_gen import ROLES, find_stale, load_specs, main, markdown, render
from pyrunner.errors import TestbedError

if TYPE_CHECKING:
    from pathlib import Path

NAMES = sorted(path.parts[-3] for path in ROLES.glob("*/tasks/main.yml"))

SPECS: dict[str, Any] = {
    "other": {"short_description": "Do another thing"},
    "main": {
        "short_description": "Do a thing",
        "description": ["First C(a|b).", "Example, with a list:\n- role: thing\n  vars: {n: 1}"],
        "options": {
            "thing_n": {"type": "int", "required": True, "description": "How many."},
            "thing_words": {
                "type": "list",
                "elements": "str",
                "default": [],
                "choices": ["a", "b|c"],
                "description": ["One.", "See O(thing_n)."],
            },
            "thing_dict": {
                "type": "dict",
                "description": "Both.",
                "options": {"inner": {"default": "", "description": "Text."}},
            },
        },
    },
}
README = """\
# thing

<!-- Written from meta/argument_specs.yml by `python -m pyrunner.docs_gen`: edit that. -->

**Do a thing**

First `a|b`.

| Variable | Type | Required | Default | Choices | Description |
|---|---|---|---|---|---|
| `thing_n` | int | yes |  |  | How many. |
| `thing_words` | list of str | no | `[]` | `a`, `b\\|c` | One. See `thing_n`. |
| `thing_dict` | dict | no |  |  | Both. |
| `thing_dict.inner` | str | no | `""` |  | Text. |

Example, with a list:

```yaml
- role: thing
  vars: {n: 1}
```

## Entry point `other` (`tasks_from: other`)

**Do another thing**

No variables.
"""


@pytest.fixture
def roles(tmp_path: Path) -> Path:
    """A folder with one role and no README."""
    (tmp_path / "thing/meta").mkdir(parents=True)
    text = yaml.safe_dump({"argument_specs": SPECS}, sort_keys=False)
    (tmp_path / "thing/meta/argument_specs.yml").write_text(text, encoding="utf-8")
    return tmp_path


def test_there_are_roles() -> None:
    assert "preflight" in NAMES


@pytest.mark.parametrize("role", NAMES)
def test_every_role_has_a_specification_and_a_current_readme(role: str) -> None:
    expected = render(role, load_specs(ROLES / role))
    readme = ROLES / role / "README.md"
    assert readme.exists(), "run: python -m pyrunner.docs_gen"
    assert readme.read_text("utf-8") == expected, "run: python -m pyrunner.docs_gen"


@pytest.mark.parametrize("role", NAMES)
def test_every_default_is_documented_as_it_is(role: str) -> None:
    path = ROLES / role / "defaults/main.yml"
    defaults = (yaml.safe_load(path.read_text("utf-8")) if path.exists() else None) or {}
    entry_points = load_specs(ROLES / role).values()
    options = {
        name: option for spec in entry_points for name, option in spec.get("options", {}).items()
    }
    documented = {name: option.get("default") for name, option in options.items()}
    assert {name: documented.get(name, "undocumented") for name in defaults} == defaults


def test_a_readme() -> None:
    assert render("thing", SPECS) == README


def test_write_then_check(roles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--roles", str(roles), "--check"]) == 1
    assert not (roles / "thing/README.md").exists()
    assert main(["--roles", str(roles)]) == 0
    assert (roles / "thing/README.md").read_text("utf-8") == README
    capsys.readouterr()
    assert main(["--roles", str(roles), "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_stale_readme_is_named(roles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (roles / "thing/README.md").write_text("old", encoding="utf-8")
    assert main(["--roles", str(roles), "--check"]) == 1
    assert capsys.readouterr().out == f"stale: {roles / 'thing/README.md'}\n"


@pytest.mark.parametrize("text", [None, "{", "other: {}", "[]"])
def test_a_role_without_specification(roles: Path, text: str | None) -> None:
    (roles / "broken/meta").mkdir(parents=True)
    if text is not None:
        (roles / "broken/meta/argument_specs.yml").write_text(text, encoding="utf-8")
    with pytest.raises(TestbedError, match=r"broken/meta/argument_specs\.yml"):
        load_specs(roles / "broken")
    stale, faults = find_stale(roles)
    assert list(stale) == [roles / "thing/README.md"]
    assert len(faults) == 1
    assert main(["--roles", str(roles)]) == 2


@pytest.mark.parametrize(
    ("ansible", "expected"),
    [
        ("C(a) V(b) O(c)", "`a` `b` `c`"),
        ("C(default('x'))", "`default('x')`"),
        ("I(a) and B(b)", "*a* and **b**"),
        ("SVSM (COCONUT) at VMPL0", "SVSM (COCONUT) at VMPL0"),
    ],
)
def test_markup(ansible: str, expected: str) -> None:
    assert markdown(ansible) == expected
