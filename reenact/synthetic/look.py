"""A subject's looks, drawn once per subject: colours of skin, hair and eyes, hair style, beard and brows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.face3d.headmodel import Person
from reenact.synthetic.details import Details, draw_details

# Colours are sRGB in 0..1.
SKIN_TONES = np.array([[0.95, 0.79, 0.70], [0.88, 0.69, 0.57], [0.76, 0.56, 0.43], [0.56, 0.38, 0.28], [0.36, 0.235, 0.175]])
HAIR_COLOURS = np.array(
    [[0.075, 0.065, 0.06], [0.17, 0.115, 0.085], [0.31, 0.21, 0.14], [0.56, 0.43, 0.28], [0.42, 0.23, 0.14], [0.60, 0.58, 0.56]]
)
IRIS_COLOURS = np.array([[0.30, 0.19, 0.11], [0.19, 0.12, 0.08], [0.40, 0.50, 0.58], [0.38, 0.44, 0.32], [0.42, 0.33, 0.20]])
ANCESTRY_MELANIN = np.array([0.14, 0.86, 0.32])  # in the order of the head model's ancestries


@dataclass(frozen=True)
class Look:
    """What a subject keeps from clip to clip besides the shape of the head; lengths in decimetres."""

    skin: np.ndarray
    lips: np.ndarray
    hair: np.ndarray
    brows: np.ndarray
    iris: np.ndarray
    melanin: float
    masculine: float
    age: float
    hairline: float  # height over the forehead's middle
    temple: float  # how far the hairline recedes beside it
    volume: float  # thickness of the hair on the scalp, 0 where bald
    crown: float  # extra thickness on top, in parts of volume
    length: float | None  # height at which long hair ends, None where short
    parting: float  # azimuth of long hair's front edge, radians
    wave: float
    beard: float  # 0 shaven to 1 full
    brow_height: float
    brow_arch: float
    brow_width: float
    brow_strength: float
    part: float  # azimuth of the parting, radians
    sweep: float  # how far strands fall to the sides of it, radians a decimetre
    fringe: float | None  # height at which hair over the forehead ends
    bun: bool
    details: Details


def draw_look(person: Person, rng: np.random.Generator) -> Look:
    """Looks that go with the person's ancestry, age and sex; the same generator state gives the same looks."""
    melanin = float(np.clip(person.ancestry @ ANCESTRY_MELANIN + rng.normal() * 0.08, 0, 1))
    skin = interpolate(SKIN_TONES, melanin) * rng.uniform(0.95, 1.04) * (1 + rng.normal(size=3) * 0.018)
    feminine = person.masculine < 0.5
    hair_odds = np.array(
        [0.25 + melanin, 0.35, 0.30 * (1 - melanin), 0.24 * (1 - melanin), 0.08 * (1 - melanin), 1.2 * max(person.age - 0.35, 0)]
    )
    hair = HAIR_COLOURS[rng.choice(len(HAIR_COLOURS), p=hair_odds / hair_odds.sum())] * rng.uniform(0.85, 1.15)
    iris_odds = np.array([0.4, 0.3 + melanin, 0.4 * (1 - melanin) ** 2, 0.25 * (1 - melanin) ** 2, 0.2])
    iris = IRIS_COLOURS[rng.choice(len(IRIS_COLOURS), p=iris_odds / iris_odds.sum())] * rng.uniform(0.85, 1.15)
    lips = skin * np.array([rng.uniform(0.86, 0.98), rng.uniform(0.62, 0.76), rng.uniform(0.66, 0.80)])
    if feminine and rng.random() < 0.5:
        lips = lips * 0.45 + 0.55 * np.array([rng.uniform(0.55, 0.74), rng.uniform(0.22, 0.34), rng.uniform(0.28, 0.38)])
    bald = not feminine and rng.random() < 0.12
    cropped = not feminine and rng.random() < 0.3
    frizzy = not bald and not cropped and rng.random() < 0.5 * melanin
    return Look(
        skin=np.clip(skin, 0.05, 0.96),
        lips=np.clip(lips, 0.05, 0.9),
        hair=np.clip(hair, 0.03, 0.8),
        brows=np.minimum(hair * (0.9 if hair.mean() < 0.3 else 0.6), skin * 0.55),
        iris=iris,
        melanin=melanin,
        masculine=person.masculine,
        age=person.age,
        hairline=rng.uniform(7.88, 8.08) + (0.07 if not feminine else 0.0),
        temple=rng.uniform(0, 0.2) * person.masculine,
        volume=0.0 if bald else rng.uniform(0.03, 0.05) if cropped else rng.uniform(0.12, 0.28) if frizzy else rng.uniform(0.08, 0.2),
        crown=rng.uniform(0, 1.0),
        length=rng.choice([rng.uniform(6.1, 6.5), rng.uniform(5.3, 5.8)]) if feminine and not frizzy and rng.random() < 0.8 else None,
        parting=np.radians(rng.uniform(56, 72)),
        wave=rng.uniform(0.7, 1) if frizzy else rng.uniform(0, 1) ** 2,
        beard=float(rng.choice([0.0, 0.25, 0.5, 0.85], p=[0.45, 0.27, 0.18, 0.10])) if person.masculine > 0.5 else 0.0,
        brow_height=rng.uniform(7.505, 7.53),
        brow_arch=rng.uniform(0.025, 0.06),
        brow_width=rng.uniform(0.020, 0.034) * (1.2 if not feminine else 0.95),
        brow_strength=rng.uniform(0.6, 0.9),
        part=rng.choice([0.0, rng.uniform(-0.6, 0.6)]),
        sweep=rng.uniform(0, 0.9),
        fringe=rng.uniform(7.62, 7.85) if not (bald or cropped or frizzy) and rng.random() < (0.4 if feminine else 0.3) else None,
        bun=feminine and not frizzy and rng.random() < 0.25,
        details=draw_details(person, melanin, rng),
    )


def interpolate(table: np.ndarray, position: float) -> np.ndarray:
    """The row at position 0..1 between the first and the last row of a table (K, 3)."""
    return np.array([np.interp(position * (len(table) - 1), np.arange(len(table)), column) for column in table.T])
