"""What a user may read under ``origin``: where a scenario came from that nobody wrote by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field, field_validator

from .base import Strict
from .errors import shown


class Origin(Strict):
    """Where a scenario came from that was made of a cluster's own files."""

    kind: Literal["snapshot"] = Field(
        description="snapshot: of a real cluster at one moment, by `ipamd-sim import`."
    )
    files: list[str] = Field(
        default_factory=list, description="Names of the files that it was made from."
    )
    churn: Literal["unknown", "known"] = Field(
        "unknown",
        description="Whether the workload says how pods come and go. A snapshot does not, and "
        "`recommend` refuses to guess; write known once it does, such as after `import churn`.",
    )
    history_start: str | None = Field(
        None,
        description="The real time, in UTC, at which the history begins that its trace replays: "
        "time 0 of the run. `overlay` lays measured series there.",
    )

    @field_validator("history_start")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        try:
            _ = value and datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{shown(value)} is no time such as 2026-01-05T08:00:00Z") from None
        return value

    @property
    def history_start_ms(self) -> int | None:
        """`history_start` in milliseconds since 1970."""
        if self.history_start is None:
            return None
        time = datetime.fromisoformat(self.history_start)
        return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
