"""``python -m mutants``: which small changes of `sim.ipamd` and `sim.aws` do tests not notice?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from .changes import mutants_of
from .report import Log, report
from .session import Session

ROOT = Path(__file__).parents[1]
PACKAGES = ("sim/aws", "sim/ipamd")
TESTS = ["tests/aws", "tests/ipamd", "tests/kube", "tests/recordings/test_recordings.py"]
TOO_LONG = "tests/recordings/test_recordings.py::test_all_decisions_are_the_daemons"
PYTEST = ["-p", "no:xdist", "-p", "no:cacheprovider", "-o", "addopts=", "--assert=plain"]
PYTEST += ["--rootdir", str(ROOT), "--deselect", TOO_LONG]


def main() -> int:
    """Runs them; 1 if fewer than 90 % are noticed, or one is left for which no reason is given."""
    given = _arguments()
    paths = sorted(str(one.relative_to(ROOT)) for d in PACKAGES for one in (ROOT / d).glob("*.py"))
    log = Log(given.log, given.resume)
    mutants = [one for path in paths for one in mutants_of(ROOT, path)]
    wanted = [one for one in mutants if given.only in one.name and not log.is_noticed(one)]

    def work(session: Session) -> None:
        covered = session.covered(paths)
        print(f"{len(wanted)} mutants, {len(covered.seconds)} tests", flush=True)
        for result in session.run(wanted, covered, given.budget, given.workers):
            log.add(result)

    session = Session(ROOT, work, given.sample)
    _calm_hypothesis()
    code = pytest.main([*PYTEST, *given.tests], plugins=[session])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return int(code)
    return report(mutants, log, ROOT / "mutants" / "left.txt")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__)
    parser.add_argument("--only", default="", help="mutants whose names hold this text")
    parser.add_argument("--tests", nargs="*", default=TESTS, help="files and folders of tests")
    parser.add_argument("--budget", type=float, default=20.0, help="seconds of tests for a mutant")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--sample", type=int, default=4, help="takes each so many of the stories")
    parser.add_argument("--log", type=Path, default=Path("runs/mutants.jsonl"), help="of results")
    parser.add_argument("--resume", action="store_true", help="only those the log has not noticed")
    return parser.parse_args()


def _calm_hypothesis() -> None:
    """The same examples each time, and no search for a smaller one."""
    settings.register_profile(
        "mutants",
        database=None,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutants")


if __name__ == "__main__":
    sys.exit(main())
