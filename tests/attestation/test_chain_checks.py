"""An emulated chain is refused unless it is named, and each fault of a chain has its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from pyrunner.attestation.appraise import Verdict, appraise
from pyrunner.attestation.certificates import read_certificate
from pyrunner.attestation.failures import Reason
from pyrunner.attestation.revocation import read_revocation_list
from pyrunner.attestation.verify import Anchors
from tests.builders import snp_chains, snp_reports

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

OID = snp_chains.OID


def judge(anchors: Anchors, **files: bytes) -> Verdict:
    """Come to a verdict on a good report and chain, with some files instead."""
    usual = {
        "report": snp_reports.signed_report(),
        "endorsement": snp_chains.vcek(),
        "authorities": snp_chains.chain_file(),
    }
    found = usual | files
    return appraise(found["report"], found["endorsement"], found["authorities"], anchors)


def reasons(verdict: Verdict) -> set[Reason]:
    """Which checks failed."""
    assert not verdict.verified
    return {failure.reason for failure in verdict.failures}


@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_a_named_emulated_root_verifies_and_says_so(emulated: Anchors, version: int) -> None:
    verdict = judge(emulated, report=snp_reports.signed_report(version))
    assert verdict.failures == ()
    assert verdict.verified
    assert verdict.emulated
    assert verdict.trust
    assert "emulated" in verdict.trust.root


def test_turins_layout_is_verified(emulated: Anchors) -> None:
    claims = snp_chains.claims(snp_reports.TURIN_TCB, snp_reports.CHIP_ID[1:9], "Turin")
    report = snp_reports.signed_report(**snp_reports.turin_values())
    verdict = judge(emulated, report=report, endorsement=snp_chains.vcek(extensions=claims))
    assert verdict.failures == ()


def test_a_vlek_is_verified_without_a_chip(emulated: Anchors) -> None:
    report = snp_reports.signed_report(key_info=0b110, chip_id=bytes(64))
    vlek = snp_chains.vcek(extensions=snp_chains.vlek_claims())
    assert judge(emulated, report=report, endorsement=vlek).failures == ()


def test_a_masked_chip_id_leaves_the_signature_to_tie_the_chip(emulated: Anchors) -> None:
    masked = snp_reports.report(chip_id=bytes(64))
    assert judge(emulated, report=snp_reports.sign(masked)).verified
    other = snp_reports.sign(masked, snp_reports.ec_key("other chip"))
    assert reasons(judge(emulated, report=other)) == {Reason.REPORT_SIGNATURE}


def test_root_and_intermediate_may_come_in_either_order(emulated: Anchors) -> None:
    authorities = snp_chains.pem([snp_chains.root(), snp_chains.intermediate()])
    assert judge(emulated, authorities=authorities).verified


def test_an_emulated_chain_is_refused_unless_named() -> None:
    verdict = judge(Anchors(at=snp_chains.NOW))
    assert reasons(verdict) == {Reason.EMULATED_ROOT_NOT_NAMED}
    assert verdict.trust is None


def test_another_unknown_root_is_refused() -> None:
    top = {"subject": "ARK-Milan", "issuer": "ARK-Milan"}  # AMD's name is not AMD's key
    chain = snp_chains.chain_file(
        snp_chains.intermediate(issuer="ARK-Milan"), snp_chains.root(**top)
    )
    verdict = judge(Anchors(at=snp_chains.NOW), authorities=chain)
    assert reasons(verdict) == {Reason.UNKNOWN_ROOT}


def test_a_named_root_is_the_only_one_trusted(
    real: Callable[[str], bytes], emulated: Anchors, in_2026: Anchors
) -> None:
    other = read_certificate(snp_chains.root(signer="other root"), "other root")
    assert reasons(judge(replace(emulated, root=other))) == {Reason.OTHER_ROOT_NAMED}
    files = (real("report_milan.hex"), real("vcek_milan.der"), real("cert_chain_milan"))
    verdict = appraise(*files, replace(in_2026, root=emulated.root))
    assert reasons(verdict) == {Reason.OTHER_ROOT_NAMED}


def test_amds_root_stays_amds_when_it_is_named(
    real: Callable[[str], bytes], in_2026: Anchors
) -> None:
    text = real("cert_chain_milan")
    ark = text[text.rindex(b"-----BEGIN") :]
    named = replace(in_2026, root=read_certificate(ark, "ark.pem"))
    verdict = appraise(real("report_milan.hex"), real("vcek_milan.der"), text, named)
    assert verdict.verified
    assert not verdict.emulated


LATE = snp_chains.NOW + timedelta(hours=1)
EARLY = snp_chains.NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ({"signer": "other root"}, {Reason.ENDORSEMENT_SIGNATURE}),
        ({"signer": "root"}, {Reason.ENDORSEMENT_SIGNATURE}),
        ({"issuer": snp_chains.ROOT}, {Reason.ISSUER_NAME}),
        ({"start": LATE}, {Reason.NOT_YET_VALID}),
        ({"end": EARLY}, {Reason.EXPIRED}),
        ({"pss": False}, {Reason.CERTIFICATE_ALGORITHM, Reason.ENDORSEMENT_SIGNATURE}),
        (
            {"digest": hashes.SHA256()},
            {Reason.CERTIFICATE_ALGORITHM, Reason.ENDORSEMENT_SIGNATURE},
        ),
        (
            {"key": ec.generate_private_key(ec.SECP256R1()).public_key()},
            {Reason.ENDORSEMENT_KEY, Reason.REPORT_SIGNATURE},
        ),
        (
            {"key": snp_chains.rsa_key("root").public_key()},
            {Reason.ENDORSEMENT_KEY, Reason.REPORT_SIGNATURE},
        ),
        ({"key": snp_reports.ec_key("other chip").public_key()}, {Reason.REPORT_SIGNATURE}),
        (
            {
                "extensions": snp_chains.claims() | {"1.2.3.4": b"\5\0"},
                "critical": frozenset({"1.2.3.4"}),
            },
            {Reason.CRITICAL_EXTENSION},
        ),
        (
            {"extensions": snp_chains.claims(tcb=b"\3\0\0\0\0\0\x09\x73")},
            {Reason.TCB_MISMATCH},
        ),
        ({"extensions": snp_chains.claims(chip_id=b"\1" * 64)}, {Reason.CHIP_ID_MISMATCH}),
        ({"extensions": snp_chains.claims(product="Genoa-B1")}, {Reason.PRODUCT_MISMATCH}),
        ({"extensions": snp_chains.vlek_claims()}, {Reason.SIGNING_KEY}),
    ],
)
def test_faults_of_the_endorsement_certificate(
    emulated: Anchors, faults: dict[str, Any], expected: set[Reason]
) -> None:
    assert reasons(judge(emulated, endorsement=snp_chains.vcek(**faults))) == expected


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ({"signer": "other root"}, {Reason.INTERMEDIATE_SIGNATURE}),
        ({"issuer": "nobody"}, {Reason.ISSUER_NAME}),
        ({"authority": False}, {Reason.NOT_AN_AUTHORITY}),
        ({"end": EARLY}, {Reason.EXPIRED}),
        (
            {"key": snp_chains.rsa_key("other root").public_key()},
            {Reason.ENDORSEMENT_SIGNATURE},
        ),
        ({"key": snp_reports.ec_key().public_key()}, {Reason.ENDORSEMENT_SIGNATURE}),
    ],
)
def test_faults_of_the_intermediate(
    emulated: Anchors, faults: dict[str, Any], expected: set[Reason]
) -> None:
    chain = snp_chains.chain_file(snp_chains.intermediate(**faults))
    assert reasons(judge(emulated, authorities=chain)) == expected


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ({"signer": "other root", "key": snp_chains.rsa_key("root").public_key()},
         {Reason.ROOT_SIGNATURE}),
        ({"authority": False}, {Reason.NOT_AN_AUTHORITY}),
        ({"start": LATE}, {Reason.NOT_YET_VALID}),
    ],
)  # fmt: skip
def test_faults_of_the_root(
    emulated: Anchors, faults: dict[str, Any], expected: set[Reason]
) -> None:
    chain = snp_chains.chain_file(top=snp_chains.root(**faults))
    assert reasons(judge(emulated, authorities=chain)) == expected


def without(oid: str) -> dict[str, bytes]:
    """A VCEK's extensions but one."""
    found = snp_chains.claims()
    del found[oid]
    return found


