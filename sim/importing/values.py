"""Data of unknown shape, read with the place of whatever is not as it has to be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.scenario.errors import InputError, Path, Problem, dotted, shown

from .quantities import parse_quantity

_NO_MAPPING = "{} where a mapping has to be"


class Value:
    """A part of a file.

    Args:
        data: plain data.
        file: where it was read from.
        place: where it stands in there, such as ``items[3] (Pod shop/cart-1)``.
        steps: keys and indices from there on.
    """

    __slots__ = ("_place", "_steps", "data", "file")

    def __init__(self, data: Any, file: str, place: str, steps: Path = ()) -> None:
        self.data = data
        self.file = file
        self._place = place
        self._steps = steps

    @property
    def place(self) -> str:
        """Where it stands in its file."""
        return (self._place + ("." if self._place else "") + dotted(self._steps)).rstrip(".")

    def error(self, message: str, remedy: str = "") -> InputError:
        """What to raise if there is something wrong here."""
        return InputError([Problem(message, self.file, path=self.place, remedy=remedy)])

    def at(self, *keys: str) -> Value:
        """What stands under a key of a mapping, or deeper; nothing if it is not there or null.

        Raises:
            InputError: something on the way is no mapping.
        """
        data = self.data
        for depth, key in enumerate(keys):
            if data is None:
                break
            if type(data) is not dict:
                raise self._step(data, keys[:depth]).error(_NO_MAPPING.format(shown(data)))
            data = data.get(key)
        return self._step(data, keys)

    def _step(self, data: Any, steps: Path) -> Value:
        return Value(data, self.file, self._place, self._steps + steps)

    def _mapping(self) -> dict[str, Any]:
        if self.data is None:
            return {}
        if type(self.data) is not dict:
            raise self.error(_NO_MAPPING.format(shown(self.data)))
        return self.data

    @property
    def is_there(self) -> bool:
        """Whether there is anything."""
        return self.data is not None

    def items(self) -> Iterator[Value]:
        """The items of a list; none if there is nothing.

        Raises:
            InputError: it is no list.
        """
        if self.data is None:
            return
        if type(self.data) is not list:
            raise self.error(f"{shown(self.data)} where a list has to be")
        for index, data in enumerate(self.data):
            yield self._step(data, (index,))

    def pairs(self) -> dict[str, str]:
        """A mapping of texts to texts, such as labels.

        Raises:
            InputError: it is none.
        """
        return {key: self.at(key).text() for key in self._mapping()}

    def names(self) -> list[str]:
        """The keys of a mapping; none if there is nothing.

        Raises:
            InputError: it is no mapping.
        """
        return list(self._mapping())

    def text(self) -> str:
        """A text; empty if there is nothing.

        Raises:
            InputError: it is something else.
        """
        if self.data is None:
            return ""
        if type(self.data) is not str:
            raise self.error(f"{shown(self.data)} where a text has to be")
        return self.data

    def needed(self) -> str:
        """A text that has to be there.

        Raises:
            InputError: it is not.
        """
        if text := self.text():
            return text
        raise self.error("is missing", "export the whole object with -o json")

    def whole(self) -> int:
        """A whole number; 0 if there is nothing.

        Raises:
            InputError: it is something else.
        """
        if self.data is None:
            return 0
        if type(self.data) is not int:
            raise self.error(f"{shown(self.data)} where a whole number has to be")
        return self.data

    def yes(self) -> bool:
        """Whether it is true; false if there is nothing.

        Raises:
            InputError: it is neither true nor false.
        """
        if self.data is not None and type(self.data) is not bool:
            raise self.error(f"{shown(self.data)} where true or false has to be")
        return bool(self.data)

    def quantity(self, unit: int) -> int:
        """A Kubernetes quantity in this many parts of one, rounded up; 0 if there is nothing.

        Raises:
            InputError: it is no quantity.
        """
        if self.data is None:
            return 0
        try:
            return parse_quantity(self.data, unit)
        except ValueError as error:
            raise self.error(str(error)) from None
