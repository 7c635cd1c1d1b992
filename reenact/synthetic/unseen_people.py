"""People and motion for LMTest that no training sees."""

from __future__ import annotations

import numpy as np

from reenact.config.data import SyntheticParams
from reenact.face3d.headmodel import Person, head_model
from reenact.seeding import generator
from reenact.synthetic.motion import draw_motion

TAKE_FRAMES = 50


def unseen_people(count: int, seed: int) -> list[Person]:
    """LMTest's synthetic people, each drawn by a name that no training uses, so that none of them is trained on."""
    return [head_model().person(generator(seed, "lmtest", "identity", number)) for number in range(count)]


def unseen_performance(frames: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Blendshapes (T, 51) and rotation (T, 3), radians, of takes of two seconds, one after the other, which gives many moods and poses.

    The ranges are the defaults of `corpus.synthetic`, whatever the corpus's are, so that figures on LMTest stay comparable.
    """
    starts = range(0, frames, TAKE_FRAMES)
    takes = [draw_motion(generator(seed, "lmtest", "performance", take), TAKE_FRAMES, SyntheticParams()) for take in range(len(starts))]
    blendshapes, rotation = (np.concatenate(part)[:frames] for part in zip(*takes, strict=True))
    return blendshapes, rotation
