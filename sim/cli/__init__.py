"""The command ``ipamd-sim``: thin, one function per verb."""

from .command import cli, main

__all__ = ["cli", "main"]
