"""YAML files, good and bad, before any model sees them."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest

from sim.scenario.errors import InputError
from sim.scenario.reader import MAX_BYTES, parse, read

BOMB = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
DEEP_BY_ALIASES = f"a: &a {'[' * 40}{']' * 40}\nb: {'[' * 40}*a{']' * 40}\n"

REFUSED = {
    "": "1:1: is empty; a scenario needs at least cluster and workload",
    "# nothing\n": "1:1: is empty; a scenario needs at least cluster and workload",
    "---\n": "1:1: is empty; a scenario needs at least cluster and workload",
    "a: 1\n---\nb: 2\n": "2:1: a second document starts here; a file is one document",
    "a: 1\nb: 2\na: 3\n": "3:1: a: is given twice, first at line 1, column 1; leave one out",
    "a:\n\tb: 1\n": "2:1: not YAML: found character '\\t' that cannot start any token while "
    "scanning for the next token; indent with spaces, not with tabs",
    "a: b: c\n": "1:5: not YAML: mapping values are not allowed here; check the indentation, and "
    "put a text with ': ' in quotes",
    "a: 'b\n": "2:1: not YAML: found unexpected end of stream while scanning a quoted scalar; "
    "close the quotation",
    "a: [1, 2\n": "2:1: not YAML: expected ',' or ']', but got '<stream end>' while parsing a "
    "flow sequence; close each [ and { with its ] or }, and put commas in between",
    "a: *b\n": "1:4: the alias *b refers to nothing complete above; put a text that begins with "
    "* in quotes",
    "a: &a [*a]\n": "1:8: the alias *a refers to nothing complete above; put a text that begins "
    "with * in quotes",
    "a: * * * *\n": "1:5: not YAML: expected alphabetic or numeric character, but found ' ' while "
    "scanning an alias; put a text that begins with * or & in quotes",
    "1: a\n": "1:1: the key 1 is no text; put it in quotes",
    "? [a]\n: b\n": "1:3: a key has to be a text; put it in quotes",
    "a: !!python/object/apply:os.system [ls]\n": "1:4: the tag !!python/object/"
    "apply:os.system has no meaning here; leave it out",
    "a: !!int x\n": "1:4: the tag !!int has no meaning here; leave it out",
    'a: "\\UFFFFFFFF"\n': "1:2: not YAML: cannot be read here; give odd characters as they are",
    "a: b\x07\n": "1:5: not YAML: the character U+0007 is not allowed",
    "[" * 65 + "]" * 65: "1:65: is more than 64 levels deep; put the pods into a trace file, "
    "which has no such limit",
    "- " * 100_000: "1:129: is more than 64 levels deep; put the pods into a trace file, which "
    "has no such limit",
    DEEP_BY_ALIASES: "2:44: is more than 64 levels deep; put the pods into a trace file, which "
    "has no such limit",
    BOMB: "6:10: aliases stand for over 100,000 values; put the pods into a trace file, which "
    "has no such limit",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:30]))
def test_refused_texts(text: str) -> None:
    """A text that is no scenario's YAML is refused at once, with its place and the remedy."""
    start = time.perf_counter()
    try:
        said = [str(problem) for problem in parse(text, "f").problems]
    except InputError as error:
        said = [str(problem) for problem in error.problems]
    assert said[0] == f"f:{REFUSED[text]}"
    assert time.perf_counter() - start < 5


REFUSED_BYTES = {
    b"a: \xe9\n": "1:4: is not UTF-8 text (byte 0xe9); save it in UTF-8",
    "a: 1".encode("utf-16"): "1:1: is not UTF-8 text (byte 0xff); save it in UTF-8",
    b"a: 1\nb\0: 2\n": "2:2: has a NUL byte; is this a text file in UTF-8?",
    b"#" * (MAX_BYTES + 1): " is larger than 1,000,000 bytes; put the pods into a trace file, "
    "which has no such limit",
}


@pytest.mark.parametrize("content", REFUSED_BYTES, ids=lambda content: repr(content[:10]))
def test_refused_bytes(content: bytes, tmp_path: Path) -> None:
    """A file that is too large or no UTF-8 text is refused before it is parsed."""
    (tmp_path / "f.yaml").write_bytes(content)
    with pytest.raises(InputError) as refused:
        read(tmp_path / "f.yaml")
    assert str(refused.value) == f"{tmp_path / 'f.yaml'}:{REFUSED_BYTES[content]}"


def test_refused_paths(tmp_path: Path) -> None:
    """What is no file is refused by the system's reason."""
    with pytest.raises(InputError, match=r"none\.yaml: cannot be read: No such file"):
        read(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read(tmp_path)
    with pytest.raises(InputError, match="cannot be read: embedded null byte"):
        read(Path("a\0b"))


SCALARS = {
    "12": 12,
    "-3": -3,
    "0x1F": 31,
    "0o17": 15,
    "1.5e3": 1500.0,
    ".5": 0.5,
    "-.inf": -math.inf,
    "true": True,
    "FALSE": False,
    "~": None,
    "": None,
    "yes": "yes",
    "off": "off",
    "1_000": "1_000",
    "1:30": "1:30",
    "0b11": "0b11",
    "2024-01-01": "2024-01-01",
    "2024-01-01T00:00:00Z": "2024-01-01T00:00:00Z",
    "1" + "0" * 41: 1e41,
    "'12'": "12",
    '"true"': "true",
    "!!str 12": "12",
    "! 12": "12",
    "|-\n  x": "x",
    "<<": "<<",
}


@pytest.mark.parametrize("text", SCALARS, ids=repr)
def test_scalars(text: str) -> None:
    """Scalars are those of YAML 1.2's core schema; dates and old booleans stay texts."""
    value = parse(f"a: {text}\n").data["a"]
    assert value == SCALARS[text]
    assert type(value) is type(SCALARS[text])


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_places(prefix: bytes, line_end: bytes, tmp_path: Path) -> None:
    """Every part has the line and column of its key or item, whatever the line ends."""
    lines = [b"a: {b: 1, c: [x, y]}", b"d:", b"  - e: 2", b"    f: 3"]
    (tmp_path / "f.yaml").write_bytes(prefix + line_end.join(lines))
    document = read(tmp_path / "f.yaml")
    assert document.data == {"a": {"b": 1, "c": ["x", "y"]}, "d": [{"e": 2, "f": 3}]}
    assert document.places == {
        (): (1, 1),
        ("a",): (1, 1),
        ("a", "b"): (1, 5),
        ("a", "c"): (1, 11),
        ("a", "c", 0): (1, 15),
        ("a", "c", 1): (1, 18),
        ("d",): (2, 1),
        ("d", 0): (3, 5),
        ("d", 0, "e"): (3, 5),
        ("d", 0, "f"): (4, 5),
    }


def test_aliases_are_copies() -> None:
    """What an alias stands for can be changed without changing what it was made of."""
    data = parse("a: &x {k: [1]}\nb: *x\n").data
    data["b"]["k"].append(2)
    assert data["a"] == {"k": [1]}


def test_a_large_file_is_read_in_time() -> None:
    """Time grows with the size and no faster: a tenth of the limit takes a second or so."""
    steps = "".join(f"  - {{at: {number}s, nodes: 3}}\n" for number in range(4_000))
    start = time.perf_counter()
    assert len(parse(f"a:\n{steps}").data["a"]) == 4_000
    assert time.perf_counter() - start < 10
