"""Sound of any form, with gaps and changes, as one unbroken run of AAC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from reenact.video.sound_track import LEAST_GAP

PLACED = 8  # channels at most that are places around the listener; more are tracks of their own


@dataclass(frozen=True)
class Form:
    """What may change in the middle of a track: samples a second, channels by name and number, format of the samples."""

    rate: int
    layout: str
    channels: int
    samples: str

    @classmethod
    def of(cls, frame: AudioFrame) -> Form:
        """A frame's form."""
        return cls(frame.sample_rate, frame.layout.name, frame.layout.nb_channels, frame.format.name)


@dataclass(frozen=True)
class Heard:
    """A frame of sound.

    time: the second at which it is heard; None: right after the one before. after_loss: whether something before it was lost.
    """

    frame: AudioFrame
    time: Fraction | None
    after_loss: bool


def add_aac(output: OutputContainer, rate: int, channels: int) -> AudioStream:
    """An AAC stream, mono or stereo, in a file that nothing was written to yet."""
    stream = output.add_stream("aac", rate=rate)
    stream.codec_context.layout = "mono" if channels == 1 else "stereo"
    return stream


def encoded(heard: Iterable[Heard], output: AudioStream) -> Iterator[Packet]:
    """AAC packets of the frames from second 0 on, each at its time, in whatever forms they come; gaps are silent."""
    codec = output.codec_context
    rate, layout = codec.sample_rate, codec.layout.name
    run = _Run(rate, layout)
    for block in run.blocks(heard):
        frame = AudioFrame.from_ndarray(block, format="fltp", layout=layout)
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = run.position - block.shape[1]
        yield from output.encode(frame)
    if run.position is not None:
        yield from output.encode(None)


class _Run:
    """Unbroken samples. position: of the next sample, counted from second 0; None before the first."""

    def __init__(self, rate: int, layout: str) -> None:
        self.position: int | None = None
        self._rate, self._layout = rate, layout
        self._mixer: _Mixer | None = None
        self._dropped = 0  # samples that come too late to be heard

    def blocks(self, heard: Iterable[Heard]) -> Iterator[np.ndarray]:
        """Samples (channels, n) float32, one block after the other."""
        for each in heard:
            yield from self._begin(each)
            assert self._mixer is not None  # `_begin` leaves one
            yield from self._given(self._mixer(each.frame))
            self._mixer.expected += Fraction(each.frame.samples, each.frame.sample_rate)
        yield from self._ended()

    def _begin(self, heard: Heard) -> Iterator[np.ndarray]:
        """Where the form changes or the time jumps: what was held, and silence until the frame's time."""
        form, time = Form.of(heard.frame), heard.time
        if self._mixer is not None and self._mixer.is_followed_by(heard):
            if self._mixer.form == form:
                return
            time = self._mixer.expected
        yield from self._ended()
        self._mixer = _Mixer(form, time or Fraction(0), self._rate, self._layout)
        begin = round(self._mixer.expected * self._rate)
        if self.position is None:
            self.position = max(begin, 0)
        self._dropped = max(self.position - begin, 0)
        while self.position < begin:
            length = min(begin - self.position, self._rate)
            self.position += length
            yield np.zeros((1 if self._layout == "mono" else 2, length), np.float32)

    def _ended(self) -> Iterator[np.ndarray]:
        if self._mixer is not None:
            yield from self._given(self._mixer(None))

    def _given(self, blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        for block in blocks:
            dropped = min(self._dropped, block.shape[1])
            self._dropped -= dropped
            if block.shape[1] > dropped:
                self.position += block.shape[1] - dropped
                yield np.ascontiguousarray(block[:, dropped:])


class _Mixer:
    """Frames of one form to mono or stereo samples at another rate. expected: the second at which the next frame is heard."""

    def __init__(self, form: Form, expected: Fraction, rate: int, layout: str) -> None:
        self.form, self.expected = form, expected
        self._channels = 1 if layout == "mono" else 2
        options = {"rematrix_maxval": "1"}  # mixed channels are not louder than full scale
        self._resampler = AudioResampler("flt", layout if form.channels <= PLACED else form.layout, rate, options=options)

    def is_followed_by(self, heard: Heard) -> bool:
        """Whether a frame is heard right after those before it."""
        return heard.time is None or (abs(heard.time - self.expected) < LEAST_GAP and not heard.after_loss)

    def __call__(self, frame: AudioFrame | None) -> Iterator[np.ndarray]:
        """The samples of a frame, or of all that is still held: (channels, n) float32."""
        if frame is not None:
            frame.pts = None  # so that the resampler fills no gaps by itself
        for given in self._resampler.resample(frame):
            block = given.to_ndarray().reshape(given.samples, -1).T
            if self.form.channels > PLACED:
                block = np.repeat(block.mean(axis=0, keepdims=True), self._channels, axis=0)
            yield block
