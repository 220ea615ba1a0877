"""The mutants: mutmut's changes of functions, each as the code that takes a function's place.

mutmut itself leaves decorated functions out, and with them each property, and starts pytest for
each mutant. So its operators are taken, and `mutants.session` does the rest.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from types import CodeType

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.file_mutation import Mutation, MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

_LATE = "from __future__ import annotations\n"
_TEXT = cst.Module([])


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one function.

    Args:
        name: path, function and change in words: the same as long as these lines stand.
        path: of the module, from the root of the repository.
        function: qualified name within the module.
        lines: first line of the statement, and last line of the change in it.
        code: of the changed function.
    """

    name: str
    path: str
    function: str
    lines: tuple[int, int]
    code: CodeType


def mutants_of(root: Path, path: str) -> list[Mutant]:
    """All mutants of a module's functions and methods, in the order of lines."""
    source = _without_decorators((root / path).read_text(encoding="utf-8"))
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    positions, parents = map(wrapper.resolve, (PositionProvider, ParentNodeProvider))
    names = dict(_functions(wrapper.module.body))
    seen: Counter[str] = Counter()
    found = []
    for one in visitor.mutations:
        function = one.contained_by_top_level_function
        if function in names and not _is_in_signature(function, one.original_node):
            statement = one.original_node
            while not isinstance(statement, cst.SimpleStatementLine | cst.BaseCompoundStatement):
                statement = parents[statement]
            last = positions[one.original_node].end.line
            lines = positions[statement].start.line, last
            found.append(_mutant(path, names[function], one, lines, seen))
    return sorted(found, key=lambda one: one.lines)


def _mutant(
    path: str, function: str, one: Mutation, lines: tuple[int, int], seen: Counter[str]
) -> Mutant:
    whole = one.contained_by_top_level_function
    assert whole is not None
    changed = whole.deep_replace(one.original_node, one.mutated_node)
    before, after = _TEXT.code_for_node(whole), _TEXT.code_for_node(changed)
    name = f"{path} {function}: {_difference(before, after)}"
    seen[name] += 1
    if seen[name] > 1:
        name = f"{name} ({seen[name]})"
    return Mutant(name, path, function, lines, _code(after, "super()" in before))


def _code(text: str, knows_class: bool) -> CodeType:
    """The code object of a function that stands in a class."""
    if knows_class:
        text += "    __class__\n"  # still held, though the change may have taken super() away
    whole = compile(f"{_LATE}class _:\n{indent(text, '  ')}", "-", "exec", dont_inherit=True)
    class_body = next(held for held in whole.co_consts if isinstance(held, CodeType))
    return next(held for held in class_body.co_consts if isinstance(held, CodeType))


def _without_decorators(source: str) -> str:
    """The same lines, but those of functions' decorators, which only wrap what is changed here."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            for one in node.decorator_list:
                assert one.lineno == one.end_lineno
                lines[one.lineno - 1] = ""
    return "\n".join([*lines, ""])


def _functions(body: object, prefix: str = "") -> Iterator[tuple[cst.FunctionDef, str]]:
    assert isinstance(body, (list, tuple))
    for one in body:
        if isinstance(one, cst.FunctionDef):
            yield one, prefix + one.name.value
        elif isinstance(one, cst.ClassDef):
            yield from _functions(one.body.body, f"{prefix}{one.name.value}.")


def _is_in_signature(function: cst.FunctionDef, node: cst.CSTNode) -> bool:
    """Defaults are not part of a function's code."""
    return _holds(function.params, node)


def _holds(tree: cst.CSTNode, node: cst.CSTNode) -> bool:
    return tree is node or any(_holds(child, node) for child in tree.children)


def _difference(before: str, after: str) -> str:
    """The lines that differ, in one: `old` becomes `new`."""
    old, new = (text.splitlines() for text in (before, after))
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return " becomes ".join(f"`{' '.join(' '.join(lines).split())}`" for lines in (old, new))
