"""What a mutation of the model is, and how a part of the model is replaced for a while."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import sim.conformance.check  # noqa: F401 (all of the model is loaded before it is patched)

Patch = AbstractContextManager[Any]


@dataclass(frozen=True)
class Mutation:
    """A rule and what becomes of it.

    Args:
        name: name of the function that makes it.
        rule: what the daemon does.
        change: what the model does instead.
        source: the function upstream that holds the rule.
        case: a recording that catches it: kind/name.
        in_force: makes a context in which the model is changed.
    """

    name: str
    rule: str
    change: str
    source: str
    case: str
    in_force: Callable[[], Patch]


MUTATIONS: dict[str, Mutation] = {}


def mutation(source: str, case: str) -> Callable[[Callable[[], Patch]], Callable[[], Patch]]:
    """Lists a mutation; the first line of the decorated function says "Rule. Changed: change."."""

    def listed(in_force: Callable[[], Patch]) -> Callable[[], Patch]:
        said = " ".join((in_force.__doc__ or "").split())
        rule, change = said.removesuffix(".").split(". Changed: ")
        name = in_force.__name__
        MUTATIONS[name] = Mutation(name, rule, change, source, case, in_force)
        return in_force

    return listed


@contextmanager
def replaced(name: str, value: Any) -> Iterator[None]:
    """A function or constant is ``value`` in every module of the model that knows the name."""
    modules = [one for path, one in sorted(sys.modules.items()) if path.startswith("sim.")]
    holders = [module for module in modules if name in vars(module)]
    assert holders, name
    with ExitStack() as patches:
        for module in holders:
            patches.enter_context(patch.object(module, name, value))
        yield
