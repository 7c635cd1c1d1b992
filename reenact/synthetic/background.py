"""What a clip shows behind its subject: half the time a calm wall out of focus, else a room, a street or lights with edges and detail."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from reenact.synthetic.brushes import blend, calm_colour, noise, smoothstep
from reenact.synthetic.shading import to_linear

SIDE = 512  # pixels of a busy background as it is painted, whatever the video's size
CALM_SIDE = 128
BUSY_SHARE = 0.5
SHARP_SHARE = 0.35  # of the busy ones; the others are out of focus
LEAST_BLUR, MOST_BLUR = 0.8, 9.0  # pixels of SIDE


def draw_background(rng: np.random.Generator, side: int) -> np.ndarray:
    """A background (side, side, 3) float32, linear."""
    picture = busy(rng) if rng.random() < BUSY_SHARE else calm(rng)
    shrink = cv2.INTER_AREA if side < len(picture) else cv2.INTER_LINEAR
    return cv2.resize(to_linear(picture).astype(np.float32), (side, side), interpolation=shrink)


def calm(rng: np.random.Generator) -> np.ndarray:
    """A blurred wall: a gradient between two related colours, sometimes with soft shapes. (CALM_SIDE, CALM_SIDE, 3), sRGB in 0..1."""
    wall = calm_colour(rng, 0.22, 0.25, 0.8)
    other = np.clip(wall * rng.uniform(0.55, 1.25) + rng.normal(size=3) * 0.03, 0.05, 0.92)
    line = np.linspace(-1, 1, CALM_SIDE)
    across, down = np.meshgrid(line, line)
    angle = rng.uniform(0, 2 * np.pi)
    slope = across * np.cos(angle) + down * np.sin(angle) + 0.25 * noise(rng, 50, shape=across.shape)
    picture = blend(np.broadcast_to(wall, (*across.shape, 3)), other, smoothstep(-1.1, 1.1, slope))
    for _ in range(rng.choice([0, 0, 2, 4])):
        x, y, width, height = rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(0.1, 0.5), rng.uniform(0.15, 0.9)
        soft = rng.uniform(0.05, 0.15)
        inside = smoothstep(width + soft, width - soft, np.abs(across - x)) * smoothstep(height + soft, height - soft, np.abs(down - y))
        picture = blend(picture, np.clip(other * rng.uniform(0.5, 1.4), 0, 0.95), 0.6 * inside)
    return picture


def busy(rng: np.random.Generator) -> np.ndarray:
    """A place with things in it, in or out of focus. (SIDE, SIDE, 3) float32, sRGB in 0..1."""
    picture = PLACES[rng.integers(len(PLACES))](rng)
    picture = picture * (1 + 0.05 * noise(rng, 3, shape=(SIDE, SIDE)) + 0.06 * noise(rng, 60, shape=(SIDE, SIDE)))[..., None]
    if rng.random() > SHARP_SHARE:
        picture = cv2.GaussianBlur(picture, (0, 0), np.exp(rng.uniform(np.log(LEAST_BLUR), np.log(MOST_BLUR))))
    return np.clip(picture * rng.uniform(0.7, 1.1), 0.02, 0.95).astype(np.float32)


def shelves(rng: np.random.Generator) -> np.ndarray:
    """Boards with books of many colours and heights."""
    wood = calm_colour(rng, 0.5, 0.15, 0.6)
    picture = _filled(wood * 0.45)
    top = -int(rng.integers(0, 60))
    while top < SIDE:
        height, left = int(rng.integers(64, 120)), -int(rng.integers(0, 20))
        while left < SIDE:
            width = int(rng.integers(7, 24))
            if rng.random() < 0.9:
                tall = int(height * rng.uniform(0.55, 0.93))
                colour = calm_colour(rng, 0.7, 0.12, 0.9)
                _box(picture, left, top + height - tall, left + width - 2, top + height, colour)
                label = top + height - int(tall * rng.uniform(0.3, 0.9))
                _box(picture, left + 1, label, left + width - 3, label + int(rng.integers(2, 9)), colour * rng.uniform(0.5, 1.6))
            left += width
        _box(picture, 0, top + height, SIDE, top + height + 9, wood)
        top += height + 9
    return picture


def room(rng: np.random.Generator) -> np.ndarray:
    """A wall with a panel, framed pictures, a window or a door, and a plant."""
    wall = calm_colour(rng, 0.3, 0.3, 0.9)
    picture = _filled(wall)
    panel = int(rng.integers(300, 480))
    _box(picture, 0, panel, SIDE, SIDE, wall * rng.uniform(0.45, 0.8))
    _box(picture, 0, panel - 6, SIDE, panel, wall * rng.uniform(0.6, 1.2))
    for _ in range(rng.integers(2, 6)):
        x, y = (int(value) for value in rng.integers(-40, SIDE - 40, 2))
        width, height = (int(value) for value in rng.integers(50, 170, 2))
        frame, edge = calm_colour(rng, 0.4, 0.05, 0.9), int(rng.integers(3, 10))
        _box(picture, x, y, x + width, y + height, frame)
        _box(picture, x + edge, y + edge, x + width - edge, y + height - edge, calm_colour(rng, 0.5, 0.2, 0.95))
        _leaves(picture, rng, 12, (x + width / 2, y + height / 2), width / 5, calm_colour(rng, 0.6, 0.2, 0.8))
    if rng.random() < 0.5:
        x, width = int(rng.integers(-60, SIDE - 80)), int(rng.integers(110, 220))
        _box(picture, x, -1, x + width, panel - 40, np.full(3, 0.93))
        for bar in np.linspace(x, x + width, rng.integers(3, 5)):
            _box(picture, int(bar) - 3, 0, int(bar) + 3, panel - 40, wall * 0.6)
        _box(picture, x, int(panel * 0.45), x + width, int(panel * 0.45) + 6, wall * 0.6)
    if rng.random() < 0.5:
        _leaves(picture, rng, 120, (rng.uniform(0, SIDE), panel - 30), 45, np.array([0.2, 0.42, 0.16]) * rng.uniform(0.6, 1.3))
    return picture


def street(rng: np.random.Generator) -> np.ndarray:
    """Sky, houses with rows of windows, a ground, and trees."""
    horizon = int(rng.integers(330, 470))
    sky, haze = np.array([0.55, 0.70, 0.90]) * rng.uniform(0.6, 1.1), np.full(3, rng.uniform(0.6, 0.95))
    picture = _filled(sky)
    picture[:horizon] = np.linspace(sky, haze, horizon)[:, None]
    left = -int(rng.integers(0, 80))
    while left < SIDE:
        width, top = int(rng.integers(60, 190)), int(rng.integers(-60, horizon - 60))
        house = calm_colour(rng, 0.45, 0.25, 0.85)
        _box(picture, left, top, left + width, horizon, house)
        across, down = int(rng.integers(18, 40)), int(rng.integers(26, 54))
        pane = house * rng.uniform(0.25, 0.6) if rng.random() < 0.7 else np.array([0.9, 0.85, 0.65])
        for x in range(left + 8, left + width - across // 2, across):
            for y in range(top + 10, horizon - down // 2, down):
                _box(picture, x, y, x + across // 2, y + down // 2, pane)
        left += width
    _box(picture, 0, horizon, SIDE, SIDE, calm_colour(rng, 0.2, 0.25, 0.6))
    for _ in range(rng.integers(0, 4)):
        green = np.array([0.24, 0.38, 0.14]) * rng.uniform(0.5, 1.4)
        _leaves(picture, rng, 300, (rng.uniform(0, SIDE), rng.uniform(60, horizon)), rng.uniform(30, 90), green)
    return picture


def foliage(rng: np.random.Generator) -> np.ndarray:
    """Leaves, all over."""
    green = np.array([0.28, 0.42, 0.16]) * rng.uniform(0.5, 1.2)
    picture = _filled(green * 0.35)
    for _ in range(9):
        _leaves(picture, rng, 170, rng.uniform(0, SIDE, 2), rng.uniform(60, 150), green * rng.uniform(0.6, 1.5))
    return picture


def bricks(rng: np.random.Generator) -> np.ndarray:
    """A wall of bricks or tiles with joints between them."""
    stone = calm_colour(rng, 0.5, 0.25, 0.8)
    picture = _filled(stone * rng.uniform(0.55, 1.3))
    width, height, joint = int(rng.integers(30, 90)), int(rng.integers(14, 46)), int(rng.integers(2, 5))
    for row, y in enumerate(range(0, SIDE, height)):
        for x in range(-(row % 2) * width // 2, SIDE, width):
            _box(picture, x, y, x + width - joint, y + height - joint, stone * rng.uniform(0.8, 1.2))
    return picture


def lights(rng: np.random.Generator) -> np.ndarray:
    """A dark place with discs of light, as a lens makes them of lamps out of focus."""
    dark = calm_colour(rng, 0.6, 0.05, 0.25)
    picture = _filled(dark)
    picture *= np.linspace(rng.uniform(0.5, 2), rng.uniform(0.5, 2), SIDE)[:, None, None].astype(np.float32)
    for _ in range(rng.integers(25, 80)):
        disc = np.zeros((SIDE, SIDE), np.float32)
        cv2.circle(disc, [int(value) for value in rng.integers(0, SIDE, 2)], int(rng.integers(5, 26)), 1.0, -1)
        picture += disc[..., None] * (calm_colour(rng, 0.6, 0.6, 1.0) * rng.uniform(0.15, 0.6)).astype(np.float32)
    return picture


PLACES: tuple[Callable[[np.random.Generator], np.ndarray], ...] = (shelves, room, street, foliage, bricks, lights)


def _filled(colour: np.ndarray) -> np.ndarray:
    return np.full((SIDE, SIDE, 3), colour, np.float32)


def _box(picture: np.ndarray, left: int, top: int, right: int, bottom: int, colour: np.ndarray) -> None:
    picture[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = colour


def _leaves(
    picture: np.ndarray, rng: np.random.Generator, count: int, middle: np.ndarray | tuple[float, float], spread: float, colour: np.ndarray
) -> None:
    """Ellipses around a place, each in a shade of the colour."""
    places = rng.normal(middle, spread, (count, 2)).astype(int).tolist()
    for place, length, turn in zip(places, rng.uniform(3, 13, count), rng.uniform(0, 180, count), strict=True):
        shade = (colour * rng.uniform(0.5, 1.6)).tolist()
        cv2.ellipse(picture, place, (int(length), max(1, int(length * 0.45))), turn, 0, 360, shade, -1)
