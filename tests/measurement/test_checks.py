"""Evidence that is right is verified, and each thing that is wrong has a reason of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from pyrunner.attestation import failures as attestation
from pyrunner.attestation.certificates import read_certificate
from pyrunner.attestation.revocation import read_revocation_list
from pyrunner.measurement.certificates import ChainFiles
from pyrunner.measurement.layout import Algorithm
from pyrunner.measurement.reasons import AnyReason, Reason
from pyrunner.measurement.references import Reference, References, firmware_references
from pyrunner.measurement.verify import Verdict, Wanted, first_failure, verify
from tests.builders import measurement as built
from tests.builders import snp_chains, snp_reports
from tests.measurement import vectors
from tests.measurement.conftest import WANTED
from tests.measurement.vectors import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrunner.attestation.verify import Anchors

TEXT: Final = 3
"""Index of the record of kernel-text among the usual ones; the firmware's are before it."""
DEBUG, MIGRATION = 0xB0000, 0x70000


def reasons(verdict: Verdict) -> set[AnyReason]:
    """Which checks failed."""
    assert not verdict.verified
    return {failure.reason for failure in verdict.failures}


def judge(anchors: Anchors, data: bytes, **wanted: Any) -> set[AnyReason]:  # noqa: ANN401
    """Which checks evidence fails; first_failure has to find one of them."""
    expected = replace(WANTED, **wanted)
    found = reasons(verify(data, anchors, expected))
    first = first_failure(data, anchors, expected)
    assert first is not None
    assert first.reason in found
    return found


def records(values: Sequence[Record] | None = None) -> list[Record]:
    """Records with counters in order."""
    return built.numbered(*(values or built.RECORDS))


def test_good_evidence_is_verified_and_marked_as_emulated(anchors: Anchors) -> None:
    verdict = verify(built.evidence(), anchors, WANTED)
    assert verdict.failures == ()
    assert verdict.verified
    assert verdict.emulated
    assert verdict.evidence is not None
    assert len(verdict.evidence.entries) == len(built.RECORDS)
    assert first_failure(built.evidence(), anchors, WANTED) is None


@pytest.mark.parametrize(
    "chosen",
    [
        built.RECORDS[3:],  # no firmware that measures
        built.RECORDS[:3],
        (built.RECORDS[0], built.RECORDS[2], *built.RECORDS[3:]),  # no initrd
        built.RECORDS[3:4],
    ],
)
def test_not_everything_has_to_be_measured(anchors: Anchors, chosen: tuple[Record, ...]) -> None:
    assert verify(built.evidence(built.numbered(*chosen)), anchors, WANTED).verified


def test_counters_may_have_gaps_behind_the_firmwares(anchors: Anchors) -> None:
    late = [*records(built.RECORDS[:3]), *built.numbered(*built.RECORDS[3:], start=1000)]
    verdict = verify(built.evidence(late), anchors, replace(WANTED, after_counter=999))
    assert verdict.verified


def test_a_vlek_vouches_too(anchors: Anchors) -> None:
    vlek = snp_chains.vcek(extensions=snp_chains.vlek_claims())
    table = vectors.certificate_table(
        {"ARK": snp_chains.root(), "VLEK": vlek, "ASK": snp_chains.intermediate()}
    )
    key = built.key(certificates=table, key_info=0b100, chip_id=bytes(64))
    assert verify(built.evidence(key_evidence=key), anchors, WANTED).failures == ()


def test_certificates_may_be_given_beside_the_evidence(anchors: Anchors) -> None:
    data = built.evidence(key_evidence=built.key(certificates=b""))
    assert judge(anchors, data) == {Reason.CERTIFICATES_MISSING}
    chain = ChainFiles(snp_chains.vcek(), snp_chains.chain_file())
    assert verify(data, anchors, WANTED, chain).verified


# What somebody in the middle, or the guest OS, would try. Each with all its reasons.

OTHER: Final = vectors.OTHER_PRIVATE_KEY
OTHER_NONCE: Final = bytes(reversed(built.NONCE))
NEXT: Final = len(built.RECORDS) + 1


