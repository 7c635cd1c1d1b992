"""Whether a file's pictures are encrypted, as its container says. Decoders would take them for damaged."""

from __future__ import annotations

from pathlib import Path

from av.container import InputContainer
from av.video.stream import VideoStream

from reenact.video.mp4 import begins_as_mp4, has_encrypted_pictures

PACKET, SYNC = 188, 0x47  # of MPEG transport streams (ISO 13818-1)
LOOKED_AT = 2**21  # bytes of such a stream


def is_encrypted(path: Path, container: InputContainer, stream: VideoStream) -> bool:
    """Whether the pictures of `stream` are encrypted: by Common Encryption or FairPlay (MP4), ContentEncryption (Matroska and WebM),
    DRM of Windows Media, or scrambled as in broadcasts (MPEG-TS).
    """
    if container.format.name == "mpegts":
        return _is_scrambled(path, stream.id)
    if {"ENC_KEY_ID", "enc_key_id"} & stream.metadata.keys() or "encryption" in container.metadata:
        return True
    return begins_as_mp4(path) and has_encrypted_pictures(path, stream.id)


def _is_scrambled(path: Path, programme_id: int) -> bool:
    """Whether most packets of a transport stream's pictures, in its first bytes, are scrambled."""
    with path.open("rb") as file:
        data = file.read(LOOKED_AT)
    begin = next((at for at in range(PACKET) if data[at : at + 2 * PACKET + 1 : PACKET] == bytes([SYNC] * 3)), len(data))
    heads = [data[at : at + 4] for at in range(begin, len(data) - 3, PACKET)]
    mine = [head[3] >> 6 for head in heads if head[0] == SYNC and (head[1] & 0x1F) << 8 | head[2] == programme_id]
    return sum(control != 0 for control in mine) > len(mine) / 2
