"""What a picture of swaps shows: the same people and frames each time, and frames that differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

PEOPLE, FRAMES = 5, 6  # rows, the driver's among them, and columns
USUAL = 0.95  # the share of faces that is chosen from: those farthest from the mean may be landmarks that were not found well


class Shown(NamedTuple):
    """Normalised landmarks, float32: what is swapped."""

    identity: np.ndarray
    """(R, 136): a frame of each person, the driver first, as near to the mean of their frames as one is."""
    pose: np.ndarray
    """(C, 136): frames of the driver."""
    truth: np.ndarray
    """(R, C, 136): each person doing what the driver does; NaN where that is not known."""


def choose(people: Sequence[np.ndarray], known: Sequence[bool]) -> Shown:
    """What is shown of `people`, normalised landmarks (F, 136) of each, the driver first.

    known: whether they do in each frame what the driver does in the frame of the same number.
    """
    frames = differing(people[0], FRAMES)
    unknown = np.full((len(frames), people[0].shape[1]), np.nan, np.float32)
    truth = [each[frames] if is_known else unknown for each, is_known in zip(people, known, strict=True)]
    identity = [each[differing(each, 1)[0]] for each in people]
    return Shown(np.stack(identity), people[0][frames], np.stack(truth))


def differing(faces: np.ndarray, most: int) -> list[int]:
    """Numbers of at most so many faces (N, 136): the one nearest to the mean, and others, each as far as can be from those before."""
    from_mean = _distances(faces, faces.mean(axis=0))
    found = [int(from_mean.argmin())]
    usual = from_mean <= np.quantile(from_mean, USUAL, method="higher")
    nearest = np.where(usual, _distances(faces, faces[found[0]]), 0)
    while len(found) < most and nearest.max() > 0:
        found.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, _distances(faces, faces[found[-1]]))
    return found


def _distances(faces: np.ndarray, face: np.ndarray) -> np.ndarray:
    return np.linalg.norm(faces - face, axis=1)
