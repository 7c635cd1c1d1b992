"""Where a clip plays: rooms, streets, landscapes and patterned walls, drawn on a canvas."""

from __future__ import annotations

import numpy as np

from reenact.synthetic.canvas import Canvas
from reenact.synthetic.colours import any_colour, calm_colour
from reenact.synthetic.furniture import door, leaves, lettering, plant, shade_of, shelves, wall_picture, window

LEAVES = 400  # of a tree


def room(rng: np.random.Generator, side: int) -> Canvas:
    """A wall with two to five things on and before it."""
    canvas = patterned_wall(rng, side) if rng.random() < 0.3 else Canvas(side, calm_colour(rng, 0.4, 0.2, 0.95))
    if rng.random() < 0.4:  # the room's corner
        x, slant = rng.uniform(0, 1), rng.uniform(-0.04, 0.04)
        end = float(rng.integers(2))
        canvas.polygon(np.array([[x, 0], [end, 0], [end, 1], [x + slant, 1]]), calm_colour(rng, 0.4, 0.2, 0.9))
    things = [shelves, window, door, wall_picture, wall_picture, plant]
    for number in sorted(rng.integers(0, len(things), rng.integers(2, 6))):
        things[number](canvas, rng)
    return canvas


def street(rng: np.random.Generator, side: int) -> Canvas:
    """Houses with rows of windows under the sky, signs, and a pavement."""
    canvas = Canvas(side, calm_colour(rng, 0.4, 0.6, 0.97))
    x = rng.uniform(-0.4, 0)
    while x < 1:
        width, top = rng.uniform(0.2, 0.6), rng.uniform(-0.3, 0.45)
        _house(canvas, rng, x, top, x + width)
        x += width + (rng.uniform(0, 0.15) if rng.random() < 0.3 else 0)
    ground = rng.uniform(0.6, 1.05)
    canvas.box(0, ground, 1, 1, calm_colour(rng, 0.15, 0.2, 0.7))
    for _ in range(rng.integers(0, 3)):
        left, top, wide, high = rng.uniform(-0.1, 0.8), rng.uniform(0.2, 0.8), rng.uniform(0.15, 0.4), rng.uniform(0.06, 0.14)
        canvas.box(left, top, left + wide, top + high, any_colour(rng))
        lettering(canvas, rng, np.array([left, top, left + wide, top + high]))
    if rng.random() < 0.4:
        foliage(canvas, rng, np.array([rng.uniform(0, 1), rng.uniform(0.1, 0.6)]), rng.uniform(0.1, 0.3))
    for _ in range(rng.integers(0, 4)):  # poles and wires
        pole = rng.uniform(0, 1)
        canvas.line(np.array([[pole, -0.1], [pole, 1.1]]), rng.uniform(0.002, 0.015), calm_colour(rng, 0.2, 0.1, 0.5))
        canvas.line(np.array([[-0.1, rng.uniform(0, 0.4)], [1.1, rng.uniform(0, 0.4)]]), 0.003, np.full(3, 0.12))
    return canvas


def _house(canvas: Canvas, rng: np.random.Generator, left: float, top: float, right: float) -> None:
    wall, glass = calm_colour(rng, 0.5, 0.2, 0.9), calm_colour(rng, 0.3, 0.05, 0.5)
    canvas.box(left, top, right, 1, wall)
    canvas.box(left, top, right, top + 0.02, shade_of(wall, rng.uniform(0.5, 1.3)))
    wide, high = rng.uniform(0.04, 0.13), rng.uniform(0.06, 0.2)
    bright = shade_of(wall, rng.uniform(1.1, 1.4))
    for y in np.arange(top + 0.05, 1, high * rng.uniform(1.3, 2.0)):
        for x in np.arange(left + 0.4 * wide, right - wide, wide * 1.6):
            canvas.box(x - 0.006, y - 0.006, x + wide + 0.006, y + high + 0.006, bright)
            canvas.box(x, y, x + wide, y + high, shade_of(glass, rng.uniform(0.6, 2.0)))
            canvas.box(x + wide / 2, y, x + wide / 2 + 0.004, y + high, bright)


