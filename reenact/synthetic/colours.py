"""Colours of rooms and clothes."""

from __future__ import annotations

import cv2
import numpy as np

HUES = (20, 32, 45, 90, 150, 195, 210, 225, 350)  # degrees: earth, blues and a few greens, as rooms and clothes have them


def calm_colour(rng: np.random.Generator, saturation: float, low: float, high: float) -> np.ndarray:
    """A random sRGB colour (3,) in 0..1 of at most the given saturation and a value between low and high."""
    return hsv((rng.choice(HUES) + rng.uniform(-10, 10)) % 360, rng.uniform(0.02, saturation), rng.uniform(low, high))


def any_colour(rng: np.random.Generator) -> np.ndarray:
    """A random sRGB colour (3,) in 0..1 of any hue, as books, posters and signs have it."""
    return hsv(rng.uniform(0, 360), rng.uniform(0, 1) ** 1.5 * 0.8, rng.uniform(0.1, 0.95))


def hsv(hue: float, saturation: float, value: float) -> np.ndarray:
    """The sRGB colour (3,) in 0..1 of a hue in degrees, and saturation and value in 0..1."""
    return cv2.cvtColor(np.array([[[hue, saturation, value]]], np.float32), cv2.COLOR_HSV2RGB)[0, 0]
