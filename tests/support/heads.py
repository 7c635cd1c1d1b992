"""Rendered heads that several folders of tests need."""

from __future__ import annotations

import functools

import numpy as np

from reenact.config.schema import Params
from reenact.face3d.headmodel import head_model
from reenact.synthetic.portraits import neutral_portrait


@functools.cache
def upside_down() -> np.ndarray:
    """An upside-down portrait (256, 256, 3) uint8 RGB, in which the detector is nevertheless sure of a face: few people's are such."""
    return np.ascontiguousarray(neutral_portrait(Params(), head_model().person(17), "person 17")[::-1, ::-1])
