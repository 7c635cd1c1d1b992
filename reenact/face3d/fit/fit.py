"""Fitting a face model to landmarks: single views, views that share identities, and clips of any length."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from reenact.errors import ReenactError
from reenact.face3d.facemodel import FaceModel
from reenact.face3d.fit.basis import Basis
from reenact.face3d.fit.initial_view import starting_pose
from reenact.face3d.fit.solve import State, solve
from reenact.face3d.fit.view import project
from reenact.face3d.headmodel import Camera
from reenact.face3d.headmodel.pose import CAMERA_DISTANCE, VIEW_SIDE
from reenact.faces.layout68 import OUTER_EYES, POINTS

CHUNK_FRAMES = 128  # fitted at a time: about 0.3 MB each
IDENTITY_FRAMES = 32  # of a clip that its identity is fitted to
RIGHT_EYE, LEFT_EYE = OUTER_EYES


@dataclass(frozen=True)
class Fit:
    """A face model's parameters for F frames of P people.

    identity (P, K) coefficients; person (F,) int index of each frame's identity; blendshapes (F, 51) in 0..1; rotation (F, 3) yaw, pitch,
    roll in radians; scale (F,) and shift (F, 2) of `Camera`, for the picture size of the fit; residual (F,) mean distance of the 68
    points from the landmarks, over the distance of the outer corners of the eyes, as seen in that frame.
    """

    identity: np.ndarray
    person: np.ndarray
    blendshapes: np.ndarray
    rotation: np.ndarray
    scale: np.ndarray
    shift: np.ndarray
    residual: np.ndarray

    def landmarks(self, model: FaceModel, size: float) -> np.ndarray:
        """The fitted landmarks (F, 68, 2) float32 in pixels of a picture of `size`, as `FaceModel.landmarks` has them."""
        zoom = np.log(size * self.scale * CAMERA_DISTANCE / VIEW_SIDE)
        pose = np.concatenate([self.rotation, zoom[:, None], size * (0.5 + self.shift) - 0.5], 1)
        return _projected(Basis.of(model), pose, self.blendshapes, self.identity, self.person).astype(np.float32)

    def camera(self, size: int) -> Camera:
        """The camera, one value per frame, of a picture of `size`."""
        return Camera(size, self.scale, self.shift[:, 0], self.shift[:, 1])


def fit(model: FaceModel, landmarks: np.ndarray, size: float, person: np.ndarray | None = None) -> Fit:
    """Fit pose, identity and blendshapes to landmarks (F, 68, 2), in pixels of pictures of side `size`.

    Maximum a posteriori by Levenberg-Marquardt (`solve`). person (F,) int: frames with one number share an identity, which are numbered
    anew in ascending order; None: every frame has its own. The parameters do not depend on where and how large the face is, nor on
    the other people in the call. Memory grows with the frames of one person, about 0.3 MB each: `fit_clip` has no such limit.
    Raises ReenactError where landmarks are not finite or have no extent.
    """
    landmarks = _checked(landmarks)
    if person is None:
        owner = np.arange(len(landmarks))
    else:
        owner = np.unique(person, return_inverse=True)[1].reshape(-1)
        if owner.shape != (len(landmarks),):
            raise ReenactError(f"Fit: person must have one number for each of {len(landmarks)} frames, not shape {np.shape(person)}.")
    basis, order = Basis.of(model), np.argsort(owner, kind="stable")
    back = np.argsort(order, kind="stable")
    parts = [_fit_part(basis, landmarks[order[part]], starts) for part, starts in _batches(owner[order])]
    pose, blendshapes, identity = (np.concatenate([getattr(part, name) for part in parts]) for name in ("pose", "blendshapes", "identity"))
    return _assembled(basis, landmarks, size, pose[back], blendshapes[back], identity, owner)


def fit_clip(model: FaceModel, landmarks: np.ndarray, size: float) -> Fit:
    """Fit a clip (F, 68, 2) of one person, of any length, with one identity.

    The identity is fitted to `IDENTITY_FRAMES` frames, evenly spread; then every frame to that identity held. Raises as `fit` does.
    """
    landmarks = _checked(landmarks)
    basis = Basis.of(model)
    spread = np.unique(np.linspace(0, len(landmarks) - 1, IDENTITY_FRAMES).round().astype(int))
    identity = _fit_part(basis, landmarks[spread], np.zeros(1, int)).identity
    held = basis.held(identity[0])
    parts = [_fit_part(held, landmarks[part], np.arange(len(landmarks[part]))) for part in _chunks(len(landmarks))]
    pose, blendshapes = (np.concatenate([getattr(part, name) for part in parts]) for name in ("pose", "blendshapes"))
    return _assembled(basis, landmarks, size, pose, blendshapes, identity, np.zeros(len(landmarks), int))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep PyTorch to one thread: the matrices are small, and threads would wait for each other more than they compute."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@_one_thread()
def _fit_part(basis: Basis, landmarks: np.ndarray, starts: np.ndarray) -> State:
    """Fit frames (F, 68, 2) of the people who begin at `starts`; poses in the landmarks' unit of length."""
    pose = starting_pose(basis, landmarks)
    length = np.exp(pose[:, 3]) * _outer_eyes(basis.mean[None])[0] / CAMERA_DISTANCE
    origin = pose[:, 4:].copy()
    pose[:, 3] -= np.log(length)
    pose[:, 4:] = 0
    state = solve(basis, (landmarks - origin[:, None]) / length[:, None, None], pose, starts)
    state.pose[:, 3] += np.log(length)
    state.pose[:, 4:] = origin + state.pose[:, 4:] * length[:, None]
    return state


