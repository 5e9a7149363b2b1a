"""Content addresses: the same input the same key, anything else another one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.filter.artifacts import KEY_LENGTH, FilterModule, artifact_key, tree_digest

if TYPE_CHECKING:
    from pathlib import Path

INPUTS = st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.text()), max_size=5)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a program, a text below, and what version control keeps."""
    root = tmp_path / "tree"
    (root / "sub").mkdir(parents=True)
    (root / "sub/text").write_text("text", encoding="utf-8")
    (root / "program").write_text("#!/bin/sh\n", encoding="utf-8")
    (root / "program").chmod(0o755)
    (root / ".git").mkdir()
    (root / ".git/HEAD").write_text("here", encoding="utf-8")
    return root


def test_templates_find_the_filters() -> None:
    assert FilterModule().filters() == {"artifact_key": artifact_key, "tree_digest": tree_digest}


@settings(deadline=None)
@given(INPUTS)
def test_the_order_of_inputs_does_not_matter(inputs: dict[str, object]) -> None:
    backwards = dict(reversed(inputs.items()))
    assert artifact_key(inputs) == artifact_key(backwards)
    assert len(artifact_key(inputs)) == KEY_LENGTH


@settings(deadline=None)
@given(INPUTS, INPUTS)
def test_other_inputs_have_another_key(one: dict[str, object], other: dict[str, object]) -> None:
    assert (artifact_key(one) == artifact_key(other)) == (one == other)


def test_the_order_within_an_input_does_matter() -> None:
    assert artifact_key({"flags": ["-a", "-b"]}) != artifact_key({"flags": ["-b", "-a"]})


def test_what_is_no_plain_data_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="must be plain data"):
        artifact_key({"when": object()})


def test_times_and_other_modes_do_not_matter(tree: Path) -> None:
    before = tree_digest(str(tree))
    os.utime(tree / "program", (1, 1))
    (tree / "sub/text").chmod(0o600)
    assert tree_digest(str(tree)) == before


@pytest.mark.parametrize("change", ["content", "name", "execute", "more", "fewer"])
def test_any_change_of_files_matters(tree: Path, change: str) -> None:
    before = tree_digest(str(tree))
    if change == "content":
        (tree / "sub/text").write_text("Text", encoding="utf-8")
    elif change == "name":
        (tree / "sub/text").rename(tree / "sub/test")
    elif change == "execute":
        (tree / "program").chmod(0o644)
    elif change == "more":
        (tree / "sub/more").touch()
    else:
        (tree / "sub/text").unlink()
    assert tree_digest(str(tree)) != before


def test_what_is_left_out_does_not_matter(tree: Path) -> None:
    before = tree_digest(str(tree)), tree_digest(str(tree), ["sub", ".git"])
    (tree / ".git/HEAD").write_text("there", encoding="utf-8")
    assert tree_digest(str(tree)) == before[0]
    (tree / "sub/text").write_text("Text", encoding="utf-8")
    assert tree_digest(str(tree), ["sub", ".git"]) == before[1]


@pytest.mark.parametrize("folder", ["absent", "tree/empty"])
def test_a_folder_without_files_is_an_error(tree: Path, folder: str) -> None:
    (tree / "empty").mkdir()
    with pytest.raises(AnsibleFilterError, match="no such folder, or nothing in it"):
        tree_digest(str(tree.parent / folder))
