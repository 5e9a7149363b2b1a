"""A host from a recording: a small tree of /proc, /sys and /dev, and what programs answered.

``recorded.json`` at its top stands for all that a tree of plain files cannot:
``{"free_mib": 1000, "closed": {"/dev/kvm": "Permission denied"}, "owners": {"/dev/kvm": [0, 104,
"660"]}, "programs": {"dmesg": "/usr/bin/dmesg"}, "outputs": {"dmesg": {"status": 0, "file":
"dmesg.txt"}}}``. An output is given as ``text`` or names a ``file`` beside the recording. What
``like`` and ``files`` say is in the module ``unpacking``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .host import Host, Output, Owner
from .unpacking import unpack

if TYPE_CHECKING:
    from pathlib import Path


class RecordedHost(Host):
    """A host as it was when it was recorded; it runs no program and opens no device."""

    def __init__(self, root: Path) -> None:
        """Read the recording below `root`.

        Raises:
            ValueError: there is no readable ``recorded.json``.
        """
        self.record, self._tree = unpack(root)
        super().__init__(self._tree.path)

    def open_problem(self, device: str) -> str:
        """As recorded; a device that is not in the tree does not exist."""
        if not self.exists(device):
            return "No such file or directory"
        return str(self.record.get("closed", {}).get(device, ""))

    def owner(self, path: str) -> Owner | None:
        """As recorded; where nobody recorded it, root's alone."""
        if not self.exists(path):
            return None
        uid, gid, mode = self.record.get("owners", {}).get(path, (0, 0, "600"))
        return Owner(uid, gid, int(mode, 8))

    def free_mib(self, path: str) -> int:  # noqa: ARG002  # recorded for the one state folder
        """As recorded, in MiB."""
        return int(self.record["free_mib"])

    def user(self) -> tuple[str, int]:
        """As recorded: root unless another was."""
        return str(self.record.get("user", "root")), int(self.record.get("uid", 0))

    def which(self, program: str) -> str | None:
        """As recorded; a path stands for itself if it was recorded as some program's."""
        programs: dict[str, str] = self.record.get("programs", {})
        return program if program in programs.values() else programs.get(program)

    def run(self, argv: list[str]) -> Output:
        """As recorded under the command line, the program's folder left out."""
        name = argv[0].rsplit("/", 1)[-1]
        answer = self.record.get("outputs", {}).get(" ".join([name, *argv[1:]]))
        if answer is None:
            return Output(127, f"not recorded: {' '.join(argv)}")
        text = answer["text"] if "text" in answer else self.read(answer["file"]) or ""
        return Output(int(answer.get("status", 0)), text, text)
