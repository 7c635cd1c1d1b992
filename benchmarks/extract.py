"""Speed and accuracy of the extraction of shards from clips: ``python -m benchmarks.extract CLIPS...`` (videos, or folders of them).

Prints one JSON line. Four loops read the same 25 frames/s of each clip, decoded by PyAV on one thread, one loop after another on one core:

- plain: dlib's detector on every full RGB frame at upsampling 0, dlib's landmark predictor in the best box, the same crop and JPEG;
- engine: the extraction itself (`reenact.shards.clip`), with its writing of Parquet;
- ceiling: luma, landmarks in known boxes, crop and JPEG: the engine without detection and checks;
- decoding alone.

ratio: frames/s of the engine over those of the plain loop. of_ceiling: over those of the ceiling. share_of_decoding: decoding's share of
the engine's time. landmark_median, landmark_p95: mean distance of the 68 points between the engine's face and the plain loop's face that
overlaps it most, in outer-eye distances. dlib rounds landmarks to whole pixels, which matters for small faces. So
landmark_median_between_pixels compares with the engine's predictor, which does not round, in the plain loop's boxes. frames_lost: kept
by the plain loop only. clips_lost: only the plain loop kept anything of them. two_workers: frames/s of two processes, a core each, over
those of one. peak_memory_mb: of a process that extracts all clips. long_clip_memory_mb: of one that extracts the first clip, repeated to
`--long` frames.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier

import cv2
import dlib
import numpy as np
import pyarrow.parquet as pq

from benchmarks.command import errors_as_text, positive
from pipeline.environment import use_large_pages
from reenact import jpeg
from reenact.config.data import ShardsParams
from reenact.corpus.clip_list import ManifestRow
from reenact.faces.crop import CropBox, placement
from reenact.faces.detector import overlap
from reenact.faces.landmarks import followed_box, predict
from reenact.faces.model_files import landmark_model_path
from reenact.progress import progress
from reenact.shards.clip import extract_clip
from reenact.shards.writer import ShardWriter
from reenact.video.decode import frames
from reenact.video.orientation import UPRIGHT, orientation_of
from reenact.video.picture import Picture, PlanarPicture
from reenact.video.probe import UnreadableVideo
from reenact.video.tools import ffmpeg_path

PARAMS = ShardsParams(min_frames_per_clip=1, train_shards=1)
ENDINGS = {".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v"}
PATIENCE_SECONDS = 300.0
EYES = (36, 45)  # the outer corners


@dataclass(frozen=True)
class Face:
    """A face that the plain loop found: its box (x0, y0, x1, y1) and landmarks (68, 2), source pixels."""

    box: tuple[float, float, float, float]
    landmarks: np.ndarray


def pictures(path: Path) -> Iterator[Picture]:
    """A clip's pictures; of a damaged clip, those that can be read."""
    try:
        yield from frames(path)
    except UnreadableVideo:
        return


def decode_only(path: Path) -> int:
    """The number of frames."""
    return sum(1 for _ in pictures(path))


def crop_and_encode(picture: Picture, landmarks: np.ndarray) -> bytes:
    """A crop without smoothing over time."""
    x, y, side = placement(landmarks, PARAMS.crop_scale, PARAMS.crop_shift_up)
    return jpeg.encode(CropBox.around(x, y, side).cut_from(picture, PARAMS.image_size), PARAMS.jpeg_quality)


class Plain:
    """The plain loop."""

    def __init__(self) -> None:
        self._detector = dlib.get_frontal_face_detector()
        self._predictor = dlib.shape_predictor(str(landmark_model_path()))

    def __call__(self, path: Path) -> dict[int, list[Face]]:
        """Every sure face by frame, the best face first; only that one is cropped and encoded."""
        found = {}
        for index, picture in enumerate(pictures(path)):
            # PyAV's fastest conversion, if it leaves the picture upright.
            quick = isinstance(picture, PlanarPicture) and orientation_of(picture.frame) == UPRIGHT
            rgb = picture.frame.to_ndarray(format="rgb24") if quick else picture.rgb()
            boxes, scores, _ = self._detector.run(rgb, 0, 0.0)
            if boxes:
                ordered = [box for _, box in sorted(zip(scores, boxes, strict=True), key=lambda pair: -pair[0])]
                found[index] = [self._face(rgb, box) for box in ordered]
                crop_and_encode(picture, found[index][0].landmarks)
        return found

    def _face(self, rgb: np.ndarray, box: dlib.rectangle) -> Face:
        points = np.array([(point.x, point.y) for point in self._predictor(rgb, box).parts()], np.float32)
        return Face((box.left() - 0.5, box.top() - 0.5, box.right() + 0.5, box.bottom() + 0.5), points)


