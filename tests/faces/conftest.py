"""Rendered people, and pictures with them at known places."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from reenact.corpus.synthetic.portraits import neutral_portrait
from reenact.faces.headmodel import head_model
from reenact.params import Params

Place = tuple[np.ndarray, float, float, float]  # portrait, left and top edge of it in pixels, scale


@pytest.fixture(scope="session")
def portraits() -> list[np.ndarray]:
    """Portraits (256, 256, 3) of three people."""
    return [neutral_portrait(Params(), head_model().person(seed), f"person {seed}") for seed in range(3)]


@pytest.fixture
def picture() -> Callable[..., np.ndarray]:
    """picture(width, height, places): a grey picture with portraits in it."""

    def draw(width: int, height: int, *places: Place) -> np.ndarray:
        canvas = np.full((height, width, 3), 90, np.uint8)
        for portrait, left, top, scale in places:
            matrix = np.array([[scale, 0, left], [0, scale, top]], np.float64)
            cv2.warpAffine(portrait, matrix, (width, height), dst=canvas, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT)
        return canvas

    return draw
