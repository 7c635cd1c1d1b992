"""Writes SelfTest or CrossTest as a folder of pictures and videos that other methods' scripts read."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from PIL import Image

from reenact.errors import ReenactError
from reenact.files import sha256_file, write_json, written
from reenact.progress import progress
from reenact.shards.frames import FrameStore
from reenact.testsets.description import DESCRIPTION, FORMAT, VERSION
from reenact.testsets.exported import LANDMARK_COLUMNS, LANDMARKS, PAIRS, README, driving_file, target_file
from reenact.testsets.items import TITLES, Item, Kind
from reenact.video import FPS
from reenact.video.picture import SCALING
from reenact.video.probe import source_url

README_TEXT = Path(__file__).with_name("exported_readme.md")
# yuv420p would keep a quarter of the colours' samples. The matrix is the one that programs assume that do not read which one it is.
PIXELS, BT601 = "yuv444p", 6  # the latter in AVColorSpace
# Lossless but for the conversion of colours, which moves a value by two levels of 255 at most.
ENCODING = {"crf": "0", "preset": "faster", "bf": "0"}


def export_testset(kind: Kind, items: Sequence[Item], sha256: str, store: FrameStore, out: Path, size: int) -> None:
    """Write the folder `out`, which appears whole at the end: `testsets.exported` reads it, and its README.md says how others do.

    sha256: of the list that the items are from. store: the test shards. size: side of all pictures, pixels.
    ReenactError: `out` exists and is not an empty folder, cannot be written, or the shards lack a frame.
    """
    with _appearing(Path(out).resolve()) as folder:
        (folder / "targets").mkdir()
        landmarks: dict[str, np.ndarray] = {}
        for item in progress(items, what=f"Exporting {TITLES[kind]}", unit="clips"):
            landmarks |= _write_pair(folder, item, store, size)
        _write_csv(folder / LANDMARKS, ["file", *LANDMARK_COLUMNS], ([name, *points.ravel()] for name, points in landmarks.items()))
        columns = ["pair", "target_subject", "driver_subject", "source", "driving", "frames", "lead"]
        _write_csv(folder / PAIRS, columns, map(_pair_row, items))
        about = {"format": FORMAT, "version": VERSION, "kind": kind, "sha256": sha256, "size": size, "fps": FPS}
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        hashes = {path.relative_to(folder).as_posix(): sha256_file(path) for path in files}
        write_json(folder / DESCRIPTION, about | {"pairs": [_described(item) for item in items], "files": hashes})
        text = README_TEXT.read_text(encoding="utf-8").format(title=TITLES[kind], size=size, pairs=len(items), fps=FPS)
        (folder / README).write_text(text, encoding="utf-8")


def lead(item: Item) -> int:
    """How many pictures come before an item's frames in its exported driver: 1 where the reference frame is not the first of them, or 0.

    Methods that add the driver's motion to the target's pose count it from the driver's first picture. In SelfTest that is the target.
    """
    return int(item.reference_frame != item.frames[0])


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its name when the block ends well, and is removed when it does not."""
    with written(out):
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise ReenactError(f"{out} exists and is not an empty folder; name another, or remove it")
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", suffix=".part", dir=out.parent, ignore_cleanup_errors=True) as private:
            part = Path(private) / out.name  # one further down, because the temporary folder itself is closed to others
            part.mkdir()
            yield part
            part.replace(out)


def _write_pair(folder: Path, item: Item, store: FrameStore, size: int) -> dict[str, np.ndarray]:
    """Write an item's pictures and its video; the landmarks of each picture by its path in the folder."""
    targets, target_landmarks = store.get(*item.target, [item.target_frame], size)
    images, landmarks = store.get(*item.driver, [item.reference_frame] * lead(item) + list(item.frames), size)
    video = folder / "drivers" / f"{item.number:04d}.mp4"
    video.with_suffix("").mkdir(parents=True)
    names = [target_file(item.number), *(driving_file(item.number, place) for place in range(len(images)))]
    for name, image in zip(names, (*targets, *images), strict=True):
        Image.fromarray(image).save(folder / name, compress_level=3)
    _write_video(video, images)
    return dict(zip(names, (*target_landmarks, *landmarks), strict=True))


def _write_video(path: Path, images: np.ndarray) -> None:
    """Pictures (F, S, S, 3) uint8 RGB as MP4 at 25 frames/s, H.264 in yuv444p of BT.601."""
    try:
        with av.open(source_url(path), "w", format="mp4") as output:
            stream = output.add_stream("libx264", rate=FPS, options=ENCODING, width=images.shape[2], height=images.shape[1])
            codec = stream.codec_context
            codec.pix_fmt, codec.thread_count, codec.time_base = PIXELS, 1, Fraction(1, FPS)
            codec.color_range, codec.colorspace = ColorRange.MPEG, BT601
            codec.color_primaries, codec.color_trc = ColorPrimaries.SMPTE170M, ColorTrc.SMPTE170M
            for number, image in enumerate(images):
                output.mux(stream.encode(_video_frame(image, number)))
            output.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise ReenactError(f"{path.name} could not be written: {error.strerror}; make room on the disk, or choose another place") from error


def _video_frame(image: np.ndarray, number: int) -> VideoFrame:
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24").reformat(
        format=PIXELS, dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.MPEG, interpolation=SCALING, threads=1
    )
    frame.pts, frame.time_base = number, Fraction(1, FPS)
    return frame


def _write_csv(path: Path, columns: list[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _pair_row(item: Item) -> list[Any]:
    # source and driving: names of files that are no numbers, or pandas would read them as such.
    name = f"{item.number:04d}"
    return [
        item.number, item.target.subject, item.driver.subject, f"{name}.png", f"{name}.mp4", lead(item) + len(item.frames), lead(item)
    ]  # fmt: skip


def _described(item: Item) -> dict[str, Any]:
    return {
        "number": item.number,
        "target_subject": item.target.subject,
        "driver_subject": item.driver.subject,
        "target_frame": item.target_frame,
        "lead": lead(item),
        "lead_frames": [item.reference_frame] * lead(item),
        "frames": list(item.frames),
    }
