"""Make scenarios/data/openb-day148.csv from Alibaba's openb pod list.

    python tools/make_openb_extract.py openb_pod_list_default.csv

The pod list is that of alibaba/clusterdata, cluster-trace-gpu-v2023/csv. The extract holds the
pods that were scheduled on the trace's busiest day and those that ran when it began: start, end,
cpu and memory, in seconds from the day's start (negative: it ran before), no names.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "scenarios" / "data" / "openb-day148.csv"
DAY_S = 86_400
FIRST_S = 148 * DAY_S


def of_the_day(pod: dict[str, str]) -> bool:
    """Whether a pod was scheduled on the day, or ran when it began."""
    if not pod["scheduled_time"]:
        return False
    start = int(pod["scheduled_time"])
    ran = start < FIRST_S and (not pod["deletion_time"] or int(pod["deletion_time"]) > FIRST_S)
    return ran or FIRST_S <= start < FIRST_S + DAY_S


def extract(pod: dict[str, str]) -> tuple[int, int | str, str, str]:
    """The four columns of one pod."""
    end = int(pod["deletion_time"]) - FIRST_S if pod["deletion_time"] else ""
    start = int(pod["scheduled_time"]) - FIRST_S
    return start, end, f"{pod['cpu_milli']}m", f"{pod['memory_mib']}Mi"


def main(source: str) -> None:
    """Read the pod list and write the extract, by start and then in the list's order."""
    with Path(source).open(encoding="utf-8", newline="") as file:
        pods = [extract(pod) for pod in csv.DictReader(file) if of_the_day(pod)]
    pods.sort(key=lambda pod: pod[0])
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("start", "end", "cpu", "memory"))
        writer.writerows(pods)
    running = sum(start < 0 for start, *_ in pods)
    sys.stdout.write(f"{TARGET}: {running} pods already running, {len(pods) - running} started\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__))