@pytest.mark.parametrize(
    "extensions",
    [
        {},
        *(without(oid) for oid in snp_chains.claims()),
        snp_chains.claims() | {f"{OID}.1": b"\2\1\2"},  # unknown struct version
        snp_chains.claims() | {f"{OID}.2": b"\x16\x09Milan-B0"},  # wrong length
        snp_chains.claims() | {f"{OID}.2": b"\x16\x02\x1b["},  # for a terminal
        snp_chains.claims() | {f"{OID}.3.3": b"\2\1\xff"},  # negative
        snp_chains.claims() | {f"{OID}.3.3": b"\2\2\1\0"},  # 256
        snp_chains.claims() | {f"{OID}.3.3": b"\2\2\0\x08"},  # not DER's way
        snp_chains.claims() | {f"{OID}.3.3": b"\2\0"},
        snp_chains.claims() | {f"{OID}.3.3": b"\2"},
        snp_chains.claims() | {f"{OID}.4": b"\1" * 63},
        snp_chains.claims() | {f"{OID}.5": b"\x16\1x"},  # both a VCEK and a VLEK
    ],
)
def test_malformed_extensions_are_refused(emulated: Anchors, extensions: dict[str, bytes]) -> None:
    vcek = snp_chains.vcek(extensions=extensions)
    assert reasons(judge(emulated, endorsement=vcek)) == {Reason.ENDORSEMENT_EXTENSIONS}


def test_security_versions_above_127_are_read(emulated: Anchors) -> None:
    tcb = bytes([3, 0, 0, 0, 0, 0, 8, 213])
    vcek = snp_chains.vcek(extensions=snp_chains.claims(tcb=tcb))
    report = snp_reports.signed_report(reported_tcb=tcb)
    assert judge(emulated, report=report, endorsement=vcek).verified


