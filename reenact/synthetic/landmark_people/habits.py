"""The habits of those who mark landmarks: where the jaw's points go as the head turns, what a yaw moves, and how steady the points are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.face3d.headmodel.mesh_landmarks import LandmarkTable, interpolation
from reenact.faces.layout68 import JAW_POINTS, POINTS
from reenact.synthetic.landmark_people.smooth_fields import SmoothFields

# What dlib has on 60 rendered people, by `python -m benchmarks.habits --people 60 --frames 24`: mean over people ± their spread.
SLIDES = (0.0, 1.3)  # how far the jaw's points follow the outline that a yaw brings into view: 0 not at all, 1 as the table has it
# dlib: 0.99 ± 0.31, of 60 people 7 over 1.3 and none under 0.3; the range goes down to 0, as other detectors may not slide.
SURE = 0.3  # share of people whose jaw points do not slide at all, and of those where they slide just as the table has it
# A choice; dlib's mean is the table's sliding.
SLIP = 2.0  # points that the jaw's landmarks shift along the outline at 90 degrees of yaw or pitch: standard deviation
# dlib: 0.09 ± 0.26 by yaw, 0.00 ± 0.30 by pitch; far wider than that, as other detectors may slip more.
YAW_BIAS = 0.03  # decimetres at 90 degrees of yaw: standard deviation
# dlib: 0.034 over all points, 0.046 of the jaw's; about a third of its square is the same for all people, here nothing is.
BIAS_LENGTH = 0.7  # decimetres
# A choice; not measured.
JITTER = (0.00135, 0.00765)  # decimetres: standard deviation of a point's jitter, and of that of its part of the face
# dlib from frame to frame: 0.005 ± 0.002, 0.007 ± 0.004. Narrower than all that yaw leaves, pitch and expression in it: 0.013, 0.017.
PARTS = np.repeat(np.arange(9), [17, 5, 5, 4, 5, 6, 6, 12, 8])  # of the face, by landmark


@dataclass(frozen=True)
class Habit:
    """slide: see `SLIDES`. slip (2,): points for a sine of yaw and of pitch. bias (68, 2): for a sine of yaw. jitter: decimetres."""

    slide: float
    slip: np.ndarray
    bias: np.ndarray
    jitter: float

    def points(self, table: LandmarkTable, rows: np.ndarray, rotation: np.ndarray) -> np.ndarray:
        """The marked points (F, 68, 3) among the rows (F, R, 3) of the landmark table. rotation (F, 3): radians."""
        frames = len(rows)
        jaw = table.jaw_at(rows, interpolation(table.jaw_yaw, self.slide * rotation[:, 0]))
        along = np.arange(JAW_POINTS)
        # The ends are the ears; the middle slips most.
        shift = (np.sin(rotation[:, :2]) @ self.slip)[:, None] * np.sin(np.pi * along / (JAW_POINTS - 1))
        place = np.clip(along + shift, 0, JAW_POINTS - 1)
        before = np.minimum(place.astype(int), JAW_POINTS - 2)
        share, frame = (place - before)[..., None], np.arange(frames)[:, None]
        slipped = jaw[frame, before] * (1 - share) + jaw[frame, before + 1] * share
        return np.concatenate([slipped, rows[:, JAW_POINTS:POINTS]], 1)

    def marked(self, seen: np.ndarray, rotation: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """What is written down where the points are seen at (F, 68, 2), in decimetres at the face."""
        biased = seen + np.sin(rotation[:, :1])[..., None] * self.bias
        own = random.standard_normal(seen.shape)
        of_part = random.standard_normal((len(seen), PARTS[-1] + 1, 2))[:, PARTS]
        return biased + self.jitter * (own + of_part)


def draw_habit(random: np.random.Generator, fields: SmoothFields) -> Habit:
    """A habit; the same generator state gives the same one."""
    kind = random.random()
    slide = 0.0 if kind < SURE else 1.0 if kind < 2 * SURE else random.uniform(*SLIDES)
    bias = fields.symmetric(random, BIAS_LENGTH, 2)[:POINTS] * YAW_BIAS
    return Habit(slide, random.standard_normal(2) * SLIP, bias, random.uniform(*JITTER))
