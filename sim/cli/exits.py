"""How the command ends: one table of exit codes for every verb."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every verb."""

    DONE = 0
    NOT_HELD = 1
    BAD_INPUT = 2
    FAULT = 70
    EXPECTATION_FAILED = 99
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.NOT_HELD: "done, but what was asked did not hold, or lint found an error",
    ExitCode.BAD_INPUT: "bad input; the message says what to change",
    ExitCode.FAULT: "a fault of ipamd-sim; the message says what to report",
    ExitCode.EXPECTATION_FAILED: "done, but an expectation failed",
    ExitCode.INTERRUPTED: "interrupted",
}


def exit_table() -> str:
    """The codes with their meanings, one a line."""
    return "\n".join(f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items())
