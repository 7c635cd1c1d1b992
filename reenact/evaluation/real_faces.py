"""The real side of a comparison: frames of the test shards, at the results' size, and what is read off them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reenact.clips import ClipName
from reenact.evaluation.face_reader import FaceReader, Reading
from reenact.shards.frames import FrameStore


@dataclass(frozen=True)
class RealFrames:
    """images: (F, S, S, 3) uint8 RGB. landmarks: (F, 68, 2) float32, pixels, as the shards have them. reading: of the images."""

    images: np.ndarray
    landmarks: np.ndarray
    reading: Reading


class RealFaces:
    """Frames of the shards. Each is read once, however many pairs it drives. size: side of the pictures, pixels."""

    def __init__(self, store: FrameStore, reader: FaceReader, size: int) -> None:
        self.store, self.reader, self.size = store, reader, size
        self._known: dict[tuple[ClipName, int], tuple[np.ndarray, np.ndarray]] = {}

    def get(self, clip: ClipName, frames: Sequence[int]) -> RealFrames:
        """Frames of a clip, in the order asked for."""
        images, landmarks = self.store.get(*clip, frames, self.size)
        new = [place for place, frame in enumerate(frames) if (clip, frame) not in self._known]
        if new:
            for place, embedding, found in zip(new, *self.reader.read([images[place] for place in new], landmarks[new]), strict=True):
                self._known[clip, frames[place]] = embedding, found
        embeddings, found = zip(*(self._known[clip, frame] for frame in frames), strict=True)
        return RealFrames(images, landmarks, Reading(np.stack(embeddings), np.stack(found)))
