"""Another recording that was put behind a file, as by `cat`, in containers of which readers and players show the first alone."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from reenact.video.mp4 import begins_as_mp4, count_indices

FLV = b"FLV\x01"
FLV_TAGS = {8, 9, 18}  # sound, pictures, data
ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
OGG = b"OggS"
OGG_BEGINS = 2  # in a page's flags: the first of its stream


def holds_another(path: Path) -> bool:
    """Whether an MP4, FLV, ASF or Ogg file goes on with another recording, which is not read. Looks at the heads of its parts alone."""
    if begins_as_mp4(path):
        return count_indices(path) > 1
    with path.open("rb") as file:
        first = file.read(len(ASF_HEADER))
        file.seek(0)
        if first.startswith(FLV):
            return _after_flv(file).startswith(FLV)
        if first == ASF_HEADER:
            return _after_asf(file) == ASF_HEADER
        return first.startswith(OGG) and _begins_twice(file)


def _after_flv(file: BinaryIO) -> bytes:
    """What follows the last tag. A tag has a type, three bytes of size, and seven of time and stream; its whole size is said behind it."""
    begin = 9 + 4
    while True:
        file.seek(begin)
        head = file.read(11)
        if len(head) < 11 or head[0] & 31 not in FLV_TAGS:
            return head
        begin += 11 + int.from_bytes(head[1:4], "big") + 4


def _after_asf(file: BinaryIO) -> bytes:
    """The identifier of the first object after the header that begins as a file does, or that has no size; empty if the header has none."""
    begin = 0
    while True:
        file.seek(begin)
        head = file.read(24)
        size = struct.unpack("<Q", head[16:])[0] if len(head) == 24 else 0
        if (begin and head[:16] == ASF_HEADER) or size < 24 or begin + size > 2**62:
            return head[:16] if begin else b""
        begin += size


def _begins_twice(file: BinaryIO) -> bool:
    """Whether streams begin after others' pages went on."""
    going = False
    for flags in _ogg_flags(file):
        if going and flags & OGG_BEGINS:
            return True
        going |= not flags & OGG_BEGINS
    return False


def _ogg_flags(file: BinaryIO) -> Iterator[int]:
    """The flags of each page; stops at what is no page."""
    begin = 0
    while True:
        file.seek(begin)
        head = file.read(27)
        if len(head) < 27 or not head.startswith(OGG):
            return
        sizes = file.read(head[26])
        yield head[5]
        begin += 27 + head[26] + sum(sizes)
