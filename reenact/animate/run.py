"""`reenact animate`: from files to files."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from reenact.animate.layout import Layout, shown_side
from reenact.animate.outputs import PictureFolder
from reenact.animate.plan import Job
from reenact.animate.render import Account, Output, Rendering, render
from reenact.animate.watermark import TAG
from reenact.errors import ReenactError
from reenact.progress import progress
from reenact.reenactment.driver import follow
from reenact.reenactment.reenactor import EncodedTarget, Reenactor
from reenact.reenactment.streaming import StreamingReenactment
from reenact.reenactment.target import Target
from reenact.reenactment.transfer import LandmarkSource
from reenact.video.breaks import Break, in_words
from reenact.video.sound import Sound
from reenact.video.timed_read import TimedFrame, TimedReader
from reenact.video.timed_write import TimedWriter

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """What a result is to be: see `reenact animate --help`. start, duration: seconds of the driver; duration None: to its end."""

    landmarks: LandmarkSource = "ldnet"
    compare: bool = False
    marked: bool = False
    pictures: bool = False
    start: float = 0.0
    duration: float | None = None


def animate_all(reenactor: Reenactor, targets: Sequence[Target], jobs: Sequence[Job], options: Options) -> None:
    """Do every job; one that fails is told of and does not keep the others from being done.

    Raises ReenactError at the end where one has failed: the only one's own, or a list of them.
    """
    encoded = [reenactor.encode(target.picture, target.landmarks) for target in targets]
    failed = []
    for job in jobs:
        try:
            animate(reenactor, list(zip(targets, encoded, strict=True)), job, options)
        except ReenactError as error:
            if len(jobs) == 1:
                raise
            log.error("%s", error)
            failed.append(job.driver.name)
    if failed:
        raise ReenactError(f"{len(failed)} of {len(jobs)} drivers failed, as told above: {', '.join(failed)}")


def animate(reenactor: Reenactor, targets: Sequence[tuple[Target, EncodedTarget]], job: Job, options: Options) -> Account:
    """Animate the targets by one driver into the job's outputs, each of which appears whole at the end.

    The result has the driver's frames at the driver's own times, and its sound. Says on the log what was odd about the driver.
    Raises ReenactError where the driver is no video, or shows no face in the part that was asked for.
    """
    layout = Layout(shown_side(reenactor.size), options.compare, options.marked)
    with ExitStack() as stack:
        reader = stack.enter_context(TimedReader(job.driver, options.start, options.duration))
        bar = stack.enter_context(progress(total=reader.expected_frames(), what=job.driver.name, unit="frame"))
        sound = stack.enter_context(Sound(job.driver, options.start))
        outputs = [_output(stack, path, reader, layout, sound, options) for path in job.outs]
        renderings = [
            Rendering(
                target,
                StreamingReenactment(reenactor, encoded, options.landmarks),
                output,
                layout.headings(target.name, job.driver.stem, reenactor.size) if options.compare else None,
            )
            for (target, encoded), output in zip(targets, outputs, strict=True)
        ]
        shown = layout.side if options.compare else None
        frames = follow(_counted(reader, bar), reader.rate, reenactor.generator.crop, reenactor.size, shown)
        account = render(frames, renderings, layout)
        if account.without_face + account.misfit == account.frames:
            part = " in the part that was asked for" if options.start or options.duration is not None else ""
            face = "upright face" if account.misfit else "face"
            raise ReenactError(f"{job.driver} shows no {face}{part}; `reenact inspect {job.driver}` draws what the detector sees")
    _tell(job.driver, account, reader.breaks, reader.damaged)
    for path in job.outs:
        log.info("Wrote %s", path)
    return account


def _output(stack: ExitStack, path: Path, reader: TimedReader, layout: Layout, sound: Sound, options: Options) -> Output:
    if options.pictures:
        return stack.enter_context(PictureFolder(path, reader.time_base))
    return stack.enter_context(TimedWriter(path, layout.size, reader.time_base, reader.rate, comment=TAG, sound=sound))


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
