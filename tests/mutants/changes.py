"""Which small changes there are, and what to call each."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path

import cosmic_ray.plugins
import parso
from cosmic_ray.ast import ast_nodes
from cosmic_ray.mutating import mutate_code
from cosmic_ray.work_item import MutationSpec

from tests.mutants.operators import OWN

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
cosmic_ray.plugins.OPERATOR_PROVIDERS["own"] = OWN

# Of Cosmic Ray's replacements of one operator by each of the others, those that people get wrong.
BINARY = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Div", "Mod_FloorDiv", "Pow_Mul", "BitAnd_BitOr", "BitOr_BitAnd")
COMPARISON = [
    "Lt_LtE",
    "Lt_Gt",
    "LtE_Lt",
    "LtE_GtE",
    "Gt_GtE",
    "Gt_Lt",
    "GtE_Gt",
    "GtE_LtE",
    "Eq_NotEq",
    "NotEq_Eq",
    "Is_IsNot",
    "IsNot_Is",
]
NAMES = (
    *(f"core/ReplaceBinaryOperator_{pair}" for pair in BINARY),
    *(f"core/ReplaceComparisonOperator_{pair}" for pair in COMPARISON),
    *(f"core/ReplaceComparisonOperator_{pair}" for pair in ("Is_IsNot", "IsNot_Is")),
    *(f"core/ReplaceUnaryOperator_{change}" for change in ("Delete_USub", "Delete_Not", "Delete_Invert")),
    *(f"core/Replace{change}" for change in ("TrueWithFalse", "FalseWithTrue", "AndWithOr", "OrWithAnd")),
    *(f"core/Replace{change}" for change in ("BreakWithContinue", "ContinueWithBreak")),
    *(f"core/{name}" for name in ("AddNot", "NumberReplacer", "RemoveDecorator", "ZeroIterationForLoop")),
    *(f"own/{name}" for name in OWN),
)
NO_BEHAVIOUR = {"tfpdef", "fstring", "import_from", "import_name", "raise_stmt"}  # annotations, and what messages say
UNPACKING = {"parameters", "param", "argument", "star_expr", "dictorsetmaker"}  # where * and ** multiply nothing
GUARDS = {"strict=True", "frozen=True"}  # of zip and dataclass: they stop mistakes in the code, which no input reaches
OF_GUARDS = ("core/ReplaceTrueWithFalse", "own/DropKeyword")
PLAIN_DECORATORS = ("@dataclass", "@property", "@classmethod", "@staticmethod", "@cache", "@abstractmethod", "@contextmanager")


@dataclass(frozen=True)
class Identity:
    """Which change it is, whatever else moves in the file: the text that goes and the text that comes, blanks aside."""

    file: str
    function: str
    before: str
    after: str


def changes(root: Path, file: str) -> list[MutationSpec]:
    """All small changes of `file` (relative to `root`)."""
    source = (root / file).read_text(encoding="utf-8")
    tree, lines = parso.parse(source), source.splitlines()
    nodes = list(ast_nodes(tree))
    specs = []
    for name in NAMES:
        operator = cosmic_ray.plugins.get_operator(name)()
        places = [(node, *span) for node in nodes for span in operator.mutation_positions(node)]
        for occurrence, (node, start, end) in enumerate(places):
            line = lines[start[0] - 1]
            around = line[: end[1]][-11:], line[start[1] :][:11]
            is_guard = name in OF_GUARDS and GUARDS & set(around)
            if _decides_something(node) and not is_guard:
                specs.append(MutationSpec(file, name, occurrence, start, end, definition_name=_definition(node)))
    return specs


def identify(root: Path, spec: MutationSpec) -> Identity:
    """Which change `spec` makes."""
    source = (root / spec.module_path).read_text(encoding="utf-8")
    mutated = mutate_code(source, cosmic_ray.plugins.get_operator(spec.operator_name)(), spec.occurrence)
    lines = list(difflib.ndiff(source.splitlines(), mutated.splitlines()))
    before, after = (squeezed("\n".join(line[2:] for line in lines if line.startswith(mark))) for mark in ("- ", "+ "))
    return Identity(str(spec.module_path), spec.definition_name or "", before, after)


def equivalents(path: Path = EQUIVALENT) -> dict[Identity, str]:
    """The changes that were judged to change nothing that a user could see, with the reason for each."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", [])
    keys = ("file", "function", "before", "after")
    return {Identity(*(entry[key] if key == "file" else squeezed(entry[key]) for key in keys)): entry["reason"] for entry in entries}


def _decides_something(node: parso.tree.NodeOrLeaf) -> bool:
    if node.type == "decorator" and node.get_code().strip().startswith(PLAIN_DECORATORS):
        return False
    while node.parent is not None:
        if node.type in NO_BEHAVIOUR or (node.type == "annassign" and node.get_code().count("=") == 0):
            return False
        parent = node.parent
        if node.type == "operator" and parent.type in UNPACKING:
            return False
        returned = parent.type == "funcdef" and node is parent.annotation
        annotated = parent.type == "annassign" and node is parent.children[1]
        if returned or annotated:
            return False
        node = parent
    return True


def _definition(node: parso.tree.NodeOrLeaf) -> str:
    names = []
    while node is not None:
        if node.type in ("funcdef", "classdef"):
            names.insert(0, node.name.value)
        node = node.parent
    return ".".join(names)


def squeezed(text: str) -> str:
    """Code without its blanks."""
    return "".join(text.split())
