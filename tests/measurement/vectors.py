"""Vectors of the measurement protocol, and an implementation of its formats of its own.

Nothing of pyrunner is used: what is right by docs/measurement-protocol.md here and wrong elsewhere
shows a mistake in one of the two. ``python tests/measurement/vectors.py --write`` writes the files
in src/vectors, which Rust crate, kernel module, tool, firmware and verifier are tested with.
"""

from __future__ import annotations

import argparse
import hashlib
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

FOLDER: Final = Path(__file__).resolve().parents[2] / "src" / "vectors"
Range: TypeAlias = tuple[int, int]
Block: TypeAlias = dict[str, bytes | int]

PRIVATE_KEY: Final = bytes.fromhex(
    "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba"
    "9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5"
)
"""The key of RFC 6979, appendix A.2.6: known to everybody, so nobody will use it by mistake."""
OTHER_PRIVATE_KEY: Final = hashlib.sha384(b"another SVSM's key").digest()
NONCE: Final = bytes(range(0x40, 0x80))
FIRMWARE_NONCE: Final = bytes(64)
SHA384: Final = 1
SHA512: Final = 2
HASHES: Final = {SHA384: hashlib.sha384, SHA512: hashlib.sha512}
LABEL: Final = b"svsm-testbed measurement key v1\0"
REPORT_SIZE: Final = 1184
REPORT_DATA: Final = 0x50
GUIDS: Final = {  # as they are in memory
    "VCEK": bytes.fromhex("63da758de6644564adc5f4b93be8accd"),
    "VLEK": bytes.fromhex("a8074bc2a25a483eaae639c045a0b8a1"),
    "ASK": bytes.fromhex("4ab7b379bbac4fe4a02f05aef327c782"),
    "ARK": bytes.fromhex("c0b406a4a803495297433fb6014cd0ae"),
}
PURPOSES: Final = (
    *("key", "kernel-text", "kernel-rodata", "kernel-text/1", "kernel-text/2"),
    *("module:svsm_measure", "process:4711:7f0012345678:2345", "phys:100000:1003"),
    *("firmware:kernel", "firmware:initrd", "firmware:cmdline"),
)

RULES: Final = """\
Made by tests/measurement/vectors.py --write; do not edit. Formats: docs/measurement-protocol.md.

Memory: the byte at guest-physical address a is (a * 131 + (a >> 12) * 17 + 7) mod 256.
Ranges of the case with 1024, i from 0: GPA 0x40000000 + i * 8192 + (i * 7) mod 512,
length 1 + (i * 29) mod 300.
The report in key evidence is a dummy: byte i is (i * 37 + 11) mod 256, but for REPORT_DATA.
The private key is that of RFC 6979, appendix A.2.6. Signatures are R and S, 48 bytes each.
"""


def memory(start: int, length: int) -> bytes:
    """Bytes of the guest's memory from ``start`` on, by the rule above."""
    return bytes((at * 131 + (at >> 12) * 17 + 7) & 0xFF for at in range(start, start + length))


def many_ranges(count: int) -> list[Range]:
    """The first ``count`` ranges of the rule above."""
    return [(0x40000000 + i * 8192 + i * 7 % 512, 1 + i * 29 % 300) for i in range(count)]


def private_key(scalar: bytes = PRIVATE_KEY) -> ec.EllipticCurvePrivateKey:
    """Make the P-384 key of a secret number, 48 bytes big-endian."""
    return ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP384R1())


def public_key(scalar: bytes = PRIVATE_KEY) -> bytes:
    """X and Y, 96 bytes (section 3)."""
    numbers = private_key(scalar).public_key().public_numbers()
    return numbers.x.to_bytes(48, "big") + numbers.y.to_bytes(48, "big")


def key_id(key: bytes) -> bytes:
    """Id of a public key of 96 bytes (section 2)."""
    return hashlib.sha384(key).digest()


