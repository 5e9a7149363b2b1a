"""AMD's own certificates and a report of a real Milan chip; no altered bit of them passes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from pyrunner.attestation.appraise import appraise
from pyrunner.attestation.certificates import read_certificate
from pyrunner.attestation.chain import Chain, check_link, links, read_chain
from pyrunner.attestation.claims import read_claims
from pyrunner.attestation.encoding import report_bytes
from pyrunner.attestation.failures import AttestationError, Reason
from pyrunner.attestation.pem import blocks
from pyrunner.attestation.policy import Expectations
from pyrunner.attestation.report import parse
from pyrunner.attestation.verify import endorse, signature_holds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyrunner.attestation.verify import Anchors

    Real = Callable[[str], bytes]

STEP: Final = 7
"""Every how manieth bit is tried where all would take too long; it meets every bit of a byte."""


def flipped(data: bytes, step: int = 1) -> Iterator[tuple[int, bytes]]:
    """Every copy of ``data`` with one bit changed, and which."""
    for bit in range(0, len(data) * 8, step):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(changed)


@pytest.fixture(scope="module")
def milan(real: Real) -> Chain:
    """Milan's chain."""
    return read_chain(real("vcek_milan.der"), real("cert_chain_milan"))


def test_the_real_report_is_verified(real: Real, in_2026: Anchors) -> None:
    verdict = appraise(
        real("report_milan.hex"),
        real("vcek_milan.der"),
        real("cert_chain_milan"),
        in_2026,
        Expectations(vmpl=0, min_tcb={"snp": 8, "microcode": 115}),
    )
    assert verdict.failures == ()
    assert verdict.verified
    assert not verdict.emulated
    assert verdict.trust
    assert verdict.trust.root == "ARK-Milan"


@pytest.mark.parametrize("product", ["milan", "turin"])
def test_real_chains_hold(real: Real, in_2026: Anchors, product: str) -> None:
    chain = read_chain(real(f"vcek_{product}.der"), real(f"cert_chain_{product}"))
    endorsed = endorse(chain, in_2026)
    assert endorsed.failures == ()
    assert endorsed.claims
    assert endorsed.claims.product == product.title()
    assert chain.endorsement.serial == 0


def test_turins_certificate_has_turins_layout(real: Real) -> None:
    found = read_claims(read_certificate(real("vcek_turin.der"), "vcek"))
    assert found.tcb.parts == {"fmc": 0, "boot_loader": 0, "tee": 0, "snp": 0, "microcode": 9}
    assert found.chip_id == bytes.fromhex("1e550a8ee5cf9f4d").ljust(64, b"\0")


def test_another_chips_certificate_does_not_verify_the_report(real: Real, in_2026: Anchors) -> None:
    verdict = appraise(
        real("report_milan.hex"), real("vcek_turin.der"), real("cert_chain_turin"), in_2026
    )
    reasons = {failure.reason for failure in verdict.failures}
    assert reasons == {Reason.REPORT_SIGNATURE, Reason.TCB_MISMATCH, Reason.CHIP_ID_MISMATCH}


def test_chains_of_two_products_do_not_mix(real: Real, in_2026: Anchors) -> None:
    verdict = appraise(
        real("report_milan.hex"), real("vcek_milan.der"), real("cert_chain_turin"), in_2026
    )
    reasons = {failure.reason for failure in verdict.failures}
    expected = {Reason.ENDORSEMENT_SIGNATURE, Reason.ISSUER_NAME, Reason.PRODUCT_MISMATCH}
    assert reasons == expected


def test_no_bit_of_the_report_can_be_flipped(real: Real, milan: Chain) -> None:
    raw = report_bytes(real("report_milan.hex"))
    assert signature_holds(parse(raw), milan.endorsement)

    def passes(changed: bytes) -> bool:
        try:
            return signature_holds(parse(changed), milan.endorsement)
        except AttestationError:
            return False

    assert [bit for bit, changed in flipped(raw) if passes(changed)] == []


def test_no_bit_of_the_reports_text_can_be_flipped(
    real: Real, milan: Chain, in_2026: Anchors
) -> None:
    text = real("report_milan.hex")
    endorsement, chain_file = real("vcek_milan.der"), real("cert_chain_milan")
    assert appraise(text, endorsement, chain_file, in_2026).verified

    def passes(changed: bytes) -> bool:
        try:
            return signature_holds(parse(report_bytes(changed)), milan.endorsement)
        except AttestationError:
            return False

    assert [bit for bit, changed in flipped(text, STEP) if passes(changed)] == []


@pytest.mark.parametrize(
    ("place", "step"), [("endorsement", 1), ("intermediate", STEP), ("root", STEP)]
)
def test_no_bit_of_a_certificate_can_be_flipped(
    real: Real, milan: Chain, in_2026: Anchors, place: str, step: int
) -> None:
    authorities = blocks(real("cert_chain_milan"), "CERTIFICATE", "", Reason.CHAIN_FILE)
    ders = {"endorsement": real("vcek_milan.der"), "intermediate": authorities[0]}
    der = (ders | {"root": authorities[1]})[place]

    def passes(changed: bytes) -> bool:
        try:
            chain = replace(milan, **{place: read_certificate(changed, place)})
        except AttestationError:
            return False
        link = next(link for link in links(chain) if link.role == place)
        return not check_link(link, in_2026.at)

    assert passes(der)
    assert [bit for bit, changed in flipped(der, step) if passes(changed)] == []


def test_no_bit_of_the_chains_text_can_be_flipped(real: Real, in_2026: Anchors) -> None:
    endorsement, text = real("vcek_milan.der"), real("cert_chain_milan")

    def passes(changed: bytes) -> bool:
        try:
            chain = read_chain(endorsement, changed)
        except AttestationError:
            return False
        return not endorse(chain, in_2026).failures

    assert passes(text)
    assert [bit for bit, changed in flipped(text, 5 * STEP) if passes(changed)] == []
