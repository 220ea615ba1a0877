"""A failing scenario made small: whatever can go goes, as long as it fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

MOST_TRIES = 600


def shrunk(data: Any, fails: Callable[[Any], bool], most_tries: int = MOST_TRIES) -> Any:
    """The data with as much taken out, and its numbers as small, as they can be one by one.

    Args:
        data: dicts, lists, texts and numbers; it fails.
        fails: whether data still does so; data that is not valid does not.
        most_tries: how often ``fails`` is asked.
    """
    place = since = 0
    for _ in range(most_tries):
        candidates = list(smaller(data))
        if since >= len(candidates):
            break
        place %= len(candidates)
        if fails(candidates[place]):
            data, since = candidates[place], 0
        else:
            place, since = place + 1, since + 1
    return data


def smaller(data: Any) -> Iterator[Any]:
    """All that is one step smaller, the largest steps first."""
    if isinstance(data, dict):
        for key in data:
            yield {other: one for other, one in data.items() if other != key}
        for key, value in data.items():
            yield from (data | {key: less} for less in smaller(value))
    elif isinstance(data, list):
        for place in range(len(data)):
            yield data[:place] + data[place + 1 :]
        for place, value in enumerate(data):
            yield from ([*data[:place], less, *data[place + 1 :]] for less in smaller(value))
    elif isinstance(data, int) and data > 0:
        yield from dict.fromkeys((0, data // 2, data - 1)) if data is not True else (False,)
