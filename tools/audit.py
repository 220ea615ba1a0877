"""Ask whether vulnerabilities of the locked packages are known, and say if that cannot be told.

python tools/audit.py [--service SERVICE]

Exits with 0 if every package was looked up and none has a known one, with 1 if one has, and with
3 if one could not be looked up: that no answer came is no good news, while pip-audit itself then
exits with 0.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"
KNOWN, UNANSWERED = 1, 3


def asked(service: str) -> subprocess.CompletedProcess[str]:
    """What pip-audit says of the lock file."""
    call = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip"]
    options = ["--vulnerability-service", service, "--progress-spinner", "off", "--format", "json"]
    return subprocess.run(
        [*call, *options, "--requirement", str(LOCK)], capture_output=True, text=True, check=False
    )


def verdict(said: str) -> tuple[int, list[str]]:
    """The exit code, and what to tell, of pip-audit's answer; nothing of it is no answer."""
    try:
        packages: list[dict[str, Any]] = json.loads(said)["dependencies"]
    except (ValueError, KeyError):
        return UNANSWERED, ["no answer: the service cannot be reached"]
    lines = [_line(one, hole) for one in packages for hole in one.get("vulns", [])]
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    told = f"{len(packages) - len(skipped)} of {len(packages)} packages looked up"
    lines.append(f"{told}, {len(lines)} known vulnerabilities")
    if skipped:
        all_or_some = "any" if len(skipped) == len(packages) else ", ".join(skipped)
        lines.append(f"not looked up, nothing is known of: {all_or_some}")
    code = KNOWN if len(lines) > 1 + bool(skipped) else UNANSWERED if skipped or not packages else 0
    return code, lines


def _line(package: dict[str, Any], hole: dict[str, Any]) -> str:
    mended = ", ".join(hole["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {hole['id']}, mended in {mended}"


def main() -> int:
    """Asks, tells and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service", choices=["pypi", "osv"], default="pypi")
    answer = asked(parser.parse_args().service)
    code, lines = verdict(answer.stdout)
    print("\n".join(lines))
    if not answer.stdout and answer.stderr:
        print(answer.stderr.strip().splitlines()[-1], file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
