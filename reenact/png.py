"""PNG files without very long texts, as Pillow refuses a picture that has them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from PIL import PngImagePlugin

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Bytes that all texts of a file may have together when inflated, and a colour profile alone. No real profile is larger.
MOST_BYTES = 16 * 2**20
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
PROFILE = b"iCCP"

PngImagePlugin.MAX_TEXT_CHUNK = MOST_BYTES  # also for profiles; the sum of the texts is kept below it here


def without_long_texts(file: BinaryIO) -> BinaryIO:
    """A PNG file's bytes from its beginning on, without the texts and the profile that are over the limit; any other file as it is.

    Only the chunks that stay are held in memory.
    """
    if file.read(len(SIGNATURE)) != SIGNATURE:
        file.seek(0)
        return file
    kept, left, end = io.BytesIO(), MOST_BYTES, file.seek(0, io.SEEK_END)
    file.seek(len(SIGNATURE))
    kept.write(SIGNATURE)
    for kind, head, length in _chunks(file):
        if kind in TEXTS or kind == PROFILE:
            body = file.read(length + 4) if length <= MOST_BYTES else b""
            size = _inflated(kind, body) if body else length
            if size > (MOST_BYTES if kind == PROFILE else left):
                continue
            left -= size if kind in TEXTS else 0
        else:
            body = file.read(min(length + 4, end - file.tell()))  # with its checksum; the length may be wrong
        kept.write(head + body)
    kept.seek(0)
    return kept


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes, int]]:
    """Each chunk's kind, its first eight bytes and the length of its content. The caller may read the content before the next chunk."""
    while len(head := file.read(8)) == 8:
        length, kind, begin = struct.unpack(">I", head[:4])[0], head[4:], file.tell()
        yield kind, head, length
        file.seek(begin + length + 4)


def _inflated(kind: bytes, body: bytes) -> int:
    """The length of a chunk's content when inflated, or a number over the limit where it is longer."""
    _, _, rest = body.partition(b"\0")  # behind the keyword
    packed = rest[1:]
    if kind == b"iTXt" and rest[:1] == b"\1":  # flag, method, language, translated keyword, text
        packed = rest[2:].split(b"\0", 2)[-1]
    elif kind in (b"tEXt", b"iTXt"):
        return len(body)
    try:
        return len(body) + len(zlib.decompressobj().decompress(packed, MOST_BYTES + 1))
    except zlib.error:  # Pillow takes such a text for empty
        return len(body)
