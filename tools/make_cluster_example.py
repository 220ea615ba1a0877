"""Write scenarios/cluster: the files of a made-up cluster of 300 nodes, as users would export them.

    python tools/make_cluster_example.py

They are what ``ipamd-sim import --example DIR`` writes; the plan is
sim/importing/written/example.py.
"""

from __future__ import annotations

from pathlib import Path

from sim.importing.churn.made.plan_history import write_history
from sim.importing.written.example import EXAMPLE
from sim.importing.written.files import write_files

TARGET = Path(__file__).parents[1] / "scenarios" / "cluster"

if __name__ == "__main__":
    for path in write_files(EXAMPLE, TARGET, suffix=".json.gz"):
        print(path)
    print(write_history(EXAMPLE, TARGET, suffix=".json.gz"))
