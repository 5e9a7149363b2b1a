"""Make an emulated chip: the key that signs its reports, and the certificates above it.

    make_emulated_chip.py FOLDER

As on hardware (AMD 57230, "VCEK certificate"): a root (ARK) certifies an intermediate (ASK), which
certifies the chip's key (VCEK, ECDSA P-384) for one chip and one TCB version. All names say that
nothing of it is hardware. The root's and the intermediate's keys are not kept.

Leaves in FOLDER, which appears at once and whole:

    vcek.key     the chip's key, PEM
    ark.pem      the root
    certs.bin    VCEK, ASK and ARK, as hosts give them to guests (GHCB specification, AMD 56421,
                 "SNP Extended Guest Request")
    chip_id      128 hexadecimal digits
"""

from __future__ import annotations

import os
import secrets
import shutil
import struct
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

NAME = "svsm-testbed EMULATED {} (NO HARDWARE)"
MARK = b"EMULATED SEV-SNP, NO HARDWARE".ljust(48, b"\0")
OID = "1.3.6.1.4.1.3704.1"
PRODUCT = b"Milan-B1"
"""QEMU's processor model of emulated VMs is a Milan."""
TCB = {1: 3, 2: 0, 3: 8, 4: 0, 5: 0, 6: 0, 7: 0, 8: 115}
"""Object id below .3 and value; what sev-snp-emulated says by default (0x7308000000000003)."""
PSS = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:48", "-sha384"]
YEARS = {"ark": 25, "ask": 25, "vcek": 7}
GUIDS = {
    "vcek": "63da758d-e664-4564-adc5-f4b93be8accd",
    "ask": "4ab7b379-bbac-4fe4-a02f-05aef327c782",
    "ark": "c0b406a4-a803-4952-9743-3fb6014cd0ae",
}
AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in `folder`; its own words on failure."""
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"openssl {arguments[0]}: {done.stderr.decode('utf-8', 'replace').strip()}")


def der(content: bytes) -> str:
    """Write an extension's content for openssl."""
    return "DER:" + content.hex(":")


def integer(value: int) -> bytes:
    """Encode a number from 0 to 127 in DER."""
    return bytes([2, 1, value])


def claims(chip_id: bytes) -> str:
    """Give the extensions of a VCEK certificate: product, TCB version, chip."""
    contents = {f"{OID}.1": integer(0), f"{OID}.2": bytes([0x16, len(PRODUCT)]) + PRODUCT}
    contents |= {f"{OID}.3.{number}": integer(value) for number, value in TCB.items()}
    contents[f"{OID}.4"] = chip_id
    return "".join(f"{oid}={der(content)}\n" for oid, content in contents.items())


def certify(folder: Path, name: str, issuer: str, extensions: str) -> None:
    """Certify the key of `name` by that of `issuer`, which may be itself."""
    (folder / f"{name}.ext").write_text(extensions, encoding="ascii")
    subject = f"/O=svsm-testbed/CN={NAME.format(name.upper())}"
    openssl(folder, "req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
    by = ["-signkey", f"{name}.key"]
    if name != issuer:
        by = ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"]
    serial = ["-set_serial", f"0x{secrets.token_hex(16)}"]
    days = ["-days", str(365 * YEARS[name])]
    files = ["-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", f"{name}.ext"]
    openssl(folder, "x509", "-req", *files, *by, *serial, *days, *PSS)
    openssl(folder, "x509", "-in", f"{name}.pem", "-outform", "DER", "-out", f"{name}.der")


def table(folder: Path) -> bytes:
    """Give certificates as a table: entries of GUID, offset and length, a zero entry, contents."""
    contents = {guid: (folder / f"{name}.der").read_bytes() for name, guid in GUIDS.items()}
    offset = 24 * (len(contents) + 1)
    head, body = b"", b""
    for guid, content in contents.items():
        head += uuid.UUID(guid).bytes + struct.pack("<II", offset + len(body), len(content))
        body += content
    return head + bytes(24) + body


def make(work: Path, chip: Path) -> None:
    """Make all that belongs to a chip in `chip`; `work` is for what is not kept."""
    chip_id = MARK + secrets.token_bytes(16)
    for name in ("ark", "ask"):
        openssl(work, "genrsa", "-out", f"{name}.key", "4096")
    openssl(work, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384",
            "-out", "vcek.key")  # fmt: skip
    certify(work, "ark", "ark", AUTHORITY)
    certify(work, "ask", "ark", AUTHORITY)
    certify(work, "vcek", "ask", claims(chip_id))
    (chip / "certs.bin").write_bytes(table(work))
    (chip / "chip_id").write_text(chip_id.hex() + "\n", encoding="ascii")
    for name in ("vcek.key", "ark.pem"):
        shutil.copy(work / name, chip / name)


def main() -> None:
    """Make the folder; leave nothing half made."""
    folder = Path(sys.argv[1])
    os.umask(0o077)
    if shutil.which("openssl") is None:
        sys.exit("openssl is missing: install the package openssl")
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        work, chip = Path(scratch, "work"), Path(scratch, "chip")
        work.mkdir()
        chip.mkdir()
        make(work, chip)
        chip.rename(folder)


if __name__ == "__main__":
    main()
