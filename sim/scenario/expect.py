"""What a user writes under ``expect``: rules on the headline figures, judged after a run."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, create_model, model_serializer

from .base import Strict
from .headlines import HEADLINES
from .rules import Rule, rule_on

_FIELDS: dict[str, Any] = {
    name: (rule_on(name) | None, Field(None, description=one.meaning))
    for name, one in HEADLINES.items()
}
_Rules: Any = create_model("Rules", __base__=Strict, **_FIELDS)


class Expect(_Rules):
    """Rules on the headline figures; they change nothing of a run."""

    allow_unserved: Annotated[int, Field(ge=0)] = Field(
        0,
        description="Pods that may stay without an address; one more, and every rule on a wait "
        "of pods fails, whatever the others' waits.",
    )

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that are given, in the order of `HEADLINES`."""
        every = (getattr(self, name) for name in HEADLINES)
        return tuple(rule for rule in every if rule is not None)

    @model_serializer(mode="wrap")
    def _only_the_given(self, handler: Any) -> dict[str, Any]:
        return {key: value for key, value in handler(self).items() if value is not None}