def ceiling(path: Path, known: dict[int, np.ndarray]) -> None:
    """The work that cannot be left out, in known boxes."""
    for index, picture in enumerate(pictures(path)):
        if index in known:
            crop_and_encode(picture, predict(picture.luma(), followed_box(known[index])))


def engine(paths: Sequence[Path], out: Path) -> None:
    """Extract clips into one shard."""
    with ShardWriter(out, {}, PARAMS.row_group_rows) as writer, progress(total=None, what="engine", unit="frame") as bar:
        bar.disable = True
        for path in paths:
            row = ManifestRow(
                str(path.parent), "", path.name, "train", str(path), 0, *[None] * (len(ManifestRow.__match_args__) - 7), shard=0
            )
            extract_clip(row, path, None, PARAMS, writer, bar)


def engine_landmarks(shard: Path) -> dict[int, np.ndarray]:
    """A shard's landmarks in source pixels by frame."""
    table = pq.read_table(shard, columns=["frame", "landmarks", "crop_box"])
    boxes = (CropBox(*box) for box in table["crop_box"].to_pylist())
    points = (np.reshape(each, (68, 2)) for each in table["landmarks"].to_pylist())
    rows = zip(table["frame"].to_pylist(), points, boxes, strict=True)
    return {frame: box.to_source(landmarks, PARAMS.image_size) for frame, landmarks, box in rows}


def between_pixels(path: Path, faces: dict[int, Face]) -> dict[int, np.ndarray]:
    """The landmarks of the engine's own predictor in the plain loop's boxes."""
    return {index: predict(picture.luma(), faces[index].box) for index, picture in enumerate(pictures(path)) if index in faces}


@contextmanager
def timed(into: dict[str, float], name: str) -> Iterator[None]:
    """Add the block's wall time, seconds."""
    begin = time.perf_counter()
    yield
    into[name] = into.get(name, 0.0) + time.perf_counter() - begin


def compare(paths: Sequence[Path], core: int) -> dict:
    """All four loops, clip by clip on one core, so that other load on the machine affects all alike."""
    pin(core)
    plain_loop = Plain()
    seconds: dict[str, float] = {}
    differences: list[float] = []
    finer: list[float] = []
    counts = {"frames": 0, "frames_kept": 0, "frames_kept_by_plain": 0, "frames_lost": 0, "frames_of_another_face": 0, "clips_lost": 0}
    with tempfile.TemporaryDirectory() as folder:
        shard = Path(folder) / "shard.parquet"
        engine(paths[:1], shard)  # load the models
        for path in progress(paths, what="comparing", unit="clips"):
            with timed(seconds, "decoding"):
                counts["frames"] += decode_only(path)
            with timed(seconds, "engine"):
                engine([path], shard)
            ours = engine_landmarks(shard)
            with timed(seconds, "plain"):
                theirs = plain_loop(path)
            with timed(seconds, "ceiling"):
                ceiling(path, ours)
            both = {frame: nearest(ours[frame], theirs[frame]) for frame in theirs.keys() & ours.keys()}
            same = {frame: face for frame, face in both.items() if face is not None}
            differences += [distance(ours[frame], face.landmarks) for frame, face in same.items()]
            finer += [distance(ours[frame], points) for frame, points in between_pixels(path, same).items()]
            counts["frames_kept"] += len(ours)
            counts["frames_kept_by_plain"] += len(theirs)
            counts["frames_lost"] += len(theirs.keys() - ours.keys())
            counts["frames_of_another_face"] += len(both) - len(same)
            counts["clips_lost"] += bool(theirs) and not ours
    return {
        "ratio": round(seconds["plain"] / seconds["engine"], 2),
        "of_ceiling": round(seconds["ceiling"] / seconds["engine"], 3),
        "share_of_decoding": round(seconds["decoding"] / seconds["engine"], 3),
        "landmark_median": round(float(np.median(differences)), 5),
        "landmark_p95": round(float(np.quantile(differences, 0.95)), 5),
        "landmark_median_between_pixels": round(float(np.median(finer)), 5),
        **counts,
        "ms_per_frame": {name: round(1000 * each / counts["frames"], 3) for name, each in seconds.items()},
    }


