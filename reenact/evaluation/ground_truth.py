"""What a rendered subject would really look like doing what another does."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from reenact.clips import ClipName
from reenact.errors import ReenactError
from reenact.face3d.headmodel import Camera, head_model
from reenact.faces.layout68 import POINTS
from reenact.faces.normalise import normalise
from reenact.files import reading
from reenact.parquet import DAMAGE, open_parquet
from reenact.rendered import rendered
from reenact.testsets.items import Item

# Placement is taken out before anything is compared, so any camera would do.
CAMERA = Camera(256)
TOLERANCE = 1e-3  # of normalised landmarks, which the truth holds as float32


class TrueMotion(NamedTuple):
    """The truth of an item's frames.

    target, driver: landmarks (F, 68, 2) float32, each in pixels of some picture: of the target with the driver's blendshapes and rotation,
    and of the driver. rotation: (F, 3) yaw, pitch, roll in radians, of both.
    """

    target: np.ndarray
    driver: np.ndarray
    rotation: np.ndarray


class GroundTruth:
    """The truth of a rendered corpus (`reenact.synthetic.truth`).

    The subjects' shapes follow from the seed, their names and the renderer's version.
    """

    def __init__(self, path: Path, seed: int) -> None:
        self._path, self._seed = path, seed

    def of(self, item: Item) -> TrueMotion:
        """The true motion of an item.

        ReenactError: the truth lacks the driver's clip or frames, or is not of these subjects.
        """
        rotation, blendshapes, landmarks = self._frames(item.driver, item.frames)
        driver, target = (self._landmarks(clip.subject, blendshapes, rotation) for clip in (item.driver, item.target))
        if np.abs(normalise(driver)[0] - normalise(landmarks)[0]).max() > TOLERANCE:
            raise ReenactError(
                f"{self._path} does not hold the landmarks of {item.driver.subject} as the seed and the head model give them; "
                "make the truth again (reenact truth)"
            )
        return TrueMotion(target, landmarks, rotation)

    def _frames(self, clip: ClipName, frames: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        columns = ["frame", "rotation", "blendshapes", "landmarks"]
        with reading(self._path, "make the truth again (reenact truth)", *DAMAGE):
            wanted = [(name, "=", value) for name, value in clip._asdict().items()]
            table = pd.read_parquet(self._path, columns=columns, filters=wanted).set_index("frame")
        if missing := set(frames) - set(table.index):
            raise ReenactError(f"{self._path} lacks frame {min(missing)} of {'/'.join(clip)}; make the truth again (reenact truth)")
        rotation, blendshapes, landmarks = (np.stack(table.loc[list(frames), name]) for name in columns[1:])
        return rotation, blendshapes, landmarks.reshape(-1, POINTS, 2)

    def _landmarks(self, subject: str, blendshapes: np.ndarray, rotation: np.ndarray) -> np.ndarray:
        model = head_model()
        return model.landmarks(model.identity(rendered(self._seed, "identity", subject)), blendshapes, rotation, CAMERA)


def open_ground_truth(path: Path, seed: int) -> GroundTruth | None:
    """The truth in data/truth/frames.parquet, or None where it has no rows, as of real videos.

    Raises ReenactError where the file is missing or damaged.
    """
    with open_parquet(path, "make the truth again (reenact truth)") as file:
        rows = file.metadata.num_rows
    return GroundTruth(path, seed) if rows else None
