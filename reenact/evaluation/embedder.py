"""The face embedder on several processor cores."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType

import numpy as np

from reenact.faces.embedding import EMBEDDING_LENGTH, FaceEmbedder

CHUNK = 4


class ParallelEmbedder:
    """Context manager: `FaceEmbedder.embed` in `workers` processes, because dlib holds Python's lock while its network runs."""

    def __init__(self, workers: int) -> None:
        # Spawned: a fork would copy PyTorch's threads in whatever state they are.
        self._pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) if workers > 1 else None

    def embed(self, images: Sequence[np.ndarray], landmarks: np.ndarray) -> np.ndarray:
        """Embeddings (N, 128) float32 of N images with landmarks (N, 68, 2), in their order, whatever the number of workers."""
        if self._pool is None:
            return _embed(images, landmarks)
        starts = range(0, len(images), CHUNK)
        parts = self._pool.map(
            _embed, [images[start : start + CHUNK] for start in starts], [landmarks[start : start + CHUNK] for start in starts]
        )
        return np.concatenate([np.empty((0, EMBEDDING_LENGTH), np.float32), *parts])

    def __enter__(self) -> ParallelEmbedder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _embed(images: Sequence[np.ndarray], landmarks: np.ndarray) -> np.ndarray:
    return FaceEmbedder().embed(images, landmarks)
