"""Who and what LMTest shows: the interface that a fit to photographs and a video fills, and the default, which needs no fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.corpus.synthetic.motion import draw_motion
from reenact.faces.headmodel import Person, head_model
from reenact.params import Synthetic
from reenact.seeding import generator

TAKE_FRAMES = 50


@dataclass(frozen=True)
class Identities:
    """Who is shown. shapes: (n, V, 3) neutral vertices of the head model; names: one each; source: where they come from, in words."""

    source: str
    names: list[str]
    shapes: np.ndarray


@dataclass(frozen=True)
class Performance:
    """What is shown. units: (T, 51) face units; rotation: (T, 3) yaw, pitch, roll in radians; source: where they come from, in words."""

    source: str
    units: np.ndarray
    rotation: np.ndarray


def unseen_people(count: int, seed: int) -> list[Person]:
    """LMTest's synthetic people, each drawn by a name that no training uses, so that none of them is trained on."""
    return [head_model().person(generator(seed, "lmtest", "identity", number)) for number in range(count)]


def unseen_identities(count: int, seed: int) -> Identities:
    """The shapes of `unseen_people`, named lm00000 and on."""
    shapes = np.stack([head_model().shape(person.weights) for person in unseen_people(count, seed)])
    return Identities("synthetic people of the head model", [f"lm{number:05d}" for number in range(count)], shapes)


def unseen_performance(frames: int, seed: int) -> Performance:
    """`frames` frames of the motion generator: takes of two seconds, one after the other, so that they hold many moods and poses.

    The ranges are the defaults of `corpus.synthetic`, whatever the corpus's are, so that figures on LMTest stay comparable.
    """
    starts = range(0, frames, TAKE_FRAMES)
    takes = [draw_motion(generator(seed, "lmtest", "performance", take), TAKE_FRAMES, Synthetic()) for take in range(len(starts))]
    units, rotation = (np.concatenate(part)[:frames] for part in zip(*takes, strict=True))
    return Performance("the motion generator", units, rotation)
