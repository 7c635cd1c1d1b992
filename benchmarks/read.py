"""How fast training reads: ``python -m benchmarks.read [SHARDS...]`` prints one JSON line.

Pairs: FD-GAN's frame pairs per second, in batches of four float32 pairs with their landmark images. `PairStream` reads them from shards.
Three baselines read the same frames (`benchmarks.read_baselines`): loose JPEG files with the same bytes, and loose PNG files with the same
pixels, by OpenCV in a torch DataLoader; and tar files by webdataset, with its own decoder, Pillow, and with OpenCV. Each baseline decodes
both frames of every pair. All files were just written, so they are read from the page cache. A worker is a thread of `PairStream` or a
process of a DataLoader; start-up time is left out. The readers take turns, and a ratio is the median over the turns. `over_*` is
`PairStream`'s speed over a baseline's at 256 pixels, for one or two workers, whichever is lower. `by_size_and_workers` has all figures,
and the processor time per pair, which depends less on other load on the machine.

Landmarks: time and peak memory of reading the landmarks of ten million made-up rows (`benchmarks.read_landmarks`).

Without SHARDS, some are made from frames of rendered people: JPEG quality 95, 256 pixels, clips of 100 frames.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import psutil

from benchmarks import read_baselines, read_landmarks
from benchmarks.command import errors_as_text, positive
from benchmarks.render import draw
from reenact.config.data import ShardsParams, SyntheticParams
from reenact.config.networks import FDGANParams
from reenact.shards.pairs import PairStream
from reenact.shards.writer import ShardWriter
from reenact.synthetic.clip import draw_take, subject_figure
from reenact.synthetic.renderer import Renderer
from reenact.training.device import processor_flags

SEED = 1
BATCH_SIZE = 4
WARM_UP = 20
SUBJECTS, CLIPS, CLIP_FRAMES, RENDERED = 8, 40, 100, 10
SIZES = (256, 64)
WORKERS = (1, 2)

Reader = Callable[[int], Iterator[object]]


def made_shards(folder: Path) -> list[Path]:
    """Two shards of clips of rendered people. A few frames of each person are rendered, and shifted by some pixels to make more."""
    params = SyntheticParams()
    renderer = Renderer(params.image_size, params.supersampling)
    shards = [folder / f"{number:05d}.parquet" for number in range(2)]
    rendered = [rendered_frames(renderer, params, f"read{number:05d}") for number in range(SUBJECTS)]
    for number, path in enumerate(shards):
        with ShardWriter(path, {}, CLIP_FRAMES) as shard:
            for clip in range(number, CLIPS, len(shards)):
                for frame in range(CLIP_FRAMES):
                    picture, landmarks = rendered[clip % SUBJECTS][frame % RENDERED]
                    shard.write(shifted_row(picture, landmarks, clip, frame))
                shard.end_clip()
    return shards


def rendered_frames(renderer: Renderer, params: SyntheticParams, subject: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Some frames of a subject, and their landmarks (68, 2)."""
    figure = subject_figure(SEED, subject)
    take = draw_take(figure, SEED, subject, "take0001", params)
    landmarks = figure.model.landmarks(figure.shape, take.blendshapes, take.rotation, take.camera)
    frames = range(0, params.frames_per_clip, params.frames_per_clip // RENDERED)
    return [(draw(renderer, figure, take, frame), landmarks[frame]) for frame in frames[:RENDERED]]


def shifted_row(picture: np.ndarray, landmarks: np.ndarray, clip: int, frame: int) -> dict:
    """A shard's row; picture and landmarks are shifted, each row of a subject by another amount."""
    shift = np.array([frame // RENDERED - 5, clip // SUBJECTS - 2])
    moved = np.roll(picture, shift, (1, 0))
    jpeg = cv2.imencode(".jpg", cv2.cvtColor(moved, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, ShardsParams().jpeg_quality])[1]
    return {
        "subject": f"read{clip % SUBJECTS:05d}", "video": "video", "clip": f"{clip:05d}", "frame": frame, "time": frame / 25,
        "image": jpeg.tobytes(), "landmarks": (landmarks + shift).ravel(), "crop_box": [0.0, 0.0, 256.0, 256.0], "score": 1.0, "flags": 1,
    }  # fmt: skip


def readers(shards: list[Path], files: Path, size: int) -> dict[str, Reader]:
    """The readers by name. Each takes a number of workers and gives endless batches of pairs of `size` pixels."""

    def from_shards(workers: int) -> Iterator[object]:
        section = FDGANParams()
        limits = {"shuffle_groups": section.shuffle_groups, "pairs_per_group": section.pairs_per_group}
        yield from PairStream(shards, SEED, size, BATCH_SIZE, **limits, workers=workers).batches()

    tars = partial(read_baselines.tar_batches, files / "tar", size, BATCH_SIZE)
    return {
        "shards": from_shards,
        "jpeg_files": partial(read_baselines.file_batches, files / "jpeg", size, BATCH_SIZE),
        "png_files": partial(read_baselines.file_batches, files / "png", size, BATCH_SIZE),
        "webdataset": tars,
        "webdataset_opencv": partial(tars, decoder=read_baselines.opencv_decoder),
    }


def pair_rates(ways: dict[str, Reader], workers: int, seconds: float, repeats: int) -> dict:
    """Pairs per second and milliseconds of processor time per pair of each reader, and the speed from shards over the others'."""
    turns = [{name: turn(way(workers), seconds) for name, way in ways.items()} for _ in range(repeats)]
    over = {name: statistics.median(each["shards"][0] / each[name][0] for each in turns) for name in ways if name != "shards"}
    return {
        "pairs_per_second": {name: round(statistics.median(each[name][0] for each in turns)) for name in ways},
        "cpu_ms_per_pair": {name: round(statistics.median(each[name][1] for each in turns), 2) for name in ways},
        **{f"over_{name}": round(ratio, 2) for name, ratio in over.items()},
    }


def turn(batches: Iterator[object], seconds: float) -> tuple[float, float]:
    """Pairs per second over some seconds, and milliseconds of processor time per pair, workers included."""
    for _ in range(WARM_UP):
        next(batches)
    start, cpu, pairs = time.perf_counter(), cpu_seconds(), 0
    while pairs == 0 or time.perf_counter() - start < seconds:
        next(batches)
        pairs += BATCH_SIZE
    passed, spent = time.perf_counter() - start, cpu_seconds() - cpu
    batches.close()
    return pairs / passed, 1000 * spent / pairs


def cpu_seconds() -> float:
    """Processor time of this process and of its running children."""
    process = psutil.Process()
    return sum(sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True)))


@errors_as_text
def main() -> None:
    """Parse the arguments and print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "shards", type=Path, nargs="*", metavar="SHARDS", help="shards of 256 pixels; their frames are copied to a temporary folder"
    )
    parser.add_argument("--seconds", type=positive(float), default=3, help="of each turn")
    parser.add_argument("--repeats", type=positive(int), default=5, help="turns of each reader")
    parser.add_argument("--rows", type=int, default=10_000_000, help="made-up rows of landmarks; 0 leaves them out")
    arguments = parser.parse_args()
    # A worker is to be one thread; and a process hangs if it is forked while OpenCV has threads.
    cv2.setNumThreads(1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        shards = arguments.shards or made_shards(folder)
        frames = read_baselines.write_files(shards, folder / "files")
        jpeg_bytes = sum(path.stat().st_size for path in (folder / "files" / "jpeg").glob("*/*.jpg"))
        pairs = {
            f"{size} px, {workers} worker{'s' * (workers > 1)}": pair_rates(
                readers(shards, folder / "files", size), workers, arguments.seconds, arguments.repeats
            )
            for size in SIZES
            for workers in WORKERS
        }
    at_full_size = [rates for name, rates in pairs.items() if name.startswith("256 px")]
    over = {key: min(rates[key] for rates in at_full_size) for key in at_full_size[0] if key.startswith("over_")}
    landmarks = {}
    if arguments.rows:
        with TemporaryDirectory() as name:
            landmarks = read_landmarks.measured(arguments.rows, Path(name))
    processor = sorted(flag for flag in processor_flags() if flag.startswith(("avx2", "avx512", "amx")))
    corpus = {"frames": frames, "jpeg_bytes_per_frame": round(jpeg_bytes / frames)}
    print(json.dumps({"benchmark": "read", **over, **landmarks, "by_size_and_workers": pairs, **corpus, "processor": processor}))


if __name__ == "__main__":
    main()
