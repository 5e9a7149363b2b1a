"""What a user of ``./testbed verify`` and ``./testbed reference`` sees."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
from click.testing import CliRunner, Result

from pyrunner.cli.main import main
from pyrunner.paths import REPOSITORY
from tests.builders import measurement as built
from tests.builders import snp_chains

if TYPE_CHECKING:
    from pathlib import Path

AT: Final = ("--at", f"{snp_chains.NOW:%FT%T}")
NONCE: Final = ("--nonce", built.NONCE.hex())
DIGEST: Final = ("--measurement", built.LAUNCH_DIGEST.hex())


def run(folder: Path, *more: str, nonce: tuple[str, ...] = NONCE) -> Result:
    """Verify a folder's evidence at a time at which its chain is valid."""
    command = ("verify", str(folder / "evidence.bin"), *nonce, *AT, *more)
    return CliRunner().invoke(main, command)


def named(folder: Path) -> tuple[str, ...]:
    """Name the emulated root, and the launch digest."""
    return "--trust-root", str(folder / "root.pem"), *DIGEST


def refer(folder: Path, *more: str, output: str = "reference.json") -> Result:
    """Write a reference file."""
    return CliRunner().invoke(main, ("reference", *more, "-o", str(folder / output)))


def of_boot(folder: Path, cmdline: str = built.CMDLINE.decode()) -> tuple[str, ...]:
    """What the host booted."""
    files = ("--kernel", str(folder / "vmlinuz"), "--initrd", str(folder / "initrd.img"))
    return *files, "--cmdline", cmdline


def evidence(folder: Path, **values: Any) -> tuple[str, ...]:  # noqa: ANN401 - as built.evidence
    """Write other evidence into a folder."""
    (folder / "evidence.bin").write_bytes(built.evidence(**values))
    return named(folder)


def test_evidence_of_an_emulated_chip_is_verified_and_marked(folder: Path) -> None:
    result = run(folder, *named(folder))
    assert result.exit_code == 0, result.output
    last = result.output.splitlines()[-1]
    assert last.startswith("EMULATED: verified, but by CN=SVSM testbed emulated root")
    assert "counter 4, 12,288 bytes in 2 ranges, no reference" in result.output
    assert built.RECORDS[3].digest[:48].hex() in result.output
    assert re.search(r"^last counter +8$", result.output, flags=re.MULTILINE)


def test_without_the_root_named_it_is_refused(folder: Path) -> None:
    result = run(folder, *DIGEST)
    assert result.exit_code == 1
    assert "emulated_root_not_named: " in result.output
    assert result.output.splitlines()[-1] == "NOT VERIFIED: do not believe the evidence"


def test_each_reason_has_a_line(folder: Path) -> None:
    wanted = ("--after-counter", "7", "--expect", "kernel-rodata", "--min-tcb", "snp=9")
    result = run(folder, *named(folder)[:2], "--measurement", "00" * 48, *wanted)
    assert result.exit_code == 1
    assert re.findall(r"^([a-z_]+): ", result.output, flags=re.MULTILINE) == [
        *("measurement", "tcb_too_old"),
        *("counter_seen",) * 4,
        "expected_missing",
    ]


def test_json_for_programs(folder: Path) -> None:
    result = run(folder, *named(folder), "--after-counter", "8", "--json")
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert (told["schema"], told["verified"], told["verdict"]) == (1, False, "refused")
    assert {each["reason"] for each in told["failures"]} == {"counter_seen"}
    assert told["root"]["emulated"] is True
    assert told["last_counter"] == 8
    assert told["report"]["measurement"] == built.LAUNCH_DIGEST.hex()
    text = told["records"][3]
    assert text["digest"] == built.RECORDS[3].digest[:48].hex()
    assert text == text | {"purpose": "kernel-text", "counter": 4, "bytes": 0x3000}
    assert text["ranges"] == [[0x1000000, 0x2000], [0x1200000, 0x1000]]
    good = json.loads(run(folder, *named(folder), "--json").output)
    assert (good["verified"], good["verdict"], good["failures"]) == (True, "emulated", [])


def test_references_of_what_was_booted(folder: Path) -> None:
    written = refer(folder, *of_boot(folder), *DIGEST)
    assert written.exit_code == 0, written.output
    assert written.output.endswith("reference.json: 3 references\n")
    reference = ("--reference", str(folder / "reference.json"))
    result = run(folder, *named(folder)[:2], *reference)  # which names the launch digest, too
    assert result.exit_code == 0, result.output
    assert re.search(r"firmware:cmdline +counter 3, 29 bytes.*, with a ref", result.output)


def test_another_command_line_is_noticed(folder: Path) -> None:
    other = built.CMDLINE.decode().replace("ttyS0", "ttyS1")
    assert refer(folder, *of_boot(folder, other)).exit_code == 0
    result = run(folder, *named(folder), "--reference", str(folder / "reference.json"))
    assert result.exit_code == 1
    assert re.findall(r"([a-z_]+): firm", result.output) == ["reference_digest"]


def test_references_of_a_trusted_guest(folder: Path) -> None:
    source = ("--from", str(folder / "evidence.bin"), *NONCE, *named(folder), *AT)
    written = refer(folder, *of_boot(folder), *source, "--with-ranges")
    assert written.exit_code == 0, written.output
    found = json.loads((folder / "reference.json").read_text())
    assert len(found["records"]) == len(built.RECORDS)
    assert found["records"]["kernel-text"]["ranges"][0] == [0x1000000, 0x2000]
    reference = ("--reference", str(folder / "reference.json"))
    assert run(folder, *named(folder), *reference).exit_code == 0
    evidence(folder, records=built.changed(3, content=b"rootkit"))
    result = run(folder, *named(folder), *reference)
    assert result.exit_code == 1
    assert "reference_digest: kernel-text has digest" in result.output


