"""The patched firmware has the SVSM measure what it starts, and leaves records in the table SVME.

Source: docs/measurement-protocol.md, sections 4 and 5.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.measurement.vectors import nonce_for
from tests.snp.building import build
from tests.snp.efi import failing_program
from tests.snp.guests import VMPL0, VMPL2, Guest, check, newest, shape, told
from tests.snp.memory import memory_when
from tests.snp.running import Ended, image_command, run_firmware, run_image

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.vm, pytest.mark.slow]

PURPOSES: Final = ["firmware:kernel", "firmware:initrd", "firmware:cmdline"]
MAGIC: Final = b"SVSMMEAS"


@dataclass(frozen=True)
class Told:
    """What a record says; `digest` is of the length that was expected."""

    purpose: str
    counter: int
    total: int
    nonce: bytes
    digest: bytes
    length: int


def patched(inputs: dict[str, Any]) -> bool:
    """Tell whether firmware is one that measures."""
    return inputs["flavour"] == "patched" and len(inputs["source"]["patches"]) > 5


@pytest.fixture
def measured(guest: Guest) -> Guest:
    """Give the guest firmware that measures."""
    hint = "build it with build_ovmf_flavour=patched (molecule test -s build_ovmf_slow)"
    return replace(guest, firmware=newest("ovmf/*/OVMF.fd", wanted=patched, hint=hint))


@pytest.fixture
def coconut(measured: Guest) -> Path:
    """Take an image of COCONUT-SVSM that measures and has this firmware inside."""
    key = measured.firmware.parent.name
    hint = "build it with build_ovmf_flavour=patched and the protocol (roles/build_svsm)"
    return newest(
        "svsm/*/coconut-qemu.igvm",
        wanted=lambda inputs: inputs["ovmf"] == key and bool(inputs.get("measure")),
        hint=hint,
    )


def stand_in(folder: Path, guest: Guest, *sources: str, attack: int = 0) -> Path:
    """Build the test SVSM with the guest's firmware."""
    return build(folder, "host.c", *sources, attack=attack, firmware=guest.firmware.read_bytes())


def blobs(guest: Guest) -> list[bytes]:
    """Give what is measured, in the firmware's order: the command line has a NUL at its end."""
    return [guest.kernel.read_bytes(), guest.initrd.read_bytes(), guest.append.encode() + b"\0"]


def records(ended: Ended, digest_size: int) -> list[Told]:
    """Take the table apart that the guest told of."""
    (text,) = told(ended, "SVME")
    table = bytes.fromhex(text)
    signature, length, revision = struct.unpack_from("<4sIB", table)
    assert (signature, length, revision) == (b"SVME", len(table), 1)
    assert sum(table) % 256 == 0
    found = []
    at = 36
    while at < len(table):
        (size,) = struct.unpack_from("<H", table, at)
        purpose = table[at + 2 : at + 2 + size].decode("ascii")
        at += 2 + size
        (size,) = struct.unpack_from("<I", table, at)
        found.append(record(purpose, table[at + 4 : at + 4 + size], digest_size))
        at += 4 + size
    return found


def record(purpose: str, raw: bytes, digest_size: int) -> Told:
    """Read a record of one range, SHA-384."""
    magic, version, algorithm, count, counter, total, nonce, digest = struct.unpack_from(
        "<8sHHIQQ64s64s", raw
    )
    assert (magic, version, algorithm, count) == (MAGIC, 1, 1, 1)
    assert len(raw) == 0x100 + 16 + 96
    assert not any(digest[digest_size:])
    (length,) = struct.unpack_from("<Q", raw, 0x108)
    return Told(purpose, counter, total, nonce, digest[:digest_size], length)


def expected(guest: Guest, digests: list[bytes]) -> list[Told]:
    """Say what the records have to be."""
    return [
        Told(purpose, counter, len(blob), nonce_for(purpose), digest, len(blob))
        for counter, (purpose, blob, digest) in enumerate(
            zip(PURPOSES, blobs(guest), digests, strict=True), start=1
        )
    ]


def test_what_is_started_is_measured(qemu: str, measured: Guest, tmp_path: Path) -> None:
    image = stand_in(tmp_path, measured, "measure.c")
    ended = run_image(qemu, image, shape(measured, "firmware", processors=1))
    check(ended, VMPL2, "test: done")
    digests = [struct.pack("<I", zlib.adler32(blob)) for blob in blobs(measured)]
    assert records(ended, 4) == expected(measured, digests)


def test_coconut_svsm_signs_what_is_started(qemu: str, measured: Guest, coconut: Path) -> None:
    ended = run_image(qemu, coconut, shape(measured, "firmware"))
    check(ended, VMPL2, "test: done")
    digests = [hashlib.sha384(blob).digest() for blob in blobs(measured)]
    assert records(ended, 48) == expected(measured, digests)


def test_without_an_svsm_nothing_happens(qemu: str, measured: Guest) -> None:
    ended = run_firmware(qemu, measured.firmware, shape(measured, "firmware"))
    check(ended, VMPL0, "test: done")
    assert told(ended, "SVME") == []


def test_an_svsm_without_the_protocol_is_left_alone(
    qemu: str, measured: Guest, tmp_path: Path
) -> None:
    image = stand_in(tmp_path, measured)
    ended = run_image(qemu, image, shape(measured, "firmware", processors=1))
    check(ended, VMPL2, "test: done")
    assert told(ended, "SVME") == []


@pytest.mark.parametrize("refused", [1, 3])
def test_a_refusal_stops_no_boot_but_leaves_no_record(
    qemu: str, measured: Guest, tmp_path: Path, refused: int
) -> None:
    image = stand_in(tmp_path, measured, "measure.c", attack=refused)
    ended = run_image(qemu, image, shape(measured, "firmware", processors=1))
    check(ended, VMPL2, "test: done")
    assert told(ended, "SVME") == []


def test_a_shim_in_the_kernels_place_leaves_no_record(
    qemu: str, measured: Guest, tmp_path: Path
) -> None:
    image = stand_in(tmp_path, measured, "measure.c")
    form = shape(measured, "firmware", processors=1)
    shim = ("-shim", f"{measured.kernel}")
    ended = run_image(qemu, image, replace(form, more=(*form.more, *shim)))
    check(ended, VMPL2, "test: done")
    assert told(ended, "SVME") == []


def test_a_kernel_that_does_not_start_leaves_no_record(
    qemu: str, measured: Guest, tmp_path: Path
) -> None:
    program = tmp_path / "fails.efi"
    program.write_bytes(failing_program())
    image = stand_in(tmp_path, measured, "measure.c")
    form = shape(measured, "nothing", processors=1)
    failing = replace(form, more=("-kernel", f"{program}", "-append", measured.append))
    started = memory_when(image_command(qemu, image, form), "test: userspace", tmp_path)
    assert MAGIC in started
    not_started = memory_when(image_command(qemu, image, failing), "BdsDxe: ", tmp_path)
    assert measured.append.encode() in not_started
    assert MAGIC not in not_started
