"""What the comparison of all cases comes to, in lines and as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .check import KINDS, MOST_OUTSIDE, MOST_STEPS_OUTSIDE, CaseResult


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

    def _of(self, kind: str) -> list[CaseResult]:
        return [one for one in self.results if one.kind == kind]

    @property
    def holds(self) -> bool:
        """Whether nothing differs: all exact, and distributions where chance puts them."""
        return all(self._holds(kind) for kind in KINDS)

    def _holds(self, kind: str) -> bool:
        results = self._of(kind)
        comparisons = sum(len(one.comparisons) for one in results)
        outside = sum(len(one.outside) for one in results)
        inside, steps = self._steps(results)
        return (
            not any(one.exact is False or one.is_far for one in results)
            and outside <= MOST_OUTSIDE * comparisons
            and steps - inside <= MOST_STEPS_OUTSIDE * steps
        )

    @staticmethod
    def _steps(results: list[CaseResult]) -> tuple[int, int]:
        return sum(one.steps[0] for one in results), sum(one.steps[1] for one in results)

    def data(self) -> dict[str, Any]:
        """Counts and differences of every kind that was compared, and whether all holds."""
        kinds = {kind: self._kind_data(self._of(kind)) for kind in KINDS if self._of(kind)}
        return kinds | {"holds": self.holds}

    def _kind_data(self, results: list[CaseResult]) -> dict[str, Any]:
        stories = [one for one in results if one.exact is not None]
        samples = [one for one in results if one.exact is None]
        data: dict[str, Any] = {"cases": sum(one.cases for one in results)}
        if stories:
            data |= {"exact": sum(one.cases for one in stories if one.exact)}
        if samples:
            data |= self._samples_data(samples, of_both=bool(stories))
        differs = [{"case": one.case, "what": note} for one in results for note in one.notes]
        by_chance = {one.case: f"{one.agreed}/{one.tried}" for one in stories if one.tried > 1}
        return data | {"differs": differs} | ({"by_chance": by_chance} if by_chance else {})

    def _samples_data(self, samples: list[CaseResult], *, of_both: bool) -> dict[str, Any]:
        comparisons = sum(len(one.comparisons) for one in samples)
        outside = sum(len(one.outside) for one in samples)
        data = {"samples": len(samples)} if of_both else {}
        data |= {"comparisons": comparisons, "inside": comparisons - outside}
        inside, steps = self._steps(samples)
        return data | ({"series_steps": steps, "series_inside": inside} if steps else {})

    def text(self) -> str:
        """The last line: counts of every kind."""
        kinds = {kind: data for kind, data in self.data().items() if kind != "holds"}
        said = "; ".join(f"{kind}: {said_of(data)}" for kind, data in kinds.items())
        return said or "nothing to compare"


def said_of(data: dict[str, Any]) -> str:
    """A kind's counts in words."""
    parts, samples = [], data.get("samples", 0)
    if "exact" in data:
        parts.append(f"{data['exact']:,} of {data['cases'] - samples:,} exact")
    if "comparisons" in data:
        steps = data.get("series_steps")
        series = f", {data['series_inside']:,} of {steps:,} steps" if steps else ""
        compared = f"{data['inside']:,} of {data['comparisons']:,} inside"
        parts.append(f"{compared}{series} in {samples or data['cases']} cases")
    return ", ".join(parts)
