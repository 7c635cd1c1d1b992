from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from reenact.workspace import Workspace


def load_module(path: Path) -> ModuleType:
    """A helper module beside the tests, which pytest's importlib mode keeps off the path."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """`made_workspace`: how the workspace was made."""
    return load_module(Path(__file__).with_name("made_workspace.py"))


@pytest.fixture(scope="session")
def workspace(made: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A finished workspace up to the tables' figures; tests do not write into it."""
    return made.make_workspace(tmp_path_factory.mktemp("workspace"))
