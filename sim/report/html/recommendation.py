"""The report of a recommendation: the choice and how to set it, then how far it can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.report.alternatives import amount
from sim.report.asked import settings
from sim.report.assumed_churn import HEADS, UNMEASURED, assumed_sentence, level_rows
from sim.report.figures import value
from sim.report.format import NOTHING, at_least, count, duration, number_of, percent
from sim.report.no_choice import reasons
from sim.report.recommendation import COMPARED, OBJECTIVES
from sim.report.robustness import GROWS
from sim.results.headline import HEADLINES
from sim.scenario.variants import CURRENT
from sim.study.assumed_churn import LEVELS
from sim.study.breaking import FARTHEST, RESOLUTION, TO_BREAK, Bracket
from sim.study.recommendation import scaled_factor

from .comparison import cell
from .differences import signed
from .no_choice import without_a_choice
from .page import Answer, Code, Figures, Page, Section, Sentences, Table, footer
from .points import SHOWN, Point, front_chart, front_of

if TYPE_CHECKING:
    from sim.study.assumed_churn import Assumption
    from sim.study.comparison import Row
    from sim.study.recommendation import Recommendation
    from sim.study.sensitivity import Effect

ANSWERS = {
    "waste_mean": ("IP addresses", "wasted on average"),
    "ec2_calls": ("EC2 requests", "in a run"),
    "pod_ip_wait_p99": ("Pods", "p99 of the wait for an address"),
}


def recommendation_page(answer: Recommendation, records: str | None = None) -> Page:
    """The page of a recommendation.

    Args:
        answer: what is shown.
        records: the folder that its runs were kept in; None if they were not.
    """
    one = answer.comparison
    kept = f"runs: {records or 'not kept; --out DIR keeps them, and takes them up again'}"
    return Page(
        kind="Recommendation",
        name=one.name,
        asked=_asked(answer),
        answers=tuple(_answer(answer, metric) for metric in ANSWERS),
        sections=tuple(_sections(answer)),
        headline=_headline(answer),
        footer=footer(one.seeds[0], one.versions, kept, len(one.seeds) - 1),
    )


def _asked(answer: Recommendation) -> str:
    one = answer.comparison
    after = f" (the first {duration(one.warm_up_s)} not counted)" if one.warm_up_s else ""
    return (
        f"The settings with {OBJECTIVES[answer.objective]} that keep the limits, by runs of "
        f"{duration(one.duration_s)}{after}. Now: {settings(answer.current)}"
        f"{assumed_sentence(answer)}"
    )


def _answer(answer: Recommendation, metric: str) -> Answer:
    """A figure of the choice against the current one; of the current one if there is no choice."""
    question, what = ANSWERS[metric]
    current = answer.comparison.current.row
    chosen = answer.chosen
    if chosen is None or answer.choice == CURRENT:
        return Answer(question, cell(current, metric), f"{what}, now", is_bad=chosen is None)
    difference = answer.comparison.difference(metric, chosen.name)
    more = [f"now {cell(current, metric)}"]
    if difference is not None and not difference.is_zero:
        chance = ", which chance could explain" if difference.could_be_zero else ""
        more.append(f"difference {signed(metric, difference.mean)}{chance}")
    return Answer(question, cell(chosen.row, metric), f"{what} with the choice", tuple(more))


def _sections(answer: Recommendation) -> Iterator[Section]:
    yield _choice(answer)
    if answer.lines is not None:
        forms = (
            ("The DaemonSet itself", answer.lines.kubectl),
            ("EKS add-on, configurationValues", answer.lines.addon),
            ("Helm chart eks/aws-vpc-cni, values", answer.lines.helm),
        )
        yield Code("To set it", forms)
    if answer.notes:
        yield Sentences("Before you paste", answer.notes)
    if answer.choice is None:
        if why := tuple(reasons(answer)):
            yield Sentences("Why", why, "warnings")
        yield _in_the_way(answer)
        yield _closest(answer)
        yield from without_a_choice(answer)
    else:
        yield _limits(answer)
        yield _breaking(answer)
    if answer.assumption is not None:
        yield _assumed(answer.assumption)
    if answer.effort.failed:
        yield Sentences("Runs that failed", answer.effort.failed, "warnings")
    yield from _front(answer)
    yield _compared(answer)
    if answer.effects:
        yield _inputs(answer.effects)


def _headline(answer: Recommendation) -> str:
    if answer.choice is None:
        return "No setting keeps the limits"
    return "Keep the current settings" if answer.choice == CURRENT else f"Choose {answer.choice}"


def _choice(answer: Recommendation) -> Sentences:
    tried, candidates, n = (
        answer.effort.tried,
        answer.effort.candidates,
        len(answer.comparison.seeds),
    )
    searched = f"{count(tried)} of {number_of(candidates, 'setting')} tried"
    if answer.choice is None:
        none = "See below what is in the way, and which settings come closest."
        return Sentences("How sure that is", (none, f"{searched}."))
    sure = (
        f"It keeps all limits in {number_of(n, 'run')} and in {n} more that took no part in the "
        f"choice: fewer than {percent(answer.most_failing)} of such runs fail one, at 95 % "
        "confidence."
    )
    said = [sure, f"{searched}."]
    if (failing := answer.failing(CURRENT)) and answer.choice != CURRENT:
        said.insert(0, f"The current settings fail {', '.join(failing)}.")
    return Sentences("How sure that is", tuple(said))


def _limits(answer: Recommendation) -> Figures:
    rows = (
        (
            one.rule.metric,
            one.rule.text + (" (assumed)" if one.assumed else ""),
            at_least(value(one.rule.metric, one.worst), one.at_least),
            NOTHING if one.headroom is None else percent(one.headroom),
        )
        for one in answer.nearness()
    )
    table = Table.of(("limit", "", "worst run", "left"), rows, names=2)
    return Figures("How near the limits are", (table,), "By the worst of all runs of the choice.")


def _assumed(one: Assumption) -> Figures:
    rows = (
        (*cells, ", ".join(row.failing) or NOTHING)
        for row, cells in zip(one.rows, level_rows(one), strict=True)
    )
    table = Table.of((*HEADS[1:], "fails"), rows, names=2)
    levels = "; ".join(f"{name}: {level.text}" for name, level in LEVELS.items())
    return Figures(f"Churn: assumed {one.level}", (table,), f"{UNMEASURED}. {levels}.")


def _breaking(answer: Recommendation) -> Figures:
    rows = ((GROWS[name], *_bracket(name, one)) for name, one in answer.breaking.items())
    table = Table.of(("with", "holds at", "fails at", "first limit"), rows, names=4)
    runs = min(TO_BREAK, len(answer.comparison.seeds))
    note = f"One at a time, {runs} runs a step, to within {percent(RESOLUTION)}."
    return Figures("What breaks the choice", (table,), note)


def _bracket(name: str, one: Bracket | None) -> tuple[str, str, str]:
    if one is None:
        return NOTHING, NOTHING, "means nothing here: no pods come and go"
    holds = f"{scaled_factor(name, one.holds):.3g} x"
    if one.fails is None:
        return holds, NOTHING, f"no limit fails up to {scaled_factor(name, FARTHEST):g} x"
    return holds, f"{scaled_factor(name, one.fails):.3g} x", ", ".join(one.why)


def _front(answer: Recommendation) -> Iterator[Section]:
    """All settings that were run to the end, with the front among them."""
    one = answer.comparison
    points = [
        Point(
            setting.name,
            _means(setting.row),
            setting.row.at_least,
            "choice" if setting.name == answer.choice else "current" * (setting.name == CURRENT),
        )
        for setting in one.settings
    ]
    front = [place for place, point in enumerate(points) if point.name in answer.front]
    front = front or front_of(points)
    if any(point.is_complete for point in points):
        title = _front_title(answer, len(front))
        yield front_chart(points, front, title, "setting")


def _means(row: Row) -> dict[str, float | None]:
    return {metric: one.mean if (one := row.figures[metric]) else None for metric in SHOWN}


def _front_title(answer: Recommendation, front: int) -> str:
    many = number_of(front, "setting")
    if not answer.front:
        return f"{many} cannot be bettered, but none keeps the limits"
    verb = "keeps" if front == 1 else "keep"
    said = f"{many} {verb} the limits and cannot be bettered"
    if answer.choice and (chosen := answer.chosen):
        said += f"; the choice wastes {cell(chosen.row, 'waste_mean')} addresses"
    return said


def _compared(answer: Recommendation) -> Figures:
    one, choice = answer.comparison, answer.choice
    is_new = choice is not None and choice != CURRENT
    rows = []
    for metric in COMPARED:
        cells = [HEADLINES[metric].title, cell(one.current.row, metric)]
        if choice is not None and is_new:
            difference = one.difference(metric, choice)
            said = NOTHING if difference is None else signed(metric, difference.mean)
            cells += [cell(one.setting(choice).row, metric), said]
        rows.append(cells)
    head = ("", "current", *(("choice", "difference") if is_new else ()))
    return Figures("Current settings and choice", (Table.of(head, rows),), _money(answer))


def _money(answer: Recommendation) -> str:
    money = answer.money
    if money is None or money.address is None:
        return ""
    return f"A month of one held address costs {amount(money, money.address)}."


def _inputs(effects: Sequence[Effect]) -> Figures:
    names = list(dict.fromkeys(one.input for one in effects))
    rows = []
    for name in names:
        of_one = [one for one in effects if one.input == name]
        rows.append((name, "given" if of_one[0].is_given else "assumed", *map(_effect, of_one)))
    stay = sum(all(one.stays for one in effects if one.input == name) for name in names)
    table = Table.of(("input", "", "halved", "doubled"), rows, names=4)
    said = f"The choice stays whichever way {stay} of {len(names)} are halved or doubled."
    return Figures("Inputs in doubt", (table,), said)


def _effect(one: Effect) -> str:
    if one.stays:
        return "stays"
    if one.refused:
        return f"cannot be: {one.refused}"
    if one.fails:
        return f"fails {', '.join(one.fails)}" + (f"; {one.better} does not" if one.better else "")
    return f"{one.better} is better"


def _in_the_way(answer: Recommendation) -> Figures:
    rows = (
        (
            one.rule.metric,
            one.rule.text + (" (assumed)" if one.assumed else ""),
            f"{count(one.kept_by)} of {count(answer.effort.tried)}",
            value(one.rule.metric, one.best),
            count(one.in_the_way_of),
        )
        for one in answer.obstacles
    )
    head = ("limit", "", "kept by", "best", "alone in the way of")
    return Figures("In the way", (Table.of(head, rows, names=2),))


def _closest(answer: Recommendation) -> Figures:
    metrics = ("waste_mean", "ec2_calls")
    rows = (
        (
            name,
            ", ".join(answer.failing(name)),
            *(cell(answer.comparison.setting(name).row, metric) for metric in metrics),
        )
        for name in answer.closest
    )
    head = ("setting", "fails", *(HEADLINES[metric].title for metric in metrics))
    return Figures("Closest to the limits", (Table.of(head, rows, names=2),))
