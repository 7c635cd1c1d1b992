"""Every comparison of results with real frames, frame by frame: what Tables 2, 3 and 4 are means of."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from reenact.errors import ReenactError
from reenact.evaluation.face_reader import FaceReader, Reading
from reenact.evaluation.ground_truth import GroundTruth
from reenact.evaluation.items import TITLES, Item, Kind
from reenact.evaluation.predictions import Painted, Predictions
from reenact.evaluation.real import RealFaces, RealFrames
from reenact.metrics.ed import ed
from reenact.metrics.isim import isim
from reenact.metrics.psim import psim
from reenact.metrics.shape_error import shape_error
from reenact.metrics.ssim import face_mask, ssim
from reenact.progress import progress

# Rows that are no method: the target image in place of every result, and the driving frames themselves.
COPY_TARGET, DRIVING_FRAMES = "copy_target", "driving_frames"


@dataclass
class Frames:
    """One row's values, item after item, an array with a value a frame each; empty where a metric has no meaning for the row.

    ssim, ssim_face: against the true frame, SelfTest only. landmark_error: of the landmarks painted from, or for the driving frames of
    dlib's, against the truth, CrossTest of a rendered corpus only. readings: of the images; one frame's landmarks may stand for all.
    """

    isim: list[np.ndarray] = field(default_factory=list)
    psim: list[np.ndarray] = field(default_factory=list)
    ed: list[np.ndarray] = field(default_factory=list)
    ssim: list[np.ndarray] = field(default_factory=list)
    ssim_face: list[np.ndarray] = field(default_factory=list)
    landmark_error: list[np.ndarray] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)


@dataclass(frozen=True)
class Measured:
    """A test set's values by row: a landmark source, or one of the two rows that are no method. motion_backend: of PSIM and ED."""

    rows: dict[str, Frames]
    items: int
    frames: int
    motion_backend: str

    def embeddings(self, row: str) -> np.ndarray:
        """All of a row's embeddings, (frames, D)."""
        return np.concatenate([reading.embeddings for reading in self.rows[row].readings])


def measure(
    kind: Kind, items: list[Item], predictions: Predictions, real: RealFaces, isim_reference: str, truth: GroundTruth | None
) -> Measured:
    """Compare results with target (ISIM), driving frame (PSIM, ED) and, in SelfTest, true frame (SSIM), and landmarks with the truth.

    ISIM's reference is the target image, or the true frame in SelfTest where `isim_reference` is driver. truth: None where there is none.
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
        if kind == "crosstest" and truth is not None:
            _measure_landmarks(rows, by_number[number], painted, real, truth)
    if seen != sorted(by_number):
        raise ReenactError(f"{predictions.path} is not of the items of {TITLES[kind]}; make the predictions again (the predict step)")
    _measure_motion(rows, real.reader, real.size, TITLES[kind])
    return Measured(rows, len(items), sum(len(item.frames) for item in items), real.reader.backend)


def _measure_item(
    rows: dict[str, Frames], kind: Kind, item: Item, painted: dict[str, Painted], real: RealFaces, isim_reference: str
) -> None:
    target = real.get(item.target, [item.target_frame])
    truth = real.get(item.driver, item.frames)
    reference = truth.reading if kind == "selftest" and isim_reference == "driver" else target.reading
    count = len(item.frames)
    copied = Reading(np.repeat(target.reading.embeddings, count, axis=0), target.reading.landmarks)
    shown = {source: (results.images, real.reader.read(list(results.images), results.landmarks)) for source, results in painted.items()}
    shown[COPY_TARGET] = np.repeat(target.images, count, axis=0), copied
    shown[DRIVING_FRAMES] = truth.images, truth.reading
    for name, (images, reading) in shown.items():
        row = rows.setdefault(name, Frames())
        row.isim.append(isim(reading.embeddings, reference.embeddings))
        row.readings.append(reading)
        if kind == "selftest" and name != DRIVING_FRAMES:
            _measure_structure(row, images, truth)


def _measure_structure(row: Frames, images: np.ndarray, truth: RealFrames) -> None:
    pairs = zip(images, truth.images, truth.landmarks, strict=True)
    whole, face = zip(*(ssim(image, true_image, face_mask(points, len(image))) for image, true_image, points in pairs), strict=True)
    row.ssim.append(np.array(whole))
    row.ssim_face.append(np.array(face))


def _measure_landmarks(rows: dict[str, Frames], item: Item, painted: dict[str, Painted], real: RealFaces, truth: GroundTruth) -> None:
    true = truth.of(item)
    for source, results in painted.items():
        rows[source].landmark_error.append(shape_error(results.landmarks, true.target))
    # What dlib's landmarks are off for the driver, whose shape is no question: no row that starts from them can be expected to do better.
    rows[DRIVING_FRAMES].landmark_error.append(shape_error(real.get(item.driver, item.frames).landmarks, true.driver))


def _measure_motion(rows: dict[str, Frames], reader: FaceReader, size: int, what: str) -> None:
    """PSIM and ED of every row but the driving frames, which are what the others are compared with."""
    clips = [reading.landmarks for row in rows.values() for reading in row.readings]
    fitted = iter(reader.motions(clips, size, f"Fitting {what}"))
    motions = {name: [next(fitted) for _ in row.readings] for name, row in rows.items()}
    for name, row in rows.items():
        if name != DRIVING_FRAMES:
            for motion, driving in zip(motions[name], motions[DRIVING_FRAMES], strict=True):
                row.psim.append(psim(motion.rotation, driving.rotation))
                row.ed.append(ed(motion.units, driving.units))
