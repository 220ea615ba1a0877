"""Max-pods expressions: the part of CEL that an EKS node's maxPodsExpression needs.

Whole numbers, names, ``+ - * / %``, comparisons, parentheses and ``condition ? yes : no``, with
CEL's meaning: 64-bit integers, division that cuts towards zero, and only the chosen side of a
condition counts. CEL as the AMI sets it up has no functions, so neither has this.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import partial

Value = int | bool
Node = Callable[[], Value]

MAX_LENGTH = 200
MAX_PARENTHESES = 20
_INT64 = 2**63
_TOKEN = re.compile(r"\s*(?:(\d+|[A-Za-z_]\w*)|([<>=!]=|[-+*/%<>()?:,]))", re.ASCII)
_LEVELS = (("<", "<=", ">", ">=", "==", "!="), ("+", "-"), ("*", "/", "%"))


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise ValueError("division by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_OPERATORS: dict[str, Callable[[int, int], Value]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": lambda left, right: left - right * _divide(left, right),
}


def evaluate(expression: str, names: Mapping[str, int]) -> Value:
    """The value of an expression over these names.

    Raises:
        ValueError: it is too long, not of this language, divides by zero or leaves 64 bits.
    """
    if len(expression) > MAX_LENGTH or expression.count("(") > MAX_PARENTHESES:
        raise ValueError(f"over {MAX_LENGTH} characters or {MAX_PARENTHESES} parentheses")
    return _Parser(_tokens(expression), names).whole()()


def _tokens(expression: str) -> list[str]:
    tokens, position, text = [], 0, expression.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"cannot read {text[position:].strip()[:20]!r}")
        tokens.append(match[1] or match[2])
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent; every rule gives a function that computes its value when called."""

    def __init__(self, tokens: list[str], names: Mapping[str, int]) -> None:
        self._left = tokens[::-1]
        self._names = names

    def whole(self) -> Node:
        node = self._choice()
        if self._left:
            raise ValueError(f"unexpected {self._left[-1]!r}")
        return node

    def _choice(self) -> Node:
        condition = self._binary(0)
        if not self._take("?"):
            return condition
        yes = self._binary(0)
        self._expect(":")
        no = self._choice()
        return lambda: yes() if _boolean(condition()) else no()

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        node = self._binary(level + 1)
        while found := self._take(*_LEVELS[level]):
            node = partial(_apply, found, node, self._binary(level + 1))
        return node

    def _unary(self) -> Node:
        if self._take("-"):
            return partial(_apply, "-", lambda: 0, self._unary())
        if self._take("("):
            node = self._choice()
            self._expect(")")
            return node
        return self._leaf()

    def _leaf(self) -> Node:
        token = self._left.pop() if self._left else ""
        if not token.isalnum() and not token.isidentifier():
            raise ValueError(f"a number or a name is missing before {token or 'the end'}")
        if self._take("("):
            raise ValueError(f"no function {token!r}: for the smaller of two write a < b ? a : b")
        if token not in self._names and not token.isdecimal():
            raise ValueError(f"no name {token!r}: it may use {', '.join(self._names)}")
        value = _checked(self._names[token] if token in self._names else int(token))
        return lambda: value

    def _take(self, *tokens: str) -> str:
        return self._left.pop() if self._left and self._left[-1] in tokens else ""

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise ValueError(f"{token!r} is missing")


def _apply(name: str, left: Node, right: Node) -> Value:
    return _checked(_OPERATORS[name](_integer(left()), _integer(right())))


def _checked(value: Value) -> Value:
    if not -_INT64 <= value < _INT64:
        raise ValueError("a number is over 64 bits")
    return value


def _boolean(value: Value) -> bool:
    if not isinstance(value, bool):
        raise ValueError("what stands before ? is no comparison")
    return value


def _integer(value: Value) -> int:
    if isinstance(value, bool):
        raise ValueError("a comparison stands where a number must")
    return value
