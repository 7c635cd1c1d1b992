"""`reenact animate`: from files to files."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from reenact.animate.actor import Actor, EncodedTarget, LandmarkSource
from reenact.animate.driver import follow
from reenact.animate.layout import Layout
from reenact.animate.marks import TAG
from reenact.animate.networks import Networks
from reenact.animate.outputs import PictureFolder
from reenact.animate.perform import Account, Performance, perform
from reenact.animate.plan import Job
from reenact.animate.target import Target
from reenact.errors import ReenactError
from reenact.progress import progress
from reenact.video.breaks import Break, in_words
from reenact.video.sound import Sound
from reenact.video.timed_read import TimedFrame, TimedReader
from reenact.video.timed_write import TimedWriter

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wishes:
    """What a result is to be: see `reenact animate --help`. start, duration: seconds of the driver; duration None: to its end."""

    landmarks: LandmarkSource = "ldnet"
    compare: bool = False
    marked: bool = False
    pictures: bool = False
    start: float = 0.0
    duration: float | None = None


def animate_all(networks: Networks, targets: Sequence[Target], jobs: Sequence[Job], wishes: Wishes) -> None:
    """Do every job; one that fails is told of and does not keep the others from being done.

    Raises ReenactError at the end where one has failed: the only one's own, or a list of them.
    """
    encoded = [EncodedTarget.of(networks, target) for target in targets]
    failed = []
    for job in jobs:
        try:
            animate(networks, encoded, job, wishes)
        except ReenactError as error:
            if len(jobs) == 1:
                raise
            log.error("%s", error)
            failed.append(job.driver.name)
    if failed:
        raise ReenactError(f"{len(failed)} of {len(jobs)} drivers failed, as told above: {', '.join(failed)}")


def animate(networks: Networks, targets: Sequence[EncodedTarget], job: Job, wishes: Wishes) -> Account:
    """Animate the targets by one driver into the job's outputs, each of which appears whole at the end.

    The result has the driver's frames at the driver's own times, and its sound. Says on the log what was odd about the driver.
    Raises ReenactError where the driver is no video, or shows no face in the part that was asked for.
    """
    layout = Layout(networks.shown, wishes.compare, wishes.marked)
    with ExitStack() as stack:
        reader = stack.enter_context(TimedReader(job.driver, wishes.start, wishes.duration))
        bar = stack.enter_context(progress(total=reader.expected_frames(), what=job.driver.name, unit="frame"))
        sound = stack.enter_context(Sound(job.driver, wishes.start))
        outputs = [stack.enter_context(_output(path, reader, layout, sound, wishes)) for path in job.outs]
        performances = [
            Performance(
                Actor(networks, target, wishes.landmarks),
                output,
                layout.headings(target.target.name, job.driver.stem, networks.size) if wishes.compare else None,
            )
            for target, output in zip(targets, outputs, strict=True)
        ]
        shown = layout.side if wishes.compare else None
        account = perform(follow(_counted(reader, bar), reader.rate, networks.crop, networks.size, shown), performances, layout)
        if account.without_face + account.misfit == account.frames:
            part = " in the part that was asked for" if wishes.start or wishes.duration is not None else ""
            face = "upright face" if account.misfit else "face"
            raise ReenactError(f"{job.driver} shows no {face}{part}; `reenact inspect {job.driver}` draws what the detector sees")
    _tell(job.driver, account, reader.breaks, reader.damaged)
    for path in job.outs:
        log.info("Wrote %s", path)
    return account


def _output(path: Path, reader: TimedReader, layout: Layout, sound: Sound, wishes: Wishes) -> TimedWriter | PictureFolder:
    if wishes.pictures:
        return PictureFolder(path, reader.time_base)
    return TimedWriter(path, layout.size, reader.time_base, reader.rate, comment=TAG, sound=sound)


def _counted(frames: Iterable[TimedFrame], bar: tqdm) -> Iterator[TimedFrame]:
    for frame in frames:
        yield frame
        bar.update()


def _tell(driver: Path, account: Account, breaks: Sequence[Break], damaged: int) -> None:
    if damaged:
        log.warning("%s: damaged pictures, left out: %d.", driver, damaged)
    if breaks:
        log.warning(
            "%s: %s. A pause holds the picture before it; where time begins anew or leaps, it goes on.", driver, "; ".join(in_words(breaks))
        )
    if account.without_face:
        log.warning(
            "%s: %d of %d frames show no face; there the last landmarks are held (before the first face, the target's own).",
            driver, account.without_face, account.frames,
        )  # fmt: skip
    if account.misfit:
        log.warning(
            "%s: in %d of %d frames landmarks fit no face: what the detector found there stands on its head or lies on its side, or is no "
            "face; there the last landmarks are held (`reenact inspect` draws such frames).",
            driver, account.misfit, account.frames,
        )  # fmt: skip
    if account.another_face:
        log.warning(
            "%s: %d of %d frames show another face in place of the followed one, or come after a second or more of that; there the last "
            "landmarks are held (--start and --duration choose a part with one face).",
            driver, account.another_face, account.frames,
        )  # fmt: skip
    if account.several:
        log.warning("%s: several faces are seen; the largest and most central of the first frame with a face was followed.", driver)
