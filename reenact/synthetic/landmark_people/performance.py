"""What landmark-only people do: motions wilder than those of the rendered ones, before cameras near and far.

Several people give the same performance, so that it is known what one of them looks like doing what another does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.config.data import SyntheticParams
from reenact.face3d.headmodel import BLENDSHAPES
from reenact.synthetic.motion import draw_motion

TAKE_FRAMES = 25  # a performance comes in takes of this length, each with its own mood and camera
LARGEST_ANGLES = np.radians([45.0, 22.0, 20.0])  # yaw, pitch, roll
UNEVEN = (0.5, 1.2)  # of the largest angles, by performance
STRANGE_TAKES = 0.5  # share of the takes with an expression that speech and mood do not make
STRANGE_BLENDSHAPES = 8
HOLD, QUIVER = 0.5, 0.15  # standard deviations of such an expression's weights: over the take, and from frame to frame
LARGEST_WEIGHT = 1.2
DISTANCES = (5.0, 30.0)  # decimetres from camera to face


@dataclass(frozen=True)
class Performance:
    """F frames: blendshapes (F, 51) weights, rotation (F, 3) radians (`rotation_matrices`), distance (F,) decimetres to the camera."""

    blendshapes: np.ndarray
    rotation: np.ndarray
    distance: np.ndarray


def draw_performance(random: np.random.Generator, frames: int) -> Performance:
    """A performance; the same generator state gives the same one."""
    ranges = SyntheticParams()
    usual = np.radians([ranges.yaw_degrees, ranges.pitch_degrees, ranges.roll_degrees])
    limits = LARGEST_ANGLES * random.uniform(*UNEVEN) / usual
    weights, rotations, distances = [], [], []
    for _ in range(-(-frames // TAKE_FRAMES)):
        blendshapes, rotation = draw_motion(random, TAKE_FRAMES, ranges)
        if random.random() < STRANGE_TAKES:
            moved = random.choice(len(BLENDSHAPES), STRANGE_BLENDSHAPES, replace=False)
            held = random.standard_normal(STRANGE_BLENDSHAPES) * HOLD
            quiver = random.standard_normal((TAKE_FRAMES, STRANGE_BLENDSHAPES)) * QUIVER
            blendshapes[:, moved] += np.clip(held + quiver, 0, 1)
        weights.append(np.clip(blendshapes, 0, LARGEST_WEIGHT))
        rotations.append(rotation * limits)
        distances.append(np.full(TAKE_FRAMES, np.exp(random.uniform(*np.log(DISTANCES)))))
    return Performance(*(np.concatenate(parts)[:frames] for parts in (weights, rotations, distances)))
