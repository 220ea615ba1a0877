"""Make sim/data/instance_types.csv from a table of EC2 instance types.

    python tools/make_instance_types.py SOURCE.csv

SOURCE has the columns below, in any order and with any others. The shipped file is checked and
sorted by name, so that two versions of it compare line by line. Where the figures come from is
written in sim/data/README.md; change the date there, and TABLE_DATE in
sim/aws/instance_types.py, with the file.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "sim" / "data" / "instance_types.csv"
REQUIRED = ("max_enis", "ipv4_per_eni", "network_cards")
OPTIONAL = ("vcpus", "memory_mib", "max_branch_enis")
COLUMNS = (
    "instance_type",
    "vcpus",
    "memory_mib",
    "max_enis",
    "ipv4_per_eni",
    "network_cards",
    "hypervisor",
    "bare_metal",
    "trunking_compatible",
    "max_branch_enis",
)


def check(row: dict[str, str]) -> None:
    """Refuse a row whose figures the simulator could not read."""
    numbers = [row[name] for name in REQUIRED] + [row[name] or "0" for name in OPTIONAL]
    if not all(number.isdecimal() for number in numbers):
        sys.exit(f"{row['instance_type']}: not a whole number among {numbers}")
    if row["hypervisor"] not in ("nitro", "xen", "unknown"):
        sys.exit(f"{row['instance_type']}: unknown hypervisor {row['hypervisor']!r}")
    if row["bare_metal"] not in ("true", "false"):
        sys.exit(f"{row['instance_type']}: bare_metal is {row['bare_metal']!r}")


def main(source: str) -> None:
    """Read, check, sort and write the table."""
    with Path(source).open(encoding="utf-8", newline="") as file:
        rows = {row["instance_type"]: row for row in csv.DictReader(file)}
    for row in rows.values():
        check(row)
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[name] for name in sorted(rows))
    sys.stdout.write(f"{TARGET}: {len(rows)} instance types\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__))