def landscape(rng: np.random.Generator, side: int) -> Canvas:
    """Sky, a horizon, hills, and trees or grass."""
    sky = calm_colour(rng, 0.45, 0.6, 0.97)
    canvas = Canvas(side, sky)
    horizon = rng.uniform(0.2, 0.8)
    for step in np.linspace(0, horizon, 24):
        canvas.box(0, step, 1, 1, shade_of(sky, 0.85 + 0.4 * step))
    canvas.mottle(rng, 0.03, side / 4, 0.4)
    x = np.linspace(-0.05, 1.05, 60)
    for depth in range(rng.integers(1, 4)):
        rough = np.cumsum(rng.normal(size=60)) * rng.uniform(0.003, 0.02)
        hill = horizon + 0.1 * depth + rough - rough.mean()
        ground = np.array([rng.uniform(0.25, 0.6), rng.uniform(0.3, 0.6), rng.uniform(0.2, 0.5)]) * (1 - 0.2 * depth)
        canvas.polygon(np.concatenate([np.stack([x, hill], 1), [[1.1, 1.1], [-0.1, 1.1]]]), ground)
    for _ in range(rng.integers(1, 5)):
        foliage(canvas, rng, np.array([rng.uniform(-0.1, 1.1), horizon + rng.uniform(-0.25, 0.2)]), rng.uniform(0.06, 0.35))
    return canvas


def foliage(canvas: Canvas, rng: np.random.Generator, centre: np.ndarray, radius: float) -> None:
    """A tree's crown on a trunk, of a few hundred leaves, light above and dark below."""
    green = np.array([rng.uniform(0.15, 0.5), rng.uniform(0.3, 0.55), rng.uniform(0.08, 0.25)])
    foot = centre + np.array([rng.normal() * 0.02, 1.0])
    canvas.line(np.stack([centre, foot]), 0.12 * radius, np.array([0.22, 0.17, 0.13]) * rng.uniform(0.6, 1.6))
    places = rng.normal(size=(LEAVES, 2)) * 0.42 * radius
    colours = green * (1 - 0.6 * places[:, 1:] / radius) * rng.uniform(0.4, 1.3, (LEAVES, 1))
    leaves(canvas, rng, centre + places, rng.uniform(0, 6.3, LEAVES), radius * rng.uniform(0.12, 0.25), colours)


def patterned_wall(rng: np.random.Generator, side: int) -> Canvas:
    """Bricks, tiles, boards, or wallpaper with stripes or dots."""
    base = calm_colour(rng, 0.55, 0.2, 0.9)
    canvas = Canvas(side, shade_of(base, rng.choice([0.6, 1.35])))
    kind = rng.choice(["bricks", "boards", "stripes", "dots"], p=[0.35, 0.25, 0.2, 0.2])
    if kind == "bricks":  # square ones are tiles
        high = rng.uniform(0.025, 0.09)
        _bricks(canvas, rng, base, high * rng.choice([1.0, 2.2, 3.0]), high)
    elif kind == "boards":
        for x in np.arange(-0.1, 1, wide := rng.uniform(0.05, 0.2)):
            canvas.box(x, 0, x + wide - 0.006, 1, shade_of(base, rng.uniform(0.8, 1.2)))
        canvas.mottle(rng, 0.08, 1.5, 20)
    elif kind == "stripes":
        for x in np.arange(0, 1, wide := rng.uniform(0.015, 0.09)):
            canvas.box(x, 0, x + 0.5 * wide, 1, base)
    else:
        pitch = rng.uniform(0.03, 0.1)
        for row, y in enumerate(np.arange(0, 1 + pitch, pitch)):
            for x in np.arange(0, 1 + pitch, pitch) + (row % 2) * pitch / 2:
                canvas.disc(x, y, 0.25 * pitch, base)
    canvas.mottle(rng, 0.05, 2.5)
    return canvas


def _bricks(canvas: Canvas, rng: np.random.Generator, base: np.ndarray, wide: float, high: float) -> None:
    joint, shift = rng.uniform(0.003, 0.008), rng.choice([0.0, 0.5])
    uneven = rng.uniform(0.02, 0.25)
    for row, y in enumerate(np.arange(-high * rng.random(), 1, high)):
        for x in np.arange(-wide, 1, wide) + (row % 2) * shift * wide:
            canvas.box(x, y, x + wide - joint, y + high - joint, shade_of(base, 1 + uneven * rng.uniform(-1, 1)))


PLACES = (room, room, street, landscape, patterned_wall)
