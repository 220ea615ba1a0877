"""What a user writes in a study file: a scenario, what varies in it, and how often each runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from sim.scenario.base import Strict
from sim.scenario.cluster import Name
from sim.scenario.errors import shown
from sim.scenario.units import parse_duration

MOST_POINTS = 10_000
MOST_REPLICATIONS = 1_000
NEEDS = "a study needs at least scenario and vary"


def _bound(value: Any) -> Any:
    if isinstance(value, str):
        parse_duration(value)
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError(f"{shown(value)} is neither a number nor a duration")


Bound = Annotated[float | str, BeforeValidator(_bound)]


class Range(Strict):
    """From where to where a Latin hypercube takes the values of a key."""

    min: Bound = Field(description="The least value: a number, or a duration such as 10s.")
    max: Bound = Field(description="The largest.")
    integer: bool = Field(False, description="Whole numbers only, both ends included.")
    log: bool = Field(
        False, description="Spread evenly over magnitudes: as many from 1 to 10 as from 10 to 100."
    )

    @property
    def is_duration(self) -> bool:
        """Whether its values are durations."""
        return isinstance(self.min, str)

    @property
    def bounds(self) -> tuple[float, float]:
        """Its ends as numbers, those of durations in milliseconds."""
        low, high = (parse_duration(b) if isinstance(b, str) else b for b in (self.min, self.max))
        return low, high

    @model_validator(mode="after")
    def _spans(self) -> Self:
        if self.is_duration != isinstance(self.max, str):
            raise ValueError("min and max are not of one kind: give two numbers or two durations")
        low, high = self.bounds
        if high <= low:
            raise ValueError("max is not above min")
        if self.log and low <= 0:
            raise ValueError("min is not above 0, as a range over magnitudes needs")
        if self.integer and not (float(low).is_integer() and float(high).is_integer()):
            raise ValueError("min and max of whole numbers are no whole numbers")
        return self


Values = Annotated[list[Any], Field(min_length=1)]


class LatinHypercube(Strict):
    """Points spread so that every key is evenly covered, however many keys there are."""

    points: Annotated[int, Field(ge=1, le=MOST_POINTS)] = Field(
        description="How many: each key's range is cut into as many equal parts, and each part "
        "holds one point."
    )
    ranges: Annotated[dict[str, Range], Field(min_length=1)] = Field(
        description="From where to where each key is varied."
    )


class Vary(Strict):
    """Which points are run: exactly one of these keys is given."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    grid: Annotated[dict[str, Values], Field(min_length=1)] | None = Field(
        None, description="Values by key; every combination is a point."
    )
    list_: Annotated[list[dict[str, Any]], Field(min_length=1)] | None = Field(
        None,
        alias="list",
        description="Points one by one, each a mapping of keys to values; the key name names it.",
    )
    latin_hypercube: LatinHypercube | None = Field(
        None, description="So many points, spread over ranges."
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [one for one in (self.grid, self.list_, self.latin_hypercube) if one is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of grid, list, latin_hypercube")
        return self


class StudyModel(Strict):
    """A study file of ipamd-sim.

    Keys of ``vary`` are those of ``--set``, such as ``aws.quota_multiplier`` or
    ``cluster.node_groups.batch.nodes``; a bare ``WARM_IP_TARGET`` means ``ipamd.WARM_IP_TARGET``,
    of all node groups; ``churn``, ``nodes``, ``subnet`` and ``quota`` are factors.
    """

    schema_version: Literal[1] = Field(1, description="Version of this file format.")
    name: Name | None = Field(
        None, description="Names its folder of results; the file's if not given."
    )
    description: str = Field("", description="What the study is about, for its readers.")
    scenario: Annotated[str, Field(min_length=1)] = Field(
        description="Scenario file, relative to the study's folder."
    )
    replications: Annotated[int, Field(ge=1, le=MOST_REPLICATIONS)] = Field(
        5, description="Runs of each point, each with a seed of its own."
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(
        1, description="Of the Latin hypercube; those of runs come from the scenario's."
    )
    vary: Vary = Field(description="What is varied.")


def schema() -> dict[str, Any]:
    """The JSON Schema of study files, as `sim.scenario.schema` makes that of scenarios."""
    from sim.scenario.schema import schema_of

    return schema_of(StudyModel, "ipamd-sim study")
