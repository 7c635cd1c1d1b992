"""Makers of bad and strange video files: each writes one file, from footage of rendered people, with ffmpeg or by hand."""

from __future__ import annotations

import functools
import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from reenact.config.schema import Params
from reenact.face3d.headmodel import head_model
from reenact.synthetic.portraits import neutral_portrait
from tests.support.heads import upside_down
from tests.support.media import MATRICES, by_matrix, ffmpeg, set_display_matrix, turn_clockwise

FRAMES = 25  # of one second
HEIGHT, WIDTH = 240, 320
STEP = 3  # pixels that the face moves to the right from frame to frame, which tell the time
CUT = 13  # the first frame after a cut
ELSEWHERE = 180  # pixels between the two places of a face that is cut to another place
SOUND = "-f lavfi -i sine=duration=1"
LOSSLESS = "-c:v ffv1 -pix_fmt bgr0"
H264 = "-c:v libx264 -preset veryfast -crf 12 -pix_fmt yuv420p"
HEVC = "-c:v libx265 -tag:v hvc1 -preset ultrafast -crf 10 -x265-params log-level=error"
CENC = "-encryption_scheme cenc-aes-ctr -encryption_key 000102030405060708090a0b0c0d0e0f -encryption_kid 0f0e0d0c0b0a09080706050403020100"
VP9 = "-c:v libvpx-vp9 -crf 10 -b:v 0 -deadline realtime -cpu-used 8"


@dataclass(frozen=True)
class Footage:
    """Lossless clips of a second in `folder`, 25 frames at 25/s; `master`, in `pictures` too, shows one moving face all the time.

    url: an address for what points to the network; port 9 is where nobody answers.
    """

    folder: Path
    pictures: np.ndarray  # (25, 240, 320, 3) uint8 RGB
    url: str = "http://127.0.0.1:9/clip.mp4"

    def __getitem__(self, name: str) -> Path:
        return self.folder / f"{name}.mkv"


Maker = Callable[[Path, Footage], None]


@functools.cache
def person(number: int) -> np.ndarray:
    """A rendered portrait: (256, 256, 3) uint8 RGB with a face about 125 pixels wide in its middle."""
    return neutral_portrait(Params(), head_model().person(number), "strange inputs")


def film(folder: Path) -> Footage:
    """Write the clips that the makers start from."""
    first, other = person(5), person(7)
    still = cv2.resize(other, (176, 176), interpolation=cv2.INTER_AREA)
    turned = cv2.resize(upside_down(), (192, 192), interpolation=cv2.INTER_AREA)
    clips = {
        "master": [[(first, left(k))] for k in range(FRAMES)],
        "leaves": [[(first, left(k))] if k < CUT else [] for k in range(FRAMES)],
        "away": [[(first, left(k))] if not 10 <= k < 15 else [] for k in range(FRAMES)],
        "nobody": [[] for _ in range(FRAMES)],
        "upside down": [[(turned, 52)] for _ in range(FRAMES)],
        "two people": [[(first, left(k)), (still, 300)] for k in range(FRAMES)],
        "another face": [[(first if k < CUT else other, left(k))] for k in range(FRAMES)],
        "elsewhere": [[(first, left(k) + (0 if k < CUT else ELSEWHERE))] for k in range(FRAMES)],
    }
    wide = ("two people", "elsewhere")
    pictures = {name: np.stack([_picture(shown, 480 if name in wide else WIDTH) for shown in frames]) for name, frames in clips.items()}
    footage = Footage(folder, pictures["master"])
    for name, frames in pictures.items():
        _write(footage[name], frames, LOSSLESS)
    ffmpeg("-i", footage["master"], *shlex.split(f"{H264} -g {FRAMES}"), footage["one key frame"])
    return footage


def left(frame: int) -> int:
    """Where the master's portrait begins, pixels from the left."""
    return STEP * frame - 10


def _picture(shown: Sequence[tuple[np.ndarray, int]], width: int) -> np.ndarray:
    canvas = np.full((HEIGHT, width, 3), 90, np.uint8)
    for portrait, x in shown:
        y = (HEIGHT - len(portrait)) / 2
        matrix = np.array([[1.0, 0, x], [0, 1, y]])
        cv2.warpAffine(portrait, matrix, (width, HEIGHT), dst=canvas, borderMode=cv2.BORDER_TRANSPARENT)
    return canvas


def _write(path: Path, frames: np.ndarray, options: str, pixels: str = "rgb24") -> None:
    height, width = frames.shape[1:3]
    source = f"-f rawvideo -pix_fmt {pixels} -video_size {width}x{height} -framerate 25 -i pipe:0"
    ffmpeg(*shlex.split(source), *shlex.split(options), f"file:{path}", stdin=frames.tobytes())


# With ffmpeg


def filmed(output: str = H264, source: str = "master", before: str = "", more: str = "") -> Maker:
    """A clip of the footage as ffmpeg writes it: options `before` it, `more` inputs after it, and how the `output` is to be."""

    def make(path: Path, footage: Footage) -> None:
        inputs = [*shlex.split(before), "-i", footage[source], *shlex.split(more)]
        ffmpeg(*inputs, *shlex.split(output), f"file:{path}")

    return make


def made(options: str) -> Maker:
    """What ffmpeg makes without the footage."""
    return lambda path, footage: ffmpeg(*shlex.split(options), f"file:{path}")


