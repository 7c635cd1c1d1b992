"""What hangs and stands in rooms and streets, drawn on a canvas: shelves, windows, doors, pictures, plants, lettering."""

from __future__ import annotations

import numpy as np

from reenact.synthetic.canvas import Canvas
from reenact.synthetic.colours import any_colour, calm_colour

LEAF = np.array([[0, 0], [0.35, 0.2], [0.7, 0.16], [1, 0], [0.7, -0.16], [0.35, -0.2]])  # along and across, in leaf lengths


def shade_of(colour: np.ndarray, factor: float) -> np.ndarray:
    """A lighter or darker shade of a colour."""
    return np.clip(colour * factor, 0.01, 0.97)


def shelves(canvas: Canvas, rng: np.random.Generator) -> None:
    """Boards with rows of books, some of them leaning or missing."""
    left, width = rng.uniform(-0.3, 0.7), rng.uniform(0.4, 1.3)
    right, bottom = left + width, rng.uniform(0.5, 1.3)
    wood, pitch = calm_colour(rng, 0.5, 0.15, 0.85), rng.uniform(0.14, 0.3)
    canvas.box(left - 0.015, rng.uniform(-0.2, 0.25), right + 0.015, bottom, wood)
    top = bottom - pitch * 7
    while top < bottom - pitch / 2:
        canvas.box(left, top, right, top + pitch - 0.018, shade_of(wood, 0.35))
        _books(canvas, rng, left, right, top + pitch - 0.018, pitch * 0.92)
        top += pitch


def _books(canvas: Canvas, rng: np.random.Generator, left: float, right: float, foot: float, room: float) -> None:
    x = left
    while x < right - 0.02:
        thick, high = rng.uniform(0.012, 0.045), room * rng.uniform(0.55, 0.95)
        if rng.random() < 0.12:
            x += rng.uniform(0.02, 0.12)
            continue
        end, colour = min(x + thick, right), any_colour(rng)
        lean = rng.uniform(-0.03, 0.03) if rng.random() < 0.08 else 0.0
        canvas.polygon(np.array([[x + lean, foot - high], [end + lean, foot - high], [end, foot], [x, foot]]), colour)
        canvas.line(np.array([[end + lean, foot - high], [end, foot]]), 0.002, shade_of(colour, 0.4))
        label = foot - high * rng.uniform(0.55, 0.9)
        canvas.box(x + 0.2 * thick, label, end - 0.2 * thick, label + 0.2 * high * rng.random(), any_colour(rng))
        x = end


def window(canvas: Canvas, rng: np.random.Generator) -> None:
    """A window of panes in a frame, bright or dark behind, sometimes with blinds."""
    left, top = rng.uniform(-0.25, 0.75), rng.uniform(-0.3, 0.3)
    width, height = rng.uniform(0.25, 0.7), rng.uniform(0.4, 1.0)
    frame = calm_colour(rng, 0.25, 0.25, 0.95)
    sky = calm_colour(rng, 0.4, 0.75, 0.97) if rng.random() < 0.7 else calm_colour(rng, 0.4, 0.05, 0.25)
    canvas.box(left, top, left + width, top + height, frame)
    across, down, bar = rng.integers(1, 4), rng.integers(1, 4), rng.uniform(0.008, 0.02)
    for column in range(across):
        for row in range(down):
            x, y = left + width * column / across, top + height * row / down
            end, foot = x + width / across - bar, y + height / down - bar
            canvas.box(x + bar, y + bar, end, foot, sky)
            canvas.polygon(np.array([[x + bar, foot], [x + bar, y + bar], [end, y + bar]]), shade_of(sky, rng.uniform(0.85, 1.1)))
            canvas.line(np.array([[x + bar, foot], [end, foot], [end, y + bar]]), 0.003, shade_of(frame, 0.6))
    if rng.random() < 0.3:
        for y in np.arange(top, top + height * rng.uniform(0.4, 1.0), rng.uniform(0.012, 0.035)):
            canvas.box(left, y, left + width, y + 0.007, shade_of(frame, rng.uniform(0.8, 1.1)))


