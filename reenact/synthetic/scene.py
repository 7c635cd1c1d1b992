"""A clip's surroundings: light, background and camera, drawn anew for each clip of a subject."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.face3d.headmodel import Camera
from reenact.synthetic.background import draw_background


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
