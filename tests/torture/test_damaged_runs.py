"""A result file that is not what was written is found out, whatever became of it."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from small_study import varying, written
from torture import LONG

from sim.study.store import Store
from sim.study.sweep import sweep


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the only run of a sweep."""
    folder = tmp_path_factory.mktemp("swept")
    sweep(written(folder, varying("{grid: {WARM_IP_TARGET: [1]}}")), folder / "out")
    (file,) = (folder / "out" / "runs").iterdir()
    return file


def test_every_bit_counts(swept: Path) -> None:
    """With any single bit flipped, or cut anywhere, no file is believed."""
    store, whole = Store(swept.parents[1]), swept.read_bytes()
    assert store.get(swept.stem) is not None
    step = 1 if LONG else 31
    cut = (whole[:size] for size in range(0, len(whole), step))
    bits = (1 << bit for bit in range(0, 8 * len(whole), step))
    number = int.from_bytes(whole)
    flipped = ((number ^ bit).to_bytes(len(whole)) for bit in bits)
    try:
        for damaged in chain(cut, flipped):
            swept.write_bytes(damaged)
            assert store.get(swept.stem) is None, damaged
    finally:
        swept.write_bytes(whole)


def test_nested_deeply(swept: Path) -> None:
    """What no parser can follow is damaged as well."""
    store, whole = Store(swept.parents[1]), swept.read_bytes()
    try:
        swept.write_bytes(b"[" * 100_000)
        assert store.get(swept.stem) is None
    finally:
        swept.write_bytes(whole)


def test_it_is_run_again(swept: Path) -> None:
    """The next sweep runs it again, to the same bytes and tables; the one after takes it up."""
    folder = swept.parents[1]
    study = folder.parent / "study.yaml"
    before = {one: one.read_bytes() for one in folder.rglob("*.*") if one.is_file()}
    swept.write_bytes(before[swept].replace(b"0", b"1", 1))
    assert sweep(study, folder).taken_up == 0
    assert {one: one.read_bytes() for one in before} == before
    assert sweep(study, folder).taken_up == 1