def without_initrd(*more: Record) -> list[Record]:
    """Records of a guest that was started with no initrd, and others."""
    return [*records((built.RECORDS[0], built.RECORDS[2])), *more]


ATTACKS: Final[dict[str, tuple[bytes, set[AnyReason]]]] = {
    "a record that answered an earlier nonce": (
        built.evidence(built.changed(TEXT, nonce=OTHER_NONCE)),
        {Reason.RECORD_NONCE},
    ),
    "key evidence that answered an earlier nonce": (
        built.evidence(key_evidence=built.key(nonce=OTHER_NONCE)),
        {Reason.KEY_NONCE},
    ),
    "everything from before": (
        built.evidence(
            [replace(each, nonce=OTHER_NONCE) for each in records()], built.key(nonce=OTHER_NONCE)
        ),
        {Reason.KEY_NONCE, Reason.RECORD_NONCE},
    ),
    "another purpose's record": (
        vectors.evidence(
            built.key(),
            [vectors.entry("kernel-rodata", records()[TEXT].pack())],
        ),
        {Reason.RECORD_NONCE},
    ),
    "an initrd that is called a kernel": (
        vectors.evidence(
            built.key(),
            [
                vectors.entry("firmware:kernel", replace(built.RECORDS[1], counter=1).pack()),
                *(vectors.entry(each.purpose, each.pack()) for each in records()[1:3]),
            ],
        ),
        {Reason.RECORD_NONCE},
    ),
    "a record that the OS made with the firmware's nonce": (
        built.evidence([*records()[:2], replace(built.RECORDS[2], counter=9)]),
        {Reason.FIRMWARE_COUNTER},
    ),
    "an initrd that the OS made up, behind the command line": (
        built.evidence(without_initrd(replace(built.RECORDS[1], counter=3))),
        {Reason.FIRMWARE_ORDER},
    ),
    "an initrd that the OS made up, before the command line": (
        built.evidence(
            [
                replace(built.RECORDS[0], counter=1),
                replace(built.RECORDS[1], counter=3),
                replace(built.RECORDS[2], counter=2),
            ]
        ),
        {Reason.FIRMWARE_COUNTER},
    ),
    "a firmware record that is left out": (
        built.evidence([records()[0], *records()[2:]]),
        {Reason.FIRMWARE_COUNTER},
    ),
    "the command line's record left out": (
        built.evidence([*records()[:2], *records()[3:]]),
        {Reason.FIRMWARE_MISSING},
    ),
    "the kernel's record left out": (
        built.evidence(records()[1:]),
        {Reason.FIRMWARE_MISSING, Reason.FIRMWARE_COUNTER},
    ),
    "firmware records behind others": (
        built.evidence([*records()[3:4], *records()[:3]]),
        {Reason.FIRMWARE_ORDER},
    ),
    "records in another order": (
        built.evidence([*records()[:3], *reversed(records()[3:6])]),
        {Reason.COUNTER_ORDER},
    ),
    "a counter that is used twice": (
        built.evidence(built.changed(TEXT + 1, counter=4)),
        {Reason.COUNTER_ORDER},
    ),
    "an OS record with a counter of the firmware's": (
        built.evidence(built.changed(TEXT, counter=3)),
        {Reason.COUNTER_ORDER},
    ),
    "a record of an SVSM elsewhere": (
        built.evidence(built.changed(TEXT, scalar=OTHER)),
        {Reason.RECORD_KEY, Reason.RECORD_SIGNATURE},
    ),
    "a key that no report vouches for": (
        built.evidence(
            [replace(each, scalar=OTHER) for each in records()],
            built.key(
                OTHER,
                report_data=vectors.report_data(vectors.public_key(), vectors.nonce_for("key")),
            ),
        ),
        {Reason.KEY_BINDING},
    ),
    "a key of another label": (
        built.evidence(key_evidence=built.key(report_data=b"\1" * 64)),
        {Reason.KEY_BINDING},
    ),
    "the guest's own report": (
        built.evidence(key_evidence=built.key(vmpl=2)),
        {attestation.Reason.VMPL},
    ),
    "a report that the host asked for": (
        built.evidence(key_evidence=built.key(vmpl=0xFFFFFFFF)),
        {attestation.Reason.VMPL},
    ),
    "a guest that the host may debug": (
        built.evidence(key_evidence=built.key(policy=DEBUG)),
        {attestation.Reason.DEBUG_ALLOWED},
    ),
    "a guest that may migrate": (
        built.evidence(key_evidence=built.key(policy=MIGRATION)),
        {attestation.Reason.MIGRATION_AGENT_ALLOWED},
    ),
    "another SVSM": (
        built.evidence(key_evidence=built.key(measurement=b"\1" * 48)),
        {attestation.Reason.MEASUREMENT},
    ),
    "another chip's report": (
        built.evidence(key_evidence=built.key(chip_id=b"\1" * 64)),
        {attestation.Reason.CHIP_ID_MISMATCH},
    ),
    "an unsigned report": (
        built.evidence(key_evidence=built.key(key_info=7 << 2)),
        {attestation.Reason.UNSIGNED, attestation.Reason.SIGNING_KEY},
    ),
    "a chip that the intermediate does not know": (
        built.evidence(
            key_evidence=built.key(
                certificates=built.table(VCEK=snp_chains.vcek(signer="other root"))
            )
        ),
        {attestation.Reason.ENDORSEMENT_SIGNATURE},
    ),
    "another chip's certificate": (
        built.evidence(
            key_evidence=built.key(
                certificates=built.table(
                    VCEK=snp_chains.vcek(key=snp_reports.ec_key("other").public_key())
                )
            )
        ),
        {attestation.Reason.REPORT_SIGNATURE},
    ),
    "a thing twice": (
        built.evidence([*records(), replace(built.RECORDS[TEXT], counter=NEXT)]),
        {Reason.PURPOSE_TWICE},
    ),
    "a part that is left out": (
        built.evidence(
            [replace(built.RECORDS[TEXT], purpose=f"kernel-text/{n}", counter=n) for n in (1, 3)]
        ),
        {Reason.PURPOSE_PARTS},
    ),
    "parts in another order": (
        built.evidence(
            [
                replace(built.RECORDS[TEXT], purpose=f"kernel-text/{n}", counter=9 - n)
                for n in (2, 1)
            ]
        ),
        {Reason.PURPOSE_PARTS},
    ),
    "a thing whole and in parts": (
        built.evidence(
            [*records(), replace(built.RECORDS[TEXT], purpose="kernel-text/1", counter=NEXT)]
        ),
        {Reason.PURPOSE_PARTS},
    ),
    "no range": (
        built.evidence(built.changed(TEXT, ranges=[])),
        {Reason.RANGE_NONE},
    ),
    "an empty range": (
        built.evidence(built.changed(TEXT, ranges=[(0x1000, 1), (0x2000, 0)])),
        {Reason.RANGE_EMPTY},
    ),
    "a range that wraps": (
        built.evidence(built.changed(TEXT, ranges=[((1 << 64) - 0x1000, 0x1001)], content=b"")),
        {Reason.RANGE_WRAPS},
    ),
    "ranges that overlap": (
        built.evidence(built.changed(TEXT, ranges=[(0x5000, 0x1000), (0x4FFF, 2)])),
        {Reason.RANGE_OVERLAP},
    ),
    "ranges one in the other": (
        built.evidence(built.changed(TEXT, ranges=[(0x5000, 0x1000), (0x9000, 1), (0x5010, 2)])),
        {Reason.RANGE_OVERLAP},
    ),
    "other addresses than the purpose's": (
        built.evidence([Record(purpose="phys:100000:1000", ranges=[(0x200000, 0x1000)])]),
        {Reason.RANGE_PURPOSE},
    ),
    "memory with a hole": (
        built.evidence(
            [Record(purpose="phys:100000:1000", ranges=[(0x100000, 0x800), (0x100801, 0x800)])]
        ),
        {Reason.RANGE_PURPOSE},
    ),
    "less than the purpose's memory": (
        built.evidence([Record(purpose="phys:100000:1000", ranges=[(0x100000, 0xFFF)])]),
        {Reason.RANGE_PURPOSE},
    ),
    "less of a process than the purpose's": (
        built.evidence([Record(purpose="process:1:1000:1000", ranges=[(0x100000, 0xFFF)])]),
        {Reason.RANGE_PURPOSE},
    ),
}


