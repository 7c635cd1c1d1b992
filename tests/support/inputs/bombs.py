"""Makers of files that mean harm: small ones that ask for much, and playlists, which name other files."""

from __future__ import annotations

import shlex
import struct
import zlib
from pathlib import Path

from tests.support.inputs.strange import Footage, Maker, filmed
from tests.support.media import ffmpeg


def nested(output: str, depth: int) -> Maker:
    """A clip with so many `moov` boxes, each within the one before, behind its own."""

    def make(path: Path, footage: Footage) -> None:
        filmed(output)(path, footage)
        boxes = [struct.pack(">I", 8 * left) + b"moov" for left in range(depth, 0, -1)]
        path.write_bytes(path.read_bytes() + b"".join(boxes))

    return make


def pictures(*sides: int, colours: bool = False) -> Maker:
    """Black square pictures with these sides, in pixels, one after the other, of one bit per pixel or 24. The header has the first side."""

    def make(path: Path, footage: Footage) -> None:
        png = {side: _black_png(side, colours) for side in set(sides)}
        source = ["-f", "png_pipe", "-framerate", "25", "-i", "pipe:0"]
        ffmpeg(*source, "-c:v", "copy", "-f", "matroska", f"file:{path}", stdin=b"".join(png[side] for side in sides))

    return make


def _black_png(side: int, colours: bool) -> bytes:
    kind, bits, row_bytes = (2, 8, 3 * side) if colours else (0, 1, side // 8)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + row_bytes)) for _ in range(side)) + packer.flush()
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", side, side, bits, kind, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(*chunk) for chunk in chunks)


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def endless(output: str, to_pipe: bool = False) -> Maker:
    """Twelve pictures, one per hour; through a pipe a container cannot say in its header how long it is."""
    source = f"-f lavfi -i color=gray:size=64x64:rate=25 -frames:v 12 -vf setpts=N*3600/TB -fps_mode passthrough {output}"

    def make(path: Path, footage: Footage) -> None:
        if to_pipe:
            path.write_bytes(ffmpeg(*shlex.split(source), "-"))
        else:
            ffmpeg(*shlex.split(source), f"file:{path}")

    return make


# Playlists


def playlist(text: str) -> Maker:
    """A text in which {url} is an address on the network and {local} the path of a good clip beside the corpus."""
    return lambda path, footage: path.write_text(text.format(url=footage.url, local=footage["master"])) and None


HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.0,\n{}\n#EXT-X-ENDLIST\n"
CONCAT = "ffconcat version 1.0\nfile '{}'\nduration 1\n"
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=clip\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S" '
    'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
    'bandwidth="9"><BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>'
)
