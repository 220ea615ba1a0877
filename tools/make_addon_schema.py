"""Lay out the configuration schema of the EKS add-on vpc-cni, for the tests of `settings`.

aws eks describe-addon-configuration --addon-name vpc-cni --addon-version VERSION > answer.json
python tools/make_addon_schema.py answer.json

The example in the AWS CLI's reference of that command has such an answer for v1.15.1.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "tests" / "advice" / "data"


def main(answer: str) -> None:
    """Writes the schema of an answer under the add-on's version."""
    data = json.loads(Path(answer).read_text(encoding="utf-8"))
    version = data["addonVersion"].split("-")[0]
    text = json.dumps(json.loads(data["configurationSchema"]), indent=1)
    (FOLDER / f"vpc-cni-addon-{version}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
