"""All generators by name. A new one is a folder `reenact/generators/NAME` and a line here; nothing else names it.

`generator.py` in the folder holds ``load(folder, device) -> Generator``. One that is trained also has `task.py` with
``make_task(params, training_shards, device) -> Task``, and a section NAME of the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from reenact.errors import ReenactError
from reenact.workspace import LDNET, MODELS

if TYPE_CHECKING:
    import torch

    from reenact.generators.base import Generator


@dataclass(frozen=True)
class Entry:
    """A generator.

    name: of its folder, its section of the parameters and its stage. title: for people. network: as model.json names it.
    plots: those of its losses that DVC draws.
    """

    name: str
    title: str
    network: str
    plots: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Where its trained network is kept, below the project."""
        return f"{MODELS}/{self.name}"

    def load(self, folder: Path, device: torch.device) -> Generator:
        """The trained generator in `folder`; ReenactError where files are missing, damaged or of another network."""
        return import_module(f"reenact.generators.{self.name}.generator").load(folder, device)


GENERATORS: Mapping[str, Entry] = {
    entry.name: entry
    for entry in (
        # The first one is what `reenact animate` takes unless told otherwise.
        Entry("fdgan", "FD-GAN", "FDGAN", ("reconstruction", "translator", "discriminator")),
    )
}
DEFAULT = next(iter(GENERATORS.values()))
# Every trained network, LD-Net first.
FOLDERS: Mapping[str, str] = {"ldnet": LDNET, **{name: entry.folder for name, entry in GENERATORS.items()}}
TITLES: Mapping[str, str] = {"ldnet": "LD-Net", **{name: entry.title for name, entry in GENERATORS.items()}}


def by_network(network: str) -> Entry:
    """The generator whose network is called so in model.json; ReenactError where there is none."""
    for entry in GENERATORS.values():
        if entry.network == network:
            return entry
    known = ", ".join(entry.network for entry in GENERATORS.values())
    raise ReenactError(f"the network {network!r} is no generator; those that are: {known}")
