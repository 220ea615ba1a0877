"""The records of a run as people handle them: columns, Arrow, pandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .records import ADDRESS_USES, NEVER, PASS_KINDS, POD_OUTCOMES, TABLES, UNSERVED_REASONS, Names
from .steps import Ints, Rows

if TYPE_CHECKING:
    import pandas as pd

NAMED = {
    "workload": "workloads",
    "node": "nodes",
    "group": "groups",
    "subnet": "subnets",
    "action": "actions",
    "code": "codes",
    "tenant": "tenants",
}
"""Columns that hold numbers into a list of `Names`."""

FIXED = {
    "outcome": POD_OUTCOMES,
    "reason": UNSERVED_REASONS,
    "kind": PASS_KINDS,
    "use": ADDRESS_USES,
}
FLAGS = ("host_network", "deadline_missed")
MAY_LACK = {
    "pods": (
        *("node", "bound_ms", "first_add_ms", "address_ms"),
        *("running_ms", "ended_ms", "released_ms"),
    ),
    "ec2_calls": ("tokens", "eni"),
    "pool": (),
    "subnets": ("node",),
    "nodes": ("started_ms", "ready_ms", "cordoned_ms", "terminated_ms"),
    "launch_failures": (),
    "passes": ("end_ms",),
    "tenants": (),
    "addresses": ("node",),
    "overlay": (),
    "branch_enis": (),
}
"""Columns of each table in which -1 stands for nothing."""

SHOWN_ROWS = 10


def texts_of(column: str, names: Names) -> Sequence[str] | None:
    """What the numbers of a column stand for; None if they are just numbers."""
    if column in NAMED:
        texts: list[str] = getattr(names, NAMED[column])
        return texts
    return FIXED.get(column)


@dataclass(frozen=True, eq=False)
class Records:
    """One table of event records, sorted by its first time and then in order of appearance.

    Attributes:
        name: one of `sim.results.records.TABLES`.
        matrix: shape (rows, columns), 64-bit integers: times in milliseconds, names as numbers
            into ``names``, -1 for what is not there.
        names: what the numbers stand for.
    """

    name: str
    matrix: Ints
    names: Names

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return TABLES[self.name]

    @property
    def times(self) -> Ints:
        """The column that it is sorted by: its first time."""
        return self[next(column for column in self.columns if column.endswith("_ms"))]

    def __len__(self) -> int:
        return len(self.matrix)

    def __getitem__(self, column: str) -> Ints:
        """A column's numbers, as in ``matrix``."""
        return self.matrix[:, self.columns.index(column)]

    def only(self, rows: Rows) -> Records:
        """Some of the rows."""
        return Records(self.name, self.matrix[rows], self.names)

    def texts(self, column: str) -> Sequence[str] | None:
        """What the numbers of a column stand for; None if they are just numbers."""
        return texts_of(column, self.names)

    def to_arrow(self) -> Any:
        """The table as a `pyarrow.Table`.

        Times are int64 milliseconds, names dictionary-encoded texts, flags booleans, all else
        int32; what is not there is null.
        """
        from .arrow import arrow_table

        return arrow_table(self)

    def to_pandas(self) -> pd.DataFrame:
        """The table as a `pandas.DataFrame`.

        Names become categoricals. Columns in which something may be missing have pandas' nullable
        integer type, whether or not anything is, and NA where it is.
        """
        import pandas as pd

        return pd.DataFrame({column: self._pandas_column(column) for column in self.columns})

    def _pandas_column(self, column: str) -> Any:
        import pandas as pd

        numbers, texts = self[column], self.texts(column)
        if texts is not None:
            return pd.Categorical.from_codes(numbers, pd.Index(list(texts)))
        if column in FLAGS:
            return numbers.astype(bool)
        numbers = numbers if column.endswith("_ms") else numbers.astype(np.int32)
        is_nullable = column in MAY_LACK[self.name]
        return pd.arrays.IntegerArray(numbers.copy(), numbers == NEVER) if is_nullable else numbers

    def _repr_html_(self) -> str:
        head = self.only(slice(SHOWN_ROWS)).to_pandas()
        rows = f"<p>{len(self):,} rows, the first {len(head)} of them:</p>" if len(head) else ""
        return rows + head.to_html(border=0)


def sorted_records(matrices: Mapping[str, Ints], names: Names) -> dict[str, Records]:
    """Tables from their rows in order of appearance, by name, each sorted by time."""
    return {name: sorted_table(name, matrix, names) for name, matrix in matrices.items()}


def sorted_table(name: str, matrix: Ints, names: Names) -> Records:
    """A table from its rows in order of appearance."""
    records = Records(name, matrix, names)
    if np.any(np.diff(records.times) < 0):
        records = records.only(np.argsort(records.times, kind="stable"))
    return records
