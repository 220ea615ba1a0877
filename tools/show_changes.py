"""Shows what the screen of a run says of its changes of aws-node, for docs/change.md.

Usage: python tools/show_changes.py SCENARIO [KEY=VALUE...]
"""

from __future__ import annotations

import sys

from rich.console import Console

from sim import Scenario, run
from sim.report.changes import changes
from sim.report.terminal import print_screen


def main() -> None:
    """Runs the scenario with the values, and prints the sections of its changes."""
    file, *values = sys.argv[1:]
    summary = run(Scenario.load(file, values)).summary
    for section in changes(summary):
        print_screen(section, Console(file=sys.stdout))


if __name__ == "__main__":
    main()
