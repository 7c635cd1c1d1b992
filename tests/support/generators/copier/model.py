"""A trained generator: every result is the target's picture, whatever the network learned."""

from __future__ import annotations

from torch import Tensor, nn

from reenact.config.networks import PairTrainingParams
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.network import Network


class Copier(Network):
    """See `reenact.generators.network.Network`."""

    def __init__(self, params: PairTrainingParams) -> None:
        super().__init__()
        self.learnt = nn.Linear(1, 1)

    def encode(self, target: TargetInput) -> Tensor:
        return target.image

    def translate(self, wanted: WantedInput, encoded: Tensor) -> Tensor:
        return encoded.expand(len(wanted.landmarks), -1, -1, -1)
