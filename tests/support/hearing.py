"""Listening to the sound of a file as it is added to a video."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from reenact.video.sound import Sound
from tests.support.sounds import Heard, listen


def hear(path: Path, start: float = 0.0, end: float = 9.0) -> Heard | None:
    with Sound(path, start) as sound:
        file = sound.until(Fraction(end))
        return None if file is None else listen(file)
