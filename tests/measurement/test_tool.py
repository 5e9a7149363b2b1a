"""The guest's tool against a fake device: what it asks, what it writes, what it says."""

from __future__ import annotations

import lzma
import os
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from pyrunner.attestation.certificates import read_certificate
from pyrunner.attestation.verify import Anchors
from pyrunner.measurement.verify import Wanted, verify
from tests.builders import snp_chains
from tests.faults.disks import fill, small_disk
from tests.measurement import tool, vectors
from tests.measurement.tool import KERNEL, NONCE, PHYS, PROCESS, Guest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IOMEM: Final = b"""\
00001000-0009fbff : System RAM
00100000-3fffffff : System RAM
  01000000-01e00fff : Kernel code
  02000000-027d6fff : Kernel rodata
  02800000-02f5f5ff : Kernel data
"""
TABLE: Final = "/sys/firmware/acpi/tables/SVME"
RELEASE: Final = os.uname().release
MODULES: Final = f"/usr/lib/modules/{RELEASE}"


@pytest.fixture(scope="module", params=tool.FLAVOURS)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tool, once as it is and once with the compiler's sanitizers."""
    return tool.build(tmp_path_factory.mktemp("tool"), request.param)


@pytest.fixture
def guest(program: Path, tmp_path: Path) -> Guest:
    """A guest with an SVSM."""
    found = Guest(tmp_path, program)
    found.file("/proc/iomem", IOMEM)
    return found


@pytest.fixture(scope="module")
def module_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], tuple[bytes, bytes]]:
    """Make a module's file with that many bytes of text; gives it and its build ID's note."""
    folder = tmp_path_factory.mktemp("modules")

    def make(size: int) -> tuple[bytes, bytes]:
        (folder / "m.s").write_text(f'.text\n.skip {size}, 0x90\n.section .data\n.ascii "data"\n')
        for words in (
            ["gcc", "-c", "m.s", "-o", "m.o"],
            ["ld", "-r", "--build-id=sha1", "-o", "m.ko", "m.o"],
            ["objcopy", "-O", "binary", "-j", ".note.gnu.build-id", "m.ko", "note"],
        ):
            # In a linked-again object notes are not allocated, and so not copied, by default.
            more = (
                ["--set-section-flags", ".note.gnu.build-id=alloc"] if words[-1] == "note" else []
            )
            subprocess.run([words[0], *more, *words[1:]], cwd=folder, check=True)
        return (folder / "m.ko").read_bytes(), (folder / "note").read_bytes()

    return make


def load(guest: Guest, name: str, path: str, raw: bytes, note: bytes) -> None:
    """Install a module's file and have it loaded."""
    guest.file(f"{MODULES}/{path}", raw)
    guest.file(
        f"{MODULES}/modules.dep", f"kernel/a.ko: kernel/b.ko\n{path}: kernel/a.ko\n".encode()
    )
    guest.file(f"/sys/module/{name}/sections/.text", b"0xffffffffc0412000\n")
    guest.file(f"/sys/module/{name}/notes/.note.gnu.build-id", note)


def test_what_the_svsm_offers(guest: Guest) -> None:
    guest.device("offers", tool.offers(features=tool.RESUMABLE))
    ended = guest.run("query")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        *("protocol=0x80004d53", "version=1", "algorithms=sha384,sha512", "max_ranges=1024"),
        *("max_call_bytes=262144", "max_pages=4096", "vmpl=2", "resumable=yes"),
    ]


