from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from reenact.params import Params, TestSets


@dataclass
class MadeClip:
    subject: str
    video: str
    clip: str
    frames: list[int]


@dataclass
class MadeStore:
    made: list[MadeClip]

    def clips(self) -> list[MadeClip]:
        return self.made


@pytest.fixture
def store() -> MadeStore:
    """Seven subjects with two clips each; the second is longer, and lacks its first frames."""
    return MadeStore(
        [
            clip
            for subject in range(7)
            for clip in (
                MadeClip(f"id{subject}", "v1", "00001", list(range(8 + subject))),
                MadeClip(f"id{subject}", "v2", "00001", list(range(3, 18 + subject))),
            )
        ]
    )


@pytest.fixture
def with_testsets() -> Callable[..., Params]:
    return lambda seed=1, **values: Params(seed=seed, testsets=TestSets(**values))
