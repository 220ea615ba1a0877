"""Make docs/lint.md from the rules in sim/lint/rules.py.

python tools/make_lint_docs.py
"""

from __future__ import annotations

from pathlib import Path

from sim.lint.case import NEEDS
from sim.lint.rule import Rule
from sim.lint.rules import RULES

TARGET = Path(__file__).parents[1] / "docs" / "lint.md"

INTRODUCTION = """\
# Traps in settings

`ipamd-sim lint` finds settings that do not do what they seem to, without a run: in a scenario, in
variables of aws-node on as much of a cluster as you say, or in both (the variables then replace
the scenario's).

```sh
ipamd-sim lint my-cluster.yaml
ipamd-sim lint WARM_IP_TARGET=1 --nodes 400 --instance-type m5.large --subnet 10.0.0.0/18
ipamd-sim lint my-cluster.yaml ENABLE_PREFIX_DELEGATION=true
```

*The table is made by `tools/make_lint_docs.py` from `sim/lint/rules.py`; change it there.*

Each finding has the rule's id, the line that leads into the trap, what it comes to on this
cluster in numbers, a remedy and the source. Without a scenario only what is given is judged:
rules that would need more are named with the option that they lack, and nothing is made up.

- **Exit code**: 1 if there is an error, 0 if not, 2 if the input cannot be read. `--fail-on
  warning` or `--fail-on note` makes it stricter.
- **In a pipeline**: `-o json` prints findings, counts, ids of ignored rules and of those that
  could not look.
- **Silence**: `--ignore IPAMD003` (several times, or separated by commas) leaves a rule out. Ids
  never change their meaning.
- `ipamd-sim lint --rules` lists the rules. `validate` and `run` warn of those that a scenario
  shows by itself (001, 004, 006, 009, 011 to 013, 018, 019); the code is the same.

Numbers are bounds or expectations, as the message says. Free /28s are an expectation over where
single addresses lie when only their number is known, and exact for addresses that the scenario
lists. Pods per node are the workload's most at one time, spread evenly. A scenario without a
finding can still wait or waste: that is what `run` and `recommend` are for.

## Rules

Each scenario in the last column shows its trap when it is run, and the test suite asserts it.
"""

NEED_INTRODUCTION = """\
A rule that needs something else than settings says so under *Needs*:
"""


def row(*cells: str) -> str:
    """A row of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def of_rule(rule: Rule) -> str:
    """The row of a rule."""
    shown = f"[{Path(rule.shown_by).stem}](../{rule.shown_by})"
    needs = ", ".join(need for need in NEEDS if need in rule.needs)
    return row(rule.id, rule.severity.value, rule.title, needs, rule.remedy, rule.source, shown)


def document() -> str:
    """The whole document."""
    head = ("Id", "Severity", "Trap", "Needs", "Remedy", "Source", "Shown by")
    needs = [f"- *{need}*: {says}, or a scenario" for need, says in list(NEEDS.items())[:-1]]
    needs.append("- *workload*: a scenario")
    return "\n".join(
        [
            INTRODUCTION,
            row(*head),
            "|" + "---|" * len(head),
            *map(of_rule, RULES),
            "",
            NEED_INTRODUCTION,
            *needs,
            "",
        ]
    )


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
