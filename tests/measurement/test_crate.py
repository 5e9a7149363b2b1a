"""The SVSM's side of the measurement protocol passes its own tests and lints (src/svsm_measure)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import Final

import pytest

from pyrunner.paths import REPOSITORY, RUNNER

CRATE: Final = REPOSITORY / "src" / "svsm_measure"
OLDEST: Final = (1, 85)
"""Of Rust: the first with edition 2024."""


def cargo(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run cargo in the crate, with what it builds out of the tree."""
    return subprocess.run(
        ["cargo", *arguments],
        cwd=CRATE,
        env=os.environ | {"CARGO_TARGET_DIR": str(RUNNER / "cargo")} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module", autouse=True)
def toolchain() -> None:
    """See that there is a Rust that is new enough, and the crates of the lock file."""
    hint = "install Debian 13's packages cargo-web and rust-web-all, or Rust by rustup"
    if shutil.which("cargo") is None:
        pytest.skip(f"no cargo: {hint}")
    told = cargo("--version").stdout
    version = tuple(int(part) for part in re.findall(r"\d+", told)[:2])
    if version < OLDEST:
        pytest.skip(f"{told.strip()} is older than 1.85: {hint}")
    fetched = cargo("fetch", "--locked")
    assert "--locked" not in fetched.stderr, fetched.stderr
    if fetched.returncode:
        pytest.skip(
            f"the crates of {CRATE / 'Cargo.lock'} cannot be had; let cargo reach crates.io, or a "
            f"mirror named in $CARGO_HOME/config.toml: {fetched.stderr.strip()[-300:]}"
        )


def test_its_own_tests_pass() -> None:
    ended = cargo("test", "--locked")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"test result: ok\. [1-9]\d+ passed; 0 failed; 0 ignored", ended.stdout)


def test_it_has_no_lints() -> None:
    if cargo("clippy", "--version").returncode:
        pytest.skip("no clippy: install Debian 13's package rust-web-clippy, or by rustup")
    ended = cargo("clippy", "--locked", "--all-targets", "--", "-D", "warnings")
    assert ended.returncode == 0, ended.stderr


def test_it_is_formatted() -> None:
    if cargo("fmt", "--version").returncode:
        pytest.skip("no rustfmt: install Debian 13's package rustfmt-web, or by rustup")
    ended = cargo("fmt", "--check")
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("number", ["1", "0x7fffffff", "0x100000000", "many", ""])
def test_a_protocol_number_of_others_is_refused(number: str) -> None:
    ended = cargo("check", "--locked", SVSM_MEASURE_PROTOCOL=number)
    assert ended.returncode != 0
    assert "SVSM_MEASURE_PROTOCOL is no number from 0x80000000 to 0xffffffff" in ended.stderr


def test_another_protocol_number_is_taken() -> None:
    ended = cargo("check", "--locked", SVSM_MEASURE_PROTOCOL="0xfedcba98")
    assert ended.returncode == 0, ended.stderr
