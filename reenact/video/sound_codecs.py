"""The one table of codecs and rates: what MP4 takes as it is, and what is encoded anew, as AAC."""

from __future__ import annotations

from av.audio.codeccontext import AudioCodecContext

_MPEG4 = frozenset({96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350})
_DOLBY = frozenset({48000, 44100, 32000})

# Codecs that MP4 players know, each with the samples a second at which FFmpeg writes it into MP4.
COPIED: dict[str, frozenset[int]] = {
    "aac": _MPEG4,
    "mp3": frozenset({48000, 44100, 32000, 24000, 22050, 16000}),  # not MPEG-2.5's
    "ac3": _DOLBY,
    "eac3": _DOLBY,
    "alac": frozenset({192000, 176400, 96000, 88200, 48000, 44100, 32000, 24000, 22050, 16000, 11025, 8000}),
    "opus": frozenset({48000}),
}
RARE_PROFILES = frozenset({"Main", "SSR", "LTP", "AAC Main", "AAC SSR", "AAC LTP"})  # of AAC, which few players decode
LAYER_III = 1  # as the headers of MPEG audio have it

# What AAC is written at, as every player takes it.
ENCODED = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


def is_copied(codec: AudioCodecContext) -> bool:
    """Whether MP4 takes a track of this codec, rate (samples a second) and profile as it is."""
    return codec.sample_rate in COPIED.get(codec.codec.canonical_name, ()) and codec.profile not in RARE_PROFILES


def encoded_rate(rate: int) -> int:
    """Samples a second at which sound of `rate` is encoded: its own, or the next over it, or the highest."""
    if rate > ENCODED[-1]:
        return 44100 if rate % 44100 == 0 else ENCODED[-1]
    return next(known for known in ENCODED if known >= rate)


def is_as_named(codec: AudioCodecContext, packet: bytes) -> bool:
    """Whether a packet is of the codec that the file names: in transport streams MPEG audio of layer II may pass for MP3."""
    return codec.codec.canonical_name != "mp3" or (len(packet) > 1 and packet[1] >> 1 & 3 == LAYER_III)
