"""A video's sound as an MP4 file of its own: copied where MP4 players know the codec, else encoded anew as AAC."""

from __future__ import annotations

import logging
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import IO

import av
from av.audio.stream import AudioStream
from av.container import Flags, OutputContainer
from av.packet import Packet

from reenact.errors import ReenactError
from reenact.video.sound_codecs import encoded_rate, is_as_named, is_copied
from reenact.video.sound_encode import Form, Heard, add_aac, encoded
from reenact.video.sound_track import LEAST_GAP, Timed, Track, length, open_track

log = logging.getLogger(__name__)

RUN_UP = Fraction(1)  # seconds before the first that is heard, for decoders that build on what came before


@dataclass
class _Survey:
    """What decoding a track has shown.

    forms: those of its frames. damaged: how many packets cannot be decoded. steps: whether its time jumps, or an edit list cuts out a part.
    misnamed: whether packets are of another codec than the file says. failed: the error that ended reading, if any. until: the second until
    which it could be read.
    """

    forms: set[Form] = field(default_factory=set)
    damaged: int = 0
    steps: bool = False
    misnamed: bool = False
    failed: str = ""
    until: Fraction = Fraction(0)


class Sound:
    """Context manager: the sound of a video from `start` seconds on, made once for all the files that it is added to.

    Many files hold none, which is no fault. Whatever else goes wrong is logged and never raised. The beginning is exact, by the MP4 file's
    edit list. The end is exact to a packet, about a fiftieth of a second.
    """

    def __init__(self, path: Path, start: float = 0.0) -> None:
        self.path = Path(path)
        self._start = start
        self._made: tuple[Fraction, IO[bytes] | None] | None = None

    def __enter__(self) -> Sound:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._forget()

    def until(self, end: Fraction) -> IO[bytes] | None:
        """The sound of the first `end` seconds as an MP4 file without a name, or None where there is none."""
        if self._made is None or self._made[0] != end:
            self._forget()
            self._made = (end, self._make(end))
        if self._made[1] is not None:
            self._made[1].seek(0)
        return self._made[1]

    def _forget(self) -> None:
        if self._made is not None and self._made[1] is not None:
            self._made[1].close()
        self._made = None

    def leave_out(self, error: Exception) -> None:
        """Log that there will be no sound."""
        log.warning("%s: the sound is left out (%s).", self.path, getattr(error, "strerror", None) or error or type(error).__name__)

    def _make(self, end: Fraction) -> IO[bytes] | None:
        file = tempfile.TemporaryFile()  # noqa: SIM115 (`_forget` closes it)
        try:
            if self._write(file, end):
                return file
        except Exception as error:  # on odd sound PyAV raises errors of any kind, and none is worth the pictures
            self.leave_out(error)
        file.close()
        return None

    def _write(self, file: IO[bytes], end: Fraction) -> bool:
        """Write the sound. Returns whether there is any."""
        with open_track(self.path, self._start) as track:
            if track is None:
                return False
            copied = is_copied(track.stream.codec_context)
            survey = _surveyed(track, end)
        self._tell(survey)
        if not survey.forms:
            return False
        copied = copied and len(survey.forms) == 1 and not (survey.damaged or survey.steps or survey.misnamed)
        with open_track(self.path, self._start) as track, av.open(file, "w", format="mp4") as output:
            assert track is not None  # it was there just now
            output.flags |= Flags.bitexact.value  # type: ignore[operator]  # PyAV's stubs take the value for a flag
            packets = _copied(track, output, end) if copied else _encoded(track, output, end, survey.forms)
            for packet in packets:
                output.mux(packet)
        return True

    def _tell(self, survey: _Survey) -> None:
        if survey.failed and survey.forms:
            log.warning("%s: the sound ends at %.2f s, as it cannot be read on (%s).", self.path, float(survey.until), survey.failed)
        elif survey.failed or (survey.damaged and not survey.forms):
            raise ReenactError(survey.failed or f"none of its {survey.damaged} packets can be decoded")
        if survey.damaged and survey.forms:
            log.warning("%s: %d damaged packets of the sound are left out.", self.path, survey.damaged)


def _surveyed(track: Track, end: Fraction) -> _Survey:
    """What the part that is heard holds, by decoding it."""
    survey = _Survey()
    expected = None
    for heard in _decoded(track, end, survey):
        time = heard.time if heard.time is not None else survey.until
        ends = time + Fraction(heard.frame.samples, heard.frame.sample_rate)
        if ends <= 0:
            continue
        survey.forms.add(Form.of(heard.frame))
        survey.steps |= expected is not None and abs(time - expected) >= LEAST_GAP
        survey.until = expected = ends
    return survey


def _decoded(track: Track, end: Fraction, survey: _Survey) -> Iterator[Heard]:
    """The frames that are heard before `end`. What cannot be decoded is left out and counted. Where reading fails, they end."""
    lost = False
    for packet, time in _readable(track, end, survey):
        survey.steps |= packet.is_discard and time >= 0
        survey.misnamed |= not is_as_named(track.stream.codec_context, bytes(packet))
        try:
            frames = packet.decode()
        except av.FFmpegError:
            frames, lost = [], True
            survey.damaged += time + length(packet) > 0
        for frame in frames:
            if frame.samples and frame.sample_rate:
                begin = None if frame.pts is None or packet.pts is None else time + (frame.pts - packet.pts) * packet.time_base
                yield Heard(frame, begin, lost)
                lost = False


def _readable(track: Track, end: Fraction, survey: _Survey) -> Iterator[Timed]:
    try:
        yield from track.packets(end, RUN_UP)
    except av.FFmpegError as error:
        survey.failed = error.strerror or ""


def _copied(track: Track, output: OutputContainer, end: Fraction) -> Iterator[Packet]:
    """The packets as they are, at ascending times."""
    stream = output.add_stream_from_template(track.stream)
    tick = Fraction(1, track.stream.codec_context.sample_rate)  # as some containers count in packets
    last = None
    for packet, time in _audible(_readable(track, end, _Survey())):
        if last is None or time > last:
            last = time
            packet.duration = round(length(packet) / tick)
            packet.time_base, packet.pts, packet.dts = tick, round(time / tick), round(time / tick)
            packet.stream = stream
            yield packet


def _audible(packets: Iterator[Timed]) -> Iterator[Timed]:
    """The packets from the one that is heard at second 0 on, and the one before it, which a decoder needs."""
    before: deque[Timed] = deque(maxlen=2)
    for packet, time in packets:
        if time <= 0:
            before.append((packet, time))
            continue
        yield from before
        before.clear()
        yield packet, time
    yield from before


def _encoded(track: Track, output: OutputContainer, end: Fraction, forms: set[Form]) -> Iterator[Packet]:
    """AAC in stereo where any part of the track is, at the highest rate of any part."""
    rate = encoded_rate(max(form.rate for form in forms))
    stream: AudioStream = add_aac(output, rate, max(form.channels for form in forms))
    for packet in encoded(_decoded(track, end, _Survey()), stream):
        assert packet.pts is not None  # of each frame that was encoded
        if packet.pts * packet.time_base < end:
            yield packet
