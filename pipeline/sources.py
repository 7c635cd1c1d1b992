"""Which files decide a stage's result: its rules, and all that its step imports from the library."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

LIBRARY = "reenact"
# Parameters count by their values; how errors and progress look changes no result.
NEUTRAL = frozenset({"reenact/params.py", "reenact/errors.py", "reenact/progress.py"})


def source_files(stage: str, root: Path) -> tuple[str, ...]:
    """The sources of a stage, sorted, relative to `root`: its .smk file, and whatever reenact/steps/STAGE.py imports, directly or not.

    Imports are followed wherever in a file they stand, within the library only. Data files beside a module (templates, tables)
    count with it. FileNotFoundError where the stage has no step or no rules.
    """
    modules = _import_closure(root / LIBRARY / "steps" / f"{stage}.py", root)
    data = {path for module in modules for path in _data_files(module)}
    names = {path.relative_to(root).as_posix() for path in (*modules, *data, root / "pipeline" / "rules" / f"{stage}.smk")}
    return tuple(sorted(names - NEUTRAL))


def source_hash(stage: str, root: Path) -> str:
    """SHA-256 over the names and contents of a stage's sources, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for name in source_files(stage, root):
        digest.update(name.encode() + b"\0" + (root / name).read_bytes() + b"\0")
    return digest.hexdigest()


def _import_closure(start: Path, root: Path) -> set[Path]:
    found: set[Path] = set()
    names: set[str] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            new = set(_imports(path.read_text(encoding="utf-8"))) - names
            names |= new
            waiting += [file for name in new for file in _module_files(name, root)]
    return found


@cache
def _imports(text: str) -> tuple[str, ...]:
    """Dotted names that a file's text imports from the library; of `from a import b` both a and a.b, as b may be a module."""
    return tuple(_imported(ast.parse(text)))


def _imported(node: ast.AST) -> Iterator[str]:
    # Statements alone, as expressions hold no imports and are most of a tree: every command that reads the Snakefile waits for this.
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for statement in getattr(node, block, ()):
            names: list[str] = []
            if isinstance(statement, ast.ImportFrom) and statement.module:
                names = [statement.module, *(f"{statement.module}.{alias.name}" for alias in statement.names)]
            elif isinstance(statement, ast.Import):
                names = [alias.name for alias in statement.names]
            yield from (name for name in names if name.split(".")[0] == LIBRARY)
            yield from _imported(statement)


def _module_files(name: str, root: Path) -> list[Path]:
    base = root.joinpath(*name.split("."))
    return [path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()]


def _data_files(module: Path) -> Iterator[Path]:
    if module.name == "__init__.py" and module.parent.name != LIBRARY:
        files = (path for path in module.parent.rglob("*") if path.is_file() and path.suffix != ".py")
        yield from (path for path in files if "__pycache__" not in path.parts)
