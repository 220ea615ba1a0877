"""Build the wheel and the sdist, install each into an empty environment, and try the command there.

python tools/check_dist.py [--quick]

Dependencies have their locked versions. The command runs in a folder outside of the repository, so
that whatever it needs has to be in what was installed; both have to print the same. With --quick
only the demo is tried.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from lock_file import locked

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"

DEMO = (
    "--version",
    "new quickstart -o my.yaml",
    "run my.yaml --no-progress --out results",
    "show results --at 3h",
)
OTHERS = (
    "explain subnet pods-a results",
    "export openmetrics results -o results.om --step 5m",
    "new batch-cronjobs -o cron.yaml",
    "validate cron.yaml",
    "max-pods -i m5.large",
    "conformance --only doc",
    "import --example cluster",
    "import cluster/cluster.json.gz cluster/subnets.json.gz -o my-cluster.yaml",
    "validate my-cluster.yaml",
)
"""What takes other files that are shipped."""


def built() -> list[Path]:
    """The wheel and the sdist, made anew."""
    shutil.rmtree(DIST, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "hatchling", "build", "--directory", DIST], check=True)
    return [*DIST.glob("*.whl"), *DIST.glob("*.tar.gz")]


def constraints(folder: Path) -> Path:
    """The locked versions, as constraints for pip."""
    path = folder / "constraints.txt"
    path.write_text("".join(f"{one.requirement}\n" for one in locked(ROOT / "requirements.lock")))
    return path


def tried(folder: Path, commands: tuple[str, ...], package: Path) -> str:
    """What commands print where only this package and its dependencies are installed.

    Raises:
        CalledProcessError: it cannot be installed, or a command fails.
    """
    place = folder / package.suffix[1:]
    venv.create(place / "env")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environ = clean | {"PIP_CONSTRAINT": str(constraints(folder)), "NO_COLOR": "1"}
    (place / "work").mkdir()
    call = partial(
        subprocess.run, cwd=place / "work", env=environ, check=True, capture_output=True, text=True
    )
    pip = [sys.executable, "-m", "pip", "--python", place / "env" / "bin" / "python"]
    call([*pip, "install", "--quiet", "--no-compile", "--disable-pip-version-check", package])
    command = place / "env" / "bin" / "ipamd-sim"
    return "".join(f"$ ipamd-sim {one}\n{call([command, *one.split()]).stdout}" for one in commands)


def names(wheel: Path) -> list[str]:
    """What is in a wheel.

    Raises:
        ValueError: something that does not belong there.
    """
    with zipfile.ZipFile(wheel) as archive:
        found = archive.namelist()
    if odd := [name for name in found if not name.startswith(("sim/", "ipamd_sim-"))]:
        raise ValueError(f"{wheel.name} has {odd[0]}")
    if not any(name.endswith("licenses/LICENSE") for name in found):
        raise ValueError(f"{wheel.name} has no licence")
    return found


def main() -> None:
    """Builds, installs, tries and compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only the demo")
    commands = DEMO if parser.parse_args().quick else DEMO + OTHERS
    wheel, sdist = built()
    print(f"{wheel.name}: {len(names(wheel))} files", flush=True)
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(2) as pool:
        try:
            of_wheel, of_sdist = pool.map(partial(tried, Path(name), commands), (wheel, sdist))
        except subprocess.CalledProcessError as error:
            sys.exit(f"{error}\n{error.stdout}{error.stderr}")
    if of_wheel != of_sdist:
        sys.exit("what was installed from the sdist prints something else")
    print(of_wheel[: of_wheel.index("$ ipamd-sim show")])
    print(f"{len(commands)} commands of the wheel and of the sdist print the same")


if __name__ == "__main__":
    main()
