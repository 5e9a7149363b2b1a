"""What is kept, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roles.source.module_utils.source_tree.errors import UnavailableError
from roles.source.module_utils.source_tree.patches import Patch
from roles.source.module_utils.source_tree.store import KEPT, Store
from tests.sources.upstream import archive, obtainer, release

if TYPE_CHECKING:
    from pathlib import Path

NEW = "diff --git a/{0} b/{0}\nnew file mode 100644\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+x\n"


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    torn = tmp_path / "sources" / ".demo.work-abc" / "incoming"
    torn.mkdir(parents=True)
    other = tmp_path / "sources" / ".demo2.work-abc"
    other.mkdir()
    obtainer(tmp_path, archive(release(tmp_path))).obtain()
    assert not torn.exists()
    assert other.exists()


def test_a_few_archives_stay_and_older_ones_go(tmp_path: Path) -> None:
    provider = archive(release(tmp_path))
    (tmp_path / "sources").mkdir()
    other = tmp_path / "sources" / "demo-other-1.tar"
    other.touch()
    made = [
        obtainer(tmp_path, provider, patches=[Patch("p", NEW.format(number))]).obtain().archive
        for number in range(KEPT + 2)
    ]
    assert [path.exists() for path in made] == [False, False, *[True] * KEPT]
    assert other.exists()


def test_a_disk_that_is_full_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "tar").write_text("#!/bin/sh\necho 'tar: x: No space left on device' >&2\nexit 2\n")
    (programs / "tar").chmod(0o755)
    provider = archive(release(tmp_path))
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    with pytest.raises(UnavailableError, match=r"^demo: .* No space left on device") as told:
        obtainer(tmp_path, provider).obtain()
    assert "free space" in told.value.hint
    assert not list((tmp_path / "sources").glob("*.tar"))


def test_components_do_not_share_names(tmp_path: Path) -> None:
    identity = {"provider": "git", "commit": "a"}
    names = {Store(tmp_path, component).archive(identity).name for component in ("one", "two")}
    assert len(names) == 2