@pytest.mark.parametrize(("data", "expected"), ATTACKS.values(), ids=ATTACKS)
def test_an_attack_has_its_reason(anchors: Anchors, data: bytes, expected: set[AnyReason]) -> None:
    assert judge(anchors, data) == expected


def resigned(offset: int, content: bytes) -> bytes:
    """Evidence with a record whose header was altered before it was signed, by the right key."""
    record = bytearray(records()[TEXT].pack()[:-96])
    record[offset : offset + len(content)] = content
    signed = bytes(record) + vectors.sign(bytes(record))
    return vectors.evidence(built.key(), [vectors.entry("kernel-text", signed)])


def test_lengths_have_to_add_up(anchors: Anchors) -> None:
    assert judge(anchors, resigned(0x18, b"\1")) == {Reason.RANGE_TOTAL}


def test_a_record_has_to_name_its_key(anchors: Anchors) -> None:
    assert judge(anchors, resigned(0xA0, bytes(48))) == {Reason.RECORD_KEY}


def test_a_key_that_is_no_point_is_refused(anchors: Anchors) -> None:
    nowhere = vectors.public_key()[:-1] + b"\0"
    nonce = vectors.nonce_for("key")
    report = snp_reports.signed_report(report_data=vectors.report_data(nowhere, nonce))
    key = vectors.key_evidence(nowhere, nonce, report, built.usual_table())
    record = bytearray(records()[TEXT].pack())
    record[0xA0:0xD0] = vectors.key_id(nowhere)
    data = vectors.evidence(key, [vectors.entry("kernel-text", bytes(record))])
    assert judge(anchors, data) == {Reason.KEY_POINT}


