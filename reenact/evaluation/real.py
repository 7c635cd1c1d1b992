"""The real side of a comparison: frames, landmarks and embeddings of the test shards at the size of the results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reenact.evaluation.embedder import ParallelEmbedder
from reenact.evaluation.items import ClipName
from reenact.shards.frames import FrameStore


@dataclass(frozen=True)
class RealFrames:
    """images: (F, S, S, 3) uint8 RGB; landmarks: (F, 68, 2) float32, pixels; embeddings: (F, D) float32."""

    images: np.ndarray
    landmarks: np.ndarray
    embeddings: np.ndarray


class RealFaces:
    """Frames of the shards; each is embedded once, however many pairs it drives."""

    def __init__(self, store: FrameStore, embedder: ParallelEmbedder, size: int) -> None:
        self.store, self.embedder, self.size = store, embedder, size
        self._known: dict[tuple[ClipName, int], np.ndarray] = {}

    def get(self, clip: ClipName, frames: Sequence[int]) -> RealFrames:
        """Frames of a clip, in the order asked for."""
        images, landmarks = self.store.get(*clip, frames, self.size)
        new = [place for place, frame in enumerate(frames) if (clip, frame) not in self._known]
        if new:
            embedded = self.embedder.embed([images[place] for place in new], landmarks[new])
            self._known.update({(clip, frames[place]): embedding for place, embedding in zip(new, embedded, strict=True)})
        return RealFrames(images, landmarks, np.stack([self._known[clip, frame] for frame in frames]))
