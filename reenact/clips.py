"""What a clip is, and what names it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class ClipName(NamedTuple):
    """The name of a clip in the shards."""

    subject: str
    video: str
    clip: str


@dataclass(frozen=True, order=True)
class Clip:
    """One video file, or a stretch of one, that shows one person.

    `subject`, `video` (the recording that the clip was cut from) and `clip` together name it; `split` is "train" or "test";
    `path` can be opened as it is, unless the corpus knows of a `problem`. `track` is the file with the boxes of the person's face, where
    the clip is a stretch of a longer video that shows others too. Clips sort by subject, video and clip.
    """

    subject: str
    video: str
    clip: str
    split: str
    path: Path
    problem: str | None = None
    track: Path | None = field(default=None, compare=False)
