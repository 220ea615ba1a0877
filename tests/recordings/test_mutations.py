"""The recordings, and the comparison with them, have teeth: a changed rule does not get through."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import mutations  # noqa: F401 (fills the list)
import mutations_of_the_world  # noqa: F401 (goes on with it)
import pytest
from differences import difference
from mutation import MUTATIONS

TABLE = Path(__file__).parents[2] / "docs" / "mutations.md"
CASES = sorted({one.case for one in MUTATIONS.values()})


def definitions() -> dict[tuple[str, ...], Any]:
    """Everything that the model's modules and their classes hold, by its name."""
    found: dict[tuple[str, ...], Any] = {}
    for path, module in list(sys.modules.items()):
        if path.startswith("sim."):
            for name, value in vars(module).items():
                found[path, name] = value
                if isinstance(value, type):
                    found |= {(path, name, own): held for own, held in vars(value).items()}
    return found


@pytest.mark.parametrize("case", CASES)
def test_nothing_differs_without_a_change(case: str) -> None:
    """The model as it stands agrees with each recording that catches a changed rule."""
    assert difference(*case.split("/", 1)) is None


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_rule_is_caught(name: str) -> None:
    """A change of the rule shows in its recording, and as docs/mutations.md says."""
    one = MUTATIONS[name]
    kind, case = one.case.split("/", 1)
    with one.in_force():
        found = difference(kind, case)
    assert found is not None
    assert f"| {kind}: `{case}` | {found} |" in TABLE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_change_is_undone(name: str) -> None:
    """A change replaces something, and leaves nothing behind."""
    before = definitions()
    with MUTATIONS[name].in_force():
        during = definitions()
    after = definitions()
    assert any(during[key] is not before[key] for key in before)
    assert before.keys() == after.keys()
    assert all(after[key] is before[key] for key in before)


def test_the_table_lists_all_mutations() -> None:
    """Its rows are the mutations, in their order; else run tools/make_mutation_table.py."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| `([^`]+)` \|", TABLE.read_text("utf-8"), re.M)
    assert rows == [(one.rule, one.change, one.source) for one in MUTATIONS.values()]
