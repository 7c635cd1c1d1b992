"""How a network moves the target's picture: it mixes some given flows, and refines what comes of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reenact.generators.flow.places import resize
from reenact.generators.layers.unet import activated, initialise

LARGEST_REFINEMENT = 0.25  # it moves a place by at most an eighth of the picture's side
FIRST_LOGIT = 2.0  # by how much the last of the given flows leads at first
FIRST_STRENGTH = 0.05


class Motion(nn.Module):
    """Predicts a flow at the size of its features; flows are smooth, so a coarse one will do."""

    def __init__(self, width: int, flows: int) -> None:
        super().__init__()
        self.flows = flows
        self.layers = nn.Sequential(
            activated(nn.Conv2d(width, width, 3, padding=1), width, "none"),
            nn.Conv2d(width, flows + 2, 3, padding=1),
        )
        initialise(self)
        last = self.layers[-1]
        assert isinstance(last, nn.Conv2d) and last.bias is not None
        with torch.no_grad():
            last.weight.mul_(FIRST_STRENGTH)
            last.bias[flows - 1] = FIRST_LOGIT

    def forward(self, features: Tensor, flows: Tensor) -> Tensor:
        """Features (B, width, h, h) and flows (B, flows, 2, side, side) -> one flow (B, 2, side, side), float32."""
        side = flows.shape[-1]
        predicted = self.layers(features).float()
        weights = resize(predicted[:, : self.flows].softmax(1), side)
        return (weights.unsqueeze(2) * flows).sum(1) + self.refinement(predicted[:, self.flows :], side)

    def refinement(self, predicted: Tensor, side: int) -> Tensor:
        """What is added to the mixed flow, (B, 2, side, side)."""
        return resize(LARGEST_REFINEMENT * predicted.tanh(), side)
