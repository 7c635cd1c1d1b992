"""Landmarks of unseen people who all move alike, on which LD-Net is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import procedural_heads
from reenact.config.data import ShardsParams, SyntheticParams
from reenact.face3d.headmodel import Camera, head_model
from reenact.faces.crop import steady_crops
from reenact.faces.crop_settings import CropSettings
from reenact.faces.observation import Observation
from reenact.seeding import generator
from reenact.synthetic.motion import draw_motion
from reenact.testsets.lmtest import read_lmtest

SEED = 11  # of none of the heads that anything was chosen on
SIZE = 256


class Grid(NamedTuple):
    """landmarks: (identities, frames, 68, 2), pixels of a 256-pixel picture. yaw: (frames,) degrees, or None where nobody knows."""

    landmarks: np.ndarray
    yaw: np.ndarray | None

    def at_most(self, identities: int, frames: int) -> Grid:
        """The first identities and frames."""
        return Grid(self.landmarks[:identities, :frames], None if self.yaw is None else self.yaw[:frames])

    def cropped(self) -> Grid:
        """The landmarks in crops of 256 pixels, which follow the face by the crop rule."""
        return Grid(np.stack([_cropped(clip) for clip in self.landmarks]), self.yaw)


def _cropped(clip: np.ndarray) -> np.ndarray:
    """Landmarks (frames, 68, 2) of a clip of 25 frames/s in its crops."""
    rule = CropSettings.of(ShardsParams())
    seen = (Observation(frame, None, landmarks) for frame, landmarks in enumerate(clip))
    steady = steady_crops(seen, scale=rule.scale, shift_up=rule.shift_up, smoothing_seconds=rule.smoothing_seconds)
    return np.stack([box.to_crop(landmarks, SIZE) for (_, box), landmarks in zip(steady, clip, strict=True) if box is not None])


def grids(identities: int, frames: int, lmtests: Sequence[Path]) -> dict[str, Grid]:
    """The grids by name: of the rendered people's heads, of the second family, and of files of LMTest."""
    made = {"rendered people's": _rendered(identities, frames), "second family": _second_family(identities, frames)}
    return made | {str(path): Grid(read_lmtest(path).landmarks, None) for path in lmtests}


def _rendered(identities: int, frames: int) -> Grid:
    head = head_model()
    blendshapes, rotation = draw_motion(generator(SEED, "motion"), frames, SyntheticParams())
    shapes = (head.identity(generator(SEED, "test", number)) for number in range(identities))
    landmarks = np.stack([head.landmarks(shape, blendshapes, rotation, Camera(SIZE)) for shape in shapes])
    return Grid(landmarks, np.degrees(rotation[:, 0]))


def _second_family(identities: int, frames: int) -> Grid:
    yaw = procedural_heads.common_motion(frames, SEED).rotation[:, 0]
    return Grid(procedural_heads.grid(identities, frames, SEED), np.degrees(yaw))
