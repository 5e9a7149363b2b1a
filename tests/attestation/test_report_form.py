"""Reports are taken apart whole, and nothing malformed is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrunner.attestation import layout
from pyrunner.attestation.encoding import report_bytes
from pyrunner.attestation.failures import AttestationError, Reason
from pyrunner.attestation.fields import NO_VMPL, Cpuid, FirmwareVersion, GuestPolicy, SigningKey
from pyrunner.attestation.report import parse
from pyrunner.attestation.tcb import TcbLayout
from tests.builders import snp_reports

GOOD = snp_reports.signed_report()


def reasons(raw: bytes) -> list[Reason]:
    """What parsing a report finds wrong."""
    with pytest.raises(AttestationError) as caught:
        parse(raw)
    return [failure.reason for failure in caught.value.failures]


def put(offset: int, content: bytes, raw: bytes = GOOD) -> bytes:
    """Change bytes of a report."""
    return raw[:offset] + content + raw[offset + len(content) :]


@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_every_field_is_read_from_its_place(version: int) -> None:
    raw = snp_reports.signed_report(
        version, guest_svn=7, vmpl=2, key_info=0b101, host_data=b"\x48" * 32, image_id=b"\x69" * 16
    )
    report = parse(raw)
    assert (report.version, report.guest_svn, report.vmpl) == (version, 7, 2)
    assert report.policy == GuestPolicy.SMT | GuestPolicy.RESERVED_ONE
    assert (report.author_key_en, report.mask_chip_key) == (True, False)
    assert report.signing_key is SigningKey.VLEK
    assert report.host_data == b"\x48" * 32
    assert report.image_id == b"\x69" * 16
    assert report.measurement == b"\x4d" * 48
    assert report.chip_id == snp_reports.CHIP_ID
    assert report.current_firmware == FirmwareVersion(1, 55, 4)
    assert report.reported_tcb.parts == {"boot_loader": 3, "tee": 0, "snp": 8, "microcode": 115}
    assert report.cpuid == (Cpuid(0x19, 1, 1) if version > 2 else None)
    assert report.launch_mit_vector == (0x1F if version == 5 else None)
    assert report.signed == raw[:0x2A0]


@pytest.mark.parametrize("version", [2, 3, 5])
def test_turin_has_a_layout_of_its_own(version: int) -> None:
    report = parse(snp_reports.signed_report(version, **snp_reports.turin_values()))
    assert report.launch_tcb.layout is TcbLayout.TURIN
    assert report.launch_tcb.parts == {
        "fmc": 1,
        "boot_loader": 2,
        "tee": 3,
        "snp": 4,
        "microcode": 72,
    }


@pytest.mark.parametrize(
    ("family", "model", "product"),
    [
        (0x19, 0x01, "Milan"),
        (0x19, 0x11, "Genoa"),
        (0x19, 0xA0, "Genoa"),
        (0x1A, 0x02, "Turin"),
        (0x1A, 0x11, "Turin"),
        (0x17, 0x31, ""),
        (0x19, 0x50, ""),
    ],
)
def test_product_of_a_processor(family: int, model: int, product: str) -> None:
    assert Cpuid(family, model, 0).product == product


def test_a_report_that_the_host_asked_for_has_no_vmpl() -> None:
    assert parse(snp_reports.signed_report(vmpl=NO_VMPL)).vmpl == NO_VMPL


@pytest.mark.parametrize(
    ("offset", "content", "reason"),
    [
        (0x000, b"\x01", Reason.REPORT_VERSION),
        (0x000, b"\x06", Reason.REPORT_VERSION),
        (0x000, b"\x00", Reason.REPORT_VERSION),
        (0x003, b"\x01", Reason.REPORT_VERSION),
        (0x008, b"\0\0\1", Reason.REPORT_RESERVED),  # bit 17 of the policy is one
        (0x00B, b"\x04", Reason.REPORT_RESERVED),  # bit 26 of the policy
        (0x00F, b"\x80", Reason.REPORT_RESERVED),
        (0x030, b"\x04", Reason.REPORT_VALUE),
        (0x034, b"\x00", Reason.SIGNATURE_ALGORITHM),
        (0x034, b"\x02", Reason.SIGNATURE_ALGORITHM),
        (0x03A, b"\x01", Reason.REPORT_RESERVED),  # TCB version
        (0x040, b"\x40", Reason.REPORT_RESERVED),  # bit 6 of the platform's information
        (0x041, b"\x01", Reason.REPORT_RESERVED),
        (0x048, b"\x08", Reason.REPORT_VALUE),  # signing key 2
        (0x048, b"\x20", Reason.REPORT_RESERVED),
        (0x04C, b"\x01", Reason.REPORT_RESERVED),
        (0x18B, b"\x01", Reason.REPORT_RESERVED),
        (0x19F, b"\x01", Reason.REPORT_RESERVED),
        (0x1EB, b"\x01", Reason.REPORT_RESERVED),
        (0x1EF, b"\x01", Reason.REPORT_RESERVED),
        (0x208, b"\x01", Reason.REPORT_RESERVED),
        (0x29F, b"\x80", Reason.REPORT_RESERVED),
        (0x2D0, b"\x01", Reason.SIGNATURE_PADDING),  # beyond the 48 bytes of R
        (0x2E7, b"\x01", Reason.SIGNATURE_PADDING),
        (0x318, b"\x01", Reason.SIGNATURE_PADDING),  # beyond those of S
        (0x330, b"\x01", Reason.SIGNATURE_PADDING),
        (0x49F, b"\x01", Reason.SIGNATURE_PADDING),
    ],
)
def test_what_is_malformed_is_refused(offset: int, content: bytes, reason: Reason) -> None:
    assert parse(GOOD)
    assert reasons(put(offset, content)) == [reason]


def test_fields_of_later_versions_are_reserved_in_earlier_ones() -> None:
    two, three = (snp_reports.signed_report(version) for version in (2, 3))
    assert reasons(put(0x188, b"\x19", two)) == [Reason.REPORT_RESERVED]
    assert reasons(put(0x1F8, b"\x01", three)) == [Reason.REPORT_RESERVED]


def test_all_that_is_malformed_is_told_at_once() -> None:
    raw = put(0x49F, b"\x01", put(0x208, b"\x01", put(0x034, b"\x09")))
    expected = {Reason.SIGNATURE_ALGORITHM, Reason.REPORT_RESERVED, Reason.SIGNATURE_PADDING}
    assert set(reasons(raw)) == expected
    with pytest.raises(AttestationError, match="0x208 to 0x29f are reserved in version 5"):
        parse(raw)


@pytest.mark.parametrize("size", [0, 1, 0x4A0 - 1, 0x4A0 + 1, 4096])
def test_wrong_lengths_are_refused(size: int) -> None:
    assert reasons(GOOD.ljust(size, b"\0")[:size]) == [Reason.REPORT_LENGTH]


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.hex().encode(),
        GOOD.hex().upper().encode(),
        b" \t" + GOOD.hex(" ").encode() + b"\r\n",
        GOOD.hex("\n", 16).encode(),
    ],
)
def test_raw_and_hexadecimal_are_told_apart(text: bytes) -> None:
    assert report_bytes(text) == GOOD


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", Reason.REPORT_ENCODING),
        (b" \n", Reason.REPORT_ENCODING),
        (b"hello", Reason.REPORT_ENCODING),
        (GOOD[:-1], Reason.REPORT_ENCODING),
        (GOOD.hex().encode()[:-1], Reason.REPORT_LENGTH),
        (GOOD.hex().encode() + b"00", Reason.REPORT_LENGTH),
        (GOOD.hex().encode().replace(b"d", b"D", 1), Reason.REPORT_ENCODING),
        (b"0x" + GOOD.hex().encode(), Reason.REPORT_ENCODING),
    ],
)
def test_other_files_are_no_reports(text: bytes, reason: Reason) -> None:
    with pytest.raises(AttestationError) as caught:
        report_bytes(text)
    assert [failure.reason for failure in caught.value.failures] == [reason]


@given(st.binary(max_size=2 * layout.LENGTH))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = report_bytes(data)
    except AttestationError as error:
        assert error.failures  # noqa: PT017 - either way is right
    else:
        assert len(found) == layout.LENGTH


@given(st.binary(min_size=layout.LENGTH, max_size=layout.LENGTH), st.sampled_from([0, 2, 3, 5]))
def test_any_report_is_parsed_or_refused(data: bytes, version: int) -> None:
    raw = version.to_bytes(4, "little") + data[4:] if version else data
    try:
        assert parse(raw).signed == raw[: layout.SIGNATURE]
    except AttestationError as error:
        assert error.failures  # noqa: PT017 - either way is right


@given(st.dictionaries(st.integers(0, layout.LENGTH - 1), st.integers(0, 255), max_size=4))
def test_what_is_parsed_has_nothing_in_reserved_places(changes: dict[int, int]) -> None:
    raw = GOOD
    for offset, value in changes.items():
        raw = put(offset, bytes([value]), raw)
    try:
        version = parse(raw).version
    except AttestationError:
        return
    for first, end in (*layout.reserved(version), *layout.PADDING):
        assert not any(raw[first:end])
