"""A clip's surroundings: light, background, clothes and camera, drawn anew for each clip of a subject."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.face3d.headmodel import Camera
from reenact.synthetic.atlas import Atlas
from reenact.synthetic.background import draw_background
from reenact.synthetic.brushes import blend, noise, smoothstep, to_bytes
from reenact.synthetic.colours import calm_colour


@dataclass(frozen=True)
class Scene:
    """Light and background.

    lights (2, 3): unit vectors towards key and fill light; colours (2, 3) and ambient (3,) linear; background (S, S, 3) float32 linear.
    """

    lights: np.ndarray
    colours: np.ndarray
    ambient: np.ndarray
    background: np.ndarray


def draw_scene(rng: np.random.Generator, side: int) -> Scene:
    """Light and background for pictures of `side` pixels."""
    turn, rise = rng.uniform(-1.0, 1.0), rng.uniform(0.15, 0.75)
    key = np.array([np.sin(turn), np.sin(rise), np.cos(turn)])
    fill = np.array([-np.sign(turn) * 1.0, 0.1, 0.6])
    warmth = np.array([1.0, 0.0, -1.0]) * rng.uniform(-0.07, 0.09)
    strength = rng.uniform(0.72, 0.98)
    return Scene(
        lights=np.stack([light / np.linalg.norm(light) for light in (key, fill)]),
        colours=np.stack([strength * (1 + warmth), rng.uniform(0.08, 0.24) * (1 - warmth)]),
        ambient=rng.uniform(0.26, 0.38) * (1 + 0.4 * warmth),
        background=draw_background(rng, side),
    )


def dress(texture: np.ndarray, atlas: Atlas, rng: np.random.Generator) -> np.ndarray:
    """A copy of the figure's texture (LAYERS, ROWS, COLUMNS, 3) with clothes painted below the neck."""
    dressed = texture.copy()
    first = int(np.argmax(atlas.y[:, 0] < 6.2))
    x, y, z = np.abs(atlas.x[first:]), atlas.y[first:], atlas.z[first:]
    cloth = calm_colour(rng, 0.42, 0.12, 0.8)
    shades = 1 + 0.02 * noise(rng, 4, 1.0, x.shape) + 0.04 * noise(rng, 40, 1.0, x.shape)
    if rng.random() < 0.2:
        shades = shades * (1 + 0.18 * np.sign(np.sin(y * rng.uniform(28, 45))))
    collar = rng.uniform(5.95, 6.12)
    edge = y + 0.38 * np.maximum(z, 0) + 0.06 * x - collar
    if rng.random() < 0.4:  # a V-neck
        edge = np.where(z > 0, np.maximum(edge, 0.5 * (y - rng.uniform(4.9, 5.3)) - x), edge)
    colour = np.clip(cloth * shades[..., None], 0.02, 0.95)
    hem = 1 - 0.25 * np.exp(-(((edge + 0.05) / 0.025) ** 2))
    skin = dressed[0, first:].astype(np.float32) / 255
    dressed[0, first:] = to_bytes(blend(skin, colour * hem[..., None], smoothstep(0.006, -0.006, edge)))
    return dressed


def draw_camera(rng: np.random.Generator, size: int, frames: int) -> Camera:
    """A framing like a face track's: the head and the shoulders' beginning, a little off centre, drifting slightly."""
    time = np.arange(frames) / 25

    def drift(span: float) -> np.ndarray:
        return span * np.sin(2 * np.pi * rng.uniform(0.1, 0.35) * time + rng.uniform(0, 2 * np.pi))

    return Camera(
        size,
        scale=rng.uniform(0.85, 1.0) * (1 + drift(0.012)),
        shift_x=rng.uniform(-0.035, 0.035) + drift(0.006),
        shift_y=rng.uniform(0.015, 0.05) + drift(0.006),
    )
