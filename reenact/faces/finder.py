"""Where to look for a face, and at which size: the detector's time grows with the pixels that it is given."""

from __future__ import annotations

import math

import numpy as np

from reenact.faces.detector import Detection, detect, detect_scaled
from reenact.faces.landmarks import Box

# The detector's window has 80 pixels, and it finds a face at this size as surely as at a larger one.
SUFFICIENT_SIDE = 110.0
# Room about the box that is searched, in parts of its side: the detector needs some beyond the face.
MARGIN = 0.5
# Larger pictures are searched at this size first.
LARGEST_SIDE = 1280


def find_anywhere(luma: np.ndarray, upsampling: int = 0) -> list[Detection]:
    """All faces in a picture's luma (height, width) uint8, best score first, unsure ones too, in its pixels.

    Faces have about 80 pixels or more, or half of that for each step of `upsampling`. Large pictures are searched made smaller
    and, where no face is sure there, once more as they are.
    """
    shrink = LARGEST_SIDE / max(luma.shape)
    found = detect_scaled(luma, shrink) if shrink < 1 and not upsampling else []
    return found if any(each.is_sure for each in found) else detect(luma, upsampling)


def find_near(luma: np.ndarray, box: Box, upsampling: int = 0) -> list[Detection]:
    """Faces about as large as `box`, near it: in a picture's luma (height, width) uint8, in its pixels; see `find_anywhere`."""
    side = max(box[2] - box[0], 1.0)
    part, left, top = _around(luma, box, MARGIN * side)
    scale = SUFFICIENT_SIDE / side
    found = detect_scaled(part, scale if upsampling else min(scale, 1.0))
    return [Detection((x0 + left, y0 + top, x1 + left, y1 + top), each.score) for each in found for x0, y0, x1, y1 in [each.box]]


def survey(luma: np.ndarray, side: float) -> list[Detection]:
    """All faces of about `side` pixels or more, found at the smallest size that shows them."""
    return detect_scaled(luma, min(SUFFICIENT_SIDE / max(side, 1.0), 1.0))


def _around(luma: np.ndarray, box: Box, margin: float) -> tuple[np.ndarray, int, int]:
    height, width = luma.shape
    left, top = (min(max(math.floor(low - margin), 0), size - 1) for low, size in zip(box[:2], (width, height), strict=True))
    right, bottom = math.ceil(box[2] + margin) + 1, math.ceil(box[3] + margin) + 1
    return luma[top : max(bottom, top + 1), left : max(right, left + 1)], left, top
