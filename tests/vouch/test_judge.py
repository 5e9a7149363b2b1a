"""What a VM left when its memory was measured, against what is known of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pyrunner.errors import TestbedError
from pyrunner.vouch.expected import command_line
from pyrunner.vouch.judge import judge
from tests.builders import vouching
from tests.builders.vouching import answer, evidence, expected, known

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyrunner.vouch.vouched import Vouched
    from tests.measurement.vectors import Record

    Change = Callable[[list[Record]], list[Record]]

FIRMWARE = ["firmware:kernel", "firmware:initrd", "firmware:cmdline"]
NAMED = ["kernel-text", "kernel-rodata", "module:svsm_measure", "process"]


def judged(folder: Path, others: dict[str, bytes | None] | None = None, **host: Any) -> Vouched:  # noqa: ANN401
    """Judge a VM with an SVSM."""
    return judge(answer(folder, others=others), "vm1", expected(**host), known())


def only(found: Vouched, name: str) -> str:
    """See that one thing failed, and no other; return what is said of it."""
    assert [thing.name for thing in found.things if thing.status == "failed"] == [name]
    assert found.status == "failed"
    return next(thing.said for thing in found.things if thing.name == name)


def other(purpose: str, **values: Any) -> Change:  # noqa: ANN401 - as Record
    """Change the record of a purpose, or of one that begins so."""
    return lambda records: [
        replace(each, **values) if each.purpose.startswith(purpose) else each for each in records
    ]


def test_all_of_a_vms_memory_is_vouched_for(tmp_path: Path) -> None:
    found = judged(tmp_path)
    assert found.status == "verified"
    assert [thing.name for thing in found.things] == ["evidence", *NAMED, *FIRMWARE]
    assert {thing.status for thing in found.things} == {"verified"}
    assert found.wrong == []
    assert found.emulated
    assert "emulated" in found.root
    told = {thing.name: thing for thing in found.things}
    assert told["kernel-text"].size == 0x3000
    assert told["module:svsm_measure"].ranges == 2
    assert told["process"].said == "the same both times, and what was put there"
    assert told["firmware:kernel"].digest == vouching.digests(vouching.KERNEL)["sha384"]


@pytest.mark.parametrize("algorithm", [1, 2])
def test_both_algorithms_are_compared_with_what_is_known(tmp_path: Path, algorithm: int) -> None:
    def change(records: list[Record]) -> list[Record]:
        return [replace(each, algorithm=algorithm) for each in records]

    others: dict[str, bytes | None] = {
        f"{turn}.bin": evidence(turn, change=change) for turn in ("first", "second")
    }
    found = judged(tmp_path, others)
    assert found.wrong == []
    assert {thing.algorithm for thing in found.things[1:]} == {("", "sha384", "sha512")[algorithm]}


@pytest.mark.parametrize("name", ["kernel-text", "kernel-rodata", "module:svsm_measure"])
def test_what_changed_in_between_is_named(tmp_path: Path, name: str) -> None:
    tampered = evidence("second", change=other(name, content=b"one byte is another"))
    said = only(judged(tmp_path, {"second.bin": tampered}), name)
    assert said.startswith("it changed in between: ")
    assert "(reference_digest)" in said


def test_the_kernel_at_another_place_is_named(tmp_path: Path) -> None:
    moved = evidence("second", change=other("kernel-text", ranges=[(0x5000000, 0x3000)]))
    assert "(reference_ranges)" in only(judged(tmp_path, {"second.bin": moved}), "kernel-text")


def test_a_process_whose_pages_moved_is_still_the_same(tmp_path: Path) -> None:
    size = len(known().process)
    change = other("process:", ranges=[(0xA000000, 1000), (0xB000000, size - 1000)])
    assert judged(tmp_path, {"second.bin": evidence("second", change=change)}).wrong == []


def test_a_process_with_another_content_is_refused_though_it_stays_the_same(tmp_path: Path) -> None:
    change = other("process:", content=b"not what the verifier works out")
    others: dict[str, bytes | None] = {
        f"{turn}.bin": evidence(turn, change=change) for turn in ("first", "second")
    }
    said = only(judged(tmp_path, others), "process")
    assert said.startswith("it is not what it should be: ")


@pytest.mark.parametrize("name", FIRMWARE)
def test_another_component_than_the_hosts_is_named(tmp_path: Path, name: str) -> None:
    change = other(name, content=b"somebody else's")
    others: dict[str, bytes | None] = {
        f"{turn}.bin": evidence(turn, change=change) for turn in ("first", "second")
    }
    said = only(judged(tmp_path, others), name)
    assert "(reference_digest)" in said
    assert "should be" in said


def without(*purposes: str) -> Change:
    """Leave records out."""
    return lambda records: [each for each in records if not each.purpose.startswith(purposes)]


def both(change: Change) -> dict[str, bytes | None]:
    """Change both evidence files."""
    return {f"{turn}.bin": evidence(turn, change=change) for turn in ("first", "second")}


@pytest.mark.parametrize("name", ["kernel-text", "module:svsm_measure", "process"])
def test_what_was_not_measured_is_named(tmp_path: Path, name: str) -> None:
    assert only(judged(tmp_path, both(without(name))), name) == (
        "the first evidence does not have it"
    )


def test_what_nobody_asked_for_is_named(tmp_path: Path) -> None:
    def more(records: list[Record]) -> list[Record]:
        return [*records, replace(records[-1], purpose="module:rootkit")]

    assert only(judged(tmp_path, both(more)), "module:rootkit") == "nobody asked for it"


def test_the_distributions_firmware_measures_nothing_and_that_is_said(tmp_path: Path) -> None:
    found = judged(tmp_path, both(without("firmware")), firmware=False)
    assert found.status == "verified"
    assert [thing.name for thing in found.things] == ["evidence", *NAMED, "firmware"]
    assert found.things[-1].status == "skipped"
    assert "set build_ovmf_flavour=patched" in found.things[-1].said


def test_a_patched_firmware_that_measures_nothing_is_refused(tmp_path: Path) -> None:
    found = judged(tmp_path, both(without("firmware")))
    assert [thing.name for thing in found.things if thing.status == "failed"] == FIRMWARE


def test_without_a_reference_the_firmwares_word_is_not_enough(tmp_path: Path) -> None:
    found = judged(tmp_path, references={})
    failed = {thing.name: thing.said for thing in found.things if thing.status == "failed"}
    assert list(failed) == ["firmware:kernel", "firmware:initrd"]
    assert failed["firmware:initrd"] == "no sha384 of it is known to compare with"


@pytest.mark.parametrize(
    ("others", "why"),
    [
        pytest.param({"second.bin": evidence("first")}, "(key_nonce)", id="the first again"),
        pytest.param({"first.bin": evidence("second")}, "(counter_seen)", id="the second first"),
        pytest.param({"first.bin": evidence("first", "vm2")}, "(key_nonce)", id="another VM's"),
        pytest.param({"second.bin": evidence("second", start=4)}, "(counter_seen)", id="counter"),
        pytest.param({"first.bin": evidence("first", vmpl=2)}, "(vmpl)", id="the guest's report"),
        pytest.param(
            {"first.bin": evidence("first", measurement=b"\1" * 48)}, "(measurement)", id="image"
        ),
        pytest.param(
            {"first.bin": evidence("first", scalar=b"\7" * 48)}, "(record_key)", id="two keys"
        ),
        pytest.param({"first.bin": evidence("first")[:-1]}, "(evidence_size)", id="cut"),
        pytest.param(
            {"first.bin": evidence("first", certificates=b"")}, "(certificates_missing)", id="chain"
        ),
    ],
)
def test_evidence_that_does_not_hold_is_refused_as_a_whole(
    tmp_path: Path, others: dict[str, bytes | None], why: str
) -> None:
    found = judged(tmp_path, others)
    assert [thing.name for thing in found.things] == ["evidence"]
    assert why in only(found, "evidence")


def test_an_svsm_that_began_anew_is_noticed(tmp_path: Path) -> None:
    scalar = b"\7" * 48

    def signed_anew(records: list[Record]) -> list[Record]:
        return [replace(each, scalar=scalar) for each in records]

    anew = evidence("second", change=signed_anew, scalar=scalar)
    assert "another key than the first" in only(judged(tmp_path, {"second.bin": anew}), "evidence")


def test_an_emulated_chip_is_none_of_amds(tmp_path: Path) -> None:
    wanted = replace(expected(), trust_root="")
    found = judge(answer(tmp_path), "vm1", wanted, known())
    assert "(emulated_root_not_named)" in only(found, "evidence")


@pytest.mark.parametrize("name", ["first", "second"])
def test_evidence_that_a_vm_did_not_leave_is_named(tmp_path: Path, name: str) -> None:
    found = judged(tmp_path, {f"{name}.bin": None})
    assert only(found, "evidence") == f"the VM left no evidence: {name}"


def test_without_a_launch_digest_nothing_is_believed(tmp_path: Path) -> None:
    wanted = replace(expected(), launch_digest=b"")
    found = judge(answer(tmp_path), "vm1", wanted, known())
    assert "no launch digest is known" in only(found, "evidence")


@pytest.mark.parametrize("variant", ["plain", "cvm"])
def test_a_vm_without_an_svsm_says_so(tmp_path: Path, variant: Any) -> None:  # noqa: ANN401
    found = judge(answer(tmp_path, variant), "vm1", expected(variant), known())
    assert [(thing.name, thing.status) for thing in found.things] == [("no SVSM", "verified")]
    assert found.things[0].said == vouching.NO_SVSM


def test_a_vm_that_has_an_svsm_and_should_not_is_refused(tmp_path: Path) -> None:
    found = judge(answer(tmp_path), "vm1", expected("plain"), known())
    assert "svsm-measure ended with 0, not 3, in a plain VM" in only(found, "no SVSM")


def test_a_tool_that_fails_is_no_answer(tmp_path: Path) -> None:
    failed: dict[str, bytes | None] = {"query.exit": b"1\n", "query.said": b"the device is broken"}
    for variant, name in (("plain", "no SVSM"), ("svsm", "memory")):
        files = answer(tmp_path / variant, "plain", others=failed)
        said = only(judge(files, "vm1", expected(variant), known()), name)  # type: ignore[arg-type]
        assert "ended with 1" in said
        assert "the device is broken" in said


def test_an_svsm_that_does_not_measure_is_refused_with_the_way_out(tmp_path: Path) -> None:
    found = judge(answer(tmp_path, "plain"), "vm1", expected(), known())
    assert "testbed_measurement=false" in only(found, "memory")


def test_another_vms_answers_are_refused(tmp_path: Path) -> None:
    found = judge(answer(tmp_path, vm="vm2"), "vm1", expected(), known())
    assert only(found, "memory") == "the VM calls itself 'vm2'"


def test_the_command_line_is_what_qemu_was_given(tmp_path: Path) -> None:
    arguments = tmp_path / "qemu.args"
    arguments.write_text("# -append no\n-name vm1\n  -append a=1  b=2 \n-m 1\n")
    assert command_line(arguments) == b"a=1  b=2"
    arguments.write_text("-name vm1\n")
    with pytest.raises(TestbedError, match=r"qemu.args: it has no -append"):
        command_line(arguments)
