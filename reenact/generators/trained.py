"""A trained network as a generator: pictures and landmarks in, pictures out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from reenact.config.networks import GeneratorParams
from reenact.faces.crop_settings import CropSettings
from reenact.faces.landmark_image import draw
from reenact.generators.base import crop_of
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.network import Network
from reenact.pixels import to_images, to_tensor
from reenact.training.device import channels_last
from reenact.training.export import load_weights, read_section

Params = TypeVar("Params", bound=GeneratorParams)


class TrainedGenerator:
    """See `reenact.generators.base.Generator`. Arithmetic is float32 whatever `precision` the training had."""

    def __init__(self, network: Network, size: int, crop: CropSettings) -> None:
        self.network, self.size, self.crop = channels_last(network), size, crop
        self.device = next(network.parameters()).device

    @torch.inference_mode()
    def encode(self, image: np.ndarray, landmarks: np.ndarray) -> Any:
        """What the network makes of a target, as a batch of one."""
        return self.network.encode(TargetInput(to_tensor(image[None], self.device), *self._wanted(landmarks[None])))

    @torch.inference_mode()
    def generate(self, encoded: Any, landmarks: np.ndarray) -> np.ndarray:
        """Generate images (F, S, S, 3) uint8 of landmarks (F, 68, 2)."""
        return to_images(self.network.translate(self._wanted(landmarks), encoded))

    def _wanted(self, landmarks: np.ndarray) -> WantedInput:
        return WantedInput(draw(landmarks, self.size).to(self.device), torch.tensor(landmarks, dtype=torch.float32, device=self.device))


def load_trained(
    folder: Path, network: str, section: type[Params], build: Callable[[Params], Network], device: torch.device
) -> TrainedGenerator:
    """The trained `network` in `folder`, in evaluation mode on `device`; ReenactError where its files are missing, damaged or do not fit.

    section: its parameters. build: makes the network of them.
    """
    params = read_section(folder, network, section)
    built = build(params)
    load_weights(folder, built)
    return TrainedGenerator(built.to(device).eval(), params.image_size, crop_of(folder, network))
