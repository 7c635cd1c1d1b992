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
RIDGE = 100.0
DECIMALS = 4


def samples(people: range) -> tuple[np.ndarray, np.ndarray]:
    """Normalised landmarks (N, 136) of these people, and the neck's places (N, 2) in their units."""
    points, wanted = [], []
    for person in people:
        performance = draw_performance(generator(0, "neck performance", person), FRAMES)
        landmarks = person_landmarks(random_heads(), performance, generator(0, "neck", person))
        normalised, boxes = normalise(landmarks)
        points.append(normalised)
        wanted.append((necks(performance) - boxes.centre) / boxes.half_side[:, None])
    return np.concatenate(points), np.concatenate(wanted)


def fitted() -> np.ndarray:
    """The coefficients (137, 2) that `neck` works with."""
    points, wanted = samples(range(PEOPLE))
    points = np.concatenate([points, np.ones_like(points[:, :1])], 1).astype(np.float64)
    ridge = RIDGE * np.eye(points.shape[1])
    ridge[-1, -1] = 0  # the constant is free
    return np.round(np.linalg.solve(points.T @ points + ridge, points.T @ wanted), DECIMALS)


def main() -> None:
    rows = ",\n".join(json.dumps(row) for row in fitted().tolist())
    with atomic_path(COEFFICIENTS) as part:
        part.write_text(f"[{rows}]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
