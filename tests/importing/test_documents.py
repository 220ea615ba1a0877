"""Files as streams of things, whatever their form and size."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from small_cluster import PLAN

from sim.importing.documents import contents
from sim.importing.read import read
from sim.importing.written.files import kubectl_list, write
from sim.importing.written.kubernetes import objects
from sim.importing.written.placed import placed

KEYS = st.sampled_from(["kind", "items", "a b", "é", "x"])
PLAIN = st.sampled_from([None, True, False, 0, -7, 2**40, "", "text", "\u2028"])
NESTED = st.lists(PLAIN, max_size=2) | st.dictionaries(KEYS, PLAIN, max_size=2)
VALUES = PLAIN | NESTED | st.lists(NESTED, max_size=2) | st.dictionaries(KEYS, NESTED, max_size=2)
DOCUMENTS = st.lists(st.dictionaries(KEYS, VALUES, min_size=1, max_size=3), min_size=1, max_size=3)


def whole(path: Path) -> list[Any]:
    """The documents of a file, put together again."""
    documents: dict[int, Any] = {}
    for found in contents(path):
        top = documents.setdefault(found.document, {} if found.key else [])
        if found.number is None:
            top[found.key] = found.data
        else:
            (top.setdefault(found.key, []) if found.key else top).append(found.data)
    return list(documents.values())


@settings(max_examples=60)
@given(DOCUMENTS)
def test_nothing_is_lost(documents: list[Any]) -> None:
    """However values nest, and however many documents there are, all comes through."""
    path = Path(__file__).with_name(".written.json")
    try:
        path.write_text("\n".join(json.dumps(one) for one in documents))
        assert whole(path) == documents
    finally:
        path.unlink()


def test_places(tmp_path: Path) -> None:
    """Each thing has its place, from the second document on with the document's number."""
    path = tmp_path / "a.json"
    path.write_text('{"kind": "List", "items": [1, {}]} {"Subnets": []} [5]')
    assert [found.place for found in contents(path)] == [
        "kind",
        "items[0]",
        "items[1]",
        "document 2, Subnets",
        "document 3, [0]",
    ]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Seven times the pods take little memory more: what is kept of each is small."""
    every = [one for one in objects(placed(PLAN)) if one["kind"] == "Pod"]

    def renamed(times: int) -> Iterator[dict[str, Any]]:
        for number in range(times):
            for one in every:
                yield one | {"metadata": one["metadata"] | {"name": f"x-{number}"}}

    def peak(path: Path, items: Iterable[dict[str, Any]]) -> int:
        write(path, kubectl_list(items))
        tracemalloc.start()
        try:
            read([path])
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small = peak(tmp_path / "small.json", renamed(10))
    large = peak(tmp_path / "large.json", renamed(70))
    grown = (tmp_path / "large.json").stat().st_size - (tmp_path / "small.json").stat().st_size
    assert grown > 500_000
    assert large - small < grown / 10
