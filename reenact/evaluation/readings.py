"""What is read off all faces of a test set, and the comparisons that metrics are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from reenact.evaluation.face_reader import Motion, Reading
from reenact.evaluation.ground_truth import TrueLandmarks
from reenact.evaluation.predictions import Generated, Method
from reenact.evaluation.real_faces import RealFaces
from reenact.metrics.base import Comparison, Faces
from reenact.testsets.items import Item, Kind

# Rows that are no method: the target image in place of every result, and the driving frames themselves.
COPY_TARGET, DRIVING_FRAMES = Method("copy_target", ""), Method("driving_frames", "")


class Readings:
    """The embeddings and the motion of every row of every item. First `read` each item, then `fit` once, then ask for `comparisons`."""

    def __init__(self, kind: Kind, real: RealFaces, isim_reference: str) -> None:
        self._is_truth, self._real = kind == "selftest", real
        self._person_is_true_frame = self._is_truth and isim_reference == "driver"
        self._read: dict[tuple[int, Method], Reading] = {}
        self._fitted: dict[tuple[int, Method], Motion] = {}

    def read(self, item: Item, results: Mapping[Method, Generated]) -> None:
        """Read an item's results and the real frames that they are compared with."""
        for method, generated in results.items():
            self._read[item.number, method] = self._real.reader.read(list(generated.images), generated.landmarks)
        self._read[item.number, COPY_TARGET] = self._real.get(item.target, [item.target_frame]).reading
        self._read[item.number, DRIVING_FRAMES] = self._real.get(item.driver, item.frames).reading

    def fit(self, what: str) -> None:
        """Fit the motion of all that was read, with one identity for each row of an item. what: names the work in its progress bar."""
        clips = [reading.landmarks for reading in self._read.values()]
        self._fitted = dict(zip(self._read, self._real.reader.motions(clips, self._real.size, what), strict=True))

    def comparisons(
        self, item: Item, results: Mapping[Method, Generated], true: TrueLandmarks | None
    ) -> Iterator[tuple[Method, Comparison]]:
        """Each row of an item with what it is compared with: every method, the target copied, and the driving frames.

        The driving frames have dlib's landmarks of the driver, and are compared with the driver's true ones. No row that starts from them
        can be expected to do better.
        """
        target, driving = self._real.get(item.target, [item.target_frame]), self._real.get(item.driver, item.frames)
        copied = np.repeat(target.images, len(item.frames), axis=0)
        shown = {method: (generated.images, generated.landmarks) for method, generated in results.items()}
        shown |= {COPY_TARGET: (copied, target.landmarks), DRIVING_FRAMES: (driving.images, driving.landmarks)}
        known = {row: None if true is None else true.target for row in results}
        known |= {COPY_TARGET: None, DRIVING_FRAMES: None if true is None else true.driver}
        faces = {row: self._faces(item, row, *pictures) for row, pictures in shown.items()}
        person = faces[DRIVING_FRAMES if self._person_is_true_frame else COPY_TARGET]
        for row, result in faces.items():
            yield row, Comparison(result, person, faces[DRIVING_FRAMES], self._is_truth, known[row])

    def _faces(self, item: Item, row: Method, images: np.ndarray, landmarks: np.ndarray) -> Faces:
        reading, motion = self._read[item.number, row], self._fitted[item.number, row]
        embeddings = np.broadcast_to(reading.embeddings, (len(images), reading.embeddings.shape[1]))
        return Faces(images, landmarks, embeddings, motion.rotation, motion.blendshapes)