@pytest.mark.parametrize("signature", [bytes(96), b"\xff" * 96, bytes(47) + b"\1" + bytes(48)])
def test_signatures_out_of_range_are_refused(anchors: Anchors, signature: bytes) -> None:
    record = records()[TEXT].pack()[:-96] + signature
    data = vectors.evidence(built.key(), [vectors.entry("kernel-text", record)])
    assert judge(anchors, data) == {Reason.RECORD_SIGNATURE}


# The verifier's side: roots, counters, what is expected.


def test_an_emulated_root_is_never_taken_for_amds(anchors: Anchors) -> None:
    unnamed = replace(anchors, root=None)
    assert judge(unnamed, built.evidence()) == {attestation.Reason.EMULATED_ROOT_NOT_NAMED}
    amd = {"subject": "ARK-Milan", "issuer": "ARK-Milan"}  # AMD's name is not AMD's key
    table = built.table(ASK=snp_chains.intermediate(issuer="ARK-Milan"), ARK=snp_chains.root(**amd))
    named_as_amds = built.evidence(key_evidence=built.key(certificates=table))
    assert judge(unnamed, named_as_amds) == {attestation.Reason.UNKNOWN_ROOT}


def test_another_named_root_is_refused(anchors: Anchors) -> None:
    other = read_certificate(snp_chains.root(signer="other root"), "other root")
    found = judge(replace(anchors, root=other), built.evidence())
    assert found == {attestation.Reason.OTHER_ROOT_NAMED}


def test_time_and_revocation_count(anchors: Anchors) -> None:
    late = replace(anchors, at=snp_chains.END + timedelta(hours=1))
    assert judge(late, built.evidence()) == {attestation.Reason.EXPIRED}
    listed = replace(anchors, revoked=read_revocation_list(snp_chains.revocation_list([2])))
    assert judge(listed, built.evidence()) == {attestation.Reason.REVOKED}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"nonce": OTHER_NONCE}, {Reason.KEY_NONCE, Reason.RECORD_NONCE}),
        ({"launch_digest": bytes(48)}, {attestation.Reason.MEASUREMENT}),
        ({"after_counter": 4}, {Reason.COUNTER_SEEN}),
        ({"after_counter": 1 << 64}, {Reason.COUNTER_SEEN}),
        ({"expected": ("kernel-text", "kernel-rodata")}, {Reason.EXPECTED_MISSING}),
        ({"expected": ("phys:100000:1003/3",)}, {Reason.EXPECTED_MISSING}),
        ({"min_tcb": {"snp": 9}}, {attestation.Reason.TCB_TOO_OLD}),
    ],
)
def test_what_the_verifier_wants_is_checked(
    anchors: Anchors, wanted: dict[str, Any], expected: set[AnyReason]
) -> None:
    assert judge(anchors, built.evidence(), **wanted) == expected


