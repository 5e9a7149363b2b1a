"""Commits of git repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roles.source.module_utils.source_tree.errors import UnavailableError
from tests.sources.upstream import commit, git, grow, listing, obtainer, repository

if TYPE_CHECKING:
    from pathlib import Path

TREE = ["configure", "hello.txt", "src/", "src/main.c"]


def test_a_commit_is_taken_even_if_no_branch_ends_there(tmp_path: Path) -> None:
    upstream = grow(tmp_path / "up")
    first = commit(upstream)
    (upstream / "later.txt").touch()
    commit(upstream)
    tree = obtainer(tmp_path, repository(upstream, first)).obtain()
    assert listing(tree.archive) == TREE
    assert tree.identity == {
        "provider": "git",
        "commit": first,
        "submodules": [],
        "patches": [],
    }


def test_submodules_are_taken_along_where_wanted(tmp_path: Path) -> None:
    dep = grow(tmp_path / "dep")
    commit(dep)
    upstream = grow(tmp_path / "up")
    commit(upstream)
    for name in ("wanted", "other"):
        git(upstream, "submodule", "--quiet", "add", str(dep), f"deps/{name}")
    whole = commit(upstream)
    tree = obtainer(tmp_path, repository(upstream, whole, "deps/wanted")).obtain()
    names = listing(tree.archive)
    assert "deps/wanted/hello.txt" in names
    assert "deps/other/hello.txt" not in names
    assert not [name for name in names if name.endswith(".git")]


def test_a_missing_commit_is_named(tmp_path: Path) -> None:
    upstream = grow(tmp_path / "up")
    commit(upstream)
    wanted = repository(upstream, "1" * 40)
    with pytest.raises(UnavailableError, match=f"^demo: {upstream} has no commit {'1' * 40}") as it:
        obtainer(tmp_path, wanted, repository(upstream, commit(upstream))).obtain()
    assert "move the pin of demo" in it.value.hint


def test_a_missing_repository_is_passed_over(tmp_path: Path) -> None:
    upstream = grow(tmp_path / "up")
    revision = commit(upstream)
    nowhere = repository(tmp_path / "nowhere", revision)
    tree = obtainer(tmp_path, nowhere, repository(upstream, revision)).obtain()
    assert "does not appear to be a git repository" in tree.passed_over[0]
