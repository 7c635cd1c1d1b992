"""Opening a local video that a person names, and measuring its rate where its headers have none."""

from __future__ import annotations

import statistics
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer

from reenact.errors import ReenactError
from reenact.files import require_file
from reenact.video.probe import INPUT_OPTIONS, open_local
from reenact.video.streams import tick

# Local files only; an animated GIF, which is no clip of a corpus, may drive a portrait.
OPTIONS = INPUT_OPTIONS | {"format_whitelist": f"{INPUT_OPTIONS['format_whitelist']},gif"}
MEASURED_PACKETS = 50


def open_input(path: Path) -> InputContainer:
    """A local video file opened by PyAV; ReenactError where it is missing or no video."""
    require_file(path, "name a video file")
    try:
        return open_local(path, OPTIONS)
    except av.FFmpegError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: av.FFmpegError) -> ReenactError:
    """The error for a file that PyAV cannot read."""
    return ReenactError(f"{path} cannot be read as a video ({error.strerror}); try another file, or convert it to MP4 with ffmpeg")


def measured_rate(path: Path, index: int) -> Fraction | None:
    """Frames/s of the stream number `index`, by the median step between its first packets' times; None where these do not tell.

    Browsers' recordings have no rate in their headers.
    """
    with open_input(path) as container:
        stream = container.streams[index]
        try:
            stamps = sorted(packet.pts for packet in islice(container.demux(stream), MEASURED_PACKETS) if packet.pts is not None)
        except av.FFmpegError as error:
            raise unreadable(path, error) from error
        step = statistics.median(np.diff(stamps).tolist()) if len(stamps) > 1 else 0
        return 1 / (Fraction(step) * tick(stream)) if step > 0 else None
