"""Brushes on the atlas: soft steps, blobs and smooth noise."""

from __future__ import annotations

import cv2
import numpy as np

from reenact.synthetic.atlas import COLUMNS, ROWS


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """0 below low, 1 above high (or the other way round where high < low), smooth in between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def blob(dx: np.ndarray, dy: np.ndarray, width: float, height: float) -> np.ndarray:
    """A Gaussian spot of value 1 at offset 0."""
    return np.exp(-((dx / width) ** 2) - (dy / height) ** 2)


def noise(rng: np.random.Generator, grain: float, stretch: float = 1.0, shape: tuple[int, int] = (ROWS, COLUMNS)) -> np.ndarray:
    """Smooth noise of about unit variance, float32.

    grain: texels between independent values; stretch: how much longer its spots are down than across.
    """
    rows, columns = max(int(shape[0] / grain / stretch) + 2, 3), max(int(shape[1] / grain) + 2, 3)
    values = rng.normal(size=(rows, columns)).astype(np.float32)
    values[:, -1] = values[:, 0]  # no seam at the back of the head
    return cv2.resize(values, shape[::-1], interpolation=cv2.INTER_CUBIC)


def blend(below: np.ndarray, above: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """Colours above over colours below (..., 3) where cover (...) is 1."""
    blended = (above - below).astype(np.float32, copy=False)
    blended *= cover[..., None].astype(np.float32, copy=False)  # in place: memory takes most of the time
    blended += below
    return blended


def to_bytes(srgb: np.ndarray) -> np.ndarray:
    """sRGB in 0..1 as uint8."""
    return (np.clip(srgb, 0, 1) * 255 + 0.5).astype(np.uint8)
