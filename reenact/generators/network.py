"""What every generator that is trained here has at its heart: a network that encodes a target and translates landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from reenact.generators.inputs import TargetInput, WantedInput


class Network(nn.Module):
    """A target is encoded once; what that gives serves for any number of wanted frames.

    uncompiled: methods that stay as they are where the network is compiled (`training.device.compile_in_place`).
    """

    uncompiled: Sequence[str] = ()

    def encode(self, target: TargetInput) -> Any:
        """What the pictures of B targets need of them, for `translate`."""
        raise NotImplementedError

    def translate(self, wanted: WantedInput, encoded: Any) -> Tensor:
        """The images (B, 3, S, S) of the wanted landmarks, from B encoded targets, or from one for all frames.

        They are in [-1, 1]. What a network gives beyond that is cut off where pixels are made of it.
        """
        raise NotImplementedError

    def forward(self, target: TargetInput, wanted: WantedInput) -> Tensor:
        """The targets as they would look with the wanted landmarks, (B, 3, S, S) in [-1, 1]."""
        return self.translate(wanted, self.encode(target))
