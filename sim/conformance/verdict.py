"""What the comparison of all cases comes to, in lines and as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import recorded
from .check import (
    KINDS,
    MOST_OUTSIDE,
    MOST_STEPS_OUTSIDE,
    NOT_MODELLED,
    CaseResult,
    Request,
)

EXACT_KINDS = ("decisions", "doc", "timelines", "stories")


def lines_of(result: CaseResult) -> list[str]:
    """One line for a case; a further, indented one for each metric that is out of its band."""
    name = f"{result.kind} {result.case}"
    if result.exact is not None:
        chance = f" ({result.agreed} of {result.tried} seeds)" if result.tried > 1 else ""
        verdict = "exact" if result.exact else "differs"
        return [": ".join([name, verdict + chance, *result.notes])]
    inside = len(result.comparisons) - len(result.outside)
    steps = f", {result.steps[0]} of {result.steps[1]} steps" if result.steps[1] else ""
    line = f"{name}: {inside} of {len(result.comparisons)} inside{steps} ({result.tried} runs)"
    far = [
        f"  outside: {one}, {one.distance:.1f} standard errors"
        if one.error
        else f"  outside: {one.metric}: {one.model_mean:.3g}"
        for one in result.outside
    ]
    return [line, *far]


@dataclass
class Verdict:
    """All results of a request."""

    results: list[CaseResult]
    request: Request

    def _of(self, kind: str) -> list[CaseResult]:
        return [one for one in self.results if one.kind == kind]

    @property
    def holds(self) -> bool:
        """Whether nothing differs: all exact, and distributions where chance puts them."""
        return all(self._holds(kind) for kind in KINDS)

    def _holds(self, kind: str) -> bool:
        results = self._of(kind)
        if kind in EXACT_KINDS:
            return all(one.exact for one in results)
        comparisons = sum(len(one.comparisons) for one in results)
        outside = sum(len(one.outside) for one in results)
        inside, steps = self._steps(results)
        return (
            not any(one.is_far for one in results)
            and outside <= MOST_OUTSIDE * comparisons
            and steps - inside <= MOST_STEPS_OUTSIDE * steps
        )

    @staticmethod
    def _steps(results: list[CaseResult]) -> tuple[int, int]:
        return sum(one.steps[0] for one in results), sum(one.steps[1] for one in results)

    def skipped(self) -> dict[str, int]:
        """Cases of kinds that are not modelled, by kind."""
        found = {"world": recorded.count_world(self.request.folder)}
        return {k: n for k, n in found.items() if n and k in self.request.only}

    def data(self) -> dict[str, Any]:
        """Counts and differences of every kind that was compared, and whether all holds."""
        kinds = {kind: self._kind_data(kind) for kind in KINDS if self._of(kind)}
        for kind, cases in self.skipped().items():
            kinds[kind] = {"cases": cases, "skipped": NOT_MODELLED[kind]}
        return kinds | {"holds": self.holds}

    def _kind_data(self, kind: str) -> dict[str, Any]:
        results = self._of(kind)
        cases = sum(one.cases for one in results)
        differs = [{"case": one.case, "what": note} for one in results for note in one.notes]
        if kind in EXACT_KINDS:
            exact = sum(one.cases for one in results if one.exact)
            data: dict[str, Any] = {"cases": cases, "exact": exact, "differs": differs}
            by_chance = {one.case: f"{one.agreed}/{one.tried}" for one in results if one.tried > 1}
            return data | ({"by_chance": by_chance} if by_chance else {})
        comparisons = sum(len(one.comparisons) for one in results)
        outside = sum(len(one.outside) for one in results)
        data = {"cases": cases, "comparisons": comparisons, "inside": comparisons - outside}
        inside, steps = self._steps(results)
        if steps:
            data |= {"series_steps": steps, "series_inside": inside}
        return data | {"differs": differs}

    def text(self) -> str:
        """The last line: counts of every kind."""
        parts = []
        for kind, data in self.data().items():
            if kind == "holds":
                continue
            if "skipped" in data:
                parts.append(f"{kind}: {data['cases']} cases skipped, {data['skipped']}")
            elif "exact" in data:
                parts.append(f"{kind}: {data['exact']:,} of {data['cases']:,} exact")
            else:
                steps = data.get("series_steps")
                series = f", {data['series_inside']:,} of {steps:,} steps" if steps else ""
                compared = f"{data['inside']:,} of {data['comparisons']:,} inside"
                parts.append(f"{kind}: {compared}{series} in {data['cases']} cases")
        return "; ".join(parts) or "nothing to compare"
