"""Kinds of small change that Cosmic Ray does not bring: calls and arguments left out or swapped, one function for its opposite."""

from __future__ import annotations

from collections.abc import Iterator

import parso
from cosmic_ray.operators.operator import Example, Operator
from parso.tree import NodeOrLeaf

Span = tuple[tuple[int, int], tuple[int, int]]

PAIRS = (
    ("min", "max"), ("argmin", "argmax"), ("minimum", "maximum"), ("floor", "ceil"), ("any", "all"), ("sum", "mean"), ("zeros", "ones"),
    ("sin", "cos"), ("vstack", "hstack"), ("no_grad", "enable_grad"), ("first", "last"), ("height", "width"), ("start", "end"),
)  # fmt: skip
OPPOSITES = {**dict(PAIRS), **{b: a for a, b in PAIRS}}
CHAINED = {"abs", "astype", "clamp", "clip", "copy", "detach", "eval", "float", "round", "sqrt", "square", "strip", "transpose"}


def span(node: NodeOrLeaf) -> Span:
    return node.start_pos, node.end_pos


def arguments(node: NodeOrLeaf) -> list[NodeOrLeaf]:
    """The arguments of the call whose list `node` is; none for anything else."""
    in_a_call = node.type == "arglist" and node.parent.type == "trailer"
    return [child for child in node.children if child.type != "operator"] if in_a_call else []


class DropCall(Operator):
    """A statement that only calls something, and keeps nothing, is left out: `optimiser.step()`."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterator[Span]:
        if node.type == "atom_expr" and node.parent.type == "simple_stmt" and node.children[-1].get_code().startswith("("):
            yield span(node)

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        return parso.python.tree.Name("pass", node.start_pos, node.get_first_leaf().prefix)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("optimiser.step()\n", "pass\n"), Example("x = f()\ng(x)\n", "x = f()\npass\n"))


class Opposite(Operator):
    """One function, attribute or keyword for its opposite: `min` for `max`."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterator[Span]:
        if node.type == "name" and node.value in OPPOSITES and node.parent.type in ("trailer", "atom_expr", "argument", "decorator"):
            yield span(node)

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        node.value = OPPOSITES[node.value]
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("min(a, b)", "max(a, b)"), Example("np.any(a)", "np.all(a)"), Example("a.clamp(max=1)", "a.clamp(min=1)"))


class SwapArguments(Operator):
    """The first two arguments of a call change places."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterator[Span]:
        first_two = arguments(node)[:2]
        if len(first_two) == 2 and all(child.type != "argument" for child in first_two):
            first, second = (child.get_code(include_prefix=False) for child in first_two)
            if first != second:
                yield span(node)

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        first, second = arguments(node)[:2]
        rest = "".join(child.get_code() for child in node.children[3:])
        code = f"{second.get_code(include_prefix=False)}, {first.get_code(include_prefix=False)}{rest}"
        return parso.python.tree.Name(code, node.start_pos, node.get_first_leaf().prefix)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("f(a, b, c)", "f(b, a, c)"), Example("f(g(x), 2)", "f(2, g(x))"))


class DropKeyword(Operator):
    """A keyword argument is left out, so that the default holds."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterator[Span]:
        for child in self._keywords(node):
            yield span(child)

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        dropped = self._keywords(node)[index]
        rest = ", ".join(child.get_code(include_prefix=False) for child in arguments(node) if child is not dropped)
        return parso.python.tree.Name(rest, node.start_pos, node.get_first_leaf().prefix)

    @staticmethod
    def _keywords(node: NodeOrLeaf) -> list[NodeOrLeaf]:
        return [child for child in arguments(node) if child.type == "argument" and child.children[1].get_code().strip() == "="]

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("f(a, axis=1)", "f(a)"), Example("f(a=1, b=2)", "f(a=1)", occurrence=1))


class DropMethod(Operator):
    """A method in a chain is left out: `x.detach()`."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterator[Span]:
        for child in self._methods(node):
            yield span(child)

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        at = node.children.index(self._methods(node)[index])
        code = "".join(child.get_code() for child in (*node.children[:at], *node.children[at + 2 :]))
        prefix = node.get_first_leaf().prefix
        return parso.python.tree.Name(code.removeprefix(prefix), node.start_pos, prefix)

    @staticmethod
    def _methods(node: NodeOrLeaf) -> list[NodeOrLeaf]:
        if node.type != "atom_expr":
            return []
        called = zip(node.children[1:], node.children[2:], strict=False)
        return [name for name, call in called if name.get_code().strip(". ") in CHAINED and call.get_code().startswith("(")]

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("f(x.detach().y)", "f(x.y)"), Example("a = b.clip(0, 1)", "a = b"))


OWN = {operator.__name__: operator for operator in (DropCall, Opposite, SwapArguments, DropKeyword, DropMethod)}
"""By name, as Cosmic Ray's plug-in providers list theirs."""
