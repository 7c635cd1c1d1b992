"""A second generator, `tests/support/generators/copier`, as if it stood in the registry's folder with a line of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import BaseModel
from torch import nn

import reenact.generators
from reenact.generators import registry
from tests.support.made_workspace import make_network

COPIER = registry.Entry("copier", "Copier", "Copier")


class CopierParams(BaseModel):
    """image_size: side of its pictures, pixels."""

    image_size: int = 64


@contextmanager
def second_generator() -> Iterator[None]:
    """Registered in the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reenact.generators, "__path__", [*reenact.generators.__path__, str(Path(__file__).parent / "generators")])
        patch.setitem(registry.GENERATORS, COPIER.name, COPIER)
        patch.setitem(registry.FOLDERS, COPIER.name, COPIER.folder)
        patch.setitem(registry.TITLES, COPIER.name, COPIER.title)
        try:
            yield
        finally:
            for name in [name for name in sys.modules if name.startswith("reenact.generators.copier")]:
                del sys.modules[name]


def make_copier(folder: Path, image_size: int = 64) -> Path:
    """Its export, of a network that has nothing to do with what it generates."""
    make_network(folder, COPIER.network, nn.Linear(1, 1), CopierParams(image_size=image_size), "nothing")
    return folder