def test_evidence_that_verifies(guest: Guest) -> None:
    guest.record("kernel-text", [(0x1000000, 0xE01000)])
    guest.record("process:4711:7f0012345000:3000", [(0x5000, 0x1000), (0x9000, 0x2000)])
    guest.record("phys:100000:1003", [(0x100000, 0x1003)])
    guest.file(TABLE, tool.acpi_table(firmware_entries()))
    ended = guest.measure(
        *("kernel-text", "process", "4711", "7f0012345000-7f0012348000"),
        *("phys", "0x100000", "1003"),
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert guest.output.stat().st_mode & 0o777 == 0o600
    root = read_certificate(snp_chains.root(), "root")
    verdict = verify(
        guest.output.read_bytes(),
        Anchors(at=snp_chains.NOW, root=root),
        Wanted(nonce=NONCE, launch_digest=tool.LAUNCH_DIGEST),
    )
    assert (verdict.failures, verdict.emulated) == ((), True)
    assert verdict.evidence is not None
    assert [each.purpose.text for each in verdict.evidence.entries] == [
        *("firmware:kernel", "firmware:initrd", "firmware:cmdline"),
        *("kernel-text", "process:4711:7f0012345000:3000", "phys:100000:1003"),
    ]


def test_evidence_is_the_vectors(guest: Guest) -> None:
    """Byte for byte what the other implementation makes of the same answers."""
    blocks = vectors.blocks()
    host = blocks["key evidence with certificates"]
    table = host["host_table"]
    assert isinstance(table, bytes)
    report = host["report"]
    assert isinstance(report, bytes)
    nonce = vectors.nonce_for("key")
    guest.device("key", vectors.key_evidence(vectors.public_key(), nonce, report, table))
    for name in vectors.IN_EVIDENCE[3:]:
        case = vectors.CASES[name]
        guest.device(f"record-{vectors.nonce_for(case.purpose)[:8].hex()}", case.pack())
    raw, note = raw_module()
    load(guest, "svsm_measure", "extra/svsm_measure.ko", raw, note)
    guest.file(TABLE, tool.acpi_table(firmware_entries()))
    ended = guest.measure("kernel-text", "kernel-rodata", "module", "svsm-measure")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert guest.output.read_bytes() == blocks["evidence"]["file"]


def raw_module() -> tuple[bytes, bytes]:
    """A module's file by hand: text of 0x123 bytes and a build ID's note."""
    names = b"\0.text\0.note.gnu.build-id\0.shstrtab\0"
    note = b"\4\0\0\0\4\0\0\0\3\0\0\0GNU\0\1\2\3\4"
    text = bytes(0x123)
    body = text + note + names
    sections = [
        (0, 0, 0, 0),
        (names.index(b".text"), 1, 64, len(text)),
        (names.index(b".note"), 7, 64 + len(text), len(note)),
        (names.index(b".shstrtab"), 3, 64 + len(text) + len(note), len(names)),
    ]
    head = bytearray(64)
    head[:6] = b"\x7fELF\2\1"
    head[18:20] = (62).to_bytes(2, "little")
    head[40:48] = (64 + len(body)).to_bytes(8, "little")
    for at, value in ((58, 64), (60, len(sections)), (62, 3)):
        head[at : at + 2] = value.to_bytes(2, "little")
    table = b"".join(
        name.to_bytes(4, "little") + kind.to_bytes(4, "little") + bytes(16)
        + offset.to_bytes(8, "little") + size.to_bytes(8, "little") + bytes(24)
        for name, kind, offset, size in sections
    )  # fmt: skip
    return bytes(head) + body + table, note


def firmware_entries() -> bytes:
    """What the vectors' firmware leaves."""
    found = vectors.blocks()["firmware entries"]["entries"]
    assert isinstance(found, bytes)
    return found


def nonce_digits(purpose: str) -> str:
    """How the device's log names the nonce for a purpose."""
    return vectors.nonce_for(purpose)[:8].hex()


def test_what_is_asked_of_the_device(guest: Guest) -> None:
    guest.device("any-record", vectors.CASES["one byte"].pack())
    things = (
        "kernel-text",
        "kernel-rodata",
        "process",
        "4711",
        "0x7f00-7f01",
        "phys",
        "FFF",
        "0x2",
    )
    assert guest.measure(*things, "--algorithm", "sha512").returncode == 0
    assert guest.log == [
        "query",
        f"key {nonce_digits('key')}",
        f"measure {PHYS} 0 1000000 e01000 2 {nonce_digits('kernel-text')}",
        f"measure {PHYS} 0 2000000 7d7000 2 {nonce_digits('kernel-rodata')}",
        f"measure {PROCESS} 4711 7f00 1 2 {nonce_digits('process:4711:7f00:1')}",
        f"measure {PHYS} 0 fff 2 2 {nonce_digits('phys:fff:2')}",
    ]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "xz"])
