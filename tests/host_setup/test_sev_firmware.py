"""SEV firmware: the name that Linux looks for, and files that are not this processor's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roles.host_setup.module_utils.host_machine.firmware import (
    firmware_problem,
    read_processor,
    target,
)
from tests.host_setup.hosts import server, write

if TYPE_CHECKING:
    from pathlib import Path

GENOA = "amd_sev_fam19h_model1xh_1.55.40.sbin"
BYTES = 100_000


def test_the_names_are_those_of_linux(tmp_path: Path) -> None:
    assert read_processor(server(tmp_path)).file_names == (
        "amd_sev_fam19h_model11h.sbin",
        "amd_sev_fam19h_model1xh.sbin",
    )


@pytest.mark.parametrize(
    ("name", "looked_for"),
    [
        (GENOA, "amd_sev_fam19h_model1xh.sbin"),
        ("amd_sev_fam19h_model01h.sbin", "amd_sev_fam19h_model01h.sbin"),
        ("amd_sev_fam1ah_model0xh_1.58.02.sbin", "amd_sev_fam1ah_model0xh.sbin"),
        ("sev.fw", ""),
        ("amd_sev_fam19h_model1xh.zip", ""),
    ],
)
def test_a_version_in_the_name_is_left_out(name: str, looked_for: str) -> None:
    assert target(name) == looked_for


def test_the_processors_firmware_is_accepted(tmp_path: Path) -> None:
    assert firmware_problem(server(tmp_path), GENOA, BYTES) == ""


@pytest.mark.parametrize(
    ("name", "size", "says"),
    [
        (GENOA, -1, "there is no file amd_sev_fam19h_model1xh_1.55.40.sbin"),
        ("sev.fw", BYTES, "sev.fw tells no processor"),
        (GENOA, 12, "has 12 bytes"),
        (
            "amd_sev_fam19h_model0xh.sbin",
            BYTES,
            "this AuthenticAMD family 19h model 11h, which wants",
        ),
        ("amd_sev_fam1ah_model1xh.sbin", BYTES, "for another processor"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, name: str, size: int, says: str) -> None:
    assert says in firmware_problem(server(tmp_path), name, size)


def test_no_other_vendors_processor_has_any(tmp_path: Path) -> None:
    write(tmp_path, "/proc/cpuinfo", "vendor_id\t: GenuineIntel\ncpu family\t: 25\nmodel\t\t: 17\n")
    assert "this GenuineIntel family 19h" in firmware_problem(tmp_path, GENOA, BYTES)


def test_a_file_that_goes_before_is_named(tmp_path: Path) -> None:
    root = server(tmp_path)
    write(root, "/lib/firmware/amd/amd_sev_fam19h_model11h.sbin.zst", "")
    assert "amd_sev_fam19h_model11h.sbin.zst before" in firmware_problem(root, GENOA, BYTES)
