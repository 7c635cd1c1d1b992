"""Loose strands and tufts that leave the hair and break its smooth outline."""

from __future__ import annotations

import numpy as np

from reenact.synthetic.look import Look
from reenact.synthetic.ribbons import Sheet, ribbons, unit

STRANDS, TUFTS = 170, 100
NODES = 5
CURLY = 0.4  # from this wave on the tufts are curls
DOWN, VIEWER = np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0])


def flyaway(points: np.ndarray, outward: np.ndarray, look: Look, rng: np.random.Generator) -> Sheet:
    """Strands and tufts rooted in the hair's surface: points (N, 3) of a person's head and unit normals (N, 3).

    Most roots lie where the surface turns away from the viewer: there they make the outline.
    """
    odds = 1.1 - np.abs(outward[:, 2])
    chosen = rng.choice(len(points), STRANDS + TUFTS, p=odds / odds.sum())
    lines = grown(points[chosen], outward[chosen], look, rng)
    thick = np.concatenate([rng.uniform(0.008, 0.014, STRANDS), rng.uniform(0.02, 0.06, TUFTS) * (1 + look.wave)])
    taper = np.linspace(1, 0.25, NODES) if look.wave > CURLY else np.linspace(1, 0.15, NODES)
    towards = unit(0.6 * outward[chosen] + VIEWER)
    return ribbons(lines, thick[:, None] * taper, towards[:, None], rng)


def grown(roots: np.ndarray, outward: np.ndarray, look: Look, rng: np.random.Generator) -> np.ndarray:
    """Lines (S, NODES, 3) of hair from roots (S, 3): along the surface and a little off it, falling, with the look's curls."""
    count = len(roots)
    length = (0.03 + np.minimum(look.volume, 0.2) * rng.uniform(0.6, 2.4, count))[:, None, None]
    length[STRANDS:] *= 0.8
    side = unit(np.cross(outward, rng.normal(size=(count, 3))))
    lift = rng.uniform(0.1, 0.7, (count, 1))
    heading = unit(unit(DOWN - outward * (outward @ DOWN)[:, None] + 0.7 * side) + lift * outward)
    t = np.linspace(0, 1, NODES)[:, None]
    lines = (roots - 0.02 * outward)[:, None] + length * (heading[:, None] * t + 0.35 * t * t * DOWN)
    turn = rng.uniform(0, 2 * np.pi, (count, 1, 1)) + (3 + 5 * look.wave) * t
    radius = (0.01 + 0.06 * look.wave) * t
    return lines + radius * (np.sin(turn) * side[:, None] + np.cos(turn) * outward[:, None])