def test_text_of_a_module_is_as_long_as_its_file_says(
    guest: Guest, module_file: Callable[[int], tuple[bytes, bytes]], *, packed: bool
) -> None:
    raw, note = module_file(0x1235)
    content, end = (lzma.compress(raw, check=lzma.CHECK_CRC32), ".xz") if packed else (raw, "")
    load(guest, "some_thing", f"kernel/fs/some-thing.ko{end}", content, note)
    guest.record("module:some_thing", [(0x7000, 0x1235)])
    assert guest.measure("module", "some-thing").returncode == 0
    nonce = nonce_digits("module:some_thing")
    assert guest.log[-1] == f"measure {KERNEL} 0 ffffffffc0412000 1235 1 {nonce}"


def test_a_module_that_cannot_be_measured(
    guest: Guest, module_file: Callable[[int], tuple[bytes, bytes]]
) -> None:
    guest.fails("module ext4 is not loaded: modprobe ext4", "module", "ext4")
    raw, note = module_file(16)
    load(guest, "one", "one.ko", raw, module_file(32)[1])
    guest.fails("loaded from another file than modprobe knows", "module", "one")
    load(guest, "one", "one.ko", raw[:-100], note)
    guest.fails("has no text", "module", "one")
    load(guest, "one", "one.ko.xz", lzma.compress(raw)[:-40], note)
    guest.fails("one.ko.xz is damaged", "module", "one")
    load(guest, "one", "one.ko.zst", raw, note)
    guest.fails("neither plain nor packed by xz", "module", "one")
    load(guest, "one", "other_one.ko", raw, note)
    guest.fails("has no module one, whose file", "module", "one")
    guest.file("/sys/module/one/sections/.text", b"0x0000000000000000\n")
    guest.fails("tells no address", "module", "one")
    assert [line for line in guest.log if line.startswith("measure")] == []


def test_too_much_for_one_request_is_measured_in_parts(guest: Guest) -> None:
    guest.device("fits", "4096")
    name = "process:7:1000:2345"
    for number, length in enumerate((0x1000, 0x1000, 0x345), start=1):
        guest.record(f"{name}/{number}", [(0x10000 * number, length)])
    assert guest.measure("process", "7", "1000-3345").returncode == 0
    purposes = [f"{name}{end}" for end in ("", "/1", "/1", "/2", "/2", "/3")]
    ranges = ["1000 2345", "1000 2345", "1000 1000", "2000 1345", "2000 1000", "3000 345"]
    assert guest.log[2:] == [
        f"measure {PROCESS} 7 {each} 1 {nonce_digits(purpose)}"
        for purpose, each in zip(purposes, ranges, strict=True)
    ]
    written = guest.output.read_bytes()
    assert [written.count(f"{name}/{number}".encode()) for number in range(1, 5)] == [1, 1, 1, 0]
    assert int.from_bytes(written[0x0A:0x0C], "little") == 3


def test_what_the_svsm_dropped_is_measured_again(guest: Guest) -> None:
    guest.record("phys:0:1", [(0, 1)])
    guest.device("error-measure", "11 80001007 0 2")
    assert guest.measure("phys", "0", "1").returncode == 0
    assert len([line for line in guest.log if line.startswith("measure")]) == 3
    guest.output.unlink()
    guest.device("error-measure", "11 80001007 0")
    guest.fails("again and again; measure less at once", "phys", "0", "1")


REFUSED_RANGE: Final = (
    "phys:fee00000:1000, guest-physical addresses 0xfee00000 to 0xfee00fff, is not measured (the "
    "SVSM: 0x80001003, range 2 of guest-physical memory): some of it is not guest memory"
)


@pytest.mark.parametrize(
    ("fault", "words", "says"),
    [
        (
            "6 80001003 2",
            "phys fee00000 1000",
            REFUSED_RANGE,
        ),
        ("13 80001004 0", "phys 1000 1000", "shared with the host or was never accepted"),
        ("22 80001002 1", "process 7 1000-3000", "the same page is at two places of it"),
        ("3", "process 7 1000-3000", "no such process: it has ended"),
        ("14", "process 7 1000-3000", "see /proc/PID/maps"),
        ("14", "kernel-text", "some of it is not mapped"),
        ("12 80001009 0", "kernel-text", "there is not enough memory"),
        ("71 80000005 0", "kernel-text", "please report it"),
        ("95 80000002 0", "kernel-text", "does not have this call"),
        ("16 80000007 0", "kernel-text", "try again"),
        ("4", "kernel-text", "interrupted"),
        ("7", "kernel-text", "cannot be split"),
        ("5", "kernel-text", "Input/output error"),
    ],
)
def test_refusals_are_sentences(guest: Guest, fault: str, words: str, says: str) -> None:
    guest.device("error-measure", fault)
    guest.fails(says, *words.split())


