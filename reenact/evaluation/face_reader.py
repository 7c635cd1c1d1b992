"""What is read off faces: embeddings and landmarks of frames, and the motion of a clip. Several processes share the work."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np

from reenact.face3d.facemodel import face_model
from reenact.face3d.fit import fit_clip
from reenact.faces.embedding import EMBEDDING_LENGTH, FaceEmbedder
from reenact.faces.landmarks import followed_box, predict
from reenact.faces.layout68 import POINTS
from reenact.progress import progress

CHUNK = 4
# Pixels. The predictor enlarges its box to a fixed size. A tiny box, of landmarks that an unfinished network heaped up, costs too much.
LEAST_BOX_SIDE = 8.0


class Reading(NamedTuple):
    """embeddings: (N, 128) float32. landmarks: (N, 68, 2) float32, pixels, as found in the images."""

    embeddings: np.ndarray
    landmarks: np.ndarray


class Motion(NamedTuple):
    """What a clip's face does. rotation: (F, 3) yaw, pitch, roll in radians. blendshapes: (F, 51) in [0, 1]."""

    rotation: np.ndarray
    blendshapes: np.ndarray


class FaceReader:
    """Reads faces in `workers` processes, because dlib holds Python's lock while its networks run. A context manager.

    model, root: the 3D face model that motion is fitted with (`reenact.face3d.facemodel.face_model`).
    Raises ReenactError where there is no such model.
    """

    def __init__(self, workers: int, model: str, root: Path) -> None:
        self.face_model = face_model(model, root).name
        self._motion = partial(_motion, model, root)
        # Spawned: a fork would copy PyTorch's threads in whatever state they are.
        self._pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) if workers > 1 else None

    def read(self, images: Sequence[np.ndarray], landmarks: np.ndarray) -> Reading:
        """Read N images, RGB uint8 pictures of faces near landmarks (N, 68, 2) pixels. Readings come in the images' order.

        For the embedding, the face is aligned by the landmarks given. The landmarks returned are found anew, in the box that the given
        ones lead to. No detector is asked: it sees no face under 80 pixels, and would leave out most frames of small results.
        """
        starts = range(0, len(images), CHUNK)
        parts = self._map(_read, [(images[start : start + CHUNK], landmarks[start : start + CHUNK]) for start in starts])
        empty = Reading(np.empty((0, EMBEDDING_LENGTH), np.float32), np.empty((0, POINTS, 2), np.float32))
        return Reading(*map(np.concatenate, zip(empty, *parts, strict=True)))

    def motions(self, clips: Sequence[np.ndarray], size: int, what: str) -> list[Motion]:
        """The motion of each clip of landmarks (F, 68, 2), in pixels of pictures of `size`. One identity is fitted to a clip.

        what: names the work in its progress bar.
        """
        return list(progress(self._map(self._motion, [(clip, size) for clip in clips]), total=len(clips), what=what, unit="clips"))

    def _map(self, work: Callable[..., Any], arguments: list[tuple]) -> Iterable[Any]:
        run = map if self._pool is None else self._pool.map
        return run(work, *zip(*arguments, strict=True)) if arguments else []

    def __enter__(self) -> FaceReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _read(images: Sequence[np.ndarray], landmarks: np.ndarray) -> Reading:
    found = np.stack([predict(image, _box(points)) for image, points in zip(images, landmarks, strict=True)])
    return Reading(FaceEmbedder().embed(images, landmarks), found)


def _box(landmarks: np.ndarray) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = followed_box(landmarks)
    more = max(LEAST_BOX_SIDE - (x1 - x0), 0.0) / 2
    return x0 - more, y0 - more, x1 + more, y1 + more


def _motion(model: str, root: Path, landmarks: np.ndarray, size: int) -> Motion:
    fitted = fit_clip(face_model(model, root), landmarks, size)
    return Motion(fitted.rotation, fitted.blendshapes)
