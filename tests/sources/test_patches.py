"""Series of patches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roles.source.module_utils.source_tree.errors import UnavailableError
from roles.source.module_utils.source_tree.patches import Patch
from tests.sources.upstream import archive, content, obtainer, release

if TYPE_CHECKING:
    from pathlib import Path

CHANGE = """\
From: somebody
Subject: [PATCH] hello: count on

---
diff --git a/hello.txt b/hello.txt
--- a/hello.txt
+++ b/hello.txt
@@ -1,3 +1,4 @@
 one
 two
 {third}
+four
"""
ADD = """\
diff --git a/new/file b/new/file
new file mode 100644
--- /dev/null
+++ b/new/file
@@ -0,0 +1 @@
+brand new
"""
FITS = Patch("0001-count-on.patch", CHANGE.format(third="three"))
NEW = Patch("0002-new.patch", ADD)
STALE = Patch("0003-stale.patch", CHANGE.format(third="drei"))


def test_a_series_is_applied_and_part_of_the_identity(tmp_path: Path) -> None:
    provider = archive(release(tmp_path))
    plain = obtainer(tmp_path, provider).obtain()
    tree = obtainer(tmp_path, provider, patches=[FITS, NEW]).obtain()
    assert content(tree.archive, "hello.txt").endswith("three\nfour\n")
    assert content(tree.archive, "new/file") == "brand new\n"
    assert tree.archive != plain.archive
    assert [patch["name"] for patch in tree.identity["patches"]] == [FITS.name, NEW.name]


def test_a_changed_patch_needs_no_upstream(tmp_path: Path) -> None:
    file = release(tmp_path)
    provider = archive(file)
    obtainer(tmp_path, provider, patches=[FITS]).obtain()
    file.unlink()
    assert obtainer(tmp_path, provider, patches=[NEW]).obtain().made


def test_a_patch_that_does_not_apply_is_named_with_file_and_line(tmp_path: Path) -> None:
    provider = archive(release(tmp_path))
    with pytest.raises(UnavailableError) as told:
        obtainer(tmp_path, provider, patches=[NEW, STALE]).obtain()
    assert told.value.reason == (
        f"demo: 0003-stale.patch does not apply to {provider.url}: hello.txt:1"
    )
    assert "rebase 0003-stale.patch" in told.value.hint
    assert not list((tmp_path / "sources").glob("*.tar"))


def test_a_patch_for_a_missing_file_is_named(tmp_path: Path) -> None:
    lost = Patch("0001-lost.patch", CHANGE.format(third="three").replace("hello", "lost"))
    with pytest.raises(UnavailableError, match=r"0001-lost.patch .*lost.txt: No such file"):
        obtainer(tmp_path, archive(release(tmp_path)), patches=[lost]).obtain()


def test_a_tree_inside_a_repository_is_patched_too(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    tree = obtainer(tmp_path, archive(release(tmp_path)), patches=[FITS]).obtain()
    assert content(tree.archive, "hello.txt").endswith("four\n")
