"""Files of a cluster into a snapshot: each is recognised by what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from sim.scenario.errors import InputError, Problem

from .documents import Found, contents
from .ec2 import take_interface, take_reservation, take_subnet
from .objects import label_of, take
from .snapshot import Snapshot
from .values import Value

MOST_PROBLEMS = 20

_LISTS: dict[str, tuple[str, str, Callable[[Value, Snapshot], None]]] = {
    "Subnets": ("Subnet", "SubnetId", take_subnet),
    "NetworkInterfaces": ("NetworkInterface", "NetworkInterfaceId", take_interface),
    "SubnetIpv4CidrReservations": ("Reservation", "SubnetCidrReservationId", take_reservation),
}
"""Of each list that the AWS CLI prints: what it is of, the key of the id, and what takes one."""

_MOST_BESIDE = 1_000
"""Of another list, how many items are kept: an object by itself has short ones."""

WANTED = (
    "files of kubectl get nodes,pods,daemonsets,replicasets -A -o json, aws ec2 describe-subnets "
    "and aws ec2 describe-network-interfaces are wanted"
)


def read(paths: Iterable[Path]) -> Snapshot:
    """What the files hold together.

    Raises:
        InputError: with what is wrong in them, each with its file and place.
    """
    into = Snapshot()
    reader = _Reader(into)
    for path in paths:
        into.files.append(path.name)
        reader.read(path)
    reader.finish()
    return into


class _Reader:
    """Reads file after file into one snapshot."""

    def __init__(self, into: Snapshot) -> None:
        self._into = into
        self._problems: list[Problem] = []
        self._pages: Counter[str] = Counter()
        self._open_pages: dict[str, list[Problem]] = {}
        self._seen: set[int] = set()

    def read(self, path: Path) -> None:
        """Reads a file."""
        document, known = 0, ""
        beside: dict[str, object] = {}
        for found in contents(path):
            if found.document != document:
                self._end_of_document(path, document, beside, known)
                document, beside, known = found.document, {}, ""
            if found.key in ("", "items", *_LISTS):
                known = found.key or "items"
                self._attempt(path, found, str(beside.get("kind", "")))
            elif found.number is None:
                beside[found.key] = found.data
            else:
                _append(beside, found)
        self._end_of_document(path, document, beside, known)

    def _attempt(self, path: Path, found: Found, kind: str) -> None:
        try:
            if found.number is not None:
                self._item(Value(found.data, str(path), found.place), found, kind)
            elif found.key == "NetworkInterfaces" and self._into.interfaces is None:
                self._into.interfaces = {}
        except InputError as error:
            self._add(error.problems)

    def _add(self, problems: Iterable[Problem]) -> None:
        self._problems += problems
        if len(self._problems) >= MOST_PROBLEMS:
            more = Problem(f"the rest is not read after {MOST_PROBLEMS} problems")
            raise InputError([*self._problems[:MOST_PROBLEMS], more])

    def _item(self, one: Value, found: Found, list_kind: str) -> None:
        name = found.key or _list_of(one)
        if name in _LISTS:
            what, key, taker = _LISTS[name]
            identity = one.at(key).needed()
            if self._is_new(what, identity):
                taker(Value(one.data, one.file, f"{one.place} ({what} {identity})"), self._into)
        elif name == "items":
            kind = one.at("kind").text() or list_kind.removesuffix("List")
            if not kind:
                raise one.error("has no kind", "export it with kubectl get ... -o json")
            label = label_of(kind, one)
            if self._is_new(label, ""):
                take(kind, Value(one.data, one.file, f"{one.place} ({label})"), self._into)
        else:
            raise one.error("is not known here", WANTED)

    def _is_new(self, what: str, identity: str) -> bool:
        mark = hash((what, identity))
        if mark in self._seen:
            self._into.repeated += 1
            return False
        self._seen.add(mark)
        return True

    def _end_of_document(
        self, path: Path, document: int, beside: dict[str, object], known: str
    ) -> None:
        """Looks at what stood beside the list: the mark of another page, or a single object."""
        top = Value(beside, str(path), f"document {document + 1}" if document else "")
        try:
            if known:
                self._page(top, known)
            else:
                self._single(top)
        except InputError as error:
            self._add(error.problems)

    def _page(self, top: Value, known: str) -> None:
        self._pages[known] += 1
        marks = {"NextToken": top.at("NextToken"), "continue": top.at("metadata", "continue")}
        for key, mark in marks.items():
            if mark.text():
                message = f"another page follows ({key}), and none of the files has it"
                remedy = "export without --max-items and --no-paginate, or add the other pages"
                problem = Problem(message, top.file, path=mark.place, remedy=remedy)
                self._open_pages.setdefault(known, []).append(problem)

    def _single(self, top: Value) -> None:
        """An object by itself, as ``kubectl get NAME`` and ``jq '.Subnets[]'`` print it."""
        name = _list_of(top)
        if name in _LISTS:
            self._item(top, Found(0, name, None, top.data), "")
            return
        kind = top.at("kind").text()
        if kind == "Status":
            raise top.error(f"kubectl failed: {top.at('message').text()}", "export it again")
        if not kind or not top.at("metadata").is_there:
            held = ", ".join(top.names()[:5]) or "nothing"
            raise top.error(f"holds {held}", WANTED)
        if kind.endswith("List"):
            return
        label = label_of(kind, top)
        if self._is_new(label, ""):
            place = f"{top.place} ({label})".strip()
            take(kind, Value(top.data, top.file, place), self._into)

    def finish(self) -> None:
        """Looks at what can only be said of all files together.

        Raises:
            InputError: with what is wrong.
        """
        for known, problems in self._open_pages.items():
            if len(problems) >= self._pages[known]:
                self._problems += problems[-1:]
        if self._problems:
            raise InputError(self._problems)


def _append(beside: dict[str, object], found: Found) -> None:
    items = beside.setdefault(found.key, [])
    if isinstance(items, list) and len(items) < _MOST_BESIDE:
        items.append(found.data)


def _list_of(one: Value) -> str:
    """Which list an item belongs to that stands in a list of its own."""
    names = one.names()
    for name, (_, key, _) in reversed(_LISTS.items()):  # an interface has the id of its subnet
        if key in names:
            return name
    return "items" if "kind" in names else ""
