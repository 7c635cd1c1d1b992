"""The pictures of a video file at exactly 25 per second, upright, with square pixels, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import floor
from pathlib import Path

from reenact.errors import ReenactError
from reenact.video import FPS
from reenact.video.libav_errors import Complaints, complaints
from reenact.video.pauses import LATEST_FIRST
from reenact.video.picture import Picture
from reenact.video.probe import MOST_PIXELS, UnreadableVideo
from reenact.video.time_breaks import Break
from reenact.video.timed_read import RATES, TimedFrame, TimedReader

# Frames that may be missing at the end: the last frame's length is not known in every container.
MISSING_FRAMES_ALLOWED = 3
# So many source frames may come at more than the highest rate that is believed of a file.
CLOSE_FRAMES = 2400


def frames(path: Path) -> Iterator[Picture]:
    """The pictures of a video; see `numbered_frames`."""
    return (picture for _, picture in numbered_frames(path))


def numbered_frames(
    path: Path,
    *,
    start: int = 0,
    stop: int | None = None,
    most_pixels: int = MOST_PIXELS,
    tell: Callable[[Break], None] = lambda found: None,
) -> Iterator[tuple[int, Picture]]:
    """Yield n and picture n, `start` <= n < `stop` (None: to the end), picture n belonging to time n / 25 s.

    Picture n is the latest source frame that begins before n / 25 s + 20 ms on the file's own time line. The line starts with the earlier
    of picture and sound, and goes on where the file's time starts again (`Timeline`). Frames are repeated or dropped, never blended; a
    repeated one is the same object. In a pause (`pauses.longest_still`), and before a first picture that comes later than half a second,
    there are no pictures, and numbers are skipped. `tell` is called with every such break, before the picture after it, and at the end
    where another recording follows in the file.

    UnreadableVideo is raised after the last picture that could be decoded. Its reason is "truncated" where the file breaks off before its
    end, "damaged" where it has faults inside, and "too large" where frames with more than `most_pixels` were left out (no memory is
    allocated for them). It is raised at once as "too long" where far more than 240 source frames per second would have to be decoded.
    ReenactError: the file is missing, or the disk cannot read it.

    Decodes on one processor core; memory does not grow with the length. Only one such generator may run in a process at a time: all of the
    decoder's error messages meanwhile count as its file's.
    """
    path = Path(path)
    with complaints() as heard, _opened(path, start, most_pixels) as reader:
        due = start
        latest: TimedFrame | None = None
        told = 0
        for count, timed in enumerate(_decoded(reader)):
            seconds = reader.seconds(timed.pts)
            if count > CLOSE_FRAMES + RATES[1] * (seconds - Fraction(start, FPS)):
                raise UnreadableVideo(path, "too long", f"{count} frames in its first {float(seconds):g} s")
            begin = _first_tick(seconds)
            if latest is not None:
                yield from _shown(latest.picture, due, min(begin, _end_of(latest, timed.pts, reader)), stop)
            if latest is not None or seconds > LATEST_FIRST:
                due = max(due, begin)
            if stop is None or due < stop:
                for found in reader.breaks[told:]:
                    tell(found)
            told = len(reader.breaks)
            latest = timed
            if stop is not None and due >= stop:
                return
        for found in reader.breaks[told:]:
            tell(found)
        end = due if latest is None else max(_first_tick(reader.seconds(latest.pts + latest.duration)), 1)
        if latest is not None:
            last = max(_end_of(latest, latest.pts + latest.duration, reader), 1)
            yield from _shown(latest.picture, due, min(end, last), stop)
        if stop is None or end < stop:
            _check_complete(path, reader, end, heard)


def _opened(path: Path, start: int, most_pixels: int) -> TimedReader:
    try:
        return TimedReader(path, start / FPS, threads=1, most_pixels=most_pixels)
    except UnreadableVideo:
        raise
    except ReenactError as error:
        _check_readable(path)
        raise UnreadableVideo(path, "not a video", str(error)) from error


def _decoded(reader: TimedReader) -> Iterator[TimedFrame]:
    """The reader's frames. That there are none, or that it gives up on a damaged file, `_check_complete` tells from where they end."""
    try:
        yield from reader
    except ReenactError:
        _check_readable(reader.path)


def _check_readable(path: Path) -> None:
    """ReenactError where the file's bytes cannot be read. Decoders say "input/output error" or "not permitted" of damage, too."""
    try:
        with path.open("rb") as file:
            while file.read(2**20):
                pass
    except OSError as error:
        raise ReenactError(
            f"{path} cannot be read: {error.strerror}; see to the disk, or run `reenact manifest` to list it anew"
        ) from error


def _end_of(timed: TimedFrame, next_pts: int, reader: TimedReader) -> int:
    """The tick at which a frame ends: that of the next one, or, before a pause, its own usual end."""
    begun = timed.pts - timed.early
    return _first_tick(reader.seconds(begun + reader.usual if reader.is_pause(next_pts - begun) else next_pts))


def _shown(picture: Picture, due: int, begin_of_next: int, stop: int | None) -> Iterator[tuple[int, Picture]]:
    """The picture for each tick from `due` until the next one begins, up to `stop`."""
    last = begin_of_next if stop is None else min(begin_of_next, stop)
    for number in range(due, last):
        yield number, picture


def _first_tick(seconds: Fraction) -> int:
    """The first n whose picture may be a frame that begins at `seconds`: seconds < n / 25 + 20 ms."""
    return floor(seconds * FPS + Fraction(1, 2))


def _check_complete(path: Path, reader: TimedReader, end: int, heard: Complaints) -> None:
    # Fewer frames than the container's length alone prove nothing: some containers tell only how long the sound lasts.
    expected = reader.pictures_end if reader.pictures_end is not None else (reader.length if heard.count else None)
    detail = f"{end} frames of 1/{FPS} s could be decoded"
    if heard.too_large:
        raise UnreadableVideo(path, "too large", detail)
    if end == 0 or (expected is not None and end < int(expected * FPS) - MISSING_FRAMES_ALLOWED):
        raise UnreadableVideo(path, "truncated", detail)
    if reader.damaged or heard.count:
        raise UnreadableVideo(path, "damaged", f"{detail}, some of them with faults")
