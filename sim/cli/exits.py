"""How the command ends: one table of exit codes for every verb."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """An exit code and what it says; the same for all verbs."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> ExitCode:
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    DONE = 0, "done"
    NOT_HELD = 1, "done, but what was asked did not hold"
    BAD_INPUT = 2, "bad input; the message says what to change"
    FAULT = 70, "a fault of ipamd-sim; the message says what to report"
    EXPECTATION_FAILED = 99, "an expectation failed"
    INTERRUPTED = 130, "interrupted"


def exit_table() -> str:
    """The codes with their meanings, one a line."""
    return "\n".join(f"  {code.value:>3}  {code.meaning}" for code in ExitCode)
