"""QEMU's arguments as role fleet renders them, against what a person has checked.

After a wanted change of the template, write the golden files anew and read the difference:

    GOLDEN_WRITE=1 .venv/bin/pytest tests/roles/test_qemu_args.py; git diff tests/data/fleet/golden
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pyrunner.paths import REPOSITORY

GOLDEN = REPOSITORY / "tests/data/fleet/golden"
SNP = ["plain-snp", "cvm-snp", "svsm-snp"]
EMULATED = ["plain-emulated", "cvm-emulated", "svsm-emulated"]
PINNED = "svsm-snp-pinned"
ALL = [*SNP, "plain-kvm", *EMULATED, PINNED]
PROTECTION = ("-object sev-", "-object igvm-cfg", "-bios")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Variant and backend to the text of each of two VMs."""
    folder = tmp_path_factory.mktemp("rendered")
    words = ["ansible-playbook", "--check", "-i", ",".join(ALL), "-e", f"folder={folder}"]
    ended = subprocess.run(
        [Path(sys.executable).parent / words[0], *words[1:], "tests/roles/render_fleet.yml"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    texts = {name: json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ALL}
    return {name: [vm["args"] for vm in vms] for name, vms in texts.items()}


def options(text: str) -> list[str]:
    """The options, without what is for people only."""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def unprotected(text: str) -> list[str]:
    """The options, less those that protect a VM and bring its firmware."""
    kept = [line for line in options(text) if not line.startswith(PROTECTION)]
    kept = [line.split(",confidential-guest-support")[0] for line in kept]
    return [re.sub("/golden/[a-z]+-", "/golden/", line) for line in kept]


@pytest.mark.parametrize("name", ALL)
def test_the_arguments_are_those_that_were_checked(
    rendered: dict[str, list[str]], name: str
) -> None:
    golden = GOLDEN / f"{name}.args"
    if os.environ.get("GOLDEN_WRITE"):
        golden.write_text(rendered[name][0], encoding="utf-8")
    assert rendered[name][0] == golden.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert sorted(path.stem for path in GOLDEN.iterdir()) == sorted(ALL)


@pytest.mark.parametrize("backend", [SNP, EMULATED])
def test_variants_of_a_backend_differ_in_their_protection_only(
    rendered: dict[str, list[str]], backend: list[str]
) -> None:
    plain, cvm, svsm = (unprotected(rendered[name][0]) for name in backend)
    assert plain == cvm == svsm


@pytest.mark.parametrize("name", ALL)
def test_vms_of_a_fleet_differ_in_name_and_port_only(
    rendered: dict[str, list[str]], name: str
) -> None:
    first, second = rendered[name]
    first_options, second_options = (options(text) for text in (first, second))
    renamed = [line.replace("vm1", "vm2").replace("42001", "42002") for line in first_options]
    assert renamed == second_options
    assert "hostfwd=tcp:127.0.0.1:42001-:22" in first


@pytest.mark.parametrize("name", ALL)
def test_every_line_is_an_option_and_its_value(rendered: dict[str, list[str]], name: str) -> None:
    lines = options(rendered[name][0])
    assert all(line.startswith("-") for line in lines)
    assert not [line for line in lines if "{{" in line or "\t" in line or line != line.strip()]


def test_only_svsm_has_its_firmware_in_the_image(rendered: dict[str, list[str]]) -> None:
    with_bios = [name for name, texts in rendered.items() if "\n-bios " in texts[0]]
    with_igvm = [name for name, texts in rendered.items() if "igvm-cfg=igvm0" in texts[0]]
    assert sorted(with_bios + with_igvm) == sorted(ALL)
    assert with_igvm == ["svsm-snp", "svsm-emulated", PINNED]


def test_planes_are_kvms(rendered: dict[str, list[str]]) -> None:
    assert [name for name in ALL if "device-plane=2" in rendered[name][0]] == ["svsm-snp", PINNED]
    assert [name for name in ALL if "kernel-irqchip=split" in rendered[name][0]] == [*SNP, PINNED]


def test_pinned_vms_wait_to_be_put_in_their_place(rendered: dict[str, list[str]]) -> None:
    anywhere, pinned = (options(rendered[name][0]) for name in ("svsm-snp", PINNED))
    assert [line for line in anywhere if line not in pinned] == [
        line.replace(",hugetlb=on,hugetlbsize=2048K", "").replace("reserve=true", "reserve=false")
        for line in pinned
        if "hugetlb" in line
    ]
    assert next(line for line in pinned if line not in anywhere) == "-S"
    assert (
        "# vCPUs on processors 72, all else on 64 65, memory of NUMA node 1" in rendered[PINNED][1]
    )
