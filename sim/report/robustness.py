"""What breaks a choice, which assumptions it hangs on, and the lines that put it to work."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sim.study.breaking import FARTHEST, RESOLUTION, TO_BREAK, Bracket
from sim.study.lines import Lines
from sim.study.recommendation import Recommendation, scaled_factor
from sim.study.sensitivity import Effect

from .alternatives import short
from .format import percent
from .palette import BAD
from .tables import INDENT, grid, section

GROWS = {"churn": "more churn", "nodes": "more nodes", "subnet": "smaller subnets"}
LINE = 76


def breaking(answer: Recommendation) -> Group:
    """How far each factor goes, and the limit that fails first."""
    table = grid(("", "holds at", "fails at", ""))
    table.show_header = False
    table.columns[-1].justify, table.columns[-1].no_wrap = "left", False
    for name, bracket in answer.breaking.items():
        table.add_row(GROWS[name], *_bracket(name, bracket))
    runs = min(TO_BREAK, len(answer.comparison.seeds))
    said = f"one at a time, {runs} runs a step, to within {percent(RESOLUTION)}"
    return section("Breaks with", said, table)


def _bracket(name: str, bracket: Bracket | None) -> tuple[str, str, str]:
    if bracket is None:
        return "", "", "means nothing here: no pods come and go"
    holds = f"holds at {scaled_factor(name, bracket.holds):.3g} x"
    if bracket.fails is None:
        return holds, "", f"no limit fails up to {scaled_factor(name, FARTHEST):g} x"
    fails = f"fails at {scaled_factor(name, bracket.fails):.3g} x"
    return holds, fails, ", ".join(bracket.why)


def inputs(answer: Recommendation) -> Group:
    """Whether the choice stays if each doubtful input is halved and doubled."""
    names = list(dict.fromkeys(one.input for one in answer.effects))
    stay = sum(all(one.stays for one in _of(answer.effects, name)) for name in names)
    table = grid(("input", "", "halved", "doubled"), names=4)
    for column in table.columns[2:]:
        column.no_wrap = False
    for name in names:
        halved, doubled = _of(answer.effects, name)
        given = "given" if halved.is_given else "assumed"
        table.add_row(name, given, _effect(halved), _effect(doubled))
    said = f"the choice stays whichever way {stay} of {len(names)} are halved or doubled"
    return section("Inputs in doubt", said, table)


def _of(effects: Sequence[Effect], name: str) -> list[Effect]:
    return [one for one in effects if one.input == name]


def _effect(one: Effect) -> Text:
    if one.stays:
        return Text("stays")
    if one.refused:
        return Text(f"cannot be: {one.refused}", style=BAD)
    if one.fails:
        instead = f"; {short(one.better)} does not" if one.better else ""
        return Text(f"fails {', '.join(one.fails)}{instead}", style=BAD)
    return Text(f"{short(one.better)} is better", style=BAD)


def to_paste(answer: Recommendation) -> Iterator[RenderableType]:
    """The lines for a cluster, each form by itself."""
    if answer.lines is None:
        return
    notes = Table.grid(padding=(0, 1, 0, 0))
    for note in answer.notes:
        notes.add_row("-", Text(note))
    parts = [*forms(answer.lines), *([notes] if answer.notes else [])]
    yield section("To set it", "", *parts)


def forms(lines: Lines) -> Iterator[RenderableType]:
    """Each form of the lines, under its title."""
    titled = {
        "": " \\\n  ".join(textwrap.wrap(lines.kubectl, LINE, break_on_hyphens=False)),
        "EKS add-on, configurationValues": lines.addon,
        "Helm chart eks/aws-vpc-cni, values": lines.helm,
    }
    for title, text in titled.items():
        if title:
            yield Text(f"{title}:")
        yield Padding(Text(text), (0, 0, 0, INDENT if title else 0))
