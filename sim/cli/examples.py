"""One example for every verb, shown by ``--help`` of the verb and of the command."""

from __future__ import annotations

EXAMPLES = {
    "run": "ipamd-sim run scenarios/quickstart.yaml --set ipamd.WARM_IP_TARGET=5 --out results/",
    "show": "ipamd-sim show results/ --at 3h20m",
    "explain": "ipamd-sim explain pod openb-17 results/",
    "compare": "ipamd-sim compare scenarios/150-nodes-join-at-once.yaml --replications 5",
    "recommend": "ipamd-sim recommend scenarios/subnets-run-out.yaml --objective waste",
    "sweep": "ipamd-sim sweep scenarios/studies/quickstart-targets.yaml --out targets/",
    "diff": "ipamd-sim diff before/ after/",
    "export": "ipamd-sim export openmetrics results/ -o results.om --step 1m",
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