def sign(message: bytes, scalar: bytes = PRIVATE_KEY) -> bytes:
    """R and S, 96 bytes (section 2: ECDSA P-384 with SHA-384 and RFC 6979)."""
    algorithm = ec.ECDSA(hashes.SHA384(), deterministic_signing=True)
    r, s = decode_dss_signature(private_key(scalar).sign(message, algorithm))
    return r.to_bytes(48, "big") + s.to_bytes(48, "big")


def nonce_for(purpose: str, nonce: bytes = NONCE) -> bytes:
    """The nonce for a purpose, 64 bytes (section 4)."""
    used = FIRMWARE_NONCE if purpose.startswith("firmware:") else nonce
    return hashlib.sha512(used + purpose.encode("ascii")).digest()


def pack_ranges(ranges: list[Range]) -> bytes:
    """Ranges as request and record have them, 16 bytes each (sections 1.2 and 2)."""
    return b"".join(struct.pack("<QQ", *each) for each in ranges)


def digest(algorithm: int, content: bytes) -> bytes:
    """Hash measured bytes; 64 bytes as in a record (section 2)."""
    return HASHES[algorithm](content).digest().ljust(64, b"\0")


@dataclass(frozen=True, kw_only=True)
class Record:
    """What goes into a record (section 2).

    Attributes:
        content: the measured bytes; None takes those of the rule.
        scalar: the private key that signs.
    """

    purpose: str
    ranges: list[Range]
    algorithm: int = SHA384
    counter: int = 1
    nonce: bytes = NONCE
    content: bytes | None = None
    scalar: bytes = PRIVATE_KEY

    @property
    def total(self) -> int:
        """Bytes measured."""
        return sum(length for _, length in self.ranges)

    @property
    def digest(self) -> bytes:
        """Digest field, 64 bytes."""
        content = self.content
        if content is None:
            content = b"".join(memory(start, length) for start, length in self.ranges)
        return digest(self.algorithm, content)

    def header(self) -> bytes:
        """The first 256 bytes."""
        start = struct.pack("<8sHHIQQ", b"SVSMMEAS", 1, self.algorithm, len(self.ranges),
                            self.counter, self.total)  # fmt: skip
        nonce = nonce_for(self.purpose, self.nonce)
        return start + nonce + self.digest + key_id(public_key(self.scalar)) + bytes(48)

    def pack(self) -> bytes:
        """All of the record."""
        signed = self.header() + pack_ranges(self.ranges)
        return signed + sign(signed, self.scalar)


def measure_request(record: Record, session: int = 0) -> bytes:
    """The request that asks for a record, 64 bytes (section 1.2)."""
    size = 0x100 + 16 * len(record.ranges) + 96
    return struct.pack("<QQIHHQQI20x", session, 0x10000, len(record.ranges), record.algorithm, 0,
                       0x20040, 0x30000, size)  # fmt: skip


def key_request(flags: int, result_size: int) -> bytes:
    """A request for key evidence, 64 bytes (section 1.1)."""
    return struct.pack("<QQII40x", 0x20040, 0x30000, result_size, flags)


def report_data(key: bytes, nonce: bytes) -> bytes:
    """REPORT_DATA that binds a public key and a nonce for ``key``, 64 bytes (section 3)."""
    return hashlib.sha512(LABEL + key + nonce).digest()


def dummy_report(data: bytes) -> bytes:
    """1184 bytes that stand for a report."""
    report = bytearray((i * 37 + 11) & 0xFF for i in range(REPORT_SIZE))
    report[REPORT_DATA : REPORT_DATA + 64] = data
    return bytes(report)


def key_evidence(key: bytes, nonce: bytes, report: bytes, certificates: bytes = b"") -> bytes:
    """Key evidence (section 3)."""
    start = struct.pack("<8sHHI", b"SVSMMKEY", 1, 0, len(certificates))
    return start + nonce + key + report + certificates


def certificate_table(certificates: dict[str, bytes]) -> bytes:
    """Certificates as a host gives them (AMD 56421, SNP Extended Guest Request)."""
    head, body = b"", b""
    for name, content in certificates.items():
        offset = 24 * (len(certificates) + 1) + len(body)
        head += struct.pack("<16sII", GUIDS[name], offset, len(content))
        body += content
    return head + bytes(24) + body


