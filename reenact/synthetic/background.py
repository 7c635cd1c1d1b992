"""A clip's background: half of them a calm blurred wall, half a place with things in it, in or out of focus."""

from __future__ import annotations

import cv2
import numpy as np

from reenact.synthetic.brushes import blend, noise, smoothstep
from reenact.synthetic.canvas import Canvas
from reenact.synthetic.colours import calm_colour, hsv
from reenact.synthetic.places import PLACES
from reenact.synthetic.shading import to_linear

BUSY = 0.5  # share of the clips
CALM_SIDE = 128  # a calm wall is smooth: it is drawn this small
SHARP, SOFT = 0.5, 0.3  # shares of the places in focus and a little out of focus; the others are far out of focus


def draw_background(rng: np.random.Generator, side: int) -> np.ndarray:
    """A background (side, side, 3) float32, linear."""
    return busy(rng, side) if rng.random() < BUSY else calm(rng, side)


def calm(rng: np.random.Generator, side: int) -> np.ndarray:
    """A calm, blurred wall: a gradient between two related colours, sometimes with soft shapes out of focus."""
    wall = calm_colour(rng, 0.22, 0.25, 0.8)
    other = np.clip(wall * rng.uniform(0.55, 1.25) + rng.normal(size=3) * 0.03, 0.05, 0.92)
    across, down = np.meshgrid(np.linspace(-1, 1, CALM_SIDE), np.linspace(-1, 1, CALM_SIDE))
    angle = rng.uniform(0, 2 * np.pi)
    slope = across * np.cos(angle) + down * np.sin(angle) + 0.25 * noise(rng, 50, shape=(CALM_SIDE, CALM_SIDE))
    picture = blend(np.broadcast_to(wall, (CALM_SIDE, CALM_SIDE, 3)), other, smoothstep(-1.1, 1.1, slope))
    for _ in range(rng.choice([0, 0, 2, 4])):
        x, y, width, height = rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(0.1, 0.5), rng.uniform(0.15, 0.9)
        soft = rng.uniform(0.05, 0.15)
        inside = smoothstep(width + soft, width - soft, np.abs(across - x)) * smoothstep(height + soft, height - soft, np.abs(down - y))
        picture = blend(picture, np.clip(other * rng.uniform(0.5, 1.4), 0, 0.95), 0.6 * inside)
    return cv2.resize(to_linear(picture).astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)


def busy(rng: np.random.Generator, side: int) -> np.ndarray:
    """A place with edges and texture, unevenly lit, in focus or out of it; far out of focus often with lights as discs."""
    canvas = PLACES[rng.integers(len(PLACES))](rng, side)
    focus = rng.random()
    if focus < SHARP:
        blur = 0.0
    elif focus < SHARP + SOFT:
        blur = rng.uniform(0.002, 0.006) * side
    else:
        blur = rng.uniform(0.01, 0.03) * side
    picture = canvas.picture(blur)
    if focus > SHARP + SOFT and rng.random() < 0.6:
        picture = with_lights(picture, rng)
    light = rng.uniform(0.65, 1.1) * np.clip(1 + 0.15 * noise(rng, side / 2, shape=(side, side)), 0.6, 1.4)
    light += rng.uniform(0, 0.04) * noise(rng, 1.0, shape=(side, side))
    return np.clip(to_linear(picture / 255) * light[..., None], 0, 1).astype(np.float32)


def with_lights(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A picture (S, S, 3) uint8 with lamps out of focus: translucent discs with a brighter rim."""
    side, radius = len(picture), rng.uniform(0.012, 0.05)
    canvas, cover = Canvas(side, np.zeros(3)), Canvas(side, np.zeros(3))
    for _ in range(rng.integers(8, 40)):
        x, y, size, colour = (
            rng.uniform(0, 1),
            rng.uniform(0, 1),
            radius * rng.uniform(0.7, 1.2),
            hsv(*rng.uniform([15, 0, 0.8], [60, 0.7, 1])),
        )
        opaque = rng.uniform(0.3, 0.8)
        for part, rim in ((1.0, 1.0), (0.85, 0.8)):
            canvas.disc(x, y, part * size, colour)
            cover.disc(x, y, part * size, np.full(3, opaque * rim))
    return blend(picture / np.float32(255), canvas.picture(0) / np.float32(255), cover.picture(0)[..., 0] / 255) * 255
