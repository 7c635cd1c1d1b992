"""How long scoring takes: ``python -m benchmarks.score SHARDS... [--pairs 80] [--frames 100] [--workers 2]`` prints one JSON line.

Pairs of a CrossTest and of a SelfTest are made of the clips in SHARDS, of which real or rendered ones will do. Each pair counts as a
subject of its own, whoever its clip shows. One method is scored: its "results" are the driving frames, blurred a little, so that all that
is measured has the size of the real thing. Without a file of yours all metrics are measured that need none.

seconds: of the whole, from pictures to figures, by test set. again: the same with all readings kept, so that pictures are only decoded.
total: by the clock. comparing: of these the ones after the last picture was read: values, figures and intervals. processor: those of all
cores, in all processes. peak_mb: the most memory of the command itself, without the processes that read faces. ms_a_frame: what finding the
faces takes, and each reader, in one process and one thread, in processor time.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch

from benchmarks.command import errors_as_text, positive
from reenact.clips import ClipName
from reenact.config.schema import EvaluateParams
from reenact.errors import ReenactError
from reenact.evaluation.face_finder import find_faces
from reenact.evaluation.measure import Settings, measure
from reenact.evaluation.predictions import Method
from reenact.evaluation.readers import readers
from reenact.evaluation.reading import ClipReader, Pictures, Reading
from reenact.evaluation.results import Result
from reenact.evaluation.testset import ItemPair, StoredTestSet
from reenact.metrics.base import Clip, Reader
from reenact.shards.frames import FrameStore
from reenact.testsets.items import KINDS, Item, Kind
from reenact.training.device import processor_flags

METHOD = Method("blurred", "own")
BLUR = 3  # pixels
TIMED_FRAMES = 64


@dataclass(frozen=True)
class OwnSubject(ItemPair):
    """A pair whose people are its own: gallery and intervals have the size that as many real subjects would give them."""

    @property
    def target_subject(self) -> str:
        """Of the pair's number alone, as two pairs may show the same person."""
        return f"subject {self.number:04d}"


class ClockedReader(ClipReader):
    """Notes when it read the last clip."""

    last_read = 0.0

    def read(self, clips: Iterable[Pictures]) -> Iterator[Reading]:
        """See `ClipReader`."""
        yield from super().read(clips)
        self.last_read = time.perf_counter()


class Blurred:
    """Results that are the driving frames, blurred."""

    def __init__(self, testset: StoredTestSet) -> None:
        self._testset = testset
        self.image_formats = {METHOD: "arrays"}

    def of(self, number: int) -> dict[Method, Result]:
        """See `evaluation.results.Results`."""
        images = self._testset.driving(number)[0]
        return {METHOD: Result(np.stack([cv2.blur(image, (BLUR, BLUR)) for image in images]), None)}


def made_items(store: FrameStore, kind: Kind, pairs: int, frames: int) -> list[Item]:
    """Items of clips in their order, with other subjects' clips as drivers in CrossTest. Clips are repeated from other frames on."""
    clips = [clip for clip in store.clips().to_pylist() if clip["n_frames"] > frames]
    if len({clip["subject"] for clip in clips}) < 2:
        raise ReenactError(f"the shards have fewer than two subjects with clips of more than {frames} frames; take fewer --frames")
    items = []
    for number in range(pairs):
        target = clips[number % len(clips)]
        others = [clip for clip in clips if clip["subject"] != target["subject"]]
        driver = target if kind == "selftest" else others[(7 * number) % len(others)]
        start = 1 + 13 * (number // len(clips)) % (driver["n_frames"] - frames)
        chosen = tuple(driver["frames"][start : start + frames])
        names = (ClipName(clip["subject"], clip["video"], clip["clip"]) for clip in (target, driver))
        items.append(Item(number, next(names), target["frames"][0], next(names), driver["frames"][0], chosen))
    return items


def timed(testset: StoredTestSet, found: Mapping[str, Reader], kept: Path, workers: int) -> dict[str, float]:
    """Seconds from pictures to figures."""
    start, before = time.perf_counter(), processor_seconds()
    reader = ClockedReader(found, kept, workers)
    with reader:
        measure(testset, [Blurred(testset)], reader, Settings("target", {}, 1))
    end = time.perf_counter()
    seconds = {"total": end - start, "comparing": end - reader.last_read, "processor": processor_seconds() - before}
    return {name: round(each, 1) for name, each in seconds.items()}


def processor_seconds() -> float:
    """Of this process and of those that it started and that have ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in spent)


def milliseconds(testset: StoredTestSet, found: Mapping[str, Reader]) -> dict[str, float]:
    """Processor time a frame of finding the faces, and of each reader, in a SelfTest clip."""
    torch.set_num_threads(1)
    images, near = (each[:TIMED_FRAMES] for each in testset.driving(testset.pairs[0].number))
    find_faces(images[:1], near[:1])  # opens dlib's models
    start = time.process_time()
    landmarks, seen = find_faces(images, near)
    spent = {"faces": time.process_time() - start}
    clip = Clip(images, landmarks, seen, Clip(images, landmarks, seen), is_truth=True)
    for name, reader in found.items():
        reader.read(Clip(images[:1], landmarks[:1], seen[:1]))  # opens its network
        start = time.process_time()
        reader.read(clip)
        spent[name] = time.process_time() - start
    return {name: round(1000 * seconds / len(images), 2) for name, seconds in spent.items()}


@errors_as_text
def main() -> None:
    """Time it and print one JSON line."""
    options = arguments()
    print(json.dumps(measured(options.shards, options.kinds, options.pairs, options.frames, options.workers, options.size)))


def arguments() -> argparse.Namespace:
    """Shards, kinds of test sets, pairs, frames, workers and the pictures' side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", nargs="+", type=Path)
    parser.add_argument("--pairs", type=positive(int), default=80)
    parser.add_argument("--frames", type=positive(int), default=100)
    parser.add_argument("--workers", type=positive(int), default=2)
    parser.add_argument("--size", type=positive(int), default=256)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    return parser.parse_args()


def measured(shards: Sequence[Path], kinds: Sequence[Kind], pairs: int, frames: int, workers: int, size: int) -> dict[str, object]:
    """The line's values."""
    store, found = FrameStore(shards), readers(EvaluateParams(), "anny", Path())
    figures: dict[str, object] = {"frames": pairs * frames, "size": size, "workers": workers, "seconds": {}, "again": {}}
    for kind in kinds:
        testset = StoredTestSet(kind, made_items(store, kind, pairs, frames), kind, store, size)
        testset.pairs = [OwnSubject(pair.item) for pair in testset.pairs]
        with TemporaryDirectory() as kept:
            for part in ("seconds", "again"):
                figures[part][kind] = timed(testset, found, Path(kept), workers)  # type: ignore[index]
    figures["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    figures["ms_a_frame"] = milliseconds(testset, found)
    return figures | {"processor": sorted(flag for flag in processor_flags() if flag.startswith(("avx2", "avx512", "amx")))}


if __name__ == "__main__":
    main()
