"""The landmarks of one landmark-only person."""

from __future__ import annotations

import numpy as np

from reenact.face3d.facemodel.model import turned
from reenact.face3d.headmodel.pose import LOOK_AT, VIEW_SIDE
from reenact.synthetic.landmark_people.habits import draw_habit
from reenact.synthetic.landmark_people.heads import RandomHeads
from reenact.synthetic.landmark_people.performance import Performance

PICTURE_SIDE = 256  # pixels; the camera looks at the average face's middle


def person_landmarks(heads: RandomHeads, performance: Performance, random: np.random.Generator) -> np.ndarray:
    """Landmarks (F, 68, 2) float32, pixels of a 256-pixel picture, of a random person who gives the performance."""
    head, habit = heads.draw(random), draw_habit(random, heads.fields)
    moved = head.blendshapes.reshape(len(head.blendshapes), -1)
    rows = head.neutral + (performance.blendshapes @ moved).reshape(-1, *head.neutral.shape)
    points = turned(habit.points(heads.model.table, rows, performance.rotation), performance.rotation)
    x, y, z = np.moveaxis(points - LOOK_AT, -1, 0)
    distance = performance.distance[:, None]
    nearness = distance / (distance - z)
    seen = np.stack([x * nearness, -y * nearness], -1)
    marked = habit.marked(seen, performance.rotation, random)
    return (marked * (PICTURE_SIDE / VIEW_SIDE) + (PICTURE_SIDE - 1) / 2).astype(np.float32)
