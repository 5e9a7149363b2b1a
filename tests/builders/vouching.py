"""What VMs leave when their memory is to be measured, right or wrong, truly signed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pyrunner.vouch.asked import content, own
from pyrunner.vouch.expected import Expected, Known
from tests.builders import measurement, snp_chains
from tests.measurement.vectors import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from pyrunner.model import Variant

    Change = Callable[[list[Record]], list[Record]]

NONCE: Final = "5a" * 64
LINES: Final = 30
SIZES: Final = ("4KiB", "64KiB")
REPEATS: Final = 2
NO_SVSM: Final = "svsm-measure: no SVSM: this is no guest with SEV-SNP"
COMMAND_LINE: Final = "console=ttyS0 panic=-1"
KERNEL: Final = b"kernel" * 1000
INITRD: Final = b"initrd" * 500


def host(**measured: object) -> dict[str, Any]:
    """What campaign.json keeps of a host whose VMs are measured."""
    return {
        "attestation": {
            "trust_root": snp_chains.pem([snp_chains.root()]).decode(),
            "measurements": {"svsm": measurement.LAUNCH_DIGEST.hex()},
        },
        "measurement": {
            "wanted": True,
            "problem": {},
            "firmware": True,
            "references": {
                "firmware:kernel": digests(KERNEL),
                "firmware:initrd": digests(INITRD),
            },
            **measured,
        },
    }


def digests(data: bytes) -> dict[str, str]:
    """Digests of a component's file, as role measurement takes them."""
    return {name: hashlib.new(name, data).hexdigest() for name in ("sha384", "sha512")}


def expected(variant: Variant = "svsm", **measured: object) -> Expected:
    """What a cell expects of its VMs."""
    return Expected.of(variant, NONCE, host(**measured))


def known(vm: str = "vm1") -> Known:
    """What a VM has in its memory."""
    held = content(bytes.fromhex(NONCE), vm, LINES)
    return Known(process=held, command_line=COMMAND_LINE.encode())


def records(vm: str) -> list[Record]:
    """One of each thing that guest.sh has measured, the firmware's included; without counters."""
    held = content(bytes.fromhex(NONCE), vm, LINES)
    line = COMMAND_LINE.encode() + b"\0"
    firmware = (("kernel", KERNEL, 0x3E000000), ("initrd", INITRD, 0x3D000000))
    return [
        *(
            Record(purpose=f"firmware:{name}", ranges=[(at, len(data))], content=data)
            for name, data, at in (*firmware, ("cmdline", line, 0x3C000000))
        ),
        Record(purpose="kernel-text", ranges=[(0x1000000, 0x3000)]),
        Record(purpose="kernel-rodata", ranges=[(0x2000000, 0x1000)]),
        Record(purpose="module:svsm_measure", ranges=[(0x7000, 4096), (0x3000, 64)]),
        Record(
            purpose=f"process:321:7f0012345000:{len(held):x}",
            ranges=[(0x9000000, len(held))],
            content=held,
        ),
    ]


def evidence(
    turn: str,
    vm: str = "vm1",
    change: Change | None = None,
    start: int | None = None,
    **key: Any,  # noqa: ANN401 - as measurement.key
) -> bytes:
    """An evidence file of a VM; ``change`` gets its records before they are numbered and signed.

    Args:
        turn: ``first`` or ``second``.
        vm: whose.
        change: makes other records of the usual ones.
        start: first counter that is not the firmware's; later for the second.
        **key: other values of the key evidence and its report.
    """
    nonce = own(bytes.fromhex(NONCE), turn, vm)
    found = [
        replace(each, nonce=bytes(64) if each.purpose.startswith("firmware") else nonce)
        for each in records(vm)
    ]
    found = change(found) if change else found
    firmware = sum(each.purpose.startswith("firmware") for each in found)
    later = start or firmware + (1 if turn == "first" else 20)
    numbered = [
        *measurement.numbered(*found[:firmware]),
        *measurement.numbered(*found[firmware:], start=later),
    ]
    return measurement.evidence(numbered, measurement.key(nonce=nonce, **key))


def answer(
    folder: Path,
    variant: Variant = "svsm",
    vm: str = "vm1",
    others: Mapping[str, bytes | None] | None = None,
) -> dict[str, Path]:
    """Write what guest.sh leaves in a VM, with other files where wanted (None: no file)."""
    folder.mkdir(parents=True, exist_ok=True)
    request = {"suite": "measurement", "sizes": SIZES, "repeats": REPEATS, "lines": LINES}
    files: dict[str, bytes | None] = {
        "request.json": json.dumps(request | {"left_out": ["256MiB"]}).encode(),
        "name": f"{vm}\n".encode(),
        "modprobe.said": b"",
        "query.exit": b"0\n" if variant == "svsm" else b"3\n",
        "query.said": b"" if variant == "svsm" else f"{NO_SVSM}\n".encode(),
    }
    if variant == "svsm":
        files |= {"first.bin": evidence("first", vm), "second.bin": evidence("second", vm)}
        files |= {"bench.csv": bench().encode()}
    for name, data in (files | dict(others or {})).items():
        if data is not None:
            (folder / name).write_bytes(data)
    return {path.name: path for path in folder.iterdir()}


def bench(speed: float = 1.0, rows: Iterable[str] = ()) -> str:
    """What `svsm-measure bench` prints; ``rows`` come after the usual ones."""
    header = "size_bytes,repeat,algorithm,svsm_seconds,svsm_calls,plain_seconds"
    usual = [
        f"{size},{turn},sha512,{size / (speed * 1e7) * turn},{1 + size // 65537},{size / 4e7}"
        for size in (4096, 65536)
        for turn in range(1, REPEATS + 1)
    ]
    return "\n".join([header, *usual, *rows]) + "\n"
