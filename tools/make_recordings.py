"""Ships recordings of the real daemon with the package, compressed the same way each time.

Usage: python tools/make_recordings.py SOURCE_FOLDER

SOURCE_FOLDER holds what `PATTERNS` name, made by running the decision code of
aws/amazon-vpc-cni-k8s v1.23.1 under a virtual clock (see sim/conformance/recordings/README.md).
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "sim" / "conformance" / "recordings"
PATTERNS = (
    "decisions.tsv.gz",
    "doc_tables.csv",
    "stories.jsonl.gz",
    "timelines/*.json.gz",
    "ensembles/*.json.gz",
    "placement.json",
    "world/stories.jsonl.gz",
    "world/ensembles/*.json.gz",
)


def main(source: Path) -> None:
    """Copies what the patterns name, without the time stamps that gzip keeps."""
    for pattern in PATTERNS:
        for path in sorted(source.glob(pattern)):
            target = TARGET / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes()
            if path.suffix == ".gz":
                content = gzip.compress(gzip.decompress(content), compresslevel=9, mtime=0)
            target.write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
