"""The files that role host_setup writes, against what a person has checked.

After a wanted change of a template, write the golden files anew and read the difference:

    GOLDEN_WRITE=1 .venv/bin/pytest tests/host_setup; git diff tests/data/host_setup/golden
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from plugins.module_utils.topology.reading import read_topology
from pyrunner.paths import REPOSITORY
from roles.host_setup.module_utils.host_machine.judge import machine
from roles.host_setup.module_utils.host_machine.wanted import Wanted
from tests.host_setup.hosts import DATA, RELEASE, server

GOLDEN = DATA / "golden"
NAMES = sorted(
    path.stem
    for path in (REPOSITORY / "roles/host_setup/templates").glob("*.j2")
    if path.suffixes != [".sources", ".j2"]
)
WANTED = Wanted(
    kernel="built",
    release=RELEASE,
    parameters=("iommu=nopt", "panic=60"),
    modules={"kvm": {"gmem_2m_enabled": "1"}, "kvm_amd": {"sev": "1", "sev_snp": "1"}},
    huge_pages={2048: 1025, 1048576: 8},
    governor="performance",
)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the files of a server."""
    folder = tmp_path_factory.mktemp("rendered")
    root = server(tmp_path_factory.mktemp("server"))
    said = machine(root, WANTED, "disabled", read_topology(root))
    given = json.dumps({"folder": str(folder), "machine": said})
    ended = subprocess.run(
        [
            Path(sys.executable).parent / "ansible-playbook",
            *("-i", "server,", "-e", given, "tests/host_setup/render_host_setup.yml"),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_those_that_were_checked(rendered: Path, name: str) -> None:
    text = (rendered / name).read_text("utf-8")
    if os.environ.get("GOLDEN_WRITE"):
        (GOLDEN / name).write_text(text, encoding="utf-8")
    assert text == (GOLDEN / name).read_text("utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == NAMES


def test_the_shell_adds_parameters_to_those_that_were_there(rendered: Path) -> None:
    script = f'GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"; . {shlex.quote(str(rendered))}/grub.cfg; '
    words = ["sh", "-euc", f'{script} echo "$GRUB_DEFAULT $GRUB_CMDLINE_LINUX_DEFAULT"']
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said == "saved quiet splash iommu=nopt panic=60 hugepagesz=1G hugepages=8\n"
