"""Make docs/metrics.md from the definitions that stand beside the code that computes them.

python tools/make_metrics_docs.py
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from sim.results import (
    account,
    addresses,
    branch_enis,
    causes,
    changes,
    ec2,
    findings,
    nodes,
    overlay,
    pods,
    waits,
)
from sim.results.metric import Metric
from sim.results.records import TABLES
from sim.results.tables import MAY_LACK
from sim.scenario.headlines import HEADLINES

TARGET = Path(__file__).parents[1] / "docs" / "metrics.md"

INTRODUCTION = """\
# Metrics

Every figure that ipamd-sim reports is defined here, once. They stand in `summary.json` (and in
`Result.summary`) under the keys that the headings name.

*Made by `tools/make_metrics_docs.py` from the definitions in `sim/results`; change them there.*

## How figures come about

A run writes [records](#records) and nothing else: what became of each pod, each EC2 request, each
change of a node's address pool and of a subnet. All figures are derived from these, so each can be
traced to rows of a table. They are counted block by block, and do not depend on where the blocks
part.

- **What counts** is the time from the end of `warm_up` to the end of the run. Nodes requested and
  EC2 requests made before that are kept in the records and left out of figures, and time averages
  begin there.
- **The pods that count** are those that were created from the end of `warm_up` on, and those that
  came before and had no address yet when it ended: whatever happens to them is seen after it. Their
  waits count in full, from their true beginning. So a pod that starves from the start of a run is
  in every figure, however long the warm-up; one that had its address by then, or was gone, is in
  none. Without a warm-up every pod counts.
- **Averages over time are exact.** A count of addresses is constant between two records, so its
  average is the sum of value x duration over all the pieces, divided by the length of the window.
  Nothing is sampled.
- **Sums come before peaks.** The peak of a subnet, a node group or the cluster is the highest value
  of the sum over its nodes, not the sum of their peaks. Of several changes in one millisecond only
  their outcome counts.
- **`end`** is the value in the last millisecond of the run.
- **Pods on the host's network** (aws-node, kube-proxy) take no address of their own and appear in
  no figure.
- A figure that does not exist, such as the requests per started pod when none started, is `null`.
"""

HEADLINE = """\
## Headline figures

The figures that answer a question. A scenario's [`expect`](scenario.md#expect) sets limits to them,
and `compare`, `sweep` and `recommend` show them. Where there is a `*` the least value counts.
"""

STATES = """\
## States of an address

Every address of a subnet, AWS's five left out, is in exactly one of these states at any instant:

    size = free + other + held
    held = assigned + cooldown + warm + partial + eni_primary + in_transition

**Waste is `held - assigned`**: what the nodes take from the subnet and no pod uses. Not all of it
can be saved. A warm address makes the next pod start at once, an ENI has a primary address
whatever the settings, and a cooling one is back in use soon.
"""

PLACES = """\
## Addresses

`addresses.cluster`, `addresses.subnets.NAME`, `addresses.node_groups.NAME`

Each state above has a time average (`mean`), a `peak` and an `end`, and so has `stranded`. The
states `other`, `free` and `free_aligned_28s` are there for subnets and the cluster only. A node
group has the addresses of its nodes, in whichever subnet they lie. Should the prefixes of one node
lie in several subnets, those it needs are counted in the subnets in the scenario's order.
"""

SUBNETS = """\
Besides, for each subnet (`addresses.subnets.NAME`), all within the window. Only the start of a
stretch that reaches into the window may lie before it: a subnet that ran out in the warm-up, and
was still out when that ended, ran out then.
"""

OVERLAY = """\
## Overlay

`overlay`, for a cluster with one: the overlay's own addresses, which lie in no subnet. Each has a
time average (`mean`), a `peak` and an `end`.
"""

BRANCH_ENIS = """\
## Branch ENIs

`branch_enis`, where ENABLE_POD_ENI is on: addresses of pods with security groups of their own. They
lie outside of ipamd's pool. Each has a time average (`mean`), a `peak` and an `end`.
"""

WAITS = """\
## Waits

`pods.ip_wait_s`, `pods.start_latency_s`, `pods.parts_s.NAME`, `nodes.time_to_ready_s`

**No survivor bias.** If only pods that got an address were counted, a cluster that leaves its
slowest pods waiting for ever would look fast. So a wait that never ended, because the pod was
deleted or the run was over, counts with what it had lasted by then. Its true length is unknown, but
it is no less. Every figure is therefore at most the true one, and it is exact if enough waits
*that ended* are at or below it to fill the ranks up to its own. Figures for which that is not so
are named in `at_least`, and are printed as "≥ 12.3 s".

An example: of ten pods seven got an address at once, one after 12 s, and two were still waiting,
for 5 s and 40 s, when the run ended. In order: 0 0 0 0 0 0 0 5+ 12 40+. The median is exactly 0 s:
seven waits that ended fill the first five ranks. p90, rank 9, is "≥ 12 s": only eight waits ended
at or below it, since the pod at 5+ may in the end have waited longer. p99 and the maximum are
"≥ 40 s".

A pod that never came to the start of a wait (it was never bound, so there was no CNI ADD) is not
among that wait's pods; it is among those of `start_latency_s`, and counted as unserved.
"""

PODS = """\
## Pods

`pods`; the same for each workload in `pods.by_workload.NAME`, and for each node group, with the
pods that were bound to its nodes, in `pods.by_node_group.NAME`

A pod is **started** once it has its address, whatever becomes of it later, so
`created = started + unserved`.
"""

PARTS = """\
`pods.parts_s` are the parts of `start_latency_s`, one after the other:
"""

EC2 = """\
## EC2 requests

`ec2`
"""

BUCKETS = """\
`ec2.buckets.ACTION`, for each action that was requested:
"""

ACCOUNT = """\
## Others in the account

`account`, and `account.tenants.NAME` and `account.tenants.NAME.actions.ACTION`; there only if the
scenario has others (`aws.tenants` or `aws.other_requests`):
"""

CHANGES = """\
## Changes of aws-node

`changes`, one object for each `change` of the scenario, in order; there only if it has some. See
[is it safe to change live?](change.md)
"""

PHASES = """\
`before`, `during` and `after` of each change. **during** is from the change until the last node
that had aws-node then has a ready one again, or is gone; **after** lasts until the next change.
**before** is the *after* of the change before, or its *during* if that came to no end.
"""

FINDINGS = f"""\
## Findings

`findings`: up to {findings.MOST} sentences, in this order of seriousness. If none of these holds,
one sentence says so.
"""

WHY = """\
Why pods waited long is said only where the records show it. For each such pod the first of these
that holds counts, and the most frequent one is named (of equally frequent ones the first):
"""

RECORDS = """\
## Records

`--out DIR` writes one Parquet file a table. Times are whole milliseconds from the start of the run;
names are dictionary-encoded texts; a row is written when something changes. Columns marked ? are
null where there is nothing to say: a time that never came, the node of a pod that was never bound,
the node of addresses that others hold, the tokens of an action that is not throttled, the interface
of a request that is about none or several, the end of a pass that went on when the run ended.

Rows stand in the files as they were recorded while the run went on: block after block, each block
sorted by the table's first time. An EC2 request is recorded when it is answered, a pod when it is
gone, and one that is still there at the end of the run. `Result.load` sorts each table as a whole.

Of the passes of a daemon's loop only those are recorded that took time; [explain](explain.md) says
how the instants of all others follow.

An interrupted run leaves what it had recorded in `DIR.partial`, complete as a run that ended then;
`partial` is true in its `manifest.json`.
"""

REST = (
    ("schema_version", "Version of this layout."),
    (
        "scenario",
        "`name`, `seed`, `duration_s`, `warm_up_s`, and `digest`, the SHA-256 of the scenario with "
        "all defaults filled in, as canonical JSON, without `expect`, `variants` and `prices`.",
    ),
    (
        "versions",
        "`ipamd_sim`, the modelled VPC `cni`, and the date of the instance limits, `limits_table`.",
    ),
    ("settings", "For each node group the ipamd settings that differ from the shipped manifest's."),
    (
        "expectations",
        "One object for each rule of the scenario's `expect`: its `metric`, `rule` and `limit` (in "
        "the figure's unit), the measured `value`, whether that is only a lower bound "
        "(`at_least`), whether the rule `holds`, and `why` not if the value does not tell.",
    ),
    ("warnings", "What is allowed in the scenario but can hardly be meant."),
)


def row(*cells: str) -> str:
    """A row of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table."""
    return "\n".join([row(*head), "|" + "---|" * len(head), *(row(*cells) for cells in rows), ""])


def metrics(ones: Iterable[Metric]) -> str:
    """A table of metrics."""
    head = ("Name", "Unit", "Formula", "Meaning")
    return table(head, ((f"`{m.name}`", m.unit, m.formula, m.meaning) for m in ones))


def headline(name: str) -> tuple[str, ...]:
    """A headline figure's row."""
    one = HEADLINES[name]
    return f"`{name}`", one.unit, one.better, f"`{one.path}`", one.meaning


def columns(name: str) -> str:
    """The columns of a table of records."""
    lacking = MAY_LACK[name]
    return ", ".join(f"`{one}`{'?' if one in lacking else ''}" for one in TABLES[name])


def parts() -> Iterator[str]:
    """The document, part by part."""
    yield INTRODUCTION
    yield HEADLINE
    yield table(("Name", "Unit", "Good", "In the summary", "Meaning"), map(headline, HEADLINES))
    yield STATES
    yield metrics((*addresses.STATE_METRICS, *addresses.SPACE_METRICS))
    yield PLACES
    yield metrics((addresses.STRANDED, addresses.HOURS))
    yield SUBNETS
    yield metrics(addresses.SUBNET_METRICS)
    yield OVERLAY
    yield metrics(overlay.METRICS)
    yield BRANCH_ENIS
    yield metrics(branch_enis.METRICS)
    yield WAITS
    yield metrics(waits.METRICS)
    yield PODS
    yield metrics(pods.METRICS)
    yield PARTS
    yield metrics(pods.PART_METRICS)
    yield "## Nodes\n\n`nodes`\n"
    yield metrics(nodes.METRICS)
    yield EC2
    yield metrics(ec2.METRICS)
    yield BUCKETS
    yield metrics(ec2.BUCKET_METRICS)
    yield ACCOUNT
    yield metrics((*account.METRICS, *account.ACTION_METRICS))
    yield CHANGES
    yield metrics((*changes.METRICS, changes.VERDICT))
    yield PHASES
    yield metrics(changes.PHASE_METRICS)
    yield FINDINGS
    yield table(("What", "When"), findings.DEFINITIONS)
    yield WHY
    yield table(
        ("What is said", "When"),
        ((one.text.format(nodes="its nodes"), one.shown_by) for one in causes.CAUSES),
    )
    yield RECORDS
    yield table(("File", "Columns"), ((f"`{n}.parquet`", columns(n)) for n in TABLES))
    yield "## The rest of the summary\n"
    yield table(("Key", "What"), ((f"`{key}`", what) for key, what in REST))


def document() -> str:
    """The whole document."""
    return "\n".join(parts())


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
