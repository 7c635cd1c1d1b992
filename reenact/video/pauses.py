"""Pauses, in which a video has no pictures, told apart from pictures that are each shown for long."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from reenact.video.streams import tick
from reenact.video.timeline import Timeline

# Seconds for which a picture stands until the next one: cameras that falter and shared screens come back within them; a recorder that
# was stopped, or a clock that was set, does not. ffmpeg draws the line there, too (-dts_delta_threshold).
LONGEST_STILL = 10.0
# Videos of one picture in many seconds show each of them as long as that: so many times their usual step is a pause.
STEPS_OF_A_PAUSE = 3
# Seconds for which the first picture stands for those before it: encoders delay pictures or sound by less, recorders that start with
# the sound alone by more.
LATEST_FIRST = Fraction(1, 2)


def longest_still(step: float) -> float:
    """Seconds for which a picture may stand until the next one in a video whose pictures usually follow each other by `step` seconds."""
    return max(LONGEST_STILL, STEPS_OF_A_PAUSE * step)


def seconds_of_pictures(times: np.ndarray) -> float | None:
    """How long pictures that begin at these times (seconds, in any order) are shown without the pauses; None where there is no pause."""
    steps = np.diff(np.sort(times))
    usual = float(np.median(steps)) if len(steps) else 0.0
    pauses = steps > longest_still(usual)
    return float(steps[~pauses].sum() + usual * (1 + pauses.sum())) if pauses.any() else None


def times_by_index(stream: VideoStream) -> np.ndarray | None:
    """When each picture is decoded, seconds, by the index of an MP4 file; None where there is no index, or not a whole one."""
    entries = stream.index_entries
    if not stream.frames or len(entries) != stream.frames:
        return None
    return np.array([entry.timestamp for entry in entries]) * float(tick(stream))


def times_by_packets(container: InputContainer, stream: Stream) -> tuple[np.ndarray, Timeline]:
    """When each picture begins, seconds on the continuous time line, and that line; from packets, as far as they can be read."""
    timeline, times = Timeline(container), []
    try:
        for packet in timeline.packets(stream):
            stamp = packet.dts if packet.pts is None else packet.pts
            if stamp is not None and not packet.is_discard:
                times.append(stamp * float(packet.time_base))
    except av.FFmpegError:
        pass  # decoding will meet it again, and say so
    return np.array(times), timeline
