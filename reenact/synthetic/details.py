"""What a close look shows of a subject's face, drawn once per subject: mouth, eyes, lids and glasses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.face3d.headmodel import Person
from reenact.synthetic.glasses import Glasses, draw_glasses

# Colours are sRGB in 0..1.
WHITE_TEETH, YELLOW_TEETH = np.array([0.93, 0.91, 0.87]), np.array([0.84, 0.76, 0.60])
TONGUE = np.array([0.74, 0.44, 0.43])
GUMS = np.array([0.76, 0.45, 0.45])


@dataclass(frozen=True)
class Details:
    """Colours, and measures in parts of what is usual (1) unless said otherwise."""

    teeth: np.ndarray
    gums: np.ndarray
    tongue: np.ndarray
    crooked: float  # 0 where the teeth stand in line
    lashes: float  # length and thickness
    liner: float  # 0 to 1: how dark the lashes' line is
    crease: float  # 0 to 1: depth of the upper lid's crease
    crease_height: float  # decimetres above the lashes of the closed lid
    pupil: float  # radius in parts of the iris
    limbal: float  # 0 to 1: darkness of the ring round the iris
    glasses: Glasses | None


def draw_details(person: Person, melanin: float, rng: np.random.Generator) -> Details:
    """Details that go with the person's age, sex and ancestry; the same generator state gives the same details."""
    feminine = person.masculine < 0.5
    yellow = np.clip(rng.beta(1.6, 2.2) * 0.8 + 0.35 * person.age, 0, 1)
    made_up = feminine and rng.random() < 0.45
    single_lid = float(person.ancestry[2]) * rng.uniform(0.2, 1.0)
    return Details(
        teeth=(WHITE_TEETH + yellow * (YELLOW_TEETH - WHITE_TEETH)) * rng.uniform(0.94, 1.03),
        gums=GUMS * (1 - 0.38 * melanin * rng.uniform(0.3, 1.0)) * rng.uniform(0.93, 1.05, 3),
        tongue=TONGUE * rng.uniform(0.9, 1.06, 3),
        crooked=float(rng.beta(1.2, 3.0)),
        lashes=rng.uniform(1.15, 1.6) if made_up else rng.uniform(0.8, 1.15) if feminine else rng.uniform(0.55, 0.95),
        liner=rng.uniform(0.6, 0.95) if made_up else rng.uniform(0.25, 0.5),
        crease=rng.uniform(0.5, 1.0) * (1 - 0.8 * single_lid),
        crease_height=rng.uniform(0.10, 0.14),
        pupil=rng.uniform(0.30, 0.48),
        limbal=rng.uniform(0.35, 0.85),
        glasses=draw_glasses(rng),
    )