def test_there_is_no_svsm(guest: Guest) -> None:
    (guest.folder / "device" / "offers").unlink()
    guest.refuses(1, "no /dev/svsm-measure: modprobe svsm_measure", "query")
    guest.file("/sys/devices/system/cpu/sev/vmpl", b"0\n")
    guest.refuses(3, "no SVSM: this guest runs at VMPL 0", "query")
    (guest.folder / "root/sys/devices/system/cpu/sev/vmpl").unlink()
    guest.refuses(3, "no SVSM: this is no guest with SEV-SNP", "query")
    guest.refuses(3, "no SVSM", "kernel-text", "--nonce", NONCE.hex(), "-o", guest.output)
    guest.refuses(3, "no SVSM", "bench", "--sizes", "4KiB")
    guest.device("error-open", "13")
    guest.refuses(1, "run this as root", "query")


def test_the_svsm_does_not_measure(guest: Guest) -> None:
    guest.device("error-query", "95 80000001 0")
    guest.refuses(3, "the SVSM has no protocol", "query")
    guest.device("error-query", "25")
    guest.refuses(1, "install both from one build", "query")
    (guest.folder / "device/error-query").unlink()
    guest.device("offers", tool.offers(abi=2))
    guest.refuses(1, "install both from one build", "query")
    guest.device("offers", tool.offers(algorithms=0b10))
    words = ("--nonce", NONCE.hex(), "-o", guest.output, "--algorithm", "sha512")
    guest.refuses(1, "this SVSM has no sha512", "kernel-text", *words)


GOOD: Final = ("--nonce", NONCE.hex(), "-o", "evidence")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "nothing to do"),
        (("kernel",), '"kernel" is nothing that can be measured; there are kernel-text'),
        (("kernel-text", "-o", "x"), "--nonce is missing"),
        (("kernel-text", "--nonce", NONCE.hex()), "-o is missing"),
        (("kernel-text", "--nonce", "00", "-o", "x"), "--nonce has 2 characters"),
        (("kernel-text", "--nonce", "0g" * 64, "-o", "x"), "character 2 is no hexadecimal digit"),
        (("kernel-text", *GOOD, "--algorithm", "md5"), "--algorithm md5: there are sha384"),
        (("kernel-text", *GOOD, "--sizes", "1"), "are bench's"),
        (("kernel-text", *GOOD, "--frimware"), "see svsm-measure --help"),
        (("kernel-text", "kernel-text", *GOOD), "kernel-text is named twice"),
        (("phys", "1", "1", "phys", "0x1", "01", *GOOD), "phys:1:1 is named twice"),
        (("module", *GOOD), 'module: it is "module NAME"'),
        (("module", "../../etc", *GOOD), "is no name of a module"),
        (("module", "a" * 64, *GOOD), "is no name of a module"),
        (("process", "1", *GOOD), 'it is "process PID START-END"'),
        (("process", "0", "1-2", *GOOD), "process 0: no process has this number"),
        (("process", "x", "1-2", *GOOD), "process x: no process has this number"),
        (("process", "1", "1+2", *GOOD), "START-END are hexadecimal addresses"),
        (("process", "1", "1-2-3", *GOOD), "START-END are hexadecimal addresses"),
        (("process", "1", "1-10000000000000000", *GOOD), "START-END are hexadecimal addresses"),
        (("process", "1", "2-2", *GOOD), "there is nothing in it"),
        (("process", "1", "3-2", *GOOD), "there is nothing in it"),
        (("phys", "1", *GOOD), 'it is "phys ADDR LEN"'),
        (("phys", "1", "4k", *GOOD), "are hexadecimal numbers"),
        (("phys", "1", "", *GOOD), "are hexadecimal numbers"),
        (("phys", "1", "0", *GOOD), "there is nothing in it"),
        (("phys", "ffffffffffffffff", "2", *GOOD), "goes beyond the last address"),
        (("query", "more"), 'query takes no "more"'),
        (("query", *GOOD), "query takes no options"),
        (("bench",), "--sizes is missing"),
        (("bench", "--sizes", ""), "--sizes names none"),
        (("bench", "--sizes", "4KiB,"), "ends in a comma"),
        (("bench", "--sizes", "4KiB,,1"), '"" is no size'),
        (("bench", "--sizes", "4kB"), '"4kB" is no size'),
        (("bench", "--sizes", "0"), '"0" is no size'),
        (("bench", "--sizes", "2GiB"), "up to 1GiB"),
        (("bench", "--sizes", "99999999999999999999"), "up to 1GiB"),
        (("bench", "--sizes", "1", "--repeats", "0"), "--repeats 0"),
        (("bench", "--sizes", "1", "--repeats", "-1"), "--repeats -1"),
        (("bench", "--sizes", "1", "--repeats", "2x"), "--repeats 2x"),
        (("bench", "--sizes", "1", *GOOD), "bench writes no evidence"),
    ],
)
def test_wrong_use(guest: Guest, words: tuple[str, ...], says: str) -> None:
    guest.refuses(2, says, *words)
    assert guest.log == []


