"""Hair styles beside the shell: a fringe over the forehead, and a bun."""

from __future__ import annotations

import numpy as np

from reenact.synthetic.atlas import AXIS_Z, Atlas
from reenact.synthetic.brushes import smoothstep
from reenact.synthetic.hair import hairline
from reenact.synthetic.look import Look
from reenact.synthetic.ribbons import Sheet, grid, ribbons

LOCKS, NODES = 100, 7
BUN_ROWS, BUN_COLUMNS = 10, 14


def fringe(atlas: Atlas, look: Look, ends: float, rng: np.random.Generator) -> Sheet:
    """Locks on the average head that hang from above the hairline over the forehead, down to about the height `ends`."""
    root = rng.uniform(-1, 1, (LOCKS, 1)) * np.radians(42)
    start = hairline(root, look.hairline, look.temple) + rng.uniform(0.1, 0.7, (LOCKS, 1))
    # Longer at the temples, and uneven.
    end = ends - 0.10 * (root / np.radians(42)) ** 2 + rng.normal(size=(LOCKS, 1)) * 0.035
    t = np.linspace(0, 1, NODES)
    height = start + (end - start) * t
    sweep = 0.35 * np.tanh(3 * (root - look.part)) * rng.uniform(0.5, 1.2, (LOCKS, 1))
    azimuth = root + sweep * t * t + 0.04 * look.wave * np.sin(9 * t + rng.uniform(0, 6, (LOCKS, 1)))
    # Out of the shell at the root, over its rim, and down along the forehead.
    over_shell = (
        np.interp(t, [0, 0.3], [0.7, 1.3]) * look.volume * smoothstep(-0.15, 0.2, height - hairline(azimuth, look.hairline, look.temple))
    )
    off = 0.025 + over_shell + rng.uniform(0, 0.03, (LOCKS, 1)) * np.sin(np.pi * t)
    radius = atlas.at(atlas.radius, azimuth, height) + off
    outward = np.stack([np.sin(azimuth), 0 * azimuth, np.cos(azimuth)], -1)
    lines = radius[..., None] * outward + np.stack([0 * height, height, 0 * height + AXIS_Z], -1)
    width = rng.uniform(0.04, 0.10, (LOCKS, 1)) * np.interp(t, [0, 0.2, 0.7, 1], [0.3, 1, 0.9, 0.15])
    return ribbons(lines, width, outward, rng)


def bun(rng: np.random.Generator) -> Sheet:
    """A bun on the average head, at the crown or lower at the back."""
    height, depth = (8.55, -0.2) if rng.random() < 0.7 else (8.1, -0.9)
    size = rng.uniform(0.26, 0.42)
    rise, turn = np.meshgrid(np.linspace(np.pi, 0, BUN_ROWS), np.linspace(-np.pi, np.pi, BUN_COLUMNS), indexing="ij")
    bulge = size * (1 + 0.06 * np.sin(3 * turn + rng.uniform(0, 6)) + 0.05 * np.sin(5 * rise + 2 * turn))
    across, up, forward = np.sin(rise) * np.sin(turn), -0.85 * np.cos(rise), np.sin(rise) * np.cos(turn)
    points = np.stack([across * bulge, height - up * bulge, depth + forward * bulge], -1)
    return grid(points, turn)
