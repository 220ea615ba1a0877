"""Nested data: parts of it changed, and written as YAML or JSON in one way or another."""

from __future__ import annotations

import json
import marshal
import math
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from .values import TEXTS, value

Place = tuple[Any, Any]
"""A mapping or list, and a key or index of it."""


def places(data: Any) -> Iterator[Place]:
    """Everything in nested data that can be replaced."""
    waiting = [data]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict | list):
            keys = list(here) if isinstance(here, dict) else range(len(here))
            for key in keys:
                yield here, key
                waiting.append(here[key])


def _copy(data: Any) -> Any:
    return marshal.loads(marshal.dumps(data))


def _replace(random: Random, here: Any, key: Any, _all: list[Place]) -> None:
    here[key] = value(random)


def _remove(_random: Random, here: Any, key: Any, _all: list[Place]) -> None:
    del here[key]


def _swap(random: Random, here: Any, key: Any, every: list[Place]) -> None:
    other, there = random.choice(every)
    here[key] = _copy(other[there])


def _wrap(random: Random, here: Any, key: Any, _all: list[Place]) -> None:
    here[key] = random.choice(([here[key]], {"a": here[key]}, str(here[key])))


def _rename(random: Random, here: Any, key: Any, every: list[Place]) -> None:
    names = [name for _, name in every if isinstance(name, str)] or ["a"]
    new = random.choice((*TEXTS, *names)) if random.random() < 0.7 else f"{key}x"
    if isinstance(here, dict):
        here[new] = here.pop(key)
    else:
        here.insert(key, _copy(here[key]))


def _near(random: Random, here: Any, key: Any, _all: list[Place]) -> None:
    """A number a little off, which goes further than a wrong one."""
    old = here[key]
    if isinstance(old, int | float) and not isinstance(old, bool):
        here[key] = random.choice((old + 1, old - 1, old * 2, old // 2, old * 1000, -old, 0))
    elif isinstance(old, str) and old[:1].isdigit():
        here[key] = random.choice(("0", "1", "9")) + old[1:]
    else:
        here[key] = value(random)


_CHANGES: tuple[Callable[[Random, Any, Any, list[Place]], None], ...] = (
    *(_replace, _replace, _remove, _swap, _wrap, _rename, _near, _near, _near),
)


def changed(random: Random, data: Any, times: int = 3) -> Any:
    """A copy with up to so many changes in it."""
    data = _copy(data)
    for _ in range(random.randint(1, times)):
        every = list(places(data))
        if not every:
            return value(random)
        here, key = random.choice(every)
        random.choice(_CHANGES)(random, here, key, every)
    return data


def as_json(random: Random, data: Any) -> bytes:
    """JSON, with Python's NaN and Infinity as they come."""
    text = json.dumps(data, ensure_ascii=random.random() < 0.5, indent=random.choice((None, 1)))
    return text.encode("utf-8", "surrogatepass")


def as_yaml(random: Random, data: Any) -> bytes:
    """YAML in blocks, in braces, or as JSON; texts bare where that may be read, or in quotes."""
    if random.random() < 0.2 or not isinstance(data, dict | list):
        return _flow(random, data).encode("utf-8", "replace")
    return ("\n".join(_block(random, data)) + "\n").encode("utf-8", "replace")


def _block(random: Random, data: Any) -> Iterator[str]:
    pairs = data.items() if isinstance(data, dict) else ((None, one) for one in data)
    for key, inner in pairs:
        head = "-" if key is None else f"{_scalar(random, key)}:"
        if isinstance(inner, dict | list) and inner and random.random() < 0.7:
            lines = list(_block(random, inner))
            yield head
            yield from (f"  {line}" for line in lines)
        else:
            yield f"{head} {_flow(random, inner)}"


def _flow(random: Random, data: Any) -> str:
    if isinstance(data, dict):
        inner = (f"{_scalar(random, key)}: {_flow(random, one)}" for key, one in data.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(_flow(random, one) for one in data) + "]"
    return _scalar(random, data)


def _scalar(random: Random, data: Any) -> str:
    if isinstance(data, float) and not math.isfinite(data):
        return ".nan" if data != data else f"{'-' if data < 0 else ''}.inf"  # noqa: PLR0124 (NaN)
    if not isinstance(data, str):
        return json.dumps(data)
    bare = data.replace(".", "").replace("_", "").replace("-", "").isalnum()
    return data if bare and random.random() < 0.9 else json.dumps(data)
