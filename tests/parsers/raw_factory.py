"""Builds raw folders of cells, sound ones; tests then break them on purpose.

The traces have the shape of recorded ones, with times that are easy to check.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import tarfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVENTS = (
    ("qemu_started", "host", 0.0),
    ("firmware_output", "serial", 0.25),
    ("kernel_start", "serial", 1.5),
    ("init_start", "debugcon", 3.0),
    ("userspace_start", "debugcon", 4.25),
    ("userspace_ready", "debugcon", 7.75),
    ("ssh_answers", "host", 8.125),
)
BYTES = {"init_start": 0x10, "userspace_start": 0x11, "userspace_ready": 0x12}
COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
}
STRESSORS = ("fork", "pipe")


def write_boot(folder: Path, start: float = 1000.0, **moved: float) -> None:
    """Write the streams of a sound boot; ``moved`` puts events at other times."""
    folder.mkdir(parents=True, exist_ok=True)
    at = {event: start + moved.get(event, t) for event, _, t in EVENTS}
    host = [{"t": at[e], "source": "host", "event": e} for e in ("qemu_started", "ssh_answers")]
    serial: list[dict[str, Any]] = [
        {"t": at["firmware_output"], "text": "BdsDxe: loading Boot0001"},
        {"t": at["kernel_start"], "text": "EFI stub: Loaded initrd from LINUX_EFI_INITRD_MEDIA"},
        {"t": at["kernel_start"] + 0.01, "text": "EFI stub: Measured initrd data into PCR 9"},
        {"t": at["kernel_start"] + 0.1, "text": "[    0.000000] Linux version 6.12.43"},
        {"t": at["init_start"] + 0.001, "text": f"testbed: event=init_start vm={folder.name}"},
        {"t": at["userspace_ready"] + 0.001, "text": _ready(folder.name)},
        {"t": at["ssh_answers"] + 5, "eof": True},
    ]
    debugcon: list[dict[str, Any]] = [{"t": at[e], "byte": b} for e, b in BYTES.items()]
    debugcon.append({"t": at["ssh_answers"] + 5, "eof": True})
    write_stream(folder, "host", host)
    write_stream(folder, "serial", sorted(serial, key=_time))
    write_stream(folder, "debugcon", sorted(debugcon, key=_time))


def _ready(vm: str) -> str:
    return f"testbed: event=userspace_ready vm={vm}"


def _time(record: dict[str, Any]) -> float:
    return float(record["t"])


def write_stream(folder: Path, source: str, records: list[dict[str, Any]]) -> None:
    """Write one stream of stamped records."""
    lines = [json.dumps({**record, "source": source}) + "\n" for record in records]
    (folder / f"{source}.jsonl").write_text("".join(lines))


def write_stress_ng(folder: Path, rates: dict[str, list[float]]) -> None:
    """Write what stress-ng leaves: one YAML a stressor and pass of 2 s."""
    folder.mkdir(parents=True, exist_ok=True)
    passes = len(next(iter(rates.values())))
    request = {"suite": "stress_ng", "benchmarks": list(rates), "passes": passes, "seconds": 2}
    (folder / "request.json").write_text(json.dumps(request))
    for stressor, values in rates.items():
        for number, rate in enumerate(values, 1):
            (folder / f"{stressor}-{number}.yaml").write_text(stress_yaml(stressor, rate))


def stress_yaml(stressor: str, rate: float) -> str:
    """Compose the part of stress-ng's YAML that matters."""
    return (
        f"---\nmetrics:\n    - stressor: {stressor}\n      bogo-ops: {rate * 2:.0f}\n"
        f"      bogo-ops-per-second-real-time: {rate:f}\n      wall-clock-time: 2.000000\n\n...\n"
    )


def write_suite(raw: Path, suite: str, vms: list[str], skew: float = 0.125) -> None:
    """Write ``raw/<suite>.json`` for the files that lie in the VMs' folders."""
    entries = {
        vm: {
            "go": 2000.0 + skew * number / max(1, len(vms) - 1),
            "seconds": 12.5,
            "exit": 0,
            "files": digests(raw / vm / suite),
        }
        for number, vm in enumerate(vms)
    }
    record = {"schema": 1, "suite": suite, "barrier": 1999.5, "vms": entries}
    (raw / f"{suite}.json").write_text(json.dumps(record))


def digests(folder: Path) -> dict[str, str]:
    """Digest all files below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def write_plain_answer(folder: Path) -> None:
    """Write what a plain VM leaves when it is asked what it is."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "name").write_text(f"{folder.parent.name}\n")
    (folder / "features").write_text("")


def write_raw(raw: Path, size: int = 2, accelerator: str = "tcg") -> Path:
    """Write the raw folder of a sound cell whose suite is stress_ng; VM n is n times as fast."""
    vms = [f"vm{number}" for number in range(1, size + 1)]
    for number, vm in enumerate(vms, 1):
        write_boot(raw / vm, start=1000.0 + number)
        rates = {stressor: [100.0 * number, 400.0 * number] for stressor in STRESSORS}
        write_stress_ng(raw / vm / "stress_ng", rates)
        write_plain_answer(raw / vm / "attestation")
    for suite in ("stress_ng", "attestation"):
        write_suite(raw, suite, vms)
    usual = {"pid": 100, "ssh_port": 40000}
    records = [{"name": vm, **usual, "started": 1000.0 + n / 8} for n, vm in enumerate(vms)]
    fleet = {"schema": 1, "accelerator": accelerator, "qemu_version": "10.0.2", "vms": records}
    (raw / "fleet.json").write_text(json.dumps(fleet))
    return raw


def pack(raw: Path, archive: Path) -> Path:
    """Pack a raw folder as the testbed collects it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(raw, arcname="raw")
    archive.write_bytes(COMPRESSED[archive.suffix](packed.getvalue()))
    return archive
