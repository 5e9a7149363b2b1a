"""A stand-in for svsm-measure, for guest.sh: its evidence is truly signed, by a chip of the test's.

The folder of this program's copy holds the chip's key (``chip.pem``), its certificates
(``certificates``), and ``behaviour``: ``good``, ``none`` (no SVSM) or ``broken`` (measuring fails).
A process's memory is read where guest.sh says that it is.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.builders import measurement, snp_reports
from tests.measurement.vectors import Record

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

HERE = Path(sys.argv[0]).parent
COUNTER = HERE / "counter"


def chip(name: str = "chip") -> EllipticCurvePrivateKey:
    """The test's chip instead of one of this process."""
    key = load_pem_private_key((HERE / f"{name}.pem").read_bytes(), None)
    assert hasattr(key, "sign")
    return key  # type: ignore[return-value]


def things(words: list[str]) -> list[Record]:
    """Records of what is asked for, without counters and nonces."""
    found: list[Record] = []
    rest = iter(words)
    for word in rest:
        if word == "module":
            found.append(Record(purpose=f"module:{next(rest)}", ranges=[(0x7000, 64)]))
        elif word == "process":
            found.append(process(next(rest), next(rest)))
        else:
            found.append(Record(purpose=word, ranges=[(0x1000000, 4096)]))
    return found


def process(pid: str, addresses: str) -> Record:
    """Measure memory of a process that runs."""
    start, end = (int(address, 16) for address in addresses.split("-"))
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(start)
        content = memory.read(end - start)
    purpose = f"process:{pid}:{start:x}:{end - start:x}"
    return Record(purpose=purpose, ranges=[(0x9000000, end - start)], content=content)


def measure(words: list[str]) -> None:
    """Write evidence; counters go on where the last call ended."""
    split = words.index("--nonce")
    nonce = bytes.fromhex(words[split + 1])
    start = int(COUNTER.read_text()) if COUNTER.exists() else 1
    records = [replace(each, nonce=nonce) for each in things(words[:split])]
    COUNTER.write_text(str(start + len(records)))
    key = measurement.key(nonce=nonce, certificates=(HERE / "certificates").read_bytes())
    data = measurement.evidence(measurement.numbered(*records, start=start), key)
    Path(words[words.index("-o") + 1]).write_bytes(data)


def bench(words: list[str]) -> None:
    """Print a table of the sizes and repeats that are asked for."""
    sys.stdout.write("size_bytes,repeat,algorithm,svsm_seconds,svsm_calls,plain_seconds\n")
    for size in words[words.index("--sizes") + 1].split(","):
        for turn in range(1, int(words[words.index("--repeats") + 1]) + 1):
            sys.stdout.write(f"{int(size[:-3]) * 1024},{turn},sha512,0.5,2,0.25\n")


def main() -> None:
    """Do what is asked, or fail as the behaviour says."""
    snp_reports.ec_key = chip  # type: ignore[assignment]
    behaviour = (HERE / "behaviour").read_text()
    command, *words = sys.argv[1:]
    if behaviour == "none":
        sys.stderr.write("svsm-measure: no SVSM here\n")
        sys.exit(3)
    if command == "query":
        sys.stdout.write("protocol=0x80004d53\nversion=1\n")
    elif behaviour == "broken":
        sys.exit("svsm-measure: the SVSM refuses it")
    elif command == "bench":
        bench(words)
    else:
        measure([command, *words])


if __name__ == "__main__":
    main()
