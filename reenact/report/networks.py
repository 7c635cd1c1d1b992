"""The networks that the page's own pictures are made with."""

from __future__ import annotations

import torch

from reenact.config.schema import Params
from reenact.evaluation.enabled import main_generator
from reenact.ldnet.model import load_ldnet
from reenact.reenactment.networks import open_generator
from reenact.reenactment.reenactor import Reenactor
from reenact.reenactment.transfer import TransferSettings
from reenact.workspace import LDNET, Workspace


def main_reenactor(params: Params, workspace: Workspace, device: torch.device) -> Reenactor:
    """LD-Net and the main generator (`evaluation.enabled`) of the workspace. Landmarks are placed as for the predictions.

    Raises ReenactError where a network is missing or does not fit.
    """
    entry = main_generator(params)
    generator = open_generator(entry, workspace.path(entry.folder), params, device)
    return Reenactor(load_ldnet(workspace.path(LDNET), device), generator, TransferSettings.of(params.evaluate))