def test_help(guest: Guest) -> None:
    ended = guest.run("--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    for part in ("query", "kernel-text", "process PID START-END", "--sizes", "Exit status"):
        assert part in ended.stdout


def test_certificates_are_those_that_a_verifier_needs(guest: Guest) -> None:
    mine = tool.chain()
    table = host_table(
        [("ARK", mine["ARK"]), ("CRL", b"a list"), ("VLEK", b"unused"), ("VCEK", mine["VCEK"]),
         ("ASK", mine["ASK"])],
        gap=100,
    )  # fmt: skip
    guest.device("key", tool.key_evidence(table + bytes(5000)))
    guest.record("phys:0:1", [(0, 1)])
    assert guest.measure("phys", "0", "1").returncode == 0
    in_order = {name: mine[name] for name in ("ARK", "VCEK", "ASK")}
    wanted = tool.key_evidence(vectors.certificate_table(in_order))
    found = guest.output.read_bytes()[0x18 : 0x18 + len(wanted)]
    assert found[0x550:] == wanted[0x550:]
    assert found[: 0x0C + 4] == wanted[: 0x0C + 4]
    assert guest.output.read_bytes()[0x0C:0x10] == len(wanted).to_bytes(4, "little")


def host_table(certificates: list[tuple[str, bytes]], gap: int = 0) -> bytes:
    """A table as some host may have it: any names, and ``gap`` bytes before each certificate."""
    head, body = b"", b""
    for name, content in certificates:
        body += b"\xee" * gap
        offset = 24 * (len(certificates) + 1) + len(body)
        head += vectors.GUIDS.get(name, b"\x77" * 16)
        head += offset.to_bytes(4, "little") + len(content).to_bytes(4, "little")
        body += content
    return head + bytes(24) + body


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (host_table([("VCEK", b"1"), ("ASK", b"2")]), "the host gave no ARK"),
        (host_table([("VLEK", b"1"), ("ASK", b"2"), ("ARK", b"3")]), "the host gave no VCEK"),
        (host_table([("ASK", b"1"), ("ASK", b"2")]), "names ASK twice"),
        (host_table([("VCEK", b"")]), "ends before its VCEK does"),
        (host_table([("VCEK", b"123")])[:-1], "ends before its VCEK does"),
        (vectors.GUIDS["VCEK"] + b"\0\0\0\0\3\0\0\0", "has no end"),
        (vectors.GUIDS["VCEK"] + b"\xf0\xff\xff\xff\x20\0\0\0" + bytes(24), "ends before its VCEK"),
        (b"\0" * 23, "has no end"),
    ],
    ids=range(8),
)
def test_certificates_that_are_of_no_use(guest: Guest, table: bytes, says: str) -> None:
    guest.device("key", tool.key_evidence(table))
    guest.fails(says, "kernel-text")


def test_a_report_signed_with_a_vlek_goes_with_it(guest: Guest) -> None:
    table = host_table([(name, name.encode()) for name in ("VCEK", "VLEK", "ASK", "ARK")])
    evidence = bytearray(tool.key_evidence(table))
    evidence[0xB0 + 0x48] = 1 << 2
    guest.device("key", bytes(evidence))
    guest.record("phys:0:1", [(0, 1)])
    assert guest.measure("phys", "0", "1").returncode == 0
    kept = {name: name.encode() for name in ("VLEK", "ASK", "ARK")}
    assert vectors.certificate_table(kept) in guest.output.read_bytes()
    assert vectors.GUIDS["VCEK"] not in guest.output.read_bytes()