def joined(first: str, second: str) -> Maker:
    """Two MPEG transport streams, which may be written one behind the other; the second goes on where the first ends."""

    def make(path: Path, footage: Footage) -> None:
        source = ["-i", footage["master"]]
        parts = [
            ffmpeg(*source, "-frames:v", str(CUT), *shlex.split(first), "-f", "mpegts", "-"),
            ffmpeg("-ss", str(CUT / 25), *source, *shlex.split(second), "-output_ts_offset", str(CUT / 25), "-f", "mpegts", "-"),
        ]
        path.write_bytes(b"".join(parts))

    return make


def anew(output: str) -> Maker:
    """Two recordings in one file, with a time of its own for each."""

    def make(path: Path, footage: Footage) -> None:
        source = ["-i", footage["master"]]
        first = ffmpeg(*source, "-frames:v", str(CUT), *shlex.split(output), "-f", "mpegts", "-")
        second = ffmpeg("-ss", str(CUT / 25), *source, *shlex.split(output), "-f", "mpegts", "-")
        path.write_bytes(first + second)

    return make


def twice(output: str) -> Maker:
    """A clip, and the same file behind it."""

    def make(path: Path, footage: Footage) -> None:
        filmed(output)(path, footage)
        path.write_bytes(path.read_bytes() * 2)

    return make


def shown_by(number: int) -> Maker:
    """A clip whose pictures are stored such that one of the display matrices makes them upright."""
    matrix = MATRICES[number]
    a, b, c, d = matrix
    inverse = (a, c, b, d)  # of a rotation or reflection

    def make(path: Path, footage: Footage) -> None:
        _write(path, np.stack([by_matrix(picture, *inverse) for picture in footage.pictures]), H264)
        set_display_matrix(path, *matrix)

    return make


def turned(degrees: int) -> Maker:
    """A phone's video: stored turned, with the order to turn it by so many degrees clockwise to be upright."""
    undone = {90: "transpose=cclock", 180: "hflip,vflip", 270: "transpose=clock"}[degrees]

    def make(path: Path, footage: Footage) -> None:
        filmed(f"-vf {undone} {H264}")(path, footage)
        turn_clockwise(path, degrees)

    return make


def high_dynamic_range(transfer: str) -> Maker:
    """The master as HDR video of BT.2020 primaries, its white at 203 cd/m² (BT.2408); `transfer`: smpte2084 (PQ) or arib-std-b67 (HLG)."""

    def make(path: Path, footage: Footage) -> None:
        light = (footage.pictures[:12].astype(np.float32) / 255) ** 2.4 * 203  # BT.1886
        wide = np.clip(light @ BT709_TO_BT2020.T, 0, None)
        signal = _pq(wide) if transfer == "smpte2084" else _hlg(wide)
        tags = f"-color_primaries bt2020 -color_trc {transfer} -colorspace bt2020nc -color_range tv"
        look = "-vf scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p10le"
        coder = f"{HEVC} {tags}"
        _write(path, (signal * 65535).round().astype("<u2"), f"{look} {coder}", "rgb48le")

    return make


BT709_TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]], np.float32)


def _pq(light: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084: cd/m² to signal, 0 to 1."""
    power = (light / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def _hlg(light: np.ndarray) -> np.ndarray:
    """BT.2100 HLG on a display of 1000 cd/m²: cd/m² to signal, 0 to 1, with the inverse of the system's gamma of 1.2."""
    shown = light / 1000
    brightness = np.maximum(shown @ np.array([0.2627, 0.6780, 0.0593], np.float32), 1e-6)[..., None]
    scene = shown * brightness ** (1 / 1.2 - 1)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene - b, 1e-6)) + c)


# By hand


def holding(content: str | bytes) -> Maker:
    """A file of these bytes."""
    data = content.encode() if isinstance(content, str) else content
    return lambda path, footage: path.write_bytes(data) and None


def cut_off(output: str, share: float) -> Maker:
    """The first part of a clip's bytes."""

    def make(path: Path, footage: Footage) -> None:
        filmed(output)(path, footage)
        os.truncate(path, int(path.stat().st_size * share))

    return make


def damaged(output: str) -> Maker:
    """A clip with a run of flipped bytes in its middle."""

    def make(path: Path, footage: Footage) -> None:
        filmed(output)(path, footage)
        data = np.fromfile(path, np.uint8)
        middle = len(data) // 2
        data[middle : middle + 400] ^= 0xFF
        data.tofile(path)

    return make


def picture(ending: str) -> Maker:
    """A still picture, whatever its file is called."""

    def make(path: Path, footage: Footage) -> None:
        path.write_bytes(cv2.imencode(ending, footage.pictures[0][..., ::-1])[1].tobytes())

    return make


def linked(to: str) -> Maker:
    """A symbolic link to a file beside the corpus: `to` is "clip" or "nothing"."""

    def make(path: Path, footage: Footage) -> None:
        if to == "clip":
            filmed()(footage.folder / "linked.mp4", footage)
        path.symlink_to(footage.folder / ("linked.mp4" if to == "clip" else "nothing.mp4"))

    return make


def folder(path: Path, footage: Footage) -> None:
    path.mkdir()


def pipe(path: Path, footage: Footage) -> None:
    os.mkfifo(path)


def locked(path: Path, footage: Footage) -> None:
    """A clip that nobody may read, not even its owner."""
    filmed()(path, footage)
    path.chmod(0)
