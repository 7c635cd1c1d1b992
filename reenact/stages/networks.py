"""The trained networks by name, for commands: LD-Net and every generator of the registry."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Protocol

import torch

from reenact.config.schema import Params
from reenact.generators.registry import GENERATORS
from reenact.stages import generator, ldnet
from reenact.training.device import pick_device, pick_precision
from reenact.workspace import Workspace

if TYPE_CHECKING:
    from reenact.training.watcher import Watcher


class Train(Protocol):
    """Trains one network."""

    def __call__(self, params: Params, workspace: Workspace, watcher: Watcher, made_from: Mapping[str, str]) -> None: ...


def training_of(network: str) -> Train:
    """What trains the network; KeyError where there is none of that name."""
    return ldnet.train if network == "ldnet" else partial(generator.train, GENERATORS[network])


def made_from(network: str, params: Params, workspace: Workspace, code: str = "") -> dict[str, str]:
    """What a training depends on besides the parameters: the SHA-256 of its inputs by name, and that of its sources, `code`."""
    return (ldnet if network == "ldnet" else generator).made_from(params, workspace, code)


def precision(network: str, params: Params) -> torch.dtype:
    """The arithmetic of a training's layers."""
    name = getattr(getattr(params, network), "precision", "float32")
    return pick_precision(name, pick_device(params.device))
