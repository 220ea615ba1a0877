"""Help: every verb with an example that works, and the exit codes."""

from __future__ import annotations

import re
import shlex
from typing import Any

import click
import pytest

from sim.cli import cli
from sim.cli.exits import MEANINGS, ExitCode

VERBS = sorted(cli.commands)


def examples(text: str) -> list[list[str]]:
    """The arguments of each example in a help text, without redirections."""
    lines = re.findall(r"^ +ipamd-sim (.+)$", text, re.MULTILINE)
    return [shlex.split(line.split(">")[0]) for line in lines]


def parse(arguments: list[str]) -> click.Context:
    """Reads a verb's arguments without running it."""
    verb, *rest = arguments
    return cli.commands[verb].make_context(verb, rest)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_an_example_that_parses(command: Any, verb: str) -> None:
    """The help of a verb ends with a call of that verb which its options accept."""
    shown = examples(command(verb, "--help").out)
    assert [one[0] for one in shown] == [verb]
    parse(shown[0])  # raises if the verb does not take it


def test_the_help_has_an_example_of_every_verb(command: Any) -> None:
    """The command's own help shows how to call each verb."""
    ended = command("--help")
    assert ended.code == 0
    assert sorted({one[0] for one in examples(ended.out)}) == VERBS


def test_without_a_verb_the_help_is_shown(command: Any) -> None:
    """Calling the command alone helps."""
    assert command() == command("--help")


def test_the_help_lists_the_exit_codes(command: Any) -> None:
    """Every exit code stands in the help with its meaning."""
    rows = re.findall(r"^ +(\d+)  (\S.+)$", command("-h").out, re.MULTILINE)
    assert rows == [(str(code.value), MEANINGS[code]) for code in ExitCode]
    assert [code.value for code in ExitCode] == [0, 1, 2, 70, 99, 130]


def test_summaries_of_verbs_are_not_cut_off(command: Any) -> None:
    """In 80 columns each verb's purpose can be read in full."""
    commands = command("--help").out.split("Commands:")[1]
    assert not re.findall(r"\w\.\.\.", commands)


def test_version(command: Any) -> None:
    """--version names the tool, the modelled CNI and the date of the limits."""
    ended = command("--version")
    assert ended.code == 0
    assert re.fullmatch(
        r"ipamd-sim \S+, modelling VPC CNI v1\.23\.1, instance limits of \d{4}-\d\d-\d\d\n",
        ended.out,
    )