def nearest(ours: np.ndarray, faces: list[Face]) -> Face | None:
    """The face that overlaps the one with these landmarks most, or None if none does."""
    box = followed_box(ours)
    best = max(faces, key=lambda face: overlap(face.box, box))
    return best if overlap(best.box, box) > 0 else None


def distance(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Mean distance of the points, in outer-eye distances."""
    return float(np.linalg.norm(ours - theirs, axis=1).mean() / np.linalg.norm(theirs[EYES[0]] - theirs[EYES[1]]))


def pin(core: int) -> None:
    """Keep this process, and those that it starts, on one of its cores."""
    cv2.setNumThreads(1)
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})


def memory_mb(paths: Sequence[Path], core: int) -> float:
    """Peak memory of this process after extracting the clips into one shard."""
    pin(core)
    with tempfile.TemporaryDirectory() as folder:
        engine(paths, Path(folder) / "shard.parquet")
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def repeated(path: Path, least_frames: int, out: Path) -> Path:
    """A clip without sound, repeated until it has at least `least_frames` frames."""
    times = -(-least_frames // max(decode_only(path), 1))
    command = [ffmpeg_path(), "-nostdin", "-v", "error", "-stream_loop", str(times - 1), "-i", f"file:{path}", "-c", "copy", "-an"]
    subprocess.run([*command, f"file:{out}"], check=True)
    return out


def wait_and_extract(paths: Sequence[Path], core: int, barrier: Barrier, out: Path) -> tuple[float, float]:
    """Extract all clips once every process is ready; begin and end on the machine's clock, seconds."""
    pin(core)
    engine(paths[:1], out)
    barrier.wait(PATIENCE_SECONDS)
    begin = time.monotonic()
    engine(paths, out)
    return begin, time.monotonic()


def seconds_of(workers: int, paths: Sequence[Path], folder: Path) -> float:
    """Wall time of `workers` processes that each extract all clips, seconds."""
    with get_context("spawn").Manager() as manager, ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        barrier = manager.Barrier(workers)
        running = [pool.submit(wait_and_extract, paths, core, barrier, folder / f"{core}.parquet") for core in range(workers)]
        begins, ends = zip(*(each.result() for each in running), strict=True)
    return max(ends) - min(begins)


def alone(work: Callable, *arguments: object) -> object:
    """The result of a function called in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def clips_in(places: Sequence[Path]) -> list[Path]:
    """The videos named, and those in the folders named, sorted."""
    found = {path for place in places for path in ([place] if place.is_file() else place.rglob("*"))}
    return sorted(path for path in found if path.suffix.lower() in ENDINGS and path.is_file())


@errors_as_text
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIPS")
    parser.add_argument("--every", type=positive(int), default=1, help="take every n-th clip only")
    parser.add_argument("--long", type=positive(int), default=5000, help="frames of the long clip")
    options = parser.parse_args()
    paths = clips_in(options.clips)[:: options.every]
    if not paths:
        parser.error("no video there")
    use_large_pages()  # as the workflow does for its rules; the plain loop's processes too
    with tempfile.TemporaryDirectory() as folder:
        result = {"benchmark": "extract", "clips": len(paths), **alone(compare, paths, 0)}
        result["peak_memory_mb"] = alone(memory_mb, paths, 0)
        result["long_clip_memory_mb"] = alone(memory_mb, [repeated(paths[0], options.long, Path(folder) / "long.mkv")], 0)
        one, two = (seconds_of(workers, paths, Path(folder)) for workers in (1, 2))
    result["two_workers"] = round(2 * one / two, 2)
    from reenact.training.device import processor_flags  # loads torch, which must not count as memory of the processes above

    result["processor"] = sorted(flag for flag in processor_flags() if flag.startswith(("avx2", "avx512", "amx")))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
