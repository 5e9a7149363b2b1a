"""Local copies: what they are taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roles.source.module_utils.source_tree.errors import UnavailableError
from roles.source.module_utils.source_tree.local import LocalCopy
from tests.sources.upstream import commit, content, git, grow, listing, release

if TYPE_CHECKING:
    from pathlib import Path

TREE = ["configure", "hello.txt", "src/main.c"]


def copy(path: Path, revision: str = "", *marks: str) -> LocalCopy:
    return LocalCopy("demo", path, revision, marks or ("configure",))


def packed(local: LocalCopy, folder: Path) -> Path:
    local.pack(folder / "packed.tar")
    return folder / "packed.tar"


def test_a_checkout_without_changes_is_its_commit(tmp_path: Path) -> None:
    tree = grow(tmp_path / "tree")
    (tree / ".gitignore").write_text("*.o\n")
    revision = commit(tree)
    (tree / "main.o").touch()
    assert copy(tree).identity() == {"commit": revision, "submodules": []}
    assert listing(packed(copy(tree), tmp_path)) == [".gitignore", *TREE]


def test_a_change_counts_and_so_does_a_new_file(tmp_path: Path) -> None:
    tree = grow(tmp_path / "tree")
    commit(tree)
    (tree / "new.txt").touch()
    first = copy(tree).identity()
    (tree / "hello.txt").write_text("changed\n")
    second = copy(tree).identity()
    assert set(first) == set(second) == {"sha256"}
    assert first != second
    assert "new.txt" in listing(packed(copy(tree), tmp_path))


def test_submodules_that_are_there_count(tmp_path: Path) -> None:
    dep = grow(tmp_path / "dep")
    commit(dep)
    tree = grow(tmp_path / "tree")
    commit(tree)
    git(tree, "submodule", "--quiet", "add", str(dep), "dep")
    revision = commit(tree)
    assert copy(tree).identity() == {"commit": revision, "submodules": ["dep"]}
    assert "dep/hello.txt" in listing(packed(copy(tree), tmp_path))
    git(tree, "submodule", "--quiet", "deinit", "dep")
    assert copy(tree).identity() == {"commit": revision, "submodules": []}


def test_folders_are_told_apart_by_content_not_by_times_or_place(tmp_path: Path) -> None:
    first, second = grow(tmp_path / "a"), grow(tmp_path / "b")
    assert copy(first).identity() == copy(second).identity()
    (second / "configure").chmod(0o644)
    assert copy(first).identity() != copy(second).identity()


def test_of_a_bare_repository_the_pinned_commit_is_taken(tmp_path: Path) -> None:
    tree = grow(tmp_path / "tree")
    revision = commit(tree)
    (tree / "later.txt").touch()
    commit(tree)
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(tree), str(bare))
    before = sorted(bare.rglob("*"))
    local = copy(bare, revision)
    assert local.identity() == {"commit": revision, "submodules": []}
    archive = packed(local, tmp_path)
    assert "later.txt" not in listing(archive)
    assert content(archive, "hello.txt").startswith("one")
    assert sorted(bare.rglob("*")) == before


def test_an_archive_is_taken_without_its_top_folder(tmp_path: Path) -> None:
    local = copy(release(tmp_path))
    assert set(local.identity()) == {"sha256"}
    assert "hello.txt" in listing(packed(local, tmp_path))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere", "does not exist"),
        ("empty", "is something else: it has no configure"),
        ("bare.git", f"has no commit {'1' * 40}"),
    ],
)
def test_what_is_of_no_use_is_refused_by_the_variable_s_name(
    tmp_path: Path, name: str, says: str
) -> None:
    (tmp_path / "empty").mkdir()
    git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    with pytest.raises(UnavailableError) as told:
        copy(tmp_path / name, "1" * 40).identity()
    assert told.value.reason == f"demo: demo_source_path={tmp_path / name} {says}"
    assert "demo_source_path" in told.value.hint
