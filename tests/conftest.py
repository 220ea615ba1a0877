"""What all tests share: signals reach what they start, and a check of a commit has no luck in it.

Where CI is set, Hypothesis draws the same examples each time; elsewhere it goes on exploring.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture
def signals_arrive() -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM reach what a test starts, though whoever started pytest ignores them.

    A shell does that to what it runs in the background, and it is inherited; a handler is not.
    """
    of_ctrl_c = signal.signal(signal.SIGINT, signal.default_int_handler)
    of_term = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGINT, of_ctrl_c)
    signal.signal(signal.SIGTERM, of_term)


def pytest_collection_finish() -> None:
    """What there is by now stays to the end: looks for garbage need not go through it each time."""
    gc.collect()
    gc.freeze()
