"""CrossTest's first pair as a video, made as `reenact animate --compare` makes one."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch

from reenact.animate.layout import Layout, shown_side
from reenact.animate.results import Result, write_results
from reenact.animate.watermark import TAG
from reenact.clips import ClipName
from reenact.config.schema import Params
from reenact.reenactment.driver import DriverFrame, follow
from reenact.reenactment.reenactor import Reenactor
from reenact.reenactment.smoothing import steady
from reenact.reenactment.streaming import StreamingReenactment
from reenact.reenactment.target import Target
from reenact.reenactment.transfer import LDNET as LDNET_LANDMARKS
from reenact.report.networks import main_reenactor
from reenact.shards.frames import FrameStore
from reenact.testsets.items import Item, read_items
from reenact.video import FPS
from reenact.video.probe import probe
from reenact.video.sound import Sound
from reenact.video.timed_read import TimedReader
from reenact.video.timed_write import TimedWriter
from reenact.workspace import MANIFEST, TESTSETS, Workspace

LONGEST = 10.0  # seconds of the driver: the page holds the video
TICK = Fraction(1, FPS)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pair:
    """What the video shows. frames: how many. size: width and height, pixels."""

    item: Item
    frames: int
    size: tuple[int, int]
    has_sound: bool


def write_pair(path: Path, params: Params, workspace: Workspace, store: FrameStore, device: torch.device) -> Pair:
    """Write CrossTest's first pair: the target's picture of the test shards, `store`, driven by the driver's clip, with its sound.

    The networks are those of `report.networks`. Where the corpus's file is gone, the driver's frames are taken from the shards, without
    sound. The same files give the same bytes.
    Raises ReenactError where networks or list are missing or do not fit.
    """
    reenactor = main_reenactor(params, workspace, device)
    item = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")[0][0]
    target = _target(reenactor, store, item)
    reenactment = StreamingReenactment(reenactor, reenactor.encode(target.picture, target.landmarks), LDNET_LANDMARKS)
    layout = Layout(shown_side(reenactor.size), compare=True)

    def write(frames: Iterable[DriverFrame], base: Fraction, rate: Fraction, sound: Sound | None) -> None:
        with TimedWriter(path, layout.size, base, rate, comment=TAG, sound=sound) as output:
            headings = layout.headings(item.target.subject, item.driver.subject, reenactor.size)
            write_results(frames, [Result(target, reenactment, output, headings)], layout)

    clip = _clip_file(workspace, item.driver)
    if clip is None:
        log.warning("The file of CrossTest's first driver is not there: its video is made of the frames in the shards, without sound.")
        write(_stored(reenactor, store, item), TICK, Fraction(FPS), None)
    else:
        with TimedReader(clip, duration=LONGEST) as reader, Sound(clip) as sound:
            frames = follow(reader, reader.rate, reenactor.generator.crop, reenactor.size, layout.side)
            write(steady(frames, reader.time_base), reader.time_base, reader.rate, sound)
    made = probe(path)
    return Pair(item, made.frames or 0, layout.size, made.has_audio)


def _target(reenactor: Reenactor, store: FrameStore, item: Item) -> Target:
    pictures, landmarks = store.get(*item.target, [item.target_frame], reenactor.size)
    shown, _ = store.get(*item.target, [item.target_frame], shown_side(reenactor.size))
    return Target(item.target.subject, pictures[0], landmarks[0], shown[0])


def _stored(reenactor: Reenactor, store: FrameStore, item: Item) -> Iterator[DriverFrame]:
    """The item's driving frames at their times from the first."""
    _, landmarks = store.get(*item.driver, item.frames, reenactor.size)
    shown, _ = store.get(*item.driver, item.frames, shown_side(reenactor.size))
    times = [frame - item.frames[0] for frame in item.frames]
    lengths = [after - before for before, after in pairwise(times)]
    lengths.append(lengths[-1] if lengths else 1)  # as long as the one before, for want of better
    for time, length, points, picture in zip(times, lengths, landmarks, shown, strict=True):
        yield DriverFrame(time, length, points, picture)


def _clip_file(workspace: Workspace, clip: ClipName) -> Path | None:
    """The corpus's file of a clip, where manifest and file are there."""
    manifest = workspace.path(MANIFEST, "manifest.parquet")
    if not manifest.is_file():
        return None
    wanted = (pc.field("subject") == clip.subject) & (pc.field("video") == clip.video) & (pc.field("clip") == clip.clip)
    paths = [workspace.root / path for path in pq.read_table(manifest, columns=["path"], filters=wanted)["path"].to_pylist()]
    return next((path for path in paths if path.is_file()), None)