def entry(purpose: str, record: bytes) -> bytes:
    """An entry of evidence or ACPI table (section 6)."""
    name = purpose.encode("ascii")
    return struct.pack("<H", len(name)) + name + struct.pack("<I", len(record)) + record


def evidence(key: bytes, entries: list[bytes]) -> bytes:
    """An evidence file of key evidence and entries (section 6)."""
    size = 0x18 + len(key) + sum(map(len, entries))
    head = struct.pack("<8sHHIII", b"SVSMEVID", 1, len(entries), len(key), size, 0)
    return head + key + b"".join(entries)


CASES: Final = {
    "one range sha384": Record(purpose="kernel-text", ranges=[(0x100000, 4096)], counter=4),
    "one range sha512": Record(
        purpose="kernel-rodata", ranges=[(0x200000, 8192)], algorithm=SHA512, counter=5
    ),
    "several ranges out of order": Record(
        purpose="module:svsm_measure",
        ranges=[(0x7000, 4096), (0x3000, 4096), (0x5000, 8192), (0x1000, 1)],
        counter=6,
    ),
    "unaligned ranges": Record(
        purpose="process:4711:7f0012345678:2345",
        ranges=[(0x12345678, 0x988), (0x9ABC000, 0x1000), (0x5550000, 0x9BD)],
        algorithm=SHA512,
        counter=7,
    ),
    "one byte": Record(purpose="phys:fff:1", ranges=[(0xFFF, 1)], counter=8),
    "ranges that touch": Record(
        purpose="phys:100000:1003", ranges=[(0x100000, 0x1000), (0x101000, 3)], counter=9
    ),
    "above 4 GiB": Record(
        purpose="phys:123456789a:100", ranges=[(0x123456789A, 0x100)], algorithm=SHA512, counter=10
    ),
    "several calls": Record(
        purpose="kernel-text/1", ranges=[(0x100003, 700001)], counter=2**32 + 1
    ),
    "most ranges": Record(purpose="kernel-text/2", ranges=many_ranges(1024), counter=2**63),
    "firmware kernel": Record(purpose="firmware:kernel", ranges=[(0x3E000000, 0x9001)], counter=1),
    "firmware initrd": Record(purpose="firmware:initrd", ranges=[(0x3D000000, 0x7FFF)], counter=2),
    "firmware cmdline": Record(purpose="firmware:cmdline", ranges=[(0x3C000010, 77)], counter=3),
}
IN_FULL: Final = 64
"""Most ranges that are written out; more are given by rule, and their record by its hash."""
IN_EVIDENCE: Final = (
    *("firmware kernel", "firmware initrd", "firmware cmdline"),
    *("one range sha384", "one range sha512", "several ranges out of order"),
)


def case(record: Record) -> Block:
    """The vector of a record."""
    whole, ranges = record.pack(), pack_ranges(record.ranges)
    block: Block = {
        "algorithm": record.algorithm,
        "range_count": len(record.ranges),
        "counter": record.counter,
        "total": record.total,
        "purpose": record.purpose.encode("ascii"),
        "nonce": nonce_for(record.purpose),
        "request": measure_request(record),
        "header": record.header(),
        "digest": record.digest,
        "signature": whole[-96:],
        "ranges_sha384": hashlib.sha384(ranges).digest(),
        "record_sha384": hashlib.sha384(whole).digest(),
    }
    return block | ({"ranges": ranges, "record": whole} if len(record.ranges) <= IN_FULL else {})


