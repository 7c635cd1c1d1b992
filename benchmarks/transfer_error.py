"""How far landmarks with one person's face and another's pose and expression are from the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from benchmarks.landmark_grids import SEED, SIZE, Grid
from reenact.face3d.facemodel import face_model
from reenact.face3d.facemodel.load import ANNY
from reenact.face3d.fit import fit, fit_clip
from reenact.faces.layout68 import OUTER_EYES
from reenact.faces.normalise import denormalise, normalise
from reenact.ldnet.model import LDNet
from reenact.reenactment.transfer import DEFAULT_SETTINGS, Transfer, TransferSettings
from reenact.seeding import generator

PARTS = {"jaw": slice(0, 17), "brows": slice(17, 27), "nose": slice(27, 36), "eyes": slice(36, 48), "mouth": slice(48, 68)}
YAWS = ((0, 10), (10, 20), (20, 90))  # degrees
BROKEN_DOWN = ("ldnet", "3D fit", "driver")


def transfer_errors(ldnet: LDNet, grid: Grid) -> dict:
    """Mean distances from the truth, in outer-eye distances, when each person does what the next one does. All are seen in crops.

    Random frames, each of another pose, give the target's picture and the driver's reference. By guess:

    - ldnet: as `reenact animate` has it. no residual: the paper's formula. relative: the other placement. frame by frame: as if each
      frame were the driver's first.
    - driver: the driver's landmarks as they are. moved: the target's landmarks plus the driver's displacements since the reference.
    - 3D fit: the face model fitted to both, with the target's identity and the driver's pose and expression, in the driver's box.

    `placed` is measured in the crop, `shape` with each guess's box put on the truth's. over_driver: of both, LD-Net's over the
    driver's. by_part, by_yaw: of `shape`.
    """
    grid = grid.cropped()
    fits = Fits(grid)

    def all_guesses(case: Case) -> Guesses:
        return guesses(ldnet, case) | {"3D fit": fits.retargeted(case)}

    found = errors(grid, all_guesses)
    broken_down = {name: found["shape"][name] for name in BROKEN_DOWN}
    by_part = {part: {name: mean(each[..., points]) for name, each in broken_down.items()} for part, points in PARTS.items()}
    means = {kind: {name: mean(each) for name, each in by_guess.items()} for kind, by_guess in found.items()}
    return {**means, "over_driver": over_driver(found), "by_part": by_part, **_by_yaw(broken_down, grid.yaw)}


def errors_with(ldnet: LDNet, grid: Grid, settings: TransferSettings) -> dict[str, float]:
    """LD-Net's errors over the driver's, `placed` and `shape`, where its landmarks are made and placed with these settings."""
    return over_driver(errors(grid.cropped(), lambda case: {"ldnet": transferred(ldnet, case, settings), "driver": case.driver}))


class Case(NamedTuple):
    """A target person's truth and the driver, (F, 68, 2) pixels each; the target's frame that is known, and the driver's reference."""

    target: int
    truth: np.ndarray
    driver: np.ndarray
    start: int
    reference: int

    def frame_by_frame(self) -> Iterable[Case]:
        """A case for each of the driver's frames, as if there were no other."""
        return (self._replace(driver=frame[None], reference=0) for frame in self.driver)


Guesses = Mapping[str, np.ndarray]
Errors = dict[str, dict[str, np.ndarray]]


def errors(grid: Grid, make: Callable[[Case], Guesses]) -> Errors:
    """By kind, `placed` and `shape`, and guess: distances (people, frames, 68) from the truth, in outer-eye distances."""
    random = generator(SEED, "transfer")
    placed, shape = defaultdict(list), defaultdict(list)
    people, frames = grid.landmarks.shape[:2]
    for target, truth in enumerate(grid.landmarks):
        case = Case(target, truth, grid.landmarks[(target + 1) % people], *random.integers(frames, size=2))
        boxes = normalise(truth)[1]
        eyes = np.linalg.norm(truth[:, OUTER_EYES[0]] - truth[:, OUTER_EYES[1]], axis=-1)[:, None]
        for name, guess in make(case).items():
            placed[name].append(np.linalg.norm(guess - truth, axis=-1) / eyes)
            shape[name].append(np.linalg.norm(denormalise(normalise(guess)[0], boxes) - truth, axis=-1) / eyes)
    return {kind: {name: np.stack(each) for name, each in found.items()} for kind, found in (("placed", placed), ("shape", shape))}


def over_driver(found: Errors) -> dict[str, float]:
    """LD-Net's mean error over the driver's, by kind."""
    return {kind: round(float(by_guess["ldnet"].mean() / by_guess["driver"].mean()), 3) for kind, by_guess in found.items()}


def _by_yaw(errors: dict[str, np.ndarray], yaw: np.ndarray | None) -> dict:
    """Of errors (people, frames, 68), by bands of the yaw; nothing where it is not known."""
    if yaw is None:
        return {}
    bands = {f"{low} to {high}": (abs(yaw) >= low) & (abs(yaw) < high) for low, high in YAWS}
    return {"by_yaw": {band: {name: mean(each[:, of]) for name, each in errors.items()} for band, of in bands.items() if of.any()}}


def guesses(ldnet: LDNet, case: Case) -> Guesses:
    """Landmarks (F, 68, 2), pixels, of all guesses but the 3D fit's."""
    return {
        "ldnet": transferred(ldnet, case, DEFAULT_SETTINGS),
        "no residual": transferred(ldnet, case, replace(DEFAULT_SETTINGS, residual=0.0)),
        "relative": transferred(ldnet, case, replace(DEFAULT_SETTINGS, placement="relative")),
        "frame by frame": np.concatenate([transferred(ldnet, each, DEFAULT_SETTINGS) for each in case.frame_by_frame()]),
        "driver": case.driver,
        "moved": case.truth[case.start] + case.driver - case.driver[case.reference],
    }


def transferred(ldnet: LDNet, case: Case, settings: TransferSettings) -> np.ndarray:
    """LD-Net's landmarks (F, 68, 2), pixels."""
    transfer = Transfer.for_target(ldnet, case.truth[case.start], settings)
    return transfer.landmarks(case.driver, case.driver[case.reference])


class Fits:
    """Retargeting by the face model, fitted to every person's performance."""

    def __init__(self, grid: Grid) -> None:
        self._model = face_model(ANNY)
        self._clips = [fit_clip(self._model, clip, SIZE) for clip in grid.landmarks]

    def retargeted(self, case: Case) -> np.ndarray:
        """Landmarks (F, 68, 2), pixels: the identity of the target's known frame, doing what the driver does, in the driver's box."""
        own = fit(self._model, case.truth[case.start][None], SIZE)
        driver = self._clips[(case.target + 1) % len(self._clips)]
        shapes = replace(driver, identity=own.identity).landmarks(self._model, SIZE)
        return denormalise(normalise(shapes)[0], normalise(case.driver)[1])


def mean(values: np.ndarray) -> float:
    return round(float(values.mean()), 4)
