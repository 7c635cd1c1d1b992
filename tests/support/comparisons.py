"""Comparisons as metrics are given them, of readings that a test makes up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from reenact.metrics.base import Comparison, Faces, Gallery, Truth

NOBODY = Gallery((), {}, {})


def faces(
    readings: Mapping[str, Sequence | np.ndarray] | None = None,
    landmarks: np.ndarray | None = None,
    generated_from: np.ndarray | None = None,
) -> Faces:
    """Faces with these readings, all of them found. Whoever asks for their pictures fails."""
    arrays = {name: np.asarray(array) for name, array in (readings or {}).items()}
    count = len(landmarks) if landmarks is not None else max((len(array) for array in arrays.values()), default=0)
    points = np.zeros((count, 68, 2), np.float32) if landmarks is None else landmarks
    return Faces(points, np.ones(count, bool), arrays, _no_pictures, generated_from)


def compared(
    result: Faces,
    driving: Faces | None = None,
    person: Faces | None = None,
    *,
    gallery: Gallery = NOBODY,
    subject: str = "a",
    truth: Truth | None = None,
    is_truth: bool = False,
    frames: Sequence[int] | None = None,
    size: int = 256,
) -> Comparison:
    """A result beside what it is compared with; faces that are not given have no readings. The frames are neighbours."""
    numbers = np.arange(len(result.landmarks)) if frames is None else np.array(frames)
    return Comparison(result, person or faces(), driving or faces(), is_truth, truth, subject, numbers, size, gallery)


def _no_pictures() -> np.ndarray:
    raise AssertionError("a metric of readings looks at no picture")
