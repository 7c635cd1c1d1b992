"""The landmarks of one landmark-only person."""

from __future__ import annotations

import numpy as np

from reenact.face3d.facemodel.model import turned
from reenact.face3d.headmodel.model import NECK_PIVOT
from reenact.face3d.headmodel.pose import LOOK_AT, VIEW_SIDE
from reenact.synthetic.landmark_people.habits import draw_habit
from reenact.synthetic.landmark_people.heads import RandomHeads
from reenact.synthetic.landmark_people.performance import Performance

PICTURE_SIDE = 256  # pixels; the camera looks at the average face's middle
PIXELS = PICTURE_SIDE / VIEW_SIDE  # a decimetre there


def person_landmarks(heads: RandomHeads, performance: Performance, random: np.random.Generator) -> np.ndarray:
    """Landmarks (F, 68, 2) float32, pixels of a 256-pixel picture, of a random person who gives the performance."""
    head, habit = heads.draw(random), draw_habit(random, heads.fields)
    moved = head.blendshapes.reshape(len(head.blendshapes), -1)
    rows = head.neutral + (performance.blendshapes @ moved).reshape(-1, *head.neutral.shape)
    points = turned(habit.points(heads.model.table, rows, performance.rotation), performance.rotation)
    marked = habit.marked(_seen(points, performance), performance.rotation, random)
    return _pixels(marked).astype(np.float32)


def necks(performance: Performance) -> np.ndarray:
    """Where the point that everybody's head turns about is in each frame: (F, 2), pixels."""
    return _pixels(_seen(NECK_PIVOT[None, None], performance)[:, 0])


def _seen(points: np.ndarray, performance: Performance) -> np.ndarray:
    """Where the camera shows points (F or 1, N, 3): (F, N, 2), decimetres from the picture's middle, y down."""
    x, y, z = np.moveaxis(points - LOOK_AT, -1, 0)
    distance = performance.distance[:, None]
    nearness = distance / (distance - z)
    return np.stack([x * nearness, -y * nearness], -1)


def _pixels(seen: np.ndarray) -> np.ndarray:
    return seen * PIXELS + (PICTURE_SIDE - 1) / 2
