"""Makes the table of docs/mutations.md: changed rules, and the recordings that catch them.

    python tools/make_mutation_table.py

Each rule is changed in turn, and every recorded decision state, timeline and story compared, those
of the world around too, which takes some twenty minutes on two idle cores. The table stands between
``<!-- table -->`` and ``<!-- end -->``; the text around is written by hand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "recordings"))

import mutations  # noqa: E402, F401 (fills the list of mutations)
import mutations_of_the_world  # noqa: E402, F401 (goes on with it)
from differences import cases, difference  # noqa: E402
from mutation import MUTATIONS, Mutation  # noqa: E402

TARGET = ROOT / "docs" / "mutations.md"
COUNTED = ("decisions", "timelines", "stories", "world")
_TABLE = re.compile(r"(<!-- table -->\n).*(<!-- end -->)", re.DOTALL)
_HEAD = """
| What the daemon does | Changed to | Upstream | Caught by | First difference | States | Timelines | Stories | World |
|---|---|---|---|---|---|---|---|---|
"""  # noqa: E501


def row(one: Mutation, counts: Sequence[int]) -> str:
    """A mutation's row; counts are those of `COUNTED`."""
    kind, case = one.case.split("/", 1)
    with one.in_force():
        what = difference(kind, case)
    numbers = " | ".join(f"{count:,}" for count in counts)
    return (
        f"| {one.rule} | {one.change} | `{one.source}` | {kind}: `{case}` | {what} | {numbers} |\n"
    )


def count(name: str, kind: str) -> int:
    """How many recordings of a kind catch a mutation."""
    with MUTATIONS[name].in_force():
        return sum(difference(kind, case) is not None for case in cases(kind))


def rows() -> Iterator[str]:
    """All rows of the table."""
    with ProcessPoolExecutor() as pool:
        counts = {name: [pool.submit(count, name, kind) for kind in COUNTED] for name in MUTATIONS}
        for name, futures in counts.items():
            print(name, flush=True)
            yield row(MUTATIONS[name], [future.result() for future in futures])


def main() -> None:
    """Writes docs/mutations.md."""
    table = f"{_HEAD}{''.join(rows())}\n"
    text = TARGET.read_text(encoding="utf-8")
    TARGET.write_text(_TABLE.sub(lambda found: found[1] + table + found[2], text), encoding="utf-8")


if __name__ == "__main__":
    main()