def key_blocks() -> dict[str, Block]:
    """The key, the nonces and the key's evidence."""
    key, nonce = public_key(), nonce_for("key")
    report = dummy_report(report_data(key, nonce))
    dummies = {"VCEK": memory(0, 101), "ASK": memory(0x1000, 67), "ARK": memory(0x2000, 33)}
    table = certificate_table(dummies)
    bare, full = key_evidence(key, nonce, report), key_evidence(key, nonce, report, table)
    data: Block = {"nonce": nonce, "report_data": report_data(key, nonce), "report": report}
    return {
        "key": {"private_key": PRIVATE_KEY, "public_key": key, "key_id": key_id(key)},
        "memory": {"from_0": memory(0, 16), "from_12345ff8": memory(0x12345FF8, 16)},
        "nonces": {"verifier": NONCE, "firmware": FIRMWARE_NONCE},
        **{
            f"nonce {purpose}": {"purpose": purpose.encode("ascii"), "nonce": nonce_for(purpose)}
            for purpose in PURPOSES
        },
        "key evidence": {"request": key_request(0, 0x1000), **data, "evidence": bare},
        "key evidence with certificates": {
            "request": key_request(1, 0x2000),
            **data,
            "host_table": table.ljust(4096, b"\0"),
            "certificates": table,
            "evidence": full,
        },
    }


def blocks() -> dict[str, Block]:
    """All vectors: case -> name -> bytes or number."""
    keys = key_blocks()
    key = keys["key evidence with certificates"]["evidence"]
    assert isinstance(key, bytes)
    entries = [entry(CASES[name].purpose, CASES[name].pack()) for name in IN_EVIDENCE]
    return {
        **keys,
        **{name: case(record) for name, record in CASES.items()},
        "firmware entries": {"entries": b"".join(entries[:3])},
        "evidence": {"file": evidence(key, entries)},
    }


def text() -> str:
    """Make vectors.txt."""
    decimal = "Decimal are: algorithm, range_count, counter, total. All else is hexadecimal bytes."
    lines = [f"# {line}".rstrip() for line in (*RULES.splitlines(), decimal)]
    for name, block in blocks().items():
        lines += ["", f"[{name}]"]
        for field, value in block.items():
            lines.append(f"{field} = {value.hex() if isinstance(value, bytes) else value}")
    return "\n".join(lines) + "\n"


def header() -> str:
    """Make vectors.h: arrays ``vector_CASE_NAME``, numbers ``VECTOR_CASE_NAME``, a list."""
    lines = ["/*", *(f" * {line}".rstrip() for line in RULES.splitlines())]
    lines += [" * VECTOR_CASES(X) makes X(case) of every case that has a record.", " */"]
    lines += ["#ifndef SVSM_MEASURE_VECTORS_H", "#define SVSM_MEASURE_VECTORS_H", ""]
    for name, block in blocks().items():
        case_name = "".join(letter if letter.isalnum() else "_" for letter in name)
        for field, value in block.items():
            lines += c_value(f"{case_name}_{field}", value)
    names = [name.replace(" ", "_") for name in CASES]
    lines += ["#define VECTOR_CASES(X) \\", *(f"\tX({name}) \\" for name in names[:-1])]
    lines += [f"\tX({names[-1]})", "", "#endif"]
    return "\n".join(lines) + "\n"


def c_value(name: str, value: bytes | int) -> list[str]:
    """A value in C."""
    if isinstance(value, int):
        return [f"#define VECTOR_{name.upper()} {value}ULL"]
    rows = [value[at : at + 16] for at in range(0, len(value), 16)]
    return [
        f"static const unsigned char __attribute__((unused)) vector_{name}[{len(value)}] = {{",
        *("\t" + " ".join(f"0x{byte:02x}," for byte in row) for row in rows),
        "};",
    ]


def files() -> dict[Path, str]:
    """What has to be in src/vectors."""
    return {FOLDER / "vectors.txt": text(), FOLDER / "vectors.h": header()}


def main() -> int:
    """Write the files, or see that they are as they would be written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the files of src/vectors")
    if parser.parse_args().write:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for path, content in files().items():
            path.write_text(content, encoding="utf-8")
        return 0
    stale = [
        str(path)
        for path, content in files().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != content
    ]
    for name in stale:
        sys.stderr.write(f"{name} is not what vectors.py makes: run it with --write\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
