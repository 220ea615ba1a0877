"""What a file of a cluster's history lists comes through whole, and nothing endless does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

import sim.importing.churn.whole
from sim.importing.churn.stream import json_items
from sim.importing.documents import contents
from sim.scenario.errors import InputError

ITEMS = [1, "two", None, [], {}, {"items": [3, {"items": []}], "data": {"result": [4]}}, [[5], []]]
LISTED = json.dumps(ITEMS)
FORMS = {
    "items": f'{{"kind": "List", "x": {{"items": [0]}}, "items": {LISTED}, "y": [1]}}',
    "data.result": f'{{"data": {{"a": [[9]], "result": {LISTED}, "b": {{}}}}, "c": 2}}',
    "": LISTED,
}
READERS: list[Callable[[Path], Iterable[Any]]] = [json_items, contents]


def written(folder: Path, text: str) -> Path:
    """A file of this content."""
    (folder / "a.json").write_text(text)
    return folder / "a.json"


@pytest.mark.parametrize("way", FORMS)
def test_every_item(tmp_path: Path, way: str) -> None:
    """Items are those of the list and of no other, in order, in each document."""
    found = list(json_items(written(tmp_path, 2 * f"{FORMS[way]}\n")))
    assert [one.data for one in found] == ITEMS * 2
    assert [one.place for one in found] == [f"{way}[{number}]" for number in range(len(ITEMS) * 2)]


def test_documents_are_items(tmp_path: Path) -> None:
    """Where nothing is listed, each document is an item."""
    path = written(tmp_path, '{"kind": "Pod"} {"items": {"a": 1}} 3')
    assert [one.data for one in json_items(path)] == []
    path = written(tmp_path, '{"kind": "Pod"} {"kind": "Event"} 3')
    assert [one.data for one in json_items(path)] == [{"kind": "Pod"}, {"kind": "Event"}, 3]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "something in it is over 1,000 levels deep"),
        ('{"items": [' + '{"a": ' * 5_000, "something in it is over 1,000 levels deep"),
        ('{"items": [[' + "1, " * 200, "something in it has over 100 values"),
        ('{"items": [[' + "[], " * 200, "something in it has over 100 values"),
    ],
)
def test_too_much(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    read: Callable[[Path], Iterable[Any]],
    text: str,
    said: str,
) -> None:
    """One thing of a file may have many values and levels, but not more than any cluster has."""
    if "values" in said:
        monkeypatch.setattr(sim.importing.churn.whole, "MOST_VALUES", 100)
    path = written(tmp_path, text)
    with pytest.raises(InputError) as refused:
        list(read(path))
    assert str(refused.value) == f"{path}: {said}; export it again; this is no file of a cluster"
