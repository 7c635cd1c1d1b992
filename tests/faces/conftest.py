"""Rendered people, and pictures with them at known places."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from reenact.config.schema import Params
from reenact.face3d.headmodel import head_model
from reenact.synthetic.portraits import neutral_portrait

Place = tuple[np.ndarray, float, float, float]  # portrait, left and top edge of it in pixels, scale


@pytest.fixture(scope="session")
def portraits() -> list[np.ndarray]:
    """Portraits (256, 256, 3) of three people.

    Whom dlib tells apart (its embeddings lie more than 0.6 apart), each before a calm wall, since the pictures say what else there is.
    """
    return [neutral_portrait(Params(), head_model().person(seed), f"person {seed}") for seed in (38, 29, 4)]


@pytest.fixture
def face() -> Callable[..., np.ndarray]:
    """face(shift): 68 landmarks (68, 2) float32 of a cartoon face in pixels of a 64×64 image, moved `shift` pixels to the right."""

    def oval(x: float, y: float, width: float, height: float, count: int, turn: float = 1.0) -> np.ndarray:
        angles = np.pi + turn * 2 * np.pi * np.arange(count) / count
        return np.stack([x + width * np.cos(angles), y + height * np.sin(angles)], 1)

    brows = [np.stack([np.linspace(x - 5, x + 5, 5), np.full(5, 17.0)], 1) for x in (23, 41)]
    nose = [np.stack([np.full(4, 32.0), np.linspace(22, 31, 4)], 1), np.stack([np.linspace(28, 36, 5), np.full(5, 35.0)], 1)]
    eyes, lips = [oval(x, 24, 4, 2, 6) for x in (23, 41)], [oval(32, 45, 9, 5, 12), oval(32, 45, 6, 2, 8)]
    points = np.concatenate([oval(32, 30, 19, 27, 17, turn=-0.53), *brows, *nose, *eyes, *lips])
    return lambda shift=0.0: np.add(points, (shift, 0)).astype(np.float32)


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