@pytest.mark.parametrize("kind", ["refused", "empty table", "only others"])
def test_a_host_without_certificates(guest: Guest, kind: str) -> None:
    """Evidence goes without: the verifier can get them from AMD."""
    bare = tool.key_evidence(b"")
    guest.device("key-bare", bare)
    if kind == "refused":
        guest.device("error-key", "121 80001008 0 1")
    else:
        guest.device(
            "key", tool.key_evidence(host_table([("CRL", b"1")] * (kind != "empty table")))
        )
    guest.record("phys:0:1", [(0, 1)])
    ended = guest.measure("phys", "0", "1")
    assert ended.returncode == 0
    assert "the host gives no certificates" in ended.stderr
    written = guest.output.read_bytes()
    assert written[0x0C:0x10] == (0x550).to_bytes(4, "little")
    assert written[0x18 : 0x18 + 0xB0] == bare[:0xB0]


def test_there_is_no_report(guest: Guest) -> None:
    guest.device("error-key", "121 80001008 0")
    guest.fails("no key evidence (the SVSM: 0x80001008): the secure processor", "kernel-text")
    (guest.folder / "device/error-key").unlink()
    guest.device("key", b"SVSMMKEY")
    guest.fails("is no key evidence (8 bytes)", "kernel-text")


def damaged(change: Callable[[bytearray], None]) -> bytes:
    """The firmware's table, with a change and a right checksum."""
    table = bytearray(tool.acpi_table(firmware_entries()))
    change(table)
    table[9] = (table[9] - sum(table)) & 0xFF
    return bytes(table)


def put(at: int, value: bytes) -> Callable[[bytearray], None]:
    """A change: these bytes there."""

    def change(table: bytearray) -> None:
        table[at : at + len(value)] = value

    return change


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (b"SVME", "is no ACPI table SVME"),
        (tool.acpi_table(b"", signature=b"SVMF"), "is no ACPI table SVME"),
        (tool.acpi_table(firmware_entries(), revision=2), "has revision 2"),
        (tool.acpi_table(firmware_entries()) + b"\0", "its header says"),
        (tool.acpi_table(firmware_entries())[:-1], "its header says"),
        (tool.acpi_table(firmware_entries())[:-1] + b"\xff", "has a wrong checksum"),
        (tool.acpi_table(firmware_entries() + b"\1"), "entry 4, at byte"),
        (tool.acpi_table(firmware_entries()[:-1]), "entry 3, at byte"),
        (tool.acpi_table(firmware_entries() + vectors.entry("kernel-text", b"")), "entry 4"),
        (tool.acpi_table(vectors.entry("firmware:", b"")), "entry 1, at byte 36"),
        (tool.acpi_table(vectors.entry("firmware:a b", b"")), "entry 1, at byte 36"),
        (damaged(put(36, b"\xff\xff")), "entry 1, at byte 36, is damaged"),
        (damaged(put(36, b"\0\0")), "entry 1, at byte 36, is damaged"),
        (damaged(put(53, b"\xff\xff\xff\xff")), "entry 1, at byte 36, is damaged"),
        (damaged(put(57 + 0x0C, b"\xff\xff\xff\xff")), "entry 1, at byte 36, is damaged"),
        (damaged(put(57 + 8, b"\2")), "entry 1, at byte 36, is damaged"),
        (damaged(put(57, b"X")), "entry 1, at byte 36, is damaged"),
    ],
    ids=range(17),
)
def test_damaged_entries_of_the_firmware(guest: Guest, table: bytes, says: str) -> None:
    guest.file(TABLE, table)
    guest.fails(says, "kernel-text")
    guest.fails("--no-firmware", "kernel-text")
    guest.record("kernel-text", [(0x1000000, 0xE01000)])
    assert guest.measure("kernel-text", "--no-firmware").returncode == 0
    assert b"firmware:" not in guest.output.read_bytes()


def test_an_empty_table_of_the_firmware_is_none(guest: Guest) -> None:
    guest.file(TABLE, tool.acpi_table(b""))
    guest.record("kernel-text", [(0x1000000, 0xE01000)])
    assert guest.measure("kernel-text").returncode == 0
    assert guest.output.read_bytes()[0x0A:0x0C] == b"\1\0"


