"""Which files decide a stage's result: its rules, and all that its modules import from the library."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

LIBRARY = "reenact"
# Parameters count by their values; how errors and progress look, and which networks come with the package, change no result.
NEUTRAL = ("reenact/config/", "reenact/errors.py", "reenact/progress.py", "reenact/weights/")
DEFINITION = re.compile(r"^(?:@|def |class |async def )", re.MULTILINE)


class Sources:
    """The sources below `root`, as they lie there now. Each file is looked at once, however many stages ask for it.

    Every command that reads the Snakefile waits for this. An object sees no later change: make one for each look.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._modules: dict[str, list[Path]] = {}
        self._brought: dict[Path, set[Path]] = {}

    def files(self, entries: Iterable[str]) -> tuple[str, ...]:
        """A stage's sources, sorted, relative to the root: its entries, and all that its modules import, directly or not.

        entries: files, and folders that stand for the modules in them (`Stage.sources`). Imports of the library are followed wherever
        they stand in a file, except under TYPE_CHECKING, which never runs. A module brings the packages that contain it, and these
        their data files (templates, tables). Raises FileNotFoundError if an entry is missing.
        """
        found: set[Path] = set()
        waiting = [file for entry in entries for file in _files(self.root / entry)]
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += self._brought_by(path)
        names = (path.relative_to(self.root).as_posix() for path in found)
        return tuple(sorted(name for name in names if not name.startswith(NEUTRAL)))

    def hash(self, entries: Iterable[str]) -> str:
        """SHA-256 over the names and contents of a stage's sources, as 64 hexadecimal digits."""
        digest = hashlib.sha256()
        for name in self.files(entries):
            digest.update(name.encode() + b"\0" + (self.root / name).read_bytes() + b"\0")
        return digest.hexdigest()

    def _brought_by(self, path: Path) -> set[Path]:
        """The modules that a module imports itself, the packages that contain them and it, and its data files."""
        if path.suffix != ".py":
            return set()
        if path not in self._brought:
            names = {*_imports(path.read_text(encoding="utf-8")), _dotted(path, self.root)}
            needed = {above for name in names for above in _with_packages(name)}
            self._brought[path] = {*_data_files(path), *(file for name in needed for file in self._module_files(name))}
        return self._brought[path]

    def _module_files(self, name: str) -> list[Path]:
        if name not in self._modules:
            base = self.root.joinpath(*name.split("."))
            self._modules[name] = [path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()]
        return self._modules[name]


def _files(entry: Path) -> list[Path]:
    if not entry.exists():
        raise FileNotFoundError(entry)
    return sorted(entry.glob("*.py")) if entry.is_dir() else [entry]


def _dotted(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts)


def _with_packages(name: str) -> list[str]:
    """A dotted name, and those of the packages that contain it, which an import runs first."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


@cache
def _imports(text: str) -> tuple[str, ...]:
    """Dotted names that a file's text imports from the library; for `from a import b` both a and a.b, as b may be a module."""
    # Most of a text stands behind its last import, and every command that reads the Snakefile waits for the parsing.
    rest = DEFINITION.search(text, max(text.rfind("import"), 0))
    try:
        tree = ast.parse(text[: rest.start()] if rest else text)
    except SyntaxError:  # what looked like a definition is in the middle of a statement
        tree = ast.parse(text)
    return tuple(_imported(tree))


def _imported(node: ast.AST) -> Iterator[str]:
    # Only statements: expressions hold no imports and make up most of a tree.
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for statement in getattr(node, block, ()):
            names: list[str] = []
            if isinstance(statement, ast.ImportFrom) and statement.module:
                names = [statement.module, *(f"{statement.module}.{alias.name}" for alias in statement.names)]
            elif isinstance(statement, ast.Import):
                names = [alias.name for alias in statement.names]
            yield from (name for name in names if name.split(".")[0] == LIBRARY)
            if not _is_for_types(statement):
                yield from _imported(statement)


def _is_for_types(statement: ast.AST) -> bool:
    return isinstance(statement, ast.If) and isinstance(statement.test, ast.Name) and statement.test.id == "TYPE_CHECKING"


def _data_files(module: Path) -> Iterator[Path]:
    if module.name == "__init__.py" and module.parent.name != LIBRARY:
        files = (path for path in module.parent.rglob("*") if path.is_file() and path.suffix != ".py")
        yield from (path for path in files if "__pycache__" not in path.parts)