@pytest.mark.parametrize(
    "report",
    [
        snp_reports.report(),
        snp_reports.signed_report(key_info=7 << 2),
        snp_reports.signed_report(key_info=0b10),
    ],
)
def test_unsigned_reports_are_told_from_badly_signed_ones(emulated: Anchors, report: bytes) -> None:
    assert Reason.UNSIGNED in reasons(judge(emulated, report=report))


def test_a_report_of_another_processor_is_refused(emulated: Anchors) -> None:
    genoa = snp_reports.signed_report(cpuid=bytes([0x19, 0x11, 0]))
    assert reasons(judge(emulated, report=genoa)) == {Reason.PRODUCT_MISMATCH}


def test_altered_bits_outside_the_signed_part_are_found(emulated: Anchors) -> None:
    # Signatures are random: one of them ends in a zero bit, which can be called unused.
    made = (bytearray(snp_chains.vcek()) for _ in range(64))
    der = next(der for der in made if not der[-1] & 1)
    count = len(der) - snp_chains.RSA_BITS // 8 - 1
    assert der[count] == 0
    der[count] = 1
    assert reasons(judge(emulated, endorsement=bytes(der))) == {Reason.CERTIFICATE_ENCODING}


def test_everything_that_is_wrong_is_told(emulated: Anchors) -> None:
    report = snp_reports.signed_report(policy=0xB0000, chip_id=b"\1" * 64)
    vcek = snp_chains.vcek(end=EARLY, key=snp_reports.ec_key("other chip").public_key())
    expected = {Reason.EXPIRED, Reason.REPORT_SIGNATURE, Reason.CHIP_ID_MISMATCH}
    verdict = judge(replace(emulated, root=None), report=report, endorsement=vcek)
    assert reasons(verdict) == expected | {Reason.DEBUG_ALLOWED, Reason.EMULATED_ROOT_NOT_NAMED}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"endorsement": b"x"}, Reason.CERTIFICATE_UNREADABLE),
        ({"endorsement": b"0x"}, Reason.CERTIFICATE_UNREADABLE),
        ({"endorsement": snp_chains.vcek() + b"\0"}, Reason.CERTIFICATE_UNREADABLE),
        ({"endorsement": snp_chains.chain_file()}, Reason.CERTIFICATE_UNREADABLE),
        ({"endorsement": b"junk\n" + snp_chains.pem([snp_chains.vcek()])},
         Reason.CERTIFICATE_UNREADABLE),
        ({"endorsement": snp_chains.pem([snp_chains.vcek()]) + b"junk"},
         Reason.CERTIFICATE_UNREADABLE),
        ({"endorsement": snp_chains.pem([snp_chains.vcek()], "PUBLIC KEY")},
         Reason.CERTIFICATE_UNREADABLE),
        ({"authorities": b""}, Reason.CERTIFICATE_UNREADABLE),
        ({"authorities": snp_chains.pem([snp_chains.root()])}, Reason.CHAIN_FILE),
        ({"authorities": snp_chains.chain_file() * 2}, Reason.CHAIN_FILE),
        ({"report": b"x"}, Reason.REPORT_ENCODING),
    ],
)  # fmt: skip
def test_files_that_are_something_else(
    emulated: Anchors, files: dict[str, bytes], expected: Reason
) -> None:
    verdict = judge(emulated, **files)
    assert reasons(verdict) == {expected}
    assert verdict.unreadable


def test_files_that_were_swapped_are_unreadable(emulated: Anchors) -> None:
    verdict = judge(emulated, report=snp_chains.vcek(), endorsement=snp_reports.signed_report())
    assert reasons(verdict) == {Reason.REPORT_ENCODING, Reason.CERTIFICATE_UNREADABLE}


@pytest.mark.parametrize("encode", [bytes, lambda der: snp_chains.pem([der], "X509 CRL")])
def test_a_clean_revocation_list_is_taken(
    emulated: Anchors, encode: Callable[[bytes], bytes]
) -> None:
    listed = read_revocation_list(encode(snp_chains.revocation_list([99])))
    assert judge(replace(emulated, revoked=listed)).verified


@pytest.mark.parametrize(
    ("values", "at", "expected"),
    [
        ({"serials": [2]}, snp_chains.NOW, {Reason.REVOKED}),
        ({"serials": [1]}, snp_chains.NOW, {Reason.REVOKED}),
        ({"signer": "other root"}, snp_chains.NOW, {Reason.REVOCATION_LIST_SIGNATURE}),
        ({"issuer": "nobody"}, snp_chains.NOW, {Reason.REVOCATION_LIST_SIGNATURE}),
        ({}, snp_chains.END + timedelta(hours=1), {Reason.REVOCATION_LIST_TIME, Reason.EXPIRED}),
    ],
)
def test_faults_of_the_revocation_list(
    emulated: Anchors,
    values: dict[str, Any],
    at: datetime,
    expected: set[Reason],
) -> None:
    listed = read_revocation_list(snp_chains.revocation_list(**values))
    assert reasons(judge(replace(emulated, revoked=listed, at=at))) == expected
