"""What a VM left when it was asked what it is, against what its cell says."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

import pytest

from pyrunner.attestation.proof import FEATURES, Expected, prove
from pyrunner.errors import TestbedError
from tests.builders import snp_chains, snp_reports

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyrunner.model import Variant

NONCE: Final = "5a" * 64
DIGEST: Final = "4d" * 48
GUIDS: Final = {
    "63da758de6644564adc5f4b93be8accd": "vcek",
    "4ab7b379bbac4fe4a02f05aef327c782": "intermediate",
    "c0b406a4a803495297433fb6014cd0ae": "root",
}


@pytest.fixture(autouse=True)
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chains that tests make hold for a day of 2026: verify at that time."""
    monkeypatch.setattr("pyrunner.attestation.proof.datetime", snp_chains.Then)


def expected(variant: Variant, **values: Any) -> Expected:  # noqa: ANN401 - as Expected.of
    """What a cell of this variant expects of its VMs."""
    host = {
        "trust_root": snp_chains.pem([snp_chains.root()]).decode(),
        "measurements": {"cvm": DIGEST, "svsm": DIGEST},
    }
    return Expected.of(variant, NONCE, host | values)


def table(**certificates: bytes) -> bytes:
    """Make a table of certificates; those that are not given are the usual ones."""
    head, body = b"", b""
    for guid, name in GUIDS.items():
        der = certificates.get(name) or getattr(snp_chains, name)()
        head += bytes.fromhex(guid) + struct.pack("<II", 24 * 4 + len(body), len(der))
        body += der
    return head + bytes(24) + body


def answer(
    folder: Path,
    variant: Variant,
    vm: str = "vm1",
    report: Mapping[str, Any] | None = None,
    others: Mapping[str, bytes | None] | None = None,
) -> dict[str, Path]:
    """Write what a VM leaves, with other fields in its report, or other files (None: no file)."""
    files: dict[str, bytes | None] = {"name": f"{vm}\n".encode(), "features": b""}
    if variant != "plain":
        vmpl = {"cvm": 0, "svsm": 2}[variant]
        data = expected(variant).report_data(vm)
        fields: dict[str, Any] = {
            "vmpl": vmpl,
            "report_data": data,
            "measurement": bytes.fromhex(DIGEST),
        }
        signed = snp_reports.signed_report(**(fields | dict(report or {})))
        files |= {"features": f"{FEATURES}\n".encode(), "vmpl": f"{vmpl}\n".encode()}
        files |= {"report.bin": signed, "certs.bin": table()}
    for name, content in (files | dict(others or {})).items():
        if content is not None:
            (folder / name).write_bytes(content)
    return {path.name: path for path in folder.iterdir()}


def refused(files: dict[str, Path], wanted: Expected) -> str:
    """Tell why an answer is no proof."""
    with pytest.raises(TestbedError) as error:
        prove(files, "vm1", wanted)
    assert "vm1" in error.value.message
    return error.value.message


@pytest.mark.parametrize(("variant", "vmpl"), [("cvm", 0), ("svsm", 2)])
def test_a_protected_vm_proves_its_level_and_launch(
    tmp_path: Path, variant: Variant, vmpl: int
) -> None:
    proof = prove(answer(tmp_path, variant), "vm1", expected(variant))
    assert (proof.vmpl, proof.measurement, proof.features) == (vmpl, DIGEST, FEATURES)
    assert proof.emulated
    assert "emulated" in proof.root


def test_a_plain_vm_shows_that_nothing_protects_it(tmp_path: Path) -> None:
    proof = prove(answer(tmp_path, "plain"), "vm1", expected("plain"))
    assert (proof.vmpl, proof.features, proof.root) == (None, "", "")


def test_a_vm_of_another_variant_is_refused(tmp_path: Path) -> None:
    assert "no memory encryption" in refused(answer(tmp_path, "plain"), expected("cvm"))
    assert "VMPL 0, not none" in refused(answer(tmp_path, "cvm"), expected("plain"))
    assert "VMPL 0, not 2" in refused(answer(tmp_path, "cvm"), expected("svsm"))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"vmpl": 0}, "VMPL 0 asked for the report, VMPL 2"),
        ({"measurement": b"\1" * 48}, "the measurement is 0101"),
        ({"report_data": b"\1" * 64}, "the report data is 0101"),
        ({"policy": 0x30000 | 1 << 19}, "debug"),
    ],
)
def test_a_report_that_says_something_else_is_refused(
    tmp_path: Path, fields: dict[str, Any], why: str
) -> None:
    assert why in refused(answer(tmp_path, "svsm", report=fields), expected("svsm"))


def test_another_vms_report_is_refused(tmp_path: Path) -> None:
    files = answer(tmp_path, "cvm", vm="vm2", others={"name": b"vm1\n"})
    assert "report data" in refused(files, expected("cvm"))


def test_an_answer_to_another_nonce_is_refused(tmp_path: Path) -> None:
    later = Expected.of("cvm", "5b" * 64, {"measurements": {"cvm": DIGEST}})
    assert "report data" in refused(answer(tmp_path, "cvm"), later)


def test_an_emulated_chip_is_none_of_amds(tmp_path: Path) -> None:
    message = refused(answer(tmp_path, "cvm"), expected("cvm", trust_root=""))
    assert "emulated root" in message
    assert "no trust root was named" in message


@pytest.mark.parametrize("name", ["report.bin", "certs.bin"])
def test_what_a_vm_left_out_is_named(tmp_path: Path, name: str) -> None:
    assert f"left no {name}" in refused(
        answer(tmp_path, "cvm", others={name: None}), expected("cvm")
    )


def test_a_host_without_certificates_is_named(tmp_path: Path) -> None:
    files = answer(tmp_path, "cvm", others={"certs.bin": bytes(24)})
    assert "no certificate VCEK" in refused(files, expected("cvm"))


@pytest.mark.parametrize(
    ("damaged", "why"),
    [
        pytest.param(table()[:-1], "cut off", id="last byte missing"),
        pytest.param(struct.pack("<16sII", b"x" * 16, 0, 1), "no end", id="no zero entry"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, damaged: bytes, why: str) -> None:
    assert why in refused(answer(tmp_path, "cvm", others={"certs.bin": damaged}), expected("cvm"))


def test_without_a_prediction_nothing_is_believed(tmp_path: Path) -> None:
    message = refused(answer(tmp_path, "svsm"), expected("svsm", measurements={"cvm": DIGEST}))
    assert "no launch digest is known" in message
