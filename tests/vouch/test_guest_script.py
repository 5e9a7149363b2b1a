"""Role measurement's guest.sh, with a stand-in for the tool and a process that really runs."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pyrunner.parsers.measurement import parse
from pyrunner.parsers.suite import SuiteFiles
from pyrunner.paths import REPOSITORY
from pyrunner.vouch.judge import judge
from tests.builders import measurement, snp_reports, vouching

SCRIPT: Final = REPOSITORY / "roles" / "measurement" / "files" / "guest.sh"
FAKE: Final = REPOSITORY / "tests" / "vouch" / "fake_tool.py"
SETTINGS: Final = (
    f"nonce={vouching.NONCE}\nprotocol=0x80004D53\nlines={vouching.LINES}\n"
    "sizes=4KiB,64KiB\nrepeats=2\n"
)
REQUEST: Final = '{"suite": "measurement", "sizes": ["4KiB", "64KiB"], "repeats": 2, "lines": 30}'

pytestmark = pytest.mark.skipif(
    shutil.which("perl") is None, reason="no perl here, which the guest has: apt-get install perl"
)


def guest(folder: Path, behaviour: str) -> subprocess.CompletedProcess[bytes]:
    """Run guest.sh as fleet_benchmark does, with paths of the guest's that lead to `folder`."""
    (folder / "out").mkdir()
    tools = folder / "bin"
    tools.mkdir()
    key = snp_reports.ec_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tools / "chip.pem").write_bytes(key)
    (tools / "certificates").write_bytes(measurement.usual_table())
    (tools / "behaviour").write_text(behaviour)
    (tools / "svsm-measure").write_text(f"#!{sys.executable}\n{FAKE.read_text()}")
    (tools / "modprobe").write_text("#!/bin/sh\necho loading $1 >&2\n")
    for program in ("svsm-measure", "modprobe"):
        (tools / program).chmod(0o755)
    (folder / "serial").write_text("vm1\n")
    script = SCRIPT.read_text()
    for path, instead in (
        ("/usr/local/sbin/svsm-measure", tools / "svsm-measure"),
        ("/sys/class/dmi/id/product_serial", folder / "serial"),
        ("/run/testbed/measurement", folder),
    ):
        assert path in script
        script = script.replace(path, str(instead))
    (folder / "guest.sh").write_text(script)
    (folder / "settings").write_text(SETTINGS)
    (folder / "request.json").write_text(REQUEST)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "./guest.sh"],
        cwd=folder,
        input=b"GO\n",
        capture_output=True,
        check=False,
        timeout=120,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(REPOSITORY)},
    )


def files(folder: Path, done: subprocess.CompletedProcess[bytes]) -> dict[str, Path]:
    """Unpack what the guest sent."""
    assert done.returncode == 0, done.stderr.decode()
    ready, archive = done.stdout.split(b"\n", 1)
    assert ready == b"READY"
    got = folder / "got"
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            if (content := tar.extractfile(member)) is not None:
                got.mkdir(exist_ok=True)
                (got / Path(member.name).name).write_bytes(content.read())
    return {path.name: path for path in got.iterdir()}


def test_what_the_guest_leaves_is_verified(tmp_path: Path) -> None:
    found = files(tmp_path, guest(tmp_path, "good"))
    expected = replace(vouching.expected(), firmware=False, references={})
    vouched = judge(found, "vm1", expected, vouching.known())
    assert vouched.wrong == []
    held = {thing.name: thing for thing in vouched.things}["process"]
    assert held.size == len(vouching.known().process)
    values = parse(SuiteFiles("vm1: measurement", found))
    assert {value.value for value in values if value.benchmark == "4KiB:ratio"} == {2.0}
    assert sum(value.metric == "score" for value in values) == 4


def test_the_process_with_the_memory_ends_with_the_script(tmp_path: Path) -> None:
    found = files(tmp_path, guest(tmp_path, "good"))
    pid, addresses = found["process"].read_text().split()
    assert not Path(f"/proc/{pid}").exists()
    assert not (tmp_path / "content").exists()
    start, end = (int(address, 16) for address in addresses.split("-"))
    assert end - start == len(vouching.known().process)


@pytest.mark.parametrize("variant", ["plain", "cvm"])
def test_a_guest_without_an_svsm_says_so(tmp_path: Path, variant: str) -> None:
    found = files(tmp_path, guest(tmp_path, "none"))
    assert "first.bin" not in found
    expected = vouching.expected(variant)  # type: ignore[arg-type]
    vouched = judge(found, "vm1", expected, vouching.known())
    assert vouched.status == "verified"
    assert vouched.things[0].said == "svsm-measure: no SVSM here"


def test_a_measurement_that_fails_ends_the_script_with_the_tools_words(tmp_path: Path) -> None:
    done = guest(tmp_path, "broken")
    assert done.returncode != 0
    assert done.stdout == b"READY\n"
    assert b"the SVSM refuses it" in done.stderr


def test_a_guest_without_the_tool_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "fake").mkdir()
    done = guest(tmp_path / "fake", "good")
    assert done.returncode == 0
    (tmp_path / "fake" / "bin" / "svsm-measure").unlink()
    again = subprocess.run(
        ["bash", "./guest.sh"],
        cwd=tmp_path / "fake",
        input=b"GO\n",
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert again.returncode == 1
    assert b"the image has no " in again.stderr
