"""An error comes back whole from the process where it was raised."""

from __future__ import annotations

import errno
import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from reenact.errors import Diverged, ReenactError, Stopped
from reenact.files import UnreadableFile
from reenact.video.probe import UnreadableVideo

MADE: list[Callable[[], ReenactError]] = [
    lambda: ReenactError("params.yaml: no key a; remove it"),
    lambda: Stopped("the training was stopped"),
    lambda: Diverged("the loss is infinite", good=300),
    lambda: UnreadableFile(Path("a.png"), OSError(errno.EACCES, "no"), "remove it"),
    lambda: UnreadableVideo(Path("a.mp4"), "truncated", "after 3 frames"),
]


@pytest.mark.parametrize("make", MADE, ids=lambda make: type(make()).__name__)
def test_an_error_is_the_same_after_a_journey(make):
    error = make()
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error) and str(arrived) == str(error) and vars(arrived) == vars(error)


def read(path: Path) -> None:
    raise UnreadableFile(path, OSError(errno.EIO, "no"), "copy it anew")


def test_a_pool_of_processes_hands_it_on():
    """One that could not be rebuilt would break the pool, and nobody would see which file it was."""
    with (
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool,
        pytest.raises(UnreadableFile, match=r"^b\.png cannot be read"),
    ):
        pool.submit(read, Path("b.png")).result()
