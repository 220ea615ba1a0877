"""Distributions of durations, by their field-standard names."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_serializer, model_validator

from .base import Strict
from .units import Duration


class Uniform(Strict):
    """Uniform on [min, max)."""

    min: Duration = Field(description="The least it can be.")
    max: Duration = Field(description="What it stays below.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max < self.min:
            raise ValueError("max is below min")
        return self


class Exponential(Strict):
    """Exponential with the given mean."""

    mean: Annotated[Duration, Field(gt=0)] = Field(description="Its mean.")


class Lognormal(Strict):
    """Lognormal, given by its median and its 99th percentile."""

    p50: Annotated[Duration, Field(gt=0)] = Field(description="Its median.")
    p99: Annotated[Duration, Field(gt=0)] = Field(description="What 1 % of its values exceed.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.p99 < self.p50:
            raise ValueError("p99 is below p50")
        return self


class Empirical(Strict):
    """One of the given values, drawn with the given weights (equal ones if not given)."""

    values: Annotated[list[Duration], Field(min_length=1)] = Field(
        description="What it can be, such as measured durations."
    )
    weights: list[Annotated[float, Field(ge=0, le=1e9)]] | None = Field(
        None, description="How often each value comes, in any unit; equally often if not given."
    )

    @model_validator(mode="after")
    def _matched(self) -> Self:
        if self.weights is not None and len(self.weights) != len(self.values):
            raise ValueError(f"{len(self.weights)} weights for {len(self.values)} values")
        if self.weights is not None and not any(self.weights):
            raise ValueError("all weights are 0")
        return self


class OneDistribution(Strict):
    """A distribution of durations: exactly one of its keys is given."""

    model_config = ConfigDict(
        title="Distribution", json_schema_extra={"minProperties": 1, "maxProperties": 1}
    )

    constant: Duration | None = Field(
        None, description="Always this; a bare duration such as 2s means the same."
    )
    uniform: Uniform | None = Field(None, description="Equally likely between two bounds.")
    exponential: Exponential | None = Field(
        None, description="Memoryless, such as times between independent events."
    )
    lognormal: Lognormal | None = Field(
        None, description="Skewed to the right, as latencies and run times are."
    )
    empirical: Empirical | None = Field(None, description="Drawn from a list of values.")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = sorted(self.model_fields_set)
        if len(given) != 1 or getattr(self, given[0]) is None:
            names = ", ".join(type(self).model_fields)
            raise ValueError(f"give exactly one of {names}")
        return self

    @property
    def is_always_zero(self) -> bool:
        """Whether every sample is 0."""
        if self.empirical is not None:
            return not any(self.empirical.values)
        return self.constant == 0 or (self.uniform is not None and self.uniform.max == 0)

    @model_serializer(mode="wrap")
    def _only_the_given(self, handler: Any) -> dict[str, Any]:
        return {key: value for key, value in handler(self).items() if value is not None}


def _bare_is_constant(value: Any) -> Any:
    return {"constant": value} if isinstance(value, str | int | float) else value


Distribution = Annotated[
    OneDistribution,
    BeforeValidator(_bare_is_constant, json_schema_input_type=OneDistribution | Duration),
]
"""A distribution, or a bare duration for a constant: ``2s``, ``{uniform: {min: 1s, max: 3s}}``."""


def constant(milliseconds: int) -> OneDistribution:
    """The distribution that always gives the same milliseconds."""
    return OneDistribution.model_validate({"constant": f"{milliseconds}ms"})


def uniform(low: int, high: int) -> OneDistribution:
    """Uniform on [low, high) milliseconds."""
    return OneDistribution.model_validate({"uniform": {"min": f"{low}ms", "max": f"{high}ms"}})


def exponential(mean: int) -> OneDistribution:
    """Memoryless, in milliseconds."""
    return OneDistribution.model_validate({"exponential": {"mean": f"{mean}ms"}})


def lognormal(p50: int, p99: int) -> OneDistribution:
    """Lognormal with the given median and 99th percentile, in milliseconds."""
    return OneDistribution.model_validate({"lognormal": {"p50": f"{p50}ms", "p99": f"{p99}ms"}})
