"""Make docs/settings-honoured.md and docs/cni-versions.md from the code, with their outputs.

python tools/make_settings_docs.py
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from make_readme import filled

from sim.scenario.cni_versions import DIFFERENCES, EARLIER, MODELLED, Difference, known
from sim.scenario.environment import INSTEAD, REFUSED, WITHOUT_EFFECT
from sim.scenario.ipamd import Ipamd

DOCS = Path(__file__).parents[1] / "docs"
SHOWN = Path(__file__).parent / "cni-versions.md"

HONOURED_HEAD = f"""\
# Environment variables of aws-node

All that v{MODELLED} reads, from upstream's README, its shipped manifest and its source: what a
scenario does with each. None is ignored. Made by tools/make_settings_docs.py.
"""

VERSIONS_HEAD = f"""\
# Versions of the VPC CNI

`cni_version: 1.18.6` at the top of a scenario models another version than v{MODELLED}, by what is
known to change the answers. The recordings of the real daemon are all of v{MODELLED}: the others
are as good as the list below, which was read from upstream's history, function by function
(pkg/ipamd, its data store, pkg/awsutils). {known().capitalize()}; another is refused.
Made by tools/make_settings_docs.py.
"""


def honoured() -> Iterator[str]:
    """The page of environment variables."""
    yield HONOURED_HEAD
    yield "## Honoured\n"
    fields = {name: one for name, one in Ipamd.model_fields.items() if name not in REFUSED}
    yield from _table(("Variable", "What it does"), ((n, f.description) for n, f in fields.items()))
    yield "\n## Said by another key\n"
    yield from _table(("Variable", "Instead"), INSTEAD.items())
    yield "\n## Refused\n"
    yield "They change the pool and are not modelled. Their off state is accepted.\n"
    yield from _table(("Variable", "Why"), REFUSED.items())
    yield "\n## Without effect on addresses\n"
    yield "A scenario refuses them by name, so that it says nothing it does not mean; `import` and"
    yield "`lint`, which read whole manifests, pass over them.\n"
    yield from _table(("Variable", "What it is about"), WITHOUT_EFFECT.items())


def versions() -> Iterator[str]:
    """The page of versions."""
    yield VERSIONS_HEAD
    yield "| Since | From then on | Before | Source |"
    yield "|---|---|---|---|"
    for one in DIFFERENCES:
        yield f"| {_since(one)} | {one.now} | {one.before} | {one.source} |"
    yield "\nWhy older ones are refused: what came before the known ones is not carried over.\n"
    yield "| Since | What | Source |"
    yield "|---|---|---|"
    for one in EARLIER:
        yield f"| {_since(one)} | {one.now} | {one.source} |"
    yield "\n" + SHOWN.read_text(encoding="utf-8").rstrip()


def _since(one: Difference) -> str:
    return "v" + ".".join(map(str, one.since))


def _table(head: tuple[str, str], rows: Iterable[tuple[str, str | None]]) -> Iterator[str]:
    yield f"| {head[0]} | {head[1]} |"
    yield "|---|---|"
    for name, text in rows:
        yield f"| `{name}` | {text} |"


def main() -> None:
    """Writes both pages."""
    for name, lines in (("settings-honoured", honoured()), ("cni-versions", versions())):
        (DOCS / f"{name}.md").write_text(filled("\n".join(lines) + "\n"), encoding="utf-8")


if __name__ == "__main__":
    main()
