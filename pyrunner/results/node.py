"""Reading JSON of fixed shape: what is missing or of another type is named, with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pyrunner.errors import TestbedError
from pyrunner.files import read_json
from pyrunner.model import NAME, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON object and where it stands, for example ``campaign.json: hosts.local``."""

    data: dict[str, Any]
    place: str

    @classmethod
    def read(cls, path: Path) -> Node:
        """Read a file that starts with our schema version.

        Raises:
            TestbedError: it is missing, no JSON object, or of another version.
        """
        node = cls(read_json(path), f"{path}: ")
        if node.integer("schema") != SCHEMA:
            raise TestbedError(
                f"{path}: schema {node.data['schema']}, not {SCHEMA}",
                "it was written by another version of the testbed: report with that version",
            )
        return node

    def text(self, key: str) -> str:
        """Get a string; an absent or null one is empty."""
        return self._typed(key, str, "")

    def name(self, key: str) -> str:
        """Get a string that can name a folder."""
        if not NAME.fullmatch(text := self.text(key)):
            raise self.wrong(key, "a name of letters, digits, dots, dashes and underscores")
        return text

    def integer(self, key: str) -> int:
        """Get a whole number."""
        return self._typed(key, int)

    def number(self, key: str) -> float:
        """Get a number."""
        return float(self._typed(key, (int, float)))

    def flag(self, key: str) -> bool:
        """Get true or false."""
        return self._typed(key, bool)

    def table(self, key: str) -> dict[str, Any]:
        """Get an object; an absent one is empty."""
        return self._typed(key, dict, {})

    def node(self, key: str) -> Node:
        """Get an object, with its place."""
        return Node(self._typed(key, dict), f"{self.place}{key}.")

    def nodes(self, key: str) -> Iterator[tuple[str, Node]]:
        """Get the objects in an object, by their keys."""
        inner = Node(self.table(key), f"{self.place}{key}.")
        return ((name, inner.node(name)) for name in inner.data)

    def items(self, key: str) -> Iterator[Node]:
        """Get the objects in a list; an absent list is empty."""
        inner = Node(
            {f"[{place}]": item for place, item in enumerate(self._typed(key, list, []))},
            f"{self.place}{key}",
        )
        return (inner.node(name) for name in inner.data)

    def words(self, key: str) -> tuple[str, ...]:
        """Get a list of strings; an absent one is empty."""
        words = self._typed(key, list, [])
        if not all(isinstance(each, str) for each in words):
            raise self.wrong(key, "a list of strings")
        return tuple(words)

    def integers(self, key: str) -> tuple[int, ...]:
        """Get a list of whole numbers."""
        numbers = self._typed(key, list)
        if not all(isinstance(each, int) and not isinstance(each, bool) for each in numbers):
            raise self.wrong(key, "a list of whole numbers")
        return tuple(numbers)

    def wrong(self, key: str, wanted: str) -> TestbedError:
        """Make the error for a value that is not what it should be."""
        found = repr(self.data.get(key))[:60]
        return TestbedError(f"{self.place}{key}: {wanted} is wanted, not {found}")

    def _typed(self, key: str, kind: type[T] | tuple[type[T], ...], default: T | None = None) -> T:
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            raise self.wrong(key, " or ".join(each.__name__ for each in kinds))
        return value
