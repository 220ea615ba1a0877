"""One example for every verb, shown by ``--help`` of the verb and of the command."""

from __future__ import annotations

EXAMPLES = {
    "new": "ipamd-sim new batch-cronjobs -o my.yaml",
    "run": "ipamd-sim run scenarios/quickstart.yaml --set ipamd.WARM_IP_TARGET=5 --out results/",
    "show": "ipamd-sim show results/ --at 3h20m",
    "explain": "ipamd-sim explain pod openb-17 results/",
    "explain node": "ipamd-sim explain node web-3 results/ --from 3h20m",
    "explain subnet": "ipamd-sim explain subnet private-a results/",
    "fragments": "ipamd-sim fragments results/ private-a --at 2h",
    "compare": "ipamd-sim compare scenarios/150-nodes-join-at-once.yaml --replications 5",
    "recommend": "ipamd-sim recommend scenarios/subnets-run-out.yaml --objective waste",
    "settings": "ipamd-sim settings scenarios/subnets-run-out.yaml --for helm",
    "lint": "ipamd-sim lint WARM_IP_TARGET=1 --nodes 400 --instance-type m5.large",
    "sweep": "ipamd-sim sweep scenarios/studies/quickstart-targets.yaml --out targets/",
    "diff": "ipamd-sim diff before/ after/",
    "export": "ipamd-sim export openmetrics results/ -o results.om --step 1m",
    "import": "ipamd-sim import cluster.json subnets.json enis.json -o my-cluster.yaml",
    "import churn": "ipamd-sim import churn events.json pods.json -o trace.csv "
    "--scenario my-cluster.yaml",
    "overlay": "ipamd-sim overlay results/ --prometheus dump.json",
    "validate": "ipamd-sim validate scenarios/quickstart.yaml",
    "schema": "ipamd-sim schema > scenario.schema.json",
    "max-pods": "ipamd-sim max-pods -i m5.2xlarge --cni-prefix-delegation-enabled",
    "conformance": "ipamd-sim conformance --only timelines --case 'cooldown*'",
}


def example(verb: str) -> str:
    """The end of a verb's help."""
    return f"\b\nExample:\n  {EXAMPLES[verb]}"


def all_examples() -> str:
    """An example of every verb, one a line."""
    return "\n".join(f"  {line}" for line in EXAMPLES.values())
