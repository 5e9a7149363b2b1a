"""Talk to a QEMU through its QMP socket (QEMU, docs/interop/qmp-spec.rst)."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

from .errors import FleetError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

SECONDS = 60.0


class Qmp:
    """A connection; QEMU serves one at a time and waits for the next when it is closed."""

    def __init__(self, path: Path) -> None:
        """Connect to the socket at `path` and leave the negotiation behind.

        Raises:
            FleetError: nobody answers there as QEMU does.
        """
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS)
        try:
            self.socket.connect(str(path))
        except OSError as error:
            self.socket.close()
            raise FleetError(f"{path}: QEMU does not answer: {error.strerror}") from error
        self.stream = self.socket.makefile("rw", encoding="utf-8")
        self._read()  # the greeting
        self.execute("qmp_capabilities")

    def execute(self, command: str) -> Any:  # noqa: ANN401  # what it returns is the command's own
        """Run a command and return its answer; events on the way are nobody's business.

        Raises:
            FleetError: QEMU refuses it, or is gone.
        """
        try:
            self.stream.write(json.dumps({"execute": command}) + "\n")
            self.stream.flush()
        except OSError as error:
            raise FleetError(f"{self.path}: QEMU is gone: {error.strerror}") from error
        while True:
            answer = self._read()
            if "error" in answer:
                raise FleetError(f"{self.path}: {command}: {answer['error'].get('desc')}")
            if "return" in answer:
                return answer["return"]

    def _read(self) -> dict[str, Any]:
        """The next message."""
        try:
            line = self.stream.readline()
        except OSError as error:
            raise FleetError(f"{self.path}: QEMU does not answer: {error}") from error
        if not line:
            raise FleetError(f"{self.path}: QEMU has hung up")
        message: dict[str, Any] = json.loads(line)
        return message

    def __enter__(self) -> Self:
        """Nothing to do: it is connected."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hang up."""
        self.stream.close()
        self.socket.close()
