"""Text as kubectl and the AWS CLI write it, piece by piece."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sim.files import replacing, write_whole

from .ec2 import interfaces, reservations, subnets
from .kubernetes import objects
from .placed import placed
from .plan import Plan

Object = dict[str, Any]

NAMES = ("cluster", "subnets", "enis", "reservations")
"""Of the files, without their endings; reservations only if there are any."""

LIST_END = (
    '\n    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n'
)


def kubectl_list(items: Iterable[Object]) -> Iterator[str]:
    """A List as ``kubectl get -o json`` prints it: sorted keys, four spaces."""
    yield '{\n    "apiVersion": "v1",\n    "items": ['
    yield from _items(items, sort_keys=True)
    yield LIST_END


def aws_page(key: str, items: Iterable[Object], token: str = "") -> Iterator[str]:
    """A page as the AWS CLI prints it: keys in the order of the API, four spaces.

    Args:
        key: of its list, such as Subnets.
        items: the list.
        token: the page's NextToken, if another one follows.
    """
    yield f'{{\n    "{key}": ['
    yield from _items(items, sort_keys=False)
    yield "\n    ]"
    if token:
        yield f',\n    "NextToken": {json.dumps(token)}'
    yield "\n}\n"


def _items(items: Iterable[Object], *, sort_keys: bool) -> Iterator[str]:
    separator = "\n"
    for item in items:
        text = json.dumps(item, indent=4, sort_keys=sort_keys, ensure_ascii=False)
        yield separator + "\n".join("        " + line for line in text.split("\n"))
        separator = ",\n"


def write(path: Path, pieces: Iterable[str]) -> None:
    """Writes a whole file; packed, and with the same bytes each time, if its name ends in .gz.

    Raises:
        InputError: it cannot be written.
    """
    if path.suffix == ".gz":
        with replacing(path) as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
            packed.writelines(piece.encode() for piece in pieces)
    else:
        write_whole(path, pieces)


def write_files(plan: Plan, folder: Path, *, suffix: str = ".json", seed: int = 1) -> list[Path]:
    """Writes what a user would export of a cluster.

    Args:
        plan: the cluster.
        folder: where to.
        suffix: .json or .json.gz.
        seed: of its addresses and ages.

    Returns:
        The files: of the cluster, its subnets, its interfaces, and its reservations if any.
    """
    world = placed(plan, seed)
    texts = {
        "cluster": kubectl_list(objects(world)),
        "subnets": aws_page("Subnets", subnets(world)),
        "enis": aws_page("NetworkInterfaces", interfaces(world)),
    }
    if held := list(reservations(plan)):
        texts["reservations"] = aws_page("SubnetIpv4CidrReservations", held)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, pieces in texts.items():
        paths.append(folder / f"{name}{suffix}")
        write(paths[-1], pieces)
    return paths
