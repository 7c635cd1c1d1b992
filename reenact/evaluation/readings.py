"""What is read off all clips of a test set, and the comparisons that metrics are given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np

from reenact.evaluation.ground_truth import TrueMotion
from reenact.evaluation.predictions import Method
from reenact.evaluation.reading import ClipReader, Pictures, Reading
from reenact.evaluation.results import COPY_TARGET, DRIVING_FRAMES, SHUFFLED, Results, all_rows, resampled, shuffled
from reenact.evaluation.testset import Pair, TestSet
from reenact.metrics.base import Clip, Comparison, Faces, Gallery, Truth
from reenact.progress import progress
from reenact.testsets.items import TITLES


class Readings:
    """What is read off all clips of a test set. rows: those of its tables, in their order."""

    def __init__(self, testset: TestSet, results: Sequence[Results], reader: ClipReader) -> None:
        self._testset, self._results, self._reader = testset, results, reader
        self._pairs = {pair.number: pair for pair in testset.pairs}
        self._is_truth = testset.kind == "selftest"
        self._others = shuffled(testset) if self._is_truth else {}
        self._generated_from: dict[tuple[int, Method], np.ndarray | None] = {}
        keys = [(number, row) for number in self._pairs for row in (COPY_TARGET, DRIVING_FRAMES)]
        self._known: dict[tuple[int, Method], Reading] = self._all(keys, map(self._real, keys), "Reading")
        self.rows = [*all_rows(results), COPY_TARGET, DRIVING_FRAMES, *([SHUFFLED] if self._others else [])]
        keys = [(number, row) for number in self._pairs for row in self.rows]
        self._read = self._all(keys, self._compared(), "Reading results of")

    def _all(self, keys: list[tuple[int, Method]], clips: Iterable[Pictures], doing: str) -> dict[tuple[int, Method], Reading]:
        readings = progress(self._reader.read(clips), total=len(keys), what=f"{doing} {TITLES[self._testset.kind]}", unit="clips")
        return dict(zip(keys, readings, strict=True))

    def gallery(self) -> Gallery:
        """What all items have in common."""
        first = {pair.target_subject: pair.number for pair in sorted(self._pairs.values(), key=lambda pair: -pair.number)}
        subjects = tuple(sorted(first))
        targets = [self._known[first[subject], COPY_TARGET].readings for subject in subjects]
        driving = [self._known[number, DRIVING_FRAMES].readings for number in self._pairs]
        return Gallery(
            subjects,
            {name: np.concatenate([each[name] for each in targets]) for name in targets[0]},
            {name: _mean(np.concatenate([each[name] for each in driving])) for name in driving[0]},
        )

    def comparison(self, pair: Pair, row: Method, gallery: Gallery, isim_reference: str, truth: TrueMotion | None) -> Comparison:
        """A row of an item with what it is compared with."""
        driving = self._faces(self._known[pair.number, DRIVING_FRAMES], pair, DRIVING_FRAMES)
        is_true_frame = self._is_truth and isim_reference == "driver"
        person = driving if is_true_frame else self._faces(self._known[pair.number, COPY_TARGET], pair, COPY_TARGET)
        true = None if truth is None else Truth(truth.driver if row == DRIVING_FRAMES else truth.target, truth.rotation)
        return Comparison(
            self._faces(self._read[pair.number, row], pair, row),
            person,
            driving,
            self._is_truth,
            true,
            pair.target_subject,
            np.array(pair.frames),
            self._testset.size,
            gallery,
        )

    def _real(self, key: tuple[int, Method]) -> Pictures:
        number, row = key
        if row == DRIVING_FRAMES:
            images, landmarks = self._testset.driving(number)
            # No row that starts from these landmarks can be expected to do better.
            self._generated_from[key] = landmarks
            return Pictures(images, landmarks)
        image, landmarks = self._testset.target(number)
        return Pictures(image[None], None if landmarks is None else landmarks[None])

    def _compared(self) -> Iterator[Pictures]:
        """The pictures of each row of each pair, with the driving frames that they are compared with."""
        for number, pair in self._pairs.items():
            images, landmarks = self._testset.driving(number)
            known = self._known[number, DRIVING_FRAMES]
            # Not the driver's, which an empty picture would then seem to follow.
            target = self._known[number, COPY_TARGET].landmarks
            driving = Clip(images, known.landmarks, known.found)
            for each in self._results:
                for method, result in each.of(number).items():
                    self._generated_from[number, method] = result.generated_from
                    yield Pictures(result.images, target, driving, self._is_truth)
            yield self._real((number, COPY_TARGET))._replace(driving=driving, is_truth=self._is_truth)
            yield Pictures(images, landmarks, driving, self._is_truth)
            if number in self._others:
                others, places = (resampled(part, len(pair.frames)) for part in self._other(number))
                yield Pictures(others, places, driving, self._is_truth)

    def _other(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        other = self._others[number].number
        images, landmarks = self._testset.driving(other)
        return images, self._known[other, DRIVING_FRAMES].landmarks if landmarks is None else landmarks

    def _faces(self, reading: Reading, pair: Pair, row: Method) -> Faces:
        """A row's faces, one for each frame of the pair."""
        count = len(pair.frames)

        def for_all(array: np.ndarray) -> np.ndarray:
            return np.broadcast_to(array, (count, *array.shape[1:]))

        readings = {name: for_all(array) for name, array in reading.readings.items()}
        pictures, generated_from = partial(self._images, pair, row), self._generated_from.get((pair.number, row))
        return Faces(for_all(reading.landmarks), for_all(reading.found), readings, pictures, generated_from)

    def _images(self, pair: Pair, row: Method) -> np.ndarray:
        if row == COPY_TARGET:
            return np.repeat(self._testset.target(pair.number)[0][None], len(pair.frames), axis=0)
        if row == SHUFFLED:
            return resampled(self._other(pair.number)[0], len(pair.frames))
        if row == DRIVING_FRAMES:
            return self._testset.driving(pair.number)[0]
        return next(each.of(pair.number)[row].images for each in self._results if row in each.image_formats)


def _mean(rows: np.ndarray) -> np.ndarray:
    """The mean over the rows without NaN, where there are some."""
    known = rows[~np.isnan(rows).reshape(len(rows), -1).any(axis=1)]
    return known.mean(axis=0) if len(known) else np.full(rows.shape[1:], np.nan)
