"""What trains a network, by its name: LD-Net, and every generator of the registry that is trained."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Protocol

import torch

from reenact.config.enabled import is_enabled
from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.generators.registry import trained
from reenact.stages import generator, ldnet
from reenact.training.device import pick_device, pick_precision
from reenact.workspace import Workspace

if TYPE_CHECKING:
    from reenact.training.watcher import Watcher


class Train(Protocol):
    """Trains one network."""

    def __call__(self, params: Params, workspace: Workspace, watcher: Watcher, made_from: Mapping[str, str]) -> None: ...


def training_of(network: str, params: Params) -> Train:
    """What trains the network of this name; KeyError where none is trained, ReenactError where the parameters do not enable it."""
    if network == "ldnet":
        return ldnet.train
    entry = trained()[network]
    if not is_enabled(params, network):
        raise ReenactError(f"{network}.enabled is false in params.yaml, so {entry.title} is not trained; set it to true first")
    return partial(generator.train, entry)


def made_from(network: str, params: Params, workspace: Workspace, code: str = "") -> dict[str, str]:
    """What a training depends on besides the parameters: the SHA-256 of each input by its name. `code`: that of the sources."""
    return (ldnet if network == "ldnet" else generator).made_from(params, workspace, code)


def precision(network: str, params: Params) -> torch.dtype:
    """The arithmetic of a training's layers."""
    return pick_precision(getattr(params, network).precision, pick_device(params.device))