def door(canvas: Canvas, rng: np.random.Generator) -> None:
    """A door with panels, a frame and a handle."""
    left, top, width = rng.uniform(-0.2, 0.8), rng.uniform(-0.3, 0.2), rng.uniform(0.3, 0.5)
    wood = calm_colour(rng, 0.5, 0.2, 0.95)
    canvas.box(left - 0.03, top - 0.03, left + width + 0.03, 1, shade_of(wood, rng.uniform(0.6, 1.3)))
    canvas.box(left, top, left + width, 1, wood)
    for row in range(3):
        for column in range(2):
            x, y = left + width * (0.08 + 0.48 * column), top + 0.05 + 0.42 * row
            canvas.box(x, y, x + 0.36 * width, y + 0.36, shade_of(wood, 0.7))
            canvas.box(x + 0.008, y + 0.008, x + 0.36 * width, y + 0.36, shade_of(wood, 1.12))
            canvas.box(x + 0.016, y + 0.016, x + 0.36 * width - 0.008, y + 0.352, shade_of(wood, 0.95))
    canvas.disc(left + 0.06 * width, top + 0.75, 0.014, calm_colour(rng, 0.4, 0.5, 0.9))


def wall_picture(canvas: Canvas, rng: np.random.Generator) -> None:
    """A framed picture or a poster: shapes, or lines of lettering."""
    left, top = rng.uniform(-0.1, 0.85), rng.uniform(-0.1, 0.6)
    width, height, rim = rng.uniform(0.12, 0.4), rng.uniform(0.15, 0.45), rng.uniform(0.006, 0.025)
    canvas.box(left + 0.008, top + 0.01, left + width + 0.01, top + height + 0.012, shade_of(canvas.pixels[-1, 0] / 255, 0.5))
    canvas.box(left, top, left + width, top + height, calm_colour(rng, 0.5, 0.05, 0.9))
    inner = np.array([left + rim, top + rim, left + width - rim, top + height - rim])
    canvas.box(inner[0], inner[1], inner[2], inner[3], any_colour(rng))
    if rng.random() < 0.4:
        lettering(canvas, rng, inner)
        return
    for _ in range(rng.integers(3, 12)):
        corners = inner[:2] + (inner[2:] - inner[:2]) * rng.uniform(0, 1, (rng.integers(3, 6), 2))
        canvas.polygon(corners, any_colour(rng))


def lettering(canvas: Canvas, rng: np.random.Generator, within: np.ndarray) -> None:
    """Lines of strokes like letters within a box (4,): left, top, right, bottom."""
    ink, tall = any_colour(rng), rng.uniform(0.012, 0.05)
    for y in np.arange(within[1] + tall / 2, within[3] - tall, 1.7 * tall):
        x = within[0] + tall / 2
        while x < within[2] - tall and rng.random() > 0.03:
            strokes = np.array([x, y]) + tall * np.array([0.55, 1]) * rng.choice([0, 0.5, 1], (rng.integers(3, 6), 2))
            canvas.line(strokes, 0.15 * tall, ink)
            x += tall * (0.8 if rng.random() > 0.18 else 1.5)


def plant(canvas: Canvas, rng: np.random.Generator) -> None:
    """Leaves on stems that rise from one place."""
    root = np.array([rng.choice([rng.uniform(-0.05, 0.25), rng.uniform(0.75, 1.05)]), rng.uniform(0.55, 1.1)])
    green = np.array([rng.uniform(0.15, 0.4), rng.uniform(0.3, 0.55), rng.uniform(0.1, 0.3)])
    count = rng.integers(25, 90)
    angle, reach = rng.normal(size=count) * 0.6, rng.uniform(0.1, 0.75, (count, 1))
    tips = root + reach * np.stack([np.sin(angle), -np.cos(angle)], 1)
    for tip in tips:
        canvas.line(np.array([root, tip]), 0.003, shade_of(green, 0.5))
    leaves(canvas, rng, tips, angle + rng.normal(size=count) * 0.6, rng.uniform(0.02, 0.09), green * rng.uniform(0.4, 1.7, (count, 1)))


def leaves(canvas: Canvas, rng: np.random.Generator, places: np.ndarray, angles: np.ndarray, size: float, colours: np.ndarray) -> None:
    """Pointed leaves from places (N, 2), about `size` long, at angles (N,) from upwards in radians, of colours (N, 3)."""
    long = size * rng.uniform(0.6, 1.4, (len(places), 1))
    along = long * np.stack([np.sin(angles), -np.cos(angles)], 1)
    across = long * np.stack([np.cos(angles), np.sin(angles)], 1)
    outlines = places[:, None] + LEAF[:, :1] * along[:, None] + LEAF[:, 1:] * across[:, None]
    for outline, colour in zip(outlines, colours, strict=True):
        canvas.polygon(outline, colour)
