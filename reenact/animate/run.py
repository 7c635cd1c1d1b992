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
from reenact.animate.results import Account, Output, Result, write_results
from reenact.animate.watermark import TAG
from reenact.errors import ReenactError
from reenact.progress import progress
from reenact.reenactment.driver import follow
from reenact.reenactment.reenactor import EncodedTarget, Reenactor
from reenact.reenactment.smoothing import steady
from reenact.reenactment.streaming import StreamingReenactment
from reenact.reenactment.target import Target
from reenact.reenactment.transfer import LandmarkSource
from reenact.video.sound import Sound
from reenact.video.time_breaks import Break, in_words
from reenact.video.timed_read import TimedFrame, TimedReader
from reenact.video.timed_write import TimedWriter

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """How to animate: see `reenact animate --help`. start, duration: seconds of the driver; duration None: to its end."""

    landmarks: LandmarkSource = "ldnet"
    compare: bool = False
    marked: bool = False
    pictures: bool = False
    start: float = 0.0
    duration: float | None = None


def animate_all(reenactor: Reenactor, targets: Sequence[Target], jobs: Sequence[Job], options: Options) -> None:
    """Do every job. If one fails, its error is logged, and the others are still done.

    Raises ReenactError at the end if any failed, with a list of their drivers. A single job raises its own error.
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
        raise ReenactError(f"{len(failed)} of {len(jobs)} drivers failed (see above): {', '.join(failed)}")


def animate(reenactor: Reenactor, targets: Sequence[tuple[Target, EncodedTarget]], job: Job, options: Options) -> Account:
    """Animate the targets by one driver into the job's outputs, each of which appears whole at the end.

    The results have one frame for each of the driver's, at the same times, and its sound. What was odd about the driver is logged.
    Raises ReenactError if the driver is no video, or shows no face in the part that was asked for.
    """
    layout = Layout(shown_side(reenactor.size), options.compare, options.marked)
    with ExitStack() as stack:
        reader = stack.enter_context(TimedReader(job.driver, options.start, options.duration))
        bar = stack.enter_context(progress(total=reader.expected_frames(), what=job.driver.name, unit="frame"))
        sound = stack.enter_context(Sound(job.driver, options.start))
        outputs = [_output(stack, path, reader, layout, sound, options) for path in job.outs]
        results = [
            Result(
                target,
                StreamingReenactment(reenactor, encoded, options.landmarks),
                output,
                layout.headings(target.name, job.driver.stem, reenactor.size) if options.compare else None,
            )
            for (target, encoded), output in zip(targets, outputs, strict=True)
        ]
        shown = layout.side if options.compare else None
        frames = follow(_counted(reader, bar), reader.rate, reenactor.generator.crop, reenactor.size, shown)
        account = write_results(steady(frames, reader.time_base), results, layout)
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
            "%s: %s. A pause holds the picture before it; where time begins anew or leaps, the result goes on without a gap.",
            driver,
            "; ".join(in_words(breaks)),
        )
    if account.without_face:
        log.warning(
            "%s: %d of %d frames show no face; there the last landmarks are held (before the first face, the target's own).",
            driver, account.without_face, account.frames,
        )  # fmt: skip
    if account.misfit:
        log.warning(
            "%s: in %d of %d frames landmarks fit no face: what the detector found is upside down, lies on its side, or is no face; there "
            "the last landmarks are held (`reenact inspect` draws such frames).",
            driver, account.misfit, account.frames,
        )  # fmt: skip
    if account.another_face:
        log.warning(
            "%s: %d of %d frames show another face in place of the followed one, or come after a second or more of another face; there "
            "the last landmarks are held (--start and --duration choose a part with one face).",
            driver, account.another_face, account.frames,
        )  # fmt: skip
    if account.several:
        log.warning("%s: several faces are seen; the largest and most central one in the first frame with a face was followed.", driver)
