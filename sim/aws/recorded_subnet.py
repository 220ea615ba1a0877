"""A subnet that writes down who takes which of its addresses."""

from __future__ import annotations

from collections.abc import Callable

from .subnets import OTHERS, PREFIX_SIZE, Subnet

NOBODYS, PRIMARY, SECONDARY, PREFIX, OF_OTHERS = range(5)
"""Uses of addresses, by their places in `sim.results.records.ADDRESS_USES`."""


def _write_nothing(*_row: int) -> None:
    pass


class RecordedSubnet(Subnet):
    """A `Subnet` of the same behaviour; see `write_to`."""

    _write: Callable[[int, int, int, int], object] = staticmethod(_write_nothing)

    def write_to(self, write: Callable[[int, int, int, int], object]) -> None:
        """Writes what others hold, and from now on each change.

        Args:
            write: takes (owner, address counted from the subnet's first, how many, use).
        """
        self._write = write
        for offset, owner in enumerate(self.owner):
            if owner == OTHERS:
                write(OTHERS, offset, 1, OF_OTHERS)

    def take_address(self, owner: int) -> int | None:
        """As `Subnet.take_address`."""
        return self._written(super().take_address(owner), owner, 1, SECONDARY)

    def take_primary_address(self, owner: int) -> int | None:
        """As `Subnet.take_primary_address`."""
        return self._written(super().take_address(owner), owner, 1, PRIMARY)

    def take_prefix(self, owner: int) -> int | None:
        """As `Subnet.take_prefix`."""
        return self._written(super().take_prefix(owner), owner, PREFIX_SIZE, PREFIX)

    def give_back(self, address: int, count: int = 1) -> None:
        """As `Subnet.give_back`."""
        owner = self.owner[address - self.first]
        super().give_back(address, count)
        self._write(owner, address - self.first, count, NOBODYS)

    def _written(self, address: int | None, owner: int, count: int, use: int) -> int | None:
        if address is not None:
            self._write(owner, address - self.first, count, use)
        return address