def test_what_the_verifier_wants_can_be_met(anchors: Anchors) -> None:
    parts = ("phys:100000:1003", "phys:100000:1003/2")
    wanted = replace(WANTED, after_counter=3, expected=("kernel-text", *parts))
    assert verify(built.evidence(), anchors, wanted).verified


# References.

FIRMWARE: Final = firmware_references(built.KERNEL, built.INITRD, built.CMDLINE)
TEXT_RECORD: Final = built.RECORDS[TEXT]
TEXT_REFERENCE: Final = Reference(
    algorithm=Algorithm.SHA384,
    digest=TEXT_RECORD.digest[:48],
    length=TEXT_RECORD.total,
    ranges=tuple(TEXT_RECORD.ranges),
)


def test_references_that_hold(anchors: Anchors) -> None:
    found = References({**FIRMWARE, "kernel-text": TEXT_REFERENCE}, built.LAUNCH_DIGEST)
    assert verify(built.evidence(), anchors, replace(WANTED, references=found)).verified


def other(**values: Any) -> References:  # noqa: ANN401 - as Reference
    """The reference of kernel-text with other values."""
    return References({"kernel-text": replace(TEXT_REFERENCE, **values)})


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        (other(digest=bytes(48)), Reason.REFERENCE_DIGEST),
        (other(algorithm=Algorithm.SHA512), Reason.REFERENCE_ALGORITHM),
        (other(length=1, ranges=None), Reason.REFERENCE_LENGTH),
        (other(ranges=((0x1000000, 0x3000),)), Reason.REFERENCE_RANGES),
        (other(ranges=tuple(reversed(TEXT_RECORD.ranges))), Reason.REFERENCE_RANGES),
        (References({"kernel-rodata": TEXT_REFERENCE}), Reason.REFERENCE_MISSING),
        (References({}, bytes(48)), Reason.REFERENCE_LAUNCH_DIGEST),
        (
            References(firmware_references(built.KERNEL, built.INITRD, b"init=/bin/sh")),
            Reason.REFERENCE_LENGTH,
        ),
        (
            References(firmware_references(built.INITRD.ljust(len(built.KERNEL)), None, None)),
            Reason.REFERENCE_DIGEST,
        ),
    ],
)
def test_references_that_do_not_hold(
    anchors: Anchors, references: References, expected: Reason
) -> None:
    assert expected in judge(anchors, built.evidence(), references=references)


def test_without_firmware_that_measures_its_references_fail(anchors: Anchors) -> None:
    data = built.evidence(built.numbered(*built.RECORDS[3:]))
    found = judge(anchors, data, references=References(FIRMWARE))
    assert found == {Reason.REFERENCE_MISSING}


def test_everything_that_is_wrong_is_told(anchors: Anchors) -> None:
    data = built.evidence(
        built.changed(TEXT, nonce=OTHER_NONCE, counter=3, ranges=[(0x1000, 2), (0x1001, 2)]),
        built.key(policy=DEBUG),
    )
    assert judge(replace(anchors, root=None), data, after_counter=3) == {
        attestation.Reason.DEBUG_ALLOWED,
        attestation.Reason.EMULATED_ROOT_NOT_NAMED,
        Reason.RECORD_NONCE,
        Reason.COUNTER_ORDER,
        Reason.COUNTER_SEEN,
        Reason.RANGE_OVERLAP,
    }


def test_wanted_names_no_default_nonce_or_digest() -> None:
    with pytest.raises(TypeError):
        Wanted()  # type: ignore[call-arg]
