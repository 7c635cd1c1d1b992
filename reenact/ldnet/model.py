"""LD-Net's networks: every one a multi-layer perceptron (paper, Sections 3.1 and 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from reenact.config.networks import LDNetParams
from reenact.faces.layout68 import COORDINATES
from reenact.training.export import load_weights, read_section

NETWORK = "LDNet"
SLOPE = 0.2
ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = {"leaky_relu": lambda: nn.LeakyReLU(SLOPE), "relu": nn.ReLU, "gelu": nn.GELU}


class MLP(nn.Sequential):
    """`params.hidden_layers` hidden layers of `params.hidden_units` and a linear output: (B, inputs) -> (B, outputs)."""

    def __init__(self, inputs: int, outputs: int, params: LDNetParams) -> None:
        layers: list[nn.Module] = []
        for fan_in, fan_out in pairwise([inputs, *[params.hidden_units] * params.hidden_layers]):
            layers.append(nn.Linear(fan_in, fan_out))
            if params.normalisation == "layer":
                layers.append(nn.LayerNorm(fan_out))
            layers.append(ACTIVATIONS[params.activation]())
        super().__init__(*layers, nn.Linear(params.hidden_units, outputs))
        initialise(self)

    def forward(self, input: Tensor) -> Tensor:
        """As any sequence of layers. It stands here because torch.compile passes over the methods of PyTorch's own modules."""
        return super().forward(input)


def initialise(mlp: MLP) -> None:
    """Kaiming initialisation, biases zero. With PyTorch's own, each layer scales the signal by 0.4: ten learn nothing for long."""
    *hidden, last = (module for module in mlp if isinstance(module, nn.Linear))
    for layer in hidden:
        nn.init.kaiming_normal_(layer.weight, a=SLOPE, nonlinearity="leaky_relu")
    nn.init.kaiming_normal_(last.weight, nonlinearity="linear")
    for layer in (*hidden, last):
        nn.init.zeros_(layer.bias)


class LDNet(nn.Module):
    """The networks that are exported: E_P, E_I and G. Landmarks l are (B, 136) float32, normalised (`faces.normalise`)."""

    def __init__(self, params: LDNetParams) -> None:
        super().__init__()
        self.pose_encoder = MLP(COORDINATES, params.pose_code, params)
        self.identity_encoder = MLP(COORDINATES, params.identity_code, params)
        self.generator = MLP(params.pose_code + params.identity_code, COORDINATES, params)

    def encode_pose(self, landmarks: Tensor) -> Tensor:
        """E_P: l (B, 136) -> pose and expression codes (B, 64)."""
        return self.pose_encoder(landmarks)

    def encode_identity(self, landmarks: Tensor) -> Tensor:
        """E_I: l (B, 136) -> identity codes (B, 128)."""
        return self.identity_encoder(landmarks)

    def generate(self, pose: Tensor, identity: Tensor) -> Tensor:
        """G: codes (B, 64) and (B, 128) -> l' (B, 136)."""
        return self.generator(torch.cat([pose, identity], dim=1))


class IdentityTable(nn.Embedding):
    """N_I, phase 1's one-layer network on a one-hot label, as a lookup table: labels (B,) int64 -> codes (B, 128)."""

    def __init__(self, subjects: int, params: LDNetParams) -> None:
        super().__init__(subjects, params.identity_code)


class Classifier(MLP):
    """C: l (B, 136) -> logits over the training subjects (B, subjects)."""

    def __init__(self, subjects: int, params: LDNetParams) -> None:
        super().__init__(COORDINATES, subjects, params)


class Discriminator(MLP):
    """D: l (B, 136) -> scores (B, 1), trained towards +1 for real and -1 for generated landmarks."""

    def __init__(self, params: LDNetParams) -> None:
        super().__init__(COORDINATES, 1, params)


def load_ldnet(folder: Path, device: torch.device) -> LDNet:
    """The trained LD-Net in `folder`, in evaluation mode on `device`; ReenactError if the files are missing, damaged or do not fit."""
    ldnet = LDNet(read_section(folder, NETWORK, LDNetParams))
    load_weights(folder, ldnet)
    return ldnet.to(device).eval()
