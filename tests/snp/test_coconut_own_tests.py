"""COCONUT-SVSM's own tests run in the SVSM, under this project's emulation of SEV-SNP.

Source: COCONUT-SVSM, `scripts/test-in-svsm.sh` and `kernel/src/testing.rs`. Those of its tests that
go through #VC are lenient in this build: see "What it does not show" in docs/snp-emulation.md.
"""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING, Final

import pytest

from tests.snp.guests import newest
from tests.snp.running import Ended, Shape, image_command, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.vm, pytest.mark.slow]

ALL_PASSED: Final = (0x10 << 1) | 1
"""QEMU's exit status when the SVSM writes 0x10 to isa-debug-exit."""
DIGEST_WANTED: Final = b"\x01"
"""What the SVSM writes to its fourth serial port to be told its launch digest."""
NO_MORE: Final = b"\xff"
"""What nobody asks."""
OURS: Final = (
    "protocols::measure::tests::test_rdseed_makes_keys",
    "protocols::measure::tests::test_report_has_the_data",
    "sev::private_pages::tests::test_pages_become_private_and_are_lost",
)


@pytest.fixture
def image() -> Path:
    """Take the newest image of COCONUT-SVSM's tests that was built with our series."""
    hint = "build it with build_svsm_tests=true (molecule test -s build_svsm_slow)"
    wanted = "svsm/*/coconut-test-qemu.igvm"
    return newest(wanted, wanted=lambda inputs: bool(inputs.get("measure")), hint=hint)


@pytest.fixture
def asked(image: Path, tmp_path: Path) -> Iterator[tuple[Path, list[bytes]]]:
    """Answer what the tests ask the host for: (path of the pipe, all that was asked)."""
    digest = bytes.fromhex((image.parent / "test_launch_digest").read_text("ascii"))
    pipe, requests = tmp_path / "host", []
    for end in ("in", "out"):
        os.mkfifo(f"{pipe}.{end}")
    answers = os.open(f"{pipe}.in", os.O_RDWR)
    questions = os.open(f"{pipe}.out", os.O_RDWR)

    def answer() -> None:
        while (question := os.read(questions, 1)) != NO_MORE:
            requests.append(question)
            if question == DIGEST_WANTED:
                os.write(answers, digest)

    thread = threading.Thread(target=answer)
    thread.start()
    yield pipe, requests
    os.write(questions, NO_MORE)
    thread.join()
    os.close(answers)
    os.close(questions)


def devices(pipe: Path) -> tuple[str, ...]:
    """Give QEMU's options for what the tests use: an echo at ports, an exit, a way to the host."""
    ports = ("-device", "pc-testdev", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04")
    nobody = ("-serial", "null") * 2
    return (*ports, *nobody, "-chardev", f"pipe,id=host,path={pipe}", "-serial", "chardev:host")


def results(ended: Ended) -> dict[str, str]:
    """Take what became of each test: its name, and "" or why it was ignored."""
    return dict(re.findall(r"^\[SVSM\] test (\S+) \.\.\. ?(.*)$", ended.console, re.MULTILINE))


def test_they_pass(qemu: str, image: Path, asked: tuple[Path, list[bytes]]) -> None:
    pipe, requests = asked
    ended = run(image_command(qemu, image, Shape(processors=4, mib=1024, more=devices(pipe))), 120)
    assert "[SVSM] All tests passed!" in ended.console
    assert ended.status == ALL_PASSED
    (count,) = re.findall(r"running (\d+) tests", ended.console)
    ran = results(ended)
    assert len(ran) == int(count) > 100
    assert [ran[name] for name in OURS] == [""] * len(OURS)
    assert requests == [DIGEST_WANTED]
