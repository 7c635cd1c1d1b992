"""What is seen in a picture: gathered by `inspection`, drawn by `drawing`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.faces.crop import CropBox
from reenact.faces.detector import Detection


@dataclass(frozen=True)
class Finding:
    """A picture (height, width, 3) uint8 RGB and what is seen in it, in its pixels.

    detections: with their scores, from left to right. landmarks: (68, 2), or None if there is no face; `reason` says why
    (`faces.observation`). box: the face's crop. title: the heading of its panel.
    """

    image: np.ndarray
    detections: list[Detection]
    landmarks: np.ndarray | None
    box: CropBox | None
    title: str
    reason: str | None = None
