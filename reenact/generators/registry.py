"""All generators by name. A new one is a folder `reenact/generators/NAME` and a line here; its parameters are
a section of `reenact.config`.

The folder of one that is trained has `model.py`, with its network (`reenact.generators.network.Network`), and `task.py`, with
``make_task(params, training_shards, device) -> Task``. Its section NAME of the parameters is what the network is made of. The folder
of one that is not trained has `generator.py`, with ``make(params, device) -> Generator``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reenact.workspace import LDNET, MODELS

if TYPE_CHECKING:
    import torch

    from reenact.config.schema import Params
    from reenact.generators.base import Generator
    from reenact.generators.network import Network
    from reenact.training.task import Task


@dataclass(frozen=True)
class Entry:
    """A generator.

    name: of its folder, its section of the parameters and its stage. title: for people. network: its class, by
    which model.json names it; empty where nothing is trained. plots: the losses that DVC draws.
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

    @property
    def source(self) -> str:
        """The module that its pictures depend on, relative to the repository."""
        return f"reenact/generators/{self.name}/{'model' if self.is_trained else 'generator'}.py"

    def network_class(self) -> type[Network]:
        """The class of the network that is trained."""
        return getattr(self._module("model"), self.network)

    def make_task(self, params: Params, shards: Sequence[Path], device: torch.device) -> Task:
        """The training of one that is trained, on training shards."""
        return self._module("task").make_task(params, shards, device)

    def make(self, params: Params, device: torch.device) -> Generator:
        """The generator that is not trained, as the parameters have it."""
        return self._module("generator").make(params, device)

    def _module(self, name: str) -> Any:
        # No import statement: whoever lists generators loads none, and no training depends on another's code.
        return import_module(f"reenact.generators.{self.name}.{name}")


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
