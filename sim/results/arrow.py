"""Records as Arrow tables and back, by their buffers.

pyarrow converts NumPy arrays and lists too, but imports pandas for that, which takes longer than
most runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .records import NEVER, TABLES, Names
from .steps import Ints

if TYPE_CHECKING:
    from .tables import Records

Numbers = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]


def schema_of(table: str) -> Any:
    """The columns of a table and their types."""
    return pa.schema([(column, _type(column)) for column in TABLES[table]])


def _type(column: str) -> Any:
    from .tables import FIXED, FLAGS, NAMED

    if column in NAMED or column in FIXED:
        return pa.dictionary(pa.int32(), pa.string())
    if column in FLAGS:
        return pa.bool_()
    return pa.int64() if column.endswith("_ms") else pa.int32()


def arrow_table(records: Records) -> Any:
    """Records as a `pyarrow.Table`; texts are those that occur."""
    from .tables import MAY_LACK

    columns = []
    for column in records.columns:
        numbers, texts = records[column], records.texts(column)
        may_lack = column in MAY_LACK[records.name]
        there = numbers != NEVER if may_lack else np.ones(len(numbers), bool)
        if texts is None:
            columns.append(_array(_type(column), numbers, there))
        else:
            columns.append(_dictionary(numbers, there, texts))
    return pa.Table.from_arrays(columns, schema=schema_of(records.name))


def _bits(flags: Flags) -> Any:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def _array(kind: Any, numbers: Ints, there: Flags) -> Any:
    missing = len(there) - np.count_nonzero(there)
    if pa.types.is_boolean(kind):
        data = _bits(numbers.astype(bool))
    else:
        data = pa.py_buffer(np.ascontiguousarray(numbers, _dtype(kind)))
    return pa.Array.from_buffers(kind, len(numbers), [_bits(there) if missing else None, data])


def _dtype(kind: Any) -> str:
    """NumPy's name of an Arrow integer; what Arrow has for that imports pandas in some versions."""
    return f"i{kind.bit_width // 8}"


def _dictionary(numbers: Ints, there: Flags, texts: Sequence[str]) -> Any:
    occurs = np.bincount(numbers[there], minlength=len(texts)) > 0
    codes = (np.cumsum(occurs) - 1)[np.where(there, numbers, 0)] if len(texts) else numbers
    used = [texts[number] for number in np.flatnonzero(occurs).tolist()]
    return pa.DictionaryArray.from_arrays(_array(pa.int32(), codes, there), _strings(used))


def _strings(texts: Sequence[str]) -> Any:
    data = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, data)]).astype(np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(data))]
    return pa.Array.from_buffers(pa.string(), len(data), buffers)


# ---------------------------------------------------------------------- back


def fill(matrix: Ints, group: Any, names: Names) -> None:
    """Writes an Arrow table that was made by `arrow_table` into a part of a records' matrix."""
    from .tables import texts_of

    for place, column in enumerate(group.column_names):
        begin = 0
        for chunk in group.column(place).chunks:
            end = begin + len(chunk)
            matrix[begin:end, place] = _numbers(chunk, texts_of(column, names))
            begin = end


def _numbers(chunk: Any, texts: Sequence[str] | None) -> Numbers:
    if texts is None:
        return _plain(chunk)
    number = {text: place for place, text in enumerate(texts)}
    known = np.array([*(number[text.as_py()] for text in chunk.dictionary), NEVER], np.int64)
    return known[_plain(chunk.indices)]


def _plain(chunk: Any) -> Numbers:
    """The numbers of an Arrow array, `NEVER` where there is none."""
    validity, data = chunk.buffers()
    rows = slice(chunk.offset, chunk.offset + len(chunk))
    if pa.types.is_boolean(chunk.type):
        numbers = _unpacked(data, rows).astype(np.int64)
    else:
        numbers = np.frombuffer(data, _dtype(chunk.type))[rows]
    return np.where(_unpacked(validity, rows), numbers, NEVER) if chunk.null_count else numbers


def _unpacked(bits: Any, rows: slice) -> Flags:
    flags = np.unpackbits(np.frombuffer(bits, np.uint8), count=rows.stop, bitorder="little")
    return flags[rows].astype(bool)
