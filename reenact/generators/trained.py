"""A trained network as a generator: pictures and landmarks in, pictures out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from reenact.config.schema import Params
from reenact.faces.crop_settings import CropSettings
from reenact.faces.landmark_image import draw
from reenact.generators.base import crop_of
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.network import Network
from reenact.pixels import to_images, to_tensor
from reenact.training.device import autocast, channels_last, pick_precision
from reenact.training.export import load_weights, read_section

if TYPE_CHECKING:
    from reenact.generators.registry import Entry


class TrainedGenerator:
    """See `reenact.generators.base.Generator`. The network computes in `precision`; pictures and landmarks reach it in float32."""

    def __init__(self, network: Network, size: int, crop: CropSettings, precision: torch.dtype) -> None:
        self.network, self.size, self.crop, self.precision = channels_last(network), size, crop, precision
        self.device = next(network.parameters()).device

    @torch.inference_mode()
    def encode(self, image: np.ndarray, landmarks: np.ndarray) -> Any:
        """What the network makes of a target, as a batch of one."""
        target = TargetInput(to_tensor(image[None], self.device), *self._wanted(landmarks[None]))
        with autocast(self.device, self.precision):
            return self.network.encode(target)

    @torch.inference_mode()
    def generate(self, encoded: Any, landmarks: np.ndarray) -> np.ndarray:
        """Generate images (F, S, S, 3) uint8 of landmarks (F, 68, 2)."""
        wanted = self._wanted(landmarks)
        with autocast(self.device, self.precision):
            generated = self.network.translate(wanted, encoded)
        return to_images(generated)

    def _wanted(self, landmarks: np.ndarray) -> WantedInput:
        return WantedInput(draw(landmarks, self.size).to(self.device), torch.tensor(landmarks, dtype=torch.float32, device=self.device))


def load_trained(entry: Entry, folder: Path, device: torch.device) -> TrainedGenerator:
    """The trained generator of a registry's entry, in evaluation mode on `device`, with its training's `precision` as it is there.

    Raises ReenactError where the files in `folder` are missing, damaged, of another network or do not fit.
    """
    params = read_section(folder, entry.network, type(getattr(Params(), entry.name)))
    network = entry.network_class()(params)
    load_weights(folder, network)
    precision = pick_precision(params.precision, device)
    return TrainedGenerator(network.to(device).eval(), params.image_size, crop_of(folder, entry.network), precision)
