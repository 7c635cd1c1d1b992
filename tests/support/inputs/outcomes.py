"""What may become of an input: it is kept, left out for a reason, or ignored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tests.support.inputs.strange import FRAMES, Maker

Place = Callable[[int, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Kept:
    """A clip of which frames are kept, which show the master's face where it is and as it looks.

    frames: how many are kept, at least and at most. shows: the master's frame that frame n shows. place: where frame n has the
    landmarks of that frame. colours: how far skin may be from the master's, levels. grey: it has no colours.
    """

    frames: int | tuple[int, int] = FRAMES
    problem: str | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    shows: Callable[[int], int] = lambda n: n
    place: Place = lambda n, points: points
    colours: float = 3
    grey: bool = False
    remark: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A clip that is left out whole, for a reason."""

    reason: str


@dataclass(frozen=True)
class Ignored:
    """A file that is no clip: the manifest's report names it, and no list has it."""


@dataclass(frozen=True)
class Kind:
    """A kind of input: its file, `subject/name`, in words, how it is made, and what becomes of it."""

    file: str
    words: str
    maker: Maker
    expected: Kept | LeftOut | Ignored


def in_words(expected: Kept | LeftOut | Ignored) -> str:
    if isinstance(expected, Ignored):
        return "no clip: `reenact manifest` counts it as ignored"
    if isinstance(expected, LeftOut):
        return f"left out: `{expected.reason}`"
    left_out = "".join(f"; of its frames are left out: `{reason}`" for reason in expected.left_out)
    return f"kept{left_out}{'; ' * bool(expected.remark)}{expected.remark}"
