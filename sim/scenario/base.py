"""The base of every model a user writes."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_serializer


class Strict(BaseModel):
    """Refuses unknown keys and guessed types, and is never changed after it was read."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, populate_by_name=True, allow_inf_nan=False
    )

    UNSAID: ClassVar[frozenset[str]] = frozenset()
    """Fields that are left out where they are empty: keys that younger versions know, and without
    which a scenario reads, and has the digest, as before."""

    @model_serializer(mode="wrap")
    def _without_what_is_unsaid(self, handler: Any) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        if not self.UNSAID:
            return data
        return {key: one for key, one in data.items() if one or key not in self.UNSAID}
