"""The firmware's series says the same as docs/measurement-protocol.md where it has to."""

from __future__ import annotations

import re
from typing import Final

import yaml

from pyrunner.paths import REPOSITORY
from tests.measurement.vectors import nonce_for

BLOB: Final = re.compile(
    r'L"(?P<blob>\w+)",\s+"(?P<purpose>[\w:]+)",\s+\{(?P<nonce>[\s0-9a-fx,]+)\}'
)
PROTOCOL: Final = 0x80004D53


def added(path: str) -> str:
    """Give the lines that the series adds to a file, without their marks."""
    lines = []
    here = False
    for patch in sorted((REPOSITORY / "patches/ovmf").glob("*.patch")):
        for line in patch.read_bytes().decode().replace("\r", "").split("\n"):
            if line.startswith("+++ "):
                here = line == f"+++ b/{path}"
            elif here and line.startswith("+"):
                lines.append(line[1:])
    return "\n".join(lines)


def test_nonces_are_those_of_the_purposes() -> None:
    source = added("OvmfPkg/Library/BlobVerifierLibSvsmMeasure/BlobVerifierSvsmMeasure.c")
    found = [match.groupdict() for match in BLOB.finditer(source)]
    assert [each["blob"] for each in found] == ["kernel", "initrd", "cmdline"]
    for each in found:
        assert each["purpose"] == f"firmware:{each['blob']}"
        numbers = [int(number, 16) for number in re.findall(r"0x\w\w", each["nonce"])]
        assert bytes(numbers) == nonce_for(each["purpose"])


def test_the_protocol_has_its_number() -> None:
    (default,) = re.findall(
        r"PcdSvsmMeasureProtocol\|(\w+)\|UINT32\|", added("OvmfPkg/OvmfPkg.dec")
    )
    role = yaml.safe_load((REPOSITORY / "roles/build_ovmf/defaults/main.yml").read_text("utf-8"))
    assert int(default, 16) == int(role["build_ovmf_measure_protocol"], 16) == PROTOCOL


def test_what_is_measured_is_what_is_started() -> None:
    """Another loader would ask the host a second time."""
    platform = added("OvmfPkg/OvmfPkgX64.dsc")
    assert "QemuLoadImageLib|OvmfPkg/Library/GenericQemuLoadImageLib/" in platform
    assert "NULL|OvmfPkg/Library/BlobVerifierLibSvsmMeasure/" in platform