def test_only_evidence_that_verifies_makes_references(folder: Path) -> None:
    source = ("--from", str(folder / "evidence.bin"), *NONCE, *DIGEST, *AT)
    written = refer(folder, *source)
    assert written.exit_code == 1
    assert "is not verified: emulated_root_not_named" in written.output
    (folder / "evidence.bin").write_bytes(b"something else")
    assert refer(folder, *source).exit_code == 2
    assert not (folder / "reference.json").exists()


def test_references_that_contradict_each_other_are_not_written(folder: Path) -> None:
    source = ("--from", str(folder / "evidence.bin"), *NONCE, *named(folder), *AT)
    written = refer(folder, *of_boot(folder, "init=/bin/sh"), *source)
    assert written.exit_code == 1
    assert "firmware:cmdline has digest" in written.output
    assert not (folder / "reference.json").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "nothing to write down"),
        (("--from", "evidence.bin"), "1 --from and 0 --nonce"),
        (NONCE, "0 --from and 1 --nonce"),
        (("--from", "evidence.bin", *NONCE), "no launch digest is known"),
        (("--kernel", "nothing"), "does not exist"),
        (("--algorithm", "sha1"), "is not one of"),
    ],
)
def test_wrong_use_of_reference(folder: Path, more: tuple[str, ...], said: str) -> None:
    result = refer(folder, *(str(folder / each) if "." in each else each for each in more))
    assert result.exit_code == 2
    assert said in result.output


def test_certificates_in_files(folder: Path) -> None:
    more = evidence(folder, key_evidence=built.key(certificates=b""))
    (folder / "vcek.der").write_bytes(snp_chains.vcek())
    (folder / "chain.pem").write_bytes(snp_chains.chain_file())
    chain = ("--vcek", str(folder / "vcek.der"), "--cert-chain", str(folder / "chain.pem"))
    assert "certificates_missing: " in run(folder, *more).output
    assert run(folder, *more, *chain).exit_code == 0
    half = run(folder, *more, *chain[:2])
    assert (half.exit_code, "go together" in half.output) == (2, True)
    evidence(folder)
    both = run(folder, *more, *chain)
    assert (both.exit_code, "certificates of its own" in both.output) == (2, True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "no launch digest is known"),
        ((*DIGEST, "--nonce", "00"), "64 bytes (128 digits) are wanted"),
        (("--measurement", "00"), "48 bytes (96 digits) are wanted"),
        ((*DIGEST, "--expect", "everything"), "'everything' is no purpose"),
        ((*DIGEST, "--after-counter", "-1"), "is not in the range"),
        ((*DIGEST, "--min-tcb", "snp"), "COMPONENT=NUMBER"),
        ((*DIGEST, "--trust-root", "/nonexistent"), "does not exist"),
    ],
)
def test_wrong_use(folder: Path, more: tuple[str, ...], said: str) -> None:
    result = run(folder, *more)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("evidence.bin", (), "evidence_magic: "),
        ("root.pem", (), "root.pem: "),
        ("list.der", ("--crl",), "list.der: "),
        ("reference.json", ("--reference",), "reference.json: not JSON"),
    ],
)
def test_unreadable_files_have_a_status_of_their_own(
    folder: Path, name: str, more: tuple[str, ...], said: str
) -> None:
    (folder / name).write_bytes(b"something else")
    result = run(folder, *named(folder), *(f"{part}={folder / name}" for part in more))
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("size", [0, 7, 100, 1500, 3000, 7000])
def test_a_file_that_is_cut_off_is_unreadable(folder: Path, size: int) -> None:
    path = folder / "evidence.bin"
    path.write_bytes(path.read_bytes()[:size])
    result = run(folder, *named(folder))
    assert result.exit_code == 2
    assert re.search(r"^evidence_(size|magic): ", result.output, flags=re.MULTILINE)


def test_the_nonce_has_to_be_given(folder: Path) -> None:
    result = run(folder, *named(folder), nonce=())
    assert (result.exit_code, "Missing option '--nonce'" in result.output) == (2, True)


@pytest.mark.parametrize("command", ["verify", "reference"])
def test_help_tells_how_to_use_it(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    for part in ("Exit status", "Example", "--trust-root"):
        assert part in result.output


def test_files_are_those_of_the_folder_where_the_command_was_called(folder: Path) -> None:
    testbed = str(REPOSITORY / "testbed")
    given = ("--kernel", "vmlinuz", "--initrd", "./initrd.img", "-o", "reference.json")
    subprocess.run([testbed, "reference", *given, *DIGEST], cwd=folder, check=True)
    named = ("--trust-root", "root.pem", "--reference", "reference.json")
    ended = subprocess.run(
        [testbed, "verify", "evidence.bin", *NONCE, *AT, *named], cwd=folder, check=False
    )
    assert ended.returncode == 0


def test_help_waits_for_no_library() -> None:
    code = "import sys, pyrunner.cli.verify; sys.exit('cryptography.x509' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == 0


def test_eight_records_are_verified_in_well_under_a_second(folder: Path) -> None:
    run(folder, *named(folder))  # loads the libraries
    began = time.process_time()
    assert run(folder, *named(folder)).exit_code == 0
    assert time.process_time() - began < 0.5
