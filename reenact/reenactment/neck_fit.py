"""Learns where the neck is: ``python -m reenact.reenactment.neck_fit`` writes neck.json.

A ridge regression on landmark-only people, whose heads turn about a point that is known.
"""

from __future__ import annotations

import json

import numpy as np

from reenact.faces.normalise import normalise
from reenact.files import atomic_path
from reenact.reenactment.neck import COEFFICIENTS
from reenact.seeding import generator
from reenact.synthetic.landmark_people.landmarks import necks, person_landmarks
from reenact.synthetic.landmark_people.performance import draw_performance
from reenact.synthetic.landmark_subjects import random_heads

PEOPLE, FRAMES = 1500, 50
RIDGE = 10.0  # as much as a jitter of a hundredth of the half side
# What is wrong by the same amount in all frames of a person cancels out where landmarks are placed: how the neck moves from frame to frame
# counts more.
BETWEEN_PEOPLE = 0.4
DECIMALS = 4


def samples(people: range) -> tuple[np.ndarray, np.ndarray]:
    """Normalised landmarks (N, 136) of these people, and (N, 3): the neck's place and the logarithm of its half side in the face's box."""
    points, wanted = [], []
    for person in people:
        performance = draw_performance(generator(0, "neck performance", person), FRAMES)
        landmarks = person_landmarks(random_heads(), performance, generator(0, "neck", person))
        normalised, boxes = normalise(landmarks)
        neck = necks(performance)
        points.append(normalised)
        place = (neck.centre - boxes.centre) / boxes.half_side[:, None]
        wanted.append(np.column_stack([place, np.log(neck.half_side / boxes.half_side)]))
    return np.concatenate(points), np.concatenate(wanted)


def fitted() -> np.ndarray:
    """The coefficients (137, 3) that `neck` works with."""
    points, wanted = samples(range(PEOPLE))
    told, asked = _weighed(points), _weighed(wanted)
    by_coordinate = np.linalg.solve(told.T @ told + RIDGE * np.eye(told.shape[1]), told.T @ asked)
    constant = (wanted - points @ by_coordinate).mean(0)
    return np.round(np.vstack([by_coordinate, constant]), DECIMALS)


def _weighed(values: np.ndarray) -> np.ndarray:
    """Values (N, D) without their mean, differences between people made smaller."""
    person = values.reshape(PEOPLE, FRAMES, -1).mean(1).repeat(FRAMES, 0)
    return (values - person) + BETWEEN_PEOPLE * (person - values.mean(0, dtype=np.float64))


def main() -> None:
    rows = ",\n".join(json.dumps(row) for row in fitted().tolist())
    with atomic_path(COEFFICIENTS) as part:
        part.write_text(f"[{rows}]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