def _assembled(
    basis: Basis, landmarks: np.ndarray, size: float, pose: np.ndarray, blendshapes: np.ndarray, identity: np.ndarray, person: np.ndarray
) -> Fit:
    scale = np.exp(pose[:, 3]) * VIEW_SIDE / (size * CAMERA_DISTANCE)
    shift = (pose[:, 4:] + 0.5) / size - 0.5
    points = _projected(basis, pose, blendshapes, identity, person)
    residual = np.linalg.norm(points - landmarks, axis=-1).mean(1) / _outer_eyes(landmarks)
    return Fit(identity, person, blendshapes, pose[:, :3], scale, shift, residual)


@_one_thread()
def _projected(basis: Basis, pose: np.ndarray, blendshapes: np.ndarray, identity: np.ndarray, person: np.ndarray) -> np.ndarray:
    points = np.empty((len(pose), POINTS, 2))
    for part in _chunks(len(pose)):
        points[part] = project(basis, pose[part], np.concatenate([blendshapes[part], identity[person[part]]], 1))
    return points


def _checked(landmarks: np.ndarray) -> np.ndarray:
    landmarks = np.asarray(landmarks, np.float64)
    if landmarks.ndim != 3 or landmarks.shape[1:] != (POINTS, 2) or len(landmarks) == 0:
        raise ReenactError(f"Fit: landmarks must be (F, 68, 2) with a frame or more, not {landmarks.shape}.")
    if not np.isfinite(landmarks).all():
        frame = np.flatnonzero(~np.isfinite(landmarks).all((1, 2)))[0]
        raise ReenactError(f"Fit: the landmarks of frame {frame} are not finite; leave frames without a face out.")
    if not (_outer_eyes(landmarks) > 0).all():
        frame = np.flatnonzero(_outer_eyes(landmarks) == 0)[0]
        raise ReenactError(f"Fit: the landmarks of frame {frame} have no extent between the eyes; leave frames without a face out.")
    return landmarks


def _outer_eyes(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, RIGHT_EYE] - points[:, LEFT_EYE], axis=-1)


def _chunks(frames: int) -> Iterator[slice]:
    for start in range(0, frames, CHUNK_FRAMES):
        yield slice(start, min(start + CHUNK_FRAMES, frames))


def _batches(owner: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Frames of whole people, about a chunk's worth at a time, and where in them each person begins; owner (F,) ascending."""
    edges = np.append(np.flatnonzero(np.diff(owner, prepend=-1)), len(owner))
    first = 0
    while first < len(edges) - 1:
        last = max(first + 1, int(np.searchsorted(edges, edges[first] + CHUNK_FRAMES, side="right")) - 1)
        yield slice(edges[first], edges[last]), edges[first:last] - edges[first]
        first = last
