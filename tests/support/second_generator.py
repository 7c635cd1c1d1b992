"""Two generators beside FD-GAN, as if they stood in the registry's folder with a line each.

`tests/support/generators/copier` is trained, `flat` is not. Their sections of the parameters are those of `MoreParams`.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import reenact.generators
from reenact.config import schema
from reenact.config.networks import PairTrainingParams, Schedule
from reenact.config.schema import Params
from reenact.config.section import Section
from reenact.generators import registry, trained
from reenact.metrics.registry import METRICS
from reenact.reenactment import networks
from tests.support.generators.copier.model import Copier
from tests.support.made_workspace import PARAMS, make_network

OWN_METRICS = {"isim", "psim", "ed", "landmark_error", "ssim", "ssim_face", "fd"}
COPIER = registry.Entry("copier", "Copier", "Copier", ("error",))
FLAT = registry.Entry("flat", "Flat")


class CopierParams(PairTrainingParams):
    """Four iterations."""

    schedule: Schedule = Schedule(learning_rate=0.1, batch_size=1, iterations=4)
    checkpoint_every: int = 2


class FlatParams(Section):
    """brightness: factor of the target's mean colour."""

    brightness: float = 0.5


class MoreParams(Params):
    """The parameters with a section of either."""

    copier: CopierParams = CopierParams()
    flat: FlatParams = FlatParams()


MORE = MoreParams.model_validate(PARAMS.model_dump())


@contextmanager
def more_generators(*entries: registry.Entry) -> Iterator[None]:
    """Registers them within the block, after FD-GAN."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reenact.generators, "__path__", [*reenact.generators.__path__, str(Path(__file__).parent / "generators")])
        for entry in entries:
            patch.setitem(registry.GENERATORS, entry.name, entry)
        for module in (schema, networks, trained):
            patch.setattr(module, "Params", MoreParams)
        try:
            yield
        finally:
            for name in [name for name in sys.modules if name.startswith(("reenact.generators.copier", "reenact.generators.flat"))]:
                del sys.modules[name]


@contextmanager
def papers_own() -> Iterator[None]:
    """Within the block FD-GAN is the only generator, with this project's original metrics."""
    with only(registry.GENERATORS, {"fdgan"}), only(METRICS, OWN_METRICS):
        yield


@contextmanager
def only(registered: dict[str, Any], names: Collection[str]) -> Iterator[None]:
    """Within the block a registry holds these names alone. After it all are back, in their order."""
    before = dict(registered)
    registered.clear()
    registered.update({name: entry for name, entry in before.items() if name in names})
    try:
        yield
    finally:
        registered.clear()
        registered.update(before)


def fresh(name: str) -> ModuleType:
    """A module as a new process would load it; the one that is loaded stays as it is."""
    spec = importlib.util.find_spec(name)
    module = sys.modules[f"fresh {name}"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_copier(folder: Path, image_size: int = 64) -> Path:
    """The copier's export; the network in it has nothing to do with what it generates."""
    params = CopierParams(image_size=image_size)
    make_network(folder, COPIER.network, Copier(params), params, "nothing")
    return folder
