"""docs/epyc.md names what exists: variables, commands, options, files, and what programs print."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import click
import pytest
import yaml

from plugins.filter.role_options import role_options
from plugins.module_utils.leftovers.look import look as look_for_leftovers
from plugins.module_utils.preflight.table import table
from pyrunner.cli.main import COMMANDS, main
from pyrunner.paths import REPOSITORY
from tests.leftovers.trees import Tree, scope
from tests.preflight.recordings import look

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (REPOSITORY / "docs/epyc.md").read_text("utf-8")
README = (REPOSITORY / "README.md").read_text("utf-8")
OPTIONS = role_options(str(REPOSITORY / "roles"))
WORDS = re.findall(r"`([^`\n]+)`", PAGE)
PREFIXES = "|".join(["testbed", *(path.name for path in (REPOSITORY / "roles").iterdir())])
VARIABLE = re.compile(rf"(?:(?:{PREFIXES})_\w+|\w+_source_(?:path|url))")
SET = re.compile(rf"(?:-e |`)({VARIABLE.pattern})=([^\s`]+)")
BLOCK = re.compile(r"<!-- (preflight: \S+|teardown) -->\n(.*?)<!-- end -->", re.DOTALL)
BLOCKS = dict(BLOCK.findall(PAGE))
DIRECTORIES = ("inventories/", "playbooks/", "roles/", "results/", "docs/")


def set_in_inventories() -> set[str]:
    """Variables that an inventory sets; some are of no role, for all of them use it."""
    files = (REPOSITORY / "inventories").glob("*/group_vars/all/*.yml")
    return {name for path in files for name in yaml.safe_load(path.read_text("utf-8"))}


def lines(block: str) -> list[str]:
    """A block as it is printed, without Markdown's four spaces."""
    return [line.removeprefix("    ") for line in block.splitlines() if line.strip()]


def test_every_variable_exists() -> None:
    named = {word for word in WORDS if VARIABLE.fullmatch(word)} | {
        name for name, _ in SET.findall(PAGE)
    }
    assert len(named) > 20
    assert named - set(OPTIONS) - set_in_inventories() == set()


def test_every_value_is_one_that_the_variable_takes() -> None:
    given = SET.findall(PAGE)
    assert given
    for name, value in given:
        option: dict[str, Any] = OPTIONS.get(name, {})
        choices = option.get("choices") or [value]
        assert value in map(str, choices), f"{name}={value}"


def commands() -> list[list[str]]:
    """Every call of ./testbed on the page, in words; a line's comment is none of them."""
    text = PAGE.replace("\\\n", " ")
    calls = re.findall(r"(?m)\./testbed ([^`\n|]+)", text)
    return [shlex.split(call, comments=True) for call in calls]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_and_its_options_exist(words: list[str]) -> None:
    assert words[0] in COMMANDS
    command = main.get_command(click.Context(main), words[0])
    assert command is not None
    known = {opt for parameter in command.params for opt in parameter.opts}
    assert {word for word in words[1:] if word.startswith("-")} <= known


def test_every_option_in_the_text_is_some_commands() -> None:
    named = {word.split()[0] for word in WORDS if word.startswith("--")}
    loaded = [main.get_command(click.Context(main), name) for name in COMMANDS]
    known = {opt for command in loaded if command for p in command.params for opt in p.opts}
    assert named <= known


def test_every_file_exists() -> None:
    named = {word for word in WORDS if word.startswith(DIRECTORIES) and " " not in word}
    named |= set(re.findall(r"(?<= )playbooks/\w+\.yml", PAGE))
    made = {word for word in named if word.startswith("results/")}  # by a campaign
    assert len(named - made) > 5
    assert [word for word in named - made if not (REPOSITORY / word).exists()] == []


def test_every_link_leads_somewhere() -> None:
    headings = re.findall(r"(?m)^#+ (.*)$", PAGE)
    anchors = {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in anchors
        elif not target.startswith("https://"):
            assert (REPOSITORY / "docs" / target).exists()
    assert "docs/epyc.md" in README


@pytest.mark.parametrize("host", ["epyc-genoa", "epyc-rmp-short"])
def test_preflight_shows_what_the_page_does(host: str) -> None:
    """Status and title of each check; what was seen is told in words that may change."""
    shown = [re.split(r" {2,}", line) for line in lines(BLOCKS[f"preflight: {host}"])]
    checks = [words[:2] for words in shown if words[0]]
    assert len(checks) >= 3
    printed = [re.split(r" {2,}", line)[:2] for line in table(look(host))]
    assert [check for check in checks if check not in printed] == []


def test_teardown_proves_what_the_page_shows(tmp_path: Path) -> None:
    answers = look_for_leftovers(scope(Tree(tmp_path), ports=tuple(range(42001, 42009))))
    shown = lines(BLOCKS["teardown"])
    assert [line.split("  ")[0] for line in shown] == ["none"] * len(answers)
    titles = [re.split(r" {2,}", line.removeprefix("none").strip())[0] for line in shown]
    assert titles == [answer.title for answer in answers]


def test_the_page_says_first_what_was_not_tried() -> None:
    assert PAGE.index("**Not tried on EPYC hardware.**") < PAGE.index("\n## ")
