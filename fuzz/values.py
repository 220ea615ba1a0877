"""Values that nobody expects, and what spoils a text or its bytes."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Callable
from random import Random
from typing import Any

MARKUP = "<script>alert(1)</script>"
ESCAPE = "\x1b[31mred\x1b]0;title\x07"

TEXTS = (
    *("", " ", "0", "-1", "null", "~", "no", "yes", "NaN", "2024-02-30", "2024-01-01T00:00:00Z"),
    *("1e999", "0x1F", "0o17", "1_000", "+1", ".5", "5.", "90s", "1h30m", "-5s", "1e3s", "99999d"),
    *("9" * 50 + "s", "500m", "2Gi", "1Ei", "1e-9", "m5.large", "z9.none", "10.0.0.0/24", "::/0"),
    *("0.0.0.0/0", "10.0.0.5-10.0.0.1", "256.1.1.1", "10.0.0.0/33", "a", "b", "unnamed", "web"),
    *("../../etc/passwd", "/etc/passwd", "/dev/zero", ".", "..", "a/b", "C:\\x", "file:///x"),
    *(MARKUP, ESCAPE, "\x9b31m", "\u202eabc", "\ufeff", "\u2028", "\ud800", "\U0001f600", "é"),
    *("[bold]", "[/]", "[red", "%s%n", "{0}", "${HOME}", "$(id)", "`id`", "'; drop", '"', "\\"),
    *("!!python/object/apply:os.system [id]", "&a", "*a", ">= 5", "> 5%", "==", "<0s", "p99 < 1s"),
    *("@hourly", "* * * * *", "*/0 * * * *", "61 * * * *", "0 0 31 2 *", "x" * 64, "y" * 5000),
)

NUMBERS: tuple[int | float, ...] = (
    *(0, 1, -1, 2, 3, 7, 60, 255, 256, 1000, 65_535, 10**6, 2**31 - 1, 2**31, 2**53 + 1),
    *(2**63 - 1, 2**63, 2**64, 10**39, -(2**63), 0.0, -0.0, 0.5, 1.0, 1.5, 1e-320, 1e300, -1e300),
    *(float("inf"), float("-inf"), float("nan")),
)


def deep(levels: int) -> list[Any]:
    """A list in a list, so many deep."""
    data: list[Any] = []
    for _ in range(levels):
        data = [data]
    return data


def value(random: Random) -> Any:
    """Any value, most of them short."""
    choice = random.random()
    if choice < 0.45:
        return random.choice(TEXTS)
    if choice < 0.8:
        return random.choice(NUMBERS)
    others: list[Any] = [None, True, False, [], {}, [[]], {"": None}, {"a": {"b": 1}}, [None, 1]]
    others += [deep(random.choice((5, 70))), {str(n): n for n in range(30)}, list(range(300))]
    return random.choice(others)


def _insert(random: Random, content: bytes, new: bytes) -> bytes:
    at = random.randint(0, len(content))
    return content[:at] + new + content[at:]


def _delete(random: Random, content: bytes) -> bytes:
    at = random.randint(0, len(content))
    return content[:at] + content[at + random.randint(1, 40) :]


def _repeat(random: Random, content: bytes) -> bytes:
    at = random.randint(0, len(content))
    return _insert(random, content, content[at : at + random.randint(1, 200)])


def _cut(random: Random, content: bytes) -> bytes:
    return content[: random.randint(0, len(content))]


def _flip(random: Random, content: bytes) -> bytes:
    if not content:
        return content
    at = random.randrange(len(content))
    return content[:at] + bytes([random.randrange(256)]) + content[at + 1 :]


def _line_twice(random: Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    return b"\n".join([*lines[: at + 1], *lines[at:]])


def _lines_swapped(random: Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _number_grown(random: Random, content: bytes) -> bytes:
    digits = [at for at, byte in enumerate(content) if 48 <= byte <= 57]
    if not digits:
        return content
    at = random.choice(digits)
    new = random.choice((b"0", b"-", b"9" * 30, b"1e", b".", b"9" * 5000, b"\xd9\xa3"))
    return content[:at] + new + content[at:]


def _token(random: Random, content: bytes) -> bytes:
    tokens: tuple[bytes, ...] = (
        b"\0",
        b"\t",
        b"\r",
        b"\xff",
        b"\xfe\xff",
        b"\x1b[2J",
        b": ",
        b"- ",
        b"{",
        b"[" * 90,
    )
    tokens += (b"}", b"]", b'"', b"'", b"#", b"&a ", b"*a", b"!!int ", b"---\n", b"...\n", b"|\n")
    tokens += (b"<<: *a", b"%YAML 9.9\n", b"? ", b",", b"\xc2\x85", b"\xe2\x80\xa8", b"NaN", b"\n")
    tokens += (b"!!python/object/apply:os.system [id]", b"\xed\xa0\x80", b"\\ud800", b"\\UFFFFFFFF")
    return _insert(random, content, random.choice(tokens))


def _other_encoding(random: Random, content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    name = random.choice(("utf-16", "utf-16-le", "utf-32", "latin-1", "cp500", "utf-7"))
    return text.encode(name, "replace")


def _text(random: Random) -> bytes:
    return random.choice(TEXTS).encode("utf-8", "replace")


_SPOIL: tuple[Callable[[Random, bytes], bytes], ...] = (
    *(_delete, _repeat, _cut, _flip, _line_twice, _lines_swapped, _number_grown),
    *(_token, _token, _token, _other_encoding),
    lambda random, content: _insert(random, content, _text(random)),
    lambda _random, content: codecs.BOM_UTF8 + content,
    lambda _random, content: content.replace(b"\n", b"\r\n"),
    lambda _random, content: content.replace(b"\n", b"\r"),
    lambda random, content: content + random.randbytes(random.randint(1, 300)),
)


def spoilt(random: Random, content: bytes, times: int = 1) -> bytes:
    """The content after a few accidents."""
    for _ in range(random.randint(1, times)):
        content = random.choice(_SPOIL)(random, content)
    return content


def packed(random: Random, content: bytes) -> bytes:
    """The content packed by gzip, sometimes damaged, or followed by something else."""
    done = gzip.compress(content, 1, mtime=0)
    choice = random.random()
    if choice < 0.5:
        return done
    if choice < 0.75:
        return spoilt(random, done)
    return done + random.choice((done, b"\0" * 20, b"rest"))
