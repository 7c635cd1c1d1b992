"""Every comparison of results with real frames, frame by frame: what Tables 2 and 3 are means of."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from reenact.errors import ReenactError
from reenact.evaluation.items import TITLES, Item, Kind
from reenact.evaluation.predictions import Painted, Predictions
from reenact.evaluation.real import RealFaces, RealFrames
from reenact.metrics.isim import isim
from reenact.metrics.ssim import face_mask, ssim
from reenact.progress import progress

# Rows that are no method: the target image in place of every result, and the driving frames themselves.
COPY_TARGET, DRIVING_FRAMES = "copy_target", "driving_frames"


@dataclass
class Frames:
    """One row's values, frame after frame; `ssim` and `ssim_face` only where the truth is known."""

    isim: list[np.ndarray] = field(default_factory=list)
    ssim: list[float] = field(default_factory=list)
    ssim_face: list[float] = field(default_factory=list)
    embeddings: list[np.ndarray] = field(default_factory=list)


@dataclass(frozen=True)
class Measured:
    """A test set's values by row: a landmark source, or one of the two rows that are no method."""

    rows: dict[str, Frames]
    items: int
    frames: int

    def embeddings(self, row: str) -> np.ndarray:
        """All of a row's embeddings, (frames, D)."""
        return np.concatenate(self.rows[row].embeddings)


def measure(kind: Kind, items: list[Item], predictions: Predictions, real: RealFaces, isim_reference: str) -> Measured:
    """Compare each result with its target (ISIM) and, in SelfTest, with the true frame (SSIM).

    ISIM's reference is the target image, or the true frame in SelfTest where `isim_reference` is driver.
    Raises ReenactError where the predictions are not of these items.
    """
    rows: dict[str, Frames] = {}
    by_number = {item.number: item for item in items}
    seen = []
    for number, painted in progress(predictions, total=len(items), what=f"Scoring {TITLES[kind]}", unit="clips"):
        if number not in by_number:
            break
        seen.append(number)
        _measure_item(rows, kind, by_number[number], painted, real, isim_reference)
    if seen != sorted(by_number):
        raise ReenactError(f"{predictions.path} is not of the items of {TITLES[kind]}; make the predictions again (the predict step)")
    return Measured(rows, len(items), sum(len(item.frames) for item in items))


def _measure_item(
    rows: dict[str, Frames], kind: Kind, item: Item, painted: dict[str, Painted], real: RealFaces, isim_reference: str
) -> None:
    target = real.get(item.target, [item.target_frame])
    truth = real.get(item.driver, item.frames)
    reference = truth.embeddings if kind == "selftest" and isim_reference == "driver" else target.embeddings
    for source, results in painted.items():
        embeddings = real.embedder.embed(list(results.images), results.landmarks)
        row = rows.setdefault(source, Frames())
        row.isim.append(isim(embeddings, reference))
        row.embeddings.append(embeddings)
        if kind == "selftest":
            _structure(row, results.images, truth)
    copied = np.repeat(target.embeddings, len(item.frames), axis=0)
    copy = rows.setdefault(COPY_TARGET, Frames())
    copy.isim.append(isim(copied, reference))
    copy.embeddings.append(copied)
    if kind == "selftest":
        _structure(copy, np.repeat(target.images, len(item.frames), axis=0), truth)
    driving = rows.setdefault(DRIVING_FRAMES, Frames())
    driving.isim.append(isim(truth.embeddings, reference))
    driving.embeddings.append(truth.embeddings)


def _structure(row: Frames, images: np.ndarray, truth: RealFrames) -> None:
    for image, true_image, landmarks in zip(images, truth.images, truth.landmarks, strict=True):
        whole, face = ssim(image, true_image, face_mask(landmarks, len(image)))
        row.ssim.append(whole)
        row.ssim_face.append(face)
