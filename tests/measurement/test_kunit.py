"""The kernel module's KUnit tests, in User Mode Linux of the release that the patches are for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pyrunner.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

SOURCES: Final = Path("/var/lib/svsm-testbed/sources")
MODULE: Final = REPOSITORY / "src/module"
VECTORS: Final = REPOSITORY / "src/vectors/vectors.h"
TOOLS: Final = ("gcc", "make", "flex", "bison", "bc")
SUITE: Final = "svsm_measure"
CONFIG: Final = "CONFIG_KUNIT=y\nCONFIG_SVSM_MEASURE_KUNIT_TEST=y\n"
UNUSED: Final = ("./drivers/gpu/*.[ch]", "./drivers/net/*.[ch]", "./tools/testing/selftests/*")
"""Half of Linux, and nothing that User Mode Linux is built of."""


@dataclass(frozen=True)
class Tree:
    """Linux's source with the module in drivers/misc."""

    folder: Path

    @property
    def module(self) -> Path:
        """Its folder."""
        return self.folder / "drivers/misc" / SUITE

    def take_module(self) -> None:
        """Bring the module's files as they are in the repository, new to make in any case."""
        shutil.copytree(MODULE, self.module, copy_function=shutil.copy, dirs_exist_ok=True)
        vectors = self.module.parent / "vectors"
        vectors.mkdir(exist_ok=True)
        shutil.copy(VECTORS, vectors)

    def enlist(self) -> None:
        """Let the kernel's build know the module's folder."""
        with (self.module.parent / "Makefile").open("a") as makefile:
            makefile.write(f"obj-y += {SUITE}/\n")
        kconfig = self.module.parent / "Kconfig"
        start, _, end = kconfig.read_text("utf-8").rpartition("endmenu")
        line = f'source "drivers/misc/{SUITE}/Kconfig"\n'
        kconfig.write_text(f"{start}{line}endmenu{end}", "utf-8")

    def run(self) -> subprocess.CompletedProcess[str]:
        """Build User Mode Linux, or what has changed of it, and run the suite."""
        config = self.folder.parent / "kunitconfig"
        config.write_text(CONFIG)
        kunit = ["nice", sys.executable, "tools/testing/kunit/kunit.py", "run", "--arch", "um"]
        files = ["--build_dir", f"{self.folder.parent / 'build'}", "--kunitconfig", f"{config}"]
        return subprocess.run(
            [*kunit, *files, "--jobs", "2", "--timeout", "120", SUITE],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """Linux as role source has it, with the module; removed afterwards, as it is large."""
    archives = sorted(SOURCES.glob("linux-*.tar"), key=lambda path: path.stat().st_mtime)
    if not archives:
        pytest.skip(
            f"no {SOURCES}/linux-*.tar: have role source get it, "
            "./testbed build -e build_kernel_flavour=patched"
        )
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} missing: apt-get install {' '.join(TOOLS)} libc6-dev")
    top = tmp_path_factory.mktemp("kunit")
    found = Tree(top / "linux")
    found.folder.mkdir()
    leave_out = [f"--exclude={pattern}" for pattern in UNUSED]
    extract = ["tar", "-xf", f"{archives[-1]}", "-C", f"{found.folder}", "--no-same-owner"]
    subprocess.run([*extract, *leave_out], check=True)
    found.take_module()
    found.enlist()
    yield found
    shutil.rmtree(top)


def test_every_case_passes(tree: Tree) -> None:
    source = (MODULE / f"{SUITE}_test.c").read_text("utf-8")
    cases = re.findall(r"KUNIT_CASE(?:_PARAM)?\((\w+)", source)
    assert cases
    ended = tree.run()
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-4000:]
    assert [case for case in cases if not re.search(rf"\[PASSED\] {case}\b", ended.stdout)] == []


@pytest.mark.parametrize(
    ("name", "right", "wrong", "notices"),
    [
        ("request.c", "where->nonce", "where->result", "measure_requests"),
        ("request.c", "return -ENXIO;", "return -EACCES;", "results"),
        ("ranges.c", "!= gpa)", ">= gpa)", "pages_elsewhere_are_not_joined"),
        ("repeat.c", "cancel(run, call, request);", "", "a_signal_cancels"),
    ],
)
def test_a_mistake_is_noticed(tree: Tree, name: str, right: str, wrong: str, notices: str) -> None:
    mistaken = tree.module / name
    before = mistaken.read_text("utf-8")
    assert right in before
    mistaken.write_text(before.replace(right, wrong), "utf-8")
    ended = tree.run()
    tree.take_module()
    assert ended.returncode != 0
    assert re.search(rf"\[FAILED\] {notices}\b", ended.stdout), ended.stdout[-4000:]
