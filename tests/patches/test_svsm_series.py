"""The series for COCONUT-SVSM applies to the pin, and agrees with the crate that it wires in."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Final

import pytest
import yaml

from pyrunner.paths import REPOSITORY

PATCHES: Final = sorted((REPOSITORY / "patches" / "svsm").glob("*.patch"))
CRATE: Final = REPOSITORY / "src" / "svsm_measure"
PINS: Final = REPOSITORY / "roles" / "source" / "vars" / "main" / "pins.yml"
ENTRY: Final = re.compile(
    r'^\+name = "svsm-measure"\n\+version = "([^"]+)"\n'
    r'\+dependencies = \[\n((?:\+ "[^"]+",\n)+)\+\]',
    re.MULTILINE,
)


def pinned() -> str:
    """The commit of COCONUT-SVSM that is pinned."""
    pins = yaml.safe_load(PINS.read_text("utf-8"))
    return str(pins["source_pins"]["svsm"]["git"]["commit"])


def git(*arguments: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder that is no repository for it unless it is one itself."""
    ceiling = {"GIT_CEILING_DIRECTORIES": str(folder.parent)}
    command = ["git", "-c", "safe.directory=*", "-C", str(folder), *arguments]
    return subprocess.run(command, env=os.environ | ceiling, capture_output=True, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Unpack the pinned COCONUT-SVSM, if there is a checkout with it."""
    source = os.environ.get("SVSM_SOURCE", "")
    if not source:
        pytest.skip(f"no SVSM_SOURCE: name a checkout of COCONUT-SVSM that has {pinned()}")
    folder = tmp_path / "svsm"
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    packed = git("archive", "-o", str(archive), pinned(), folder=Path(source))
    if packed.returncode:
        pytest.skip(f"SVSM_SOURCE={source} does not have {pinned()}: {packed.stderr.decode()}")
    subprocess.run(["tar", "-xf", archive, "-C", folder], check=True)
    return folder


def test_the_series_applies_to_the_pin_without_fuzz(tree: Path) -> None:
    for patch in PATCHES:
        applied = git("apply", "--whitespace=error-all", str(patch), folder=tree)
        assert applied.returncode == 0, (patch.name, applied.stderr.decode())
    assert (tree / "kernel/src/protocols/measure.rs").is_file()


def test_the_lock_file_has_the_crate_as_it_is() -> None:
    """Cargo is run with --locked, and would refuse anything else."""
    manifest = tomllib.loads((CRATE / "Cargo.toml").read_text("utf-8"))
    (entry,) = ENTRY.findall("".join(patch.read_text("utf-8") for patch in PATCHES))
    version, dependencies = entry
    assert version == manifest["package"]["version"]
    assert re.findall(r'"([^"]+)"', dependencies) == sorted(manifest["dependencies"])


def test_the_crate_is_tested_with_versions_that_coconut_has(tree: Path) -> None:
    ours = packages(CRATE / "Cargo.lock")
    theirs = packages(tree / "Cargo.lock")
    manifest = tomllib.loads((CRATE / "Cargo.toml").read_text("utf-8"))
    assert {name: ours[name] for name in manifest["dependencies"]} == {
        name: theirs[name] for name in manifest["dependencies"]
    }


def packages(lock: Path) -> dict[str, list[str]]:
    """Versions of all packages in a lock file, by name."""
    found: dict[str, list[str]] = {}
    for package in tomllib.loads(lock.read_text("utf-8"))["package"]:
        found.setdefault(package["name"], []).append(package["version"])
    return found
