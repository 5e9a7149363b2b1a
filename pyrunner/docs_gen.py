"""README of each role, written from its ``meta/argument_specs.yml``.

``python -m pyrunner.docs_gen`` writes them; with ``--check`` it only names those that are stale.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from pyrunner.errors import TestbedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROLES: Final = Path(__file__).resolve().parent.parent / "roles"
README: Final = "README.md"
SPECS: Final = "meta/argument_specs.yml"
NOTICE: Final = (
    "<!-- Written from meta/argument_specs.yml by `python -m pyrunner.docs_gen`: edit that. -->"
)
HEAD: Final = "| Variable | Type | Required | Default | Choices | Description |"
EXAMPLE: Final = "Example"


def main(argv: Sequence[str] | None = None) -> int:
    """Write or check the READMEs.

    Returns:
        Exit status: 0; 1 if `--check` found stale files; 2 if a role has no readable specification.
    """
    parser = argparse.ArgumentParser(prog="python -m pyrunner.docs_gen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name stale files")
    parser.add_argument("--roles", type=Path, default=ROLES, help="folder of the roles")
    args = parser.parse_args(argv)
    stale, faults = find_stale(args.roles)
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    for path, text in stale.items():
        sys.stdout.write(f"{'stale' if args.check else 'written'}: {path}\n")
        if not args.check:
            path.write_text(text, encoding="utf-8")
    return 2 if faults else int(args.check and bool(stale))


def find_stale(roles: Path) -> tuple[dict[Path, str], list[TestbedError]]:
    """READMEs that are not as they should be, with the text they should have, and what is wrong.

    One role without a specification does not keep the others from being looked at.
    """
    stale, faults = {}, []
    for role in sorted(path for path in roles.iterdir() if path.is_dir()):
        try:
            text = render(role.name, load_specs(role))
        except TestbedError as error:
            faults.append(error)
            continue
        if read(role / README) != text:
            stale[role / README] = text
    return stale, faults


def read(path: Path) -> str | None:
    """Text of a file, None where there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else None


def load_specs(role: Path) -> dict[str, dict[str, Any]]:
    """Entry points of a role, as ``{name: specification}``.

    Raises:
        TestbedError: the file is absent, no YAML, or has no ``argument_specs``.
    """
    path = role / SPECS
    try:
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise TestbedError(
            f"{path}: no role specification: {error}", "every role needs one, see roles/preflight"
        ) from error
    return dict(specs)


def render(role: str, specs: dict[str, dict[str, Any]]) -> str:
    """README of one role."""
    lines = [f"# {role}", "", NOTICE]
    # The entry point "main" first: it is what `role: name` runs.
    for name in sorted(specs, key=lambda name: (name != "main", name)):
        lines += ["", *_entry_point(name, specs[name])]
    return "\n".join(lines) + "\n"


def _entry_point(name: str, spec: dict[str, Any]) -> Iterator[str]:
    """Heading, description, table and example of an entry point."""
    if name != "main":
        yield f"## Entry point `{name}` (`tasks_from: {name}`)"
        yield ""
    yield f"**{markdown(spec['short_description'])}**"
    texts = _texts(spec.get("description"))
    for text in texts:
        if not text.startswith(EXAMPLE):
            yield from ("", markdown(text))
    rows = list(_rows(spec.get("options", {})))
    yield from ("", HEAD, re.sub(r"[^|]+", "---", HEAD), *rows) if rows else ("", "No variables.")
    for text in texts:
        if text.startswith(EXAMPLE):
            yield from ("", *_example(text))


def _rows(options: dict[str, dict[str, Any]], prefix: str = "") -> Iterator[str]:
    """A table row for each variable, in the order of the file; those inside a dict below it."""
    for name, spec in options.items():
        elements = f" of {spec['elements']}" if "elements" in spec else ""
        required = "yes" if spec.get("required") else "no"
        default = _code(spec["default"]) if "default" in spec else ""
        choices = ", ".join(_code(choice) for choice in spec.get("choices", []))
        description = " ".join(markdown(text) for text in _texts(spec.get("description")))
        kind = spec.get("type", "str") + elements
        cells = (f"`{prefix}{name}`", kind, required, default, choices, description)
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
        yield from _rows(spec.get("options", {}), f"{prefix}{name}.")


def _code(value: object) -> str:
    """A value as one would write it in YAML, in code type."""
    plain = isinstance(value, str) and value
    return f"`{value if plain else json.dumps(value, ensure_ascii=False)}`"


def _texts(description: str | list[str] | None) -> list[str]:
    """A description's paragraphs."""
    given = [description] if isinstance(description, str) else description or []
    return [str(text).strip() for text in given]


def _example(text: str) -> Iterator[str]:
    """An example: its first line in words, the lines below it as YAML."""
    first, _, code = text.partition("\n")
    yield markdown(first)
    if code:
        yield from ("", "```yaml", *code.splitlines(), "```")


def markdown(text: str) -> str:
    """Ansible's inline markup as Markdown: C(code), V(value), O(option), I(italic), B(bold)."""
    text = re.sub(r"\b[CVO]\(([^()]*(?:\([^()]*\)[^()]*)*)\)", r"`\1`", text)
    text = re.sub(r"\bI\(([^()]*)\)", r"*\1*", text)
    return re.sub(r"\bB\(([^()]*)\)", r"**\1**", text)


if __name__ == "__main__":
    sys.exit(main())
