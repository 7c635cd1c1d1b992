"""All generators by name. A new one is a folder `reenact/generators/NAME` and a line here; nothing else names it.

`generator.py` in the folder makes the generator (`reenact.generators.base.Generator`). Of one that is trained it holds
``load(folder, device)``. Of one that is not it holds ``make(params, device)``. A trained one also has a section NAME of the
parameters, and `task.py` with ``make_task(params, training_shards, device) -> Task``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from reenact.workspace import LDNET, MODELS

if TYPE_CHECKING:
    from types import ModuleType

    import torch

    from reenact.config.schema import Params
    from reenact.generators.base import Generator


@dataclass(frozen=True)
class Entry:
    """A generator.

    name: of its folder, its section of the parameters and its stage. title: for people. network: as model.json names it; empty
    where nothing is trained. plots: the losses that DVC draws.
    """

    name: str
    title: str
    network: str = ""
    plots: tuple[str, ...] = ()

    @property
    def is_trained(self) -> bool:
        """Whether it has a stage and a model folder."""
        return bool(self.network)

    @property
    def folder(self) -> str:
        """Where its trained network is kept, below the project."""
        return f"{MODELS}/{self.name}"

    def load(self, folder: Path, device: torch.device) -> Generator:
        """The trained generator in `folder`; ReenactError where files are missing, damaged or of another network."""
        return self._module().load(folder, device)

    def make(self, params: Params, device: torch.device) -> Generator:
        """The generator that is not trained, as the parameters have it."""
        return self._module().make(params, device)

    def _module(self) -> ModuleType:
        return import_module(f"reenact.generators.{self.name}.generator")


GENERATORS: Mapping[str, Entry] = {
    entry.name: entry
    for entry in (
        # The first trained one is what `reenact animate` takes unless told otherwise.
        Entry("dense", "Dense", "Dense", ("reconstruction", "structure")),
        Entry("fdgan", "FD-GAN", "FDGAN", ("reconstruction", "translator", "discriminator")),
        Entry("single_row", "FD-GAN-1", "SingleRow", ("reconstruction", "translator", "discriminator")),
        Entry("adain", "AdaIN", "AdaIN", ("reconstruction", "translator", "discriminator")),
        Entry("pix2pixhd", "Pix2PixHD", "Pix2PixHD", ("reconstruction", "generator", "discriminator")),
        Entry("warp", "Warp"),
    )
}


def trained() -> dict[str, Entry]:
    """The generators that are trained, by name."""
    return {name: entry for name, entry in GENERATORS.items() if entry.is_trained}


def default() -> Entry:
    """The generator that is taken where nobody names one."""
    return next(iter(trained().values()))


def folders() -> dict[str, str]:
    """The folder of every trained network by its name, LD-Net first."""
    return {"ldnet": LDNET, **{name: entry.folder for name, entry in trained().items()}}


def titles() -> dict[str, str]:
    """What people call every trained network, by its name, LD-Net first."""
    return {"ldnet": "LD-Net", **{name: entry.title for name, entry in trained().items()}}
