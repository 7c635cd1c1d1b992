"""What a network is given of a target and of the wanted frame, in training and in generating alike."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class TargetInput(NamedTuple):
    """B targets.

    image: (B, 3, S, S) float32 RGB in [-1, 1]. landmark_image: (B, 3, S, S), as `faces.landmark_image.draw` makes it of the landmarks.
    landmarks: (B, 68, 2) float32, x then y, in pixels of the image; (0, 0) is the centre of its first pixel.
    """

    image: Tensor
    landmark_image: Tensor
    landmarks: Tensor


class WantedInput(NamedTuple):
    """B wanted frames: their landmark images (B, 3, S, S) and landmarks (B, 68, 2), as those of `TargetInput`."""

    landmark_image: Tensor
    landmarks: Tensor
