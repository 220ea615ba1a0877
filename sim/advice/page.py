"""The page of a change: plain text, so that what is pasted keeps its lines whatever the width."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from .change import Change
from .notes import notes
from .steps import FORMS, Block, Step, steps, to_paste

WIDTH = 80
_TITLES = dict(zip(FORMS, ("kubectl", "Helm", "the EKS add-on vpc-cni", "Terraform"), strict=True))


def page(change: Change, form: str) -> str:
    """All there is to say about a change, for people."""
    parts = [
        _head(change, form),
        _differences(change),
        *(_step(number, one) for number, one in enumerate(steps(change, form), 1)),
        _notes(change, form),
        _footer(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def as_data(change: Change, form: str) -> dict[str, Any]:
    """The same as plain JSON data."""
    variables = change.variables
    return {
        "name": change.name,
        "for": form,
        "set": {name: value for name, value in variables.items() if value is not None},
        "unset": [name for name, value in variables.items() if value is None],
        "paste": to_paste(change, form)._asdict(),
        "steps": [
            {**one._asdict(), "blocks": [block._asdict() for block in one.blocks]}
            for one in steps(change, form)
        ],
        "notes": list(notes(change, form)),
        "change": change.to_dict(),
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    from sim.results.versions import modelled_versions

    return modelled_versions()


def _head(change: Change, form: str) -> str:
    before = "the settings now" if change.is_before_known else "the shipped manifest of v1.23.1"
    before = change.from_what or before
    return _wrapped(f"{change.name}: settings for {_TITLES[form]}, from {before}")


def _differences(change: Change) -> str:
    found = change.differences
    if not found and not change.needs_new_nodes:
        said = "Nothing changes: every variable has its value already."
        wanted = "--set or --variant say what is to hold instead."
        return _wrapped(f"{said} {wanted}" if change.from_what else said)
    width = max(map(len, found), default=0)
    lines = [f"  {name:<{width}}  {old} -> {new}" for name, (old, new) in found.items()]
    lines += [
        _wrapped(
            f"max pods of {one.name} ({one.type}): {one.max_pods_before} -> {one.max_pods}, "
            "new nodes only",
            "    ",
            "  ",
        )
        for one in change.groups
        if one.needs_new_nodes
    ]
    return "\n".join(["Changes", *lines])


def _step(number: int, step: Step) -> str:
    head = f"{number}. {step.title}"
    why = _wrapped(step.why, "   ")
    return "\n".join([head, why, *(line for block in step.blocks for line in _block(block))])


def _block(block: Block) -> Iterator[str]:
    if block.title:
        yield _wrapped(f"{block.title}:", "   ")
    yield textwrap.indent(block.text, "     ")


def _notes(change: Change, form: str) -> str:
    lines = [_wrapped(one, "    ", "  - ") for one in notes(change, form)]
    return "\n".join(["Good to know", *lines])


def _wrapped(text: str, indent: str = "", first: str | None = None) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _footer() -> str:
    versions = _versions()
    return _wrapped(
        f"nothing was applied; ipamd-sim {versions['ipamd_sim']}, lines for VPC CNI "
        f"{versions['cni']}, instance limits {versions['limits_table']}"
    )