def test_addresses_of_the_kernel_that_are_hidden_or_missing(guest: Guest) -> None:
    guest.file(
        "/proc/iomem", b"00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n"
    )
    guest.fails("/proc/iomem hides its addresses", "kernel-text")
    guest.fails('/proc/iomem has no "Kernel rodata"', "kernel-rodata")
    guest.file("/proc/iomem", b"01000000-01ffffff : Kernel code\0")
    guest.fails("cannot read /proc/iomem", "kernel-text")


def test_what_was_there_stays_until_all_is_written(guest: Guest) -> None:
    guest.output.write_text("before")
    guest.device("error-measure", "5")
    assert guest.measure("kernel-text").returncode == 1
    assert guest.output.read_text() == "before"
    (guest.folder / "device/error-measure").unlink()
    guest.record("kernel-text", [(0x1000000, 0xE01000)])
    assert guest.measure("kernel-text").returncode == 0
    assert guest.output.read_bytes().startswith(b"SVSMEVID")
    assert list(guest.folder.glob("evidence*")) == [guest.output]


def test_places_that_cannot_be_written_to(guest: Guest) -> None:
    guest.record("kernel-text", [(0x1000000, 0xE01000)])
    words = ("kernel-text", "--nonce", NONCE.hex(), "-o")
    missing = guest.folder / "missing" / "evidence"
    guest.refuses(1, f"{missing} cannot be written: No such file", *words, missing)
    guest.refuses(1, "make the folder first", *words, missing)
    guest.output.mkdir()
    ended = guest.run(*words, guest.output)
    assert (ended.returncode, "-o wants the name of a file" in ended.stderr) == (1, True)
    assert list(guest.folder.glob("evidence*")) == [guest.output]


def test_a_full_disk_leaves_nothing(guest: Guest, tmp_path: Path) -> None:
    guest.record("kernel-text", [(0x1000000, 0xE01000)])
    words = ("kernel-text", "--nonce", NONCE.hex(), "-o")
    with small_disk(tmp_path / "disk", 64) as disk:
        ballast = fill(disk)
        guest.refuses(1, "No space left on device; make room there", *words, disk / "evidence")
        assert list(disk.iterdir()) == [ballast]


def test_timing(guest: Guest) -> None:
    guest.device("any-record", vectors.CASES["one byte"].pack())
    guest.device("offers", tool.offers(features=tool.RESUMABLE))
    ended = guest.run("bench", "--sizes", "1,4KiB,1MiB", "--repeats", "2")
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = [line.split(",") for line in ended.stdout.splitlines()]
    assert lines[0] == [
        *("size_bytes", "repeat", "algorithm", "svsm_seconds", "svsm_calls", "plain_seconds")
    ]
    sizes = [1, 1, 4096, 4096, 1 << 20, 1 << 20]
    assert [line[:3] for line in lines[1:]] == [
        [str(size), str(1 + at % 2), "sha512"] for at, size in enumerate(sizes)
    ]
    assert [float(line[3]) for line in lines[1:]] == pytest.approx(
        [(1000 + size) / 1e9 for size in sizes]
    )
    assert [line[4] for line in lines[1:]] == ["1", "1", "1", "1", "5", "5"]
    assert all(0 <= float(line[5]) < 10 for line in lines[1:])
    assert all(line.split()[1] == str(PROCESS) for line in guest.log[1:])


def test_timing_where_the_kernel_repeats_calls_and_a_size_takes_parts(guest: Guest) -> None:
    guest.device("any-record", vectors.CASES["one byte"].pack())
    guest.device("fits", str(384 << 10))
    words = ("bench", "--sizes", "1MiB", "--repeats", "1", "--algorithm", "sha384")
    ended = guest.run(*words)
    assert ended.returncode == 0
    fields = ended.stdout.splitlines()[1].split(",")
    assert fields[:3] == ["1048576", "1", "sha384"]
    assert float(fields[3]) == pytest.approx((3 * 1000 + 1048576) / 1e9)
    assert fields[4] == "5"  # two of 384 KiB take two each


def test_timing_ends_with_the_first_failure(guest: Guest) -> None:
    guest.device("error-measure", "13 80001004 0")
    ended = guest.run("bench", "--sizes", "4KiB")
    assert ended.returncode == 1
    assert ended.stdout.count("\n") == 1
    assert "bench, process's addresses" in ended.stderr
