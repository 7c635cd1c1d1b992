"""A portrait file as a target: one of its faces, cropped as the networks' training pictures were."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reenact.errors import ReenactError
from reenact.faces.crop import CropBox, steady_crops
from reenact.faces.crop_settings import CropSettings
from reenact.faces.observation import MISFIT, Observation
from reenact.faces.picture_faces import StillFace, faces_of, search, why_none
from reenact.images import read_picture
from reenact.reenactment.target import Target
from reenact.video.picture import RgbPicture

log = logging.getLogger(__name__)


def read_target(path: Path, face: int | None, crop: CropSettings, size: int, shown: int) -> Target:
    """The target in a portrait file: its `face`-th face from the left, or its largest, at `size` and at `shown` pixels a side.

    Raises ReenactError if there is no picture, no face, or no `face`-th one.
    """
    image = read_picture(path)
    detections = search(image)
    found = faces_of(image, detections)
    if not found:
        seen = f"no upright face was found: {MISFIT}" if why_none(detections) == MISFIT else "no face was found"
        raise ReenactError(
            f"{path}: {seen}; a portrait needs one of about 40 pixels or more, upright and seen from the front "
            f"(`reenact inspect {path}` draws what the detector sees)"
        )
    chosen = choose(found, face, path)
    box = portrait_box(image, chosen.landmarks, crop)
    return Target(path.stem, box.cut(image, size), box.to_crop(chosen.landmarks, size).astype(np.float32), box.cut(image, shown))


def choose(found: Sequence[StillFace], face: int | None, path: Path) -> StillFace:
    """The `face`-th (from 1) of a picture's faces; without it the largest, with a warning if there are several. found: not empty."""
    if face is None:
        largest = max(range(len(found)), key=lambda index: found[index].area)
        if len(found) > 1:
            log.warning(
                "%s shows %d faces; the largest is taken, number %d from the left (--face N takes another).", path, len(found), largest + 1
            )
        return found[largest]
    if not 1 <= face <= len(found):
        raise ReenactError(f"{path} shows {len(found)} face{'s' * (len(found) > 1)}; --face {face} must be from 1 (left) to {len(found)}")
    return found[face - 1]


def portrait_box(image: np.ndarray, landmarks: np.ndarray, crop: CropSettings) -> CropBox:
    """The crop of a still picture: the extraction's for a video of one frame."""
    alone = [Observation(0, RgbPicture(image), landmarks)]
    ((_, box),) = steady_crops(alone, scale=crop.scale, shift_up=crop.shift_up, smoothing_seconds=crop.smoothing_seconds)
    assert box is not None, "a frame with landmarks has a crop"
    return box
