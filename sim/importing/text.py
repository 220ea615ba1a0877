"""An imported scenario as YAML that people read and edit."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .churn.notes import Notes

WIDTH = 100
_WIDEST = 10**6


def as_yaml(data: dict[str, Any], notes: Notes, unknown: Sequence[str]) -> str:
    """The scenario, with notes at its head and unknown variables beside the settings.

    Args:
        data: the scenario.
        notes: what was understood, guessed and left out.
        unknown: ``NAME: value`` of variables that nothing is known of.
    """
    cluster = data["cluster"]
    rest = {
        key: value for key, value in data.items() if key not in ("cluster", "ipamd", "workload")
    }
    lines = [
        *_head(data["origin"]["files"], notes),
        *_block(rest),
        "",
        "cluster:",
        *_indented(_cluster(cluster)),
        "",
        *_settings(data["ipamd"], unknown),
        "",
        "workload:",
        *(f"  - {_flow(one)}" for one in data["workload"]),
    ]
    return "\n".join(lines) + "\n"


def _head(files: Iterable[str], notes: Notes) -> Iterator[str]:
    yield from _comment(f"Made by ipamd-sim import of {', '.join(files)}.", "# ", "# ")
    for title, sentences in notes.sections():
        yield "#"
        yield f"# {title}:"
        for sentence in sentences:
            yield from _comment(sentence, "# - ", "#   ")


def _comment(text: str, first: str, rest: str) -> list[str]:
    plain = " ".join(text.split())
    return textwrap.wrap(
        plain,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _settings(values: dict[str, Any], unknown: Sequence[str]) -> Iterator[str]:
    if values:
        yield "ipamd:"
        yield from _indented(_block(values))
    else:
        yield "ipamd: {}"
    for text in unknown:
        yield "  # " + " ".join(text.split())


def _cluster(cluster: dict[str, Any]) -> Iterator[str]:
    for key, value in cluster.items():
        if key == "subnets":
            yield "subnets:"
            for one in value:
                yield from _item(_subnet(one))
        elif key == "node_groups":
            yield "node_groups:"
            for one in value:
                yield from _item(_group(one))
        else:
            yield from _block({key: value})


def _subnet(one: dict[str, Any]) -> Iterator[str]:
    others = one.get("others", {})
    yield from _block({key: value for key, value in one.items() if key != "others"})
    if others:
        yield "others:"
        if "count" in others:
            yield f"  count: {others['count']}"
        if addresses := others.get("addresses"):
            yield "  addresses:"
            yield from _wrapped(addresses)


def _wrapped(addresses: Sequence[str]) -> list[str]:
    """A list in brackets over as many lines as it takes."""
    return textwrap.wrap(
        f"[{', '.join(addresses)}]",
        WIDTH - 8,
        initial_indent="    ",
        subsequent_indent="     ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def _group(one: dict[str, Any]) -> Iterator[str]:
    yield from _block({key: value for key, value in one.items() if key != "daemonsets"})
    if "daemonsets" in one:
        yield "daemonsets:" if one["daemonsets"] else "daemonsets: []"
        for daemon_set in one["daemonsets"]:
            yield f"  - {_flow(daemon_set)}"


def _item(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"  - {line}" if number == 0 else f"    {line}"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" if line else "" for line in lines)


def _block(values: dict[str, Any]) -> Iterator[str]:
    """Each key on a line of its own."""
    for key, value in values.items():
        yield f"{_flow(key)}: {_flow(value)}"


def _flow(value: Any) -> str:
    """A value on one line."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # annotated as None
    yaml.width = _WIDEST
    text = io.StringIO()
    yaml.dump(value, text)
    return text.getvalue().removesuffix("...\n").strip()
