"""The options that say where runs run."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from sim.cli.options import Where, where_options
from sim.scenario.errors import InputError
from sim.study.executors import cores


@click.command
@where_options
@click.option("--more", default="less")
def verb(where: Where, more: str) -> None:
    """Says where it would run."""
    with where.executor() as here, where.progress() as progress:
        click.echo(f"{here.workers} {progress is not None} {more}")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], f"{cores()} True less\n"),
        (["--workers", "1", "--no-progress"], "1 False less\n"),
        (["--more=x", "--workers=3"], "3 True x\n"),
    ],
)
def test_where(given: list[str], said: str) -> None:
    """There is one worker a core, if not another number, beside the verb's own options."""
    assert CliRunner().invoke(verb, given).output == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--workers", "0"], "0 is not in the range"),
        (["--workers=2", "--scheduler=tcp://s:1"], "leave one out"),
        (["--tls-cert=c.pem"], "go with --scheduler"),
    ],
)
def test_contradictions(given: list[str], said: str) -> None:
    """Options that make no sense are refused with the command's usage."""
    result = CliRunner().invoke(verb, given)
    assert result.exit_code == 2
    assert said in result.output


def test_a_scheduler_that_is_none() -> None:
    """What is wrong with a scheduler is bad input."""
    error = CliRunner().invoke(verb, ["--scheduler", "http://s:1"]).exception
    assert isinstance(error, InputError)


def test_the_options_import_little() -> None:
    """A verb's help needs none of what its runs need."""
    code = (
        "import sys; from sim.cli.options import where_options; where_options(print);"
        "sys.exit(bool({'numpy', 'rich', 'distributed', 'multiprocessing'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
