"""Findings and rules for people: plain text, one paragraph each."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from .look import Finding, Findings
from .rules import RULES

WIDTH = 80


def findings_text(found: Findings, name: str) -> str:
    """All findings, the worst first, and what was not looked for."""
    parts = [_finding(one) for one in found.found]
    return "\n\n".join([*parts, "\n".join([*_summary(found, name), _footer()])]) + "\n"


def _finding(one: Finding) -> str:
    place = ":".join(str(part) for part in (one.problem.file, one.problem.line) if part)
    head = f"{place}: " if place else ""
    lines = [
        f"{head}{one.rule.severity} {one.rule.id}: {one.rule.title}",
        _wrapped(f"{one.trap.message}."),
        _wrapped(f"remedy: {one.remedy}"),
        _wrapped(f"source: {one.rule.source}"),
    ]
    return "\n".join(lines)


def _summary(found: Findings, name: str) -> Iterator[str]:
    counts = [f"{count} {severity}{'s' * (count != 1)}" for severity, count in found.counts.items()]
    yield f"{name}: {', '.join(counts)}" if found.found else f"{name}: no traps found"
    if found.ignored:
        yield _wrapped(f"ignored: {', '.join(found.ignored)}")
    by_lack: dict[tuple[str, ...], list[str]] = {}
    for rule_id, lacks in found.not_looked_for.items():
        by_lack.setdefault(lacks, []).append(rule_id)
    for lacks, ids in by_lack.items():
        yield _wrapped(f"not looked for without {' and '.join(lacks)}: {', '.join(ids)}")


def rules_text() -> str:
    """The table of rules."""
    parts = [
        "\n".join(
            [
                f"{rule.id}  {rule.severity:<7}  {rule.title}",
                _wrapped(f"source: {rule.source}"),
                _wrapped(f"remedy: {rule.remedy}"),
                _wrapped(f"shown by: {rule.shown_by}"),
            ]
        )
        for rule in RULES
    ]
    return "\n\n".join([*parts, _footer()]) + "\n"


def _wrapped(text: str) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def _footer() -> str:
    from sim.results.versions import modelled_versions

    versions = modelled_versions()
    return (
        f"ipamd-sim {versions['ipamd_sim']}, rules for VPC CNI {versions['cni']}, instance limits "
        f"{versions['limits_table']}"
    )
