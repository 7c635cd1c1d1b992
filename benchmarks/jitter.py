"""How much landmarks and results of `reenact animate` shake, before and after smoothing; prints one JSON line.

    python -m benchmarks.jitter [--driver FILES ...] [--people 24] [--generated 6] [--slices FILE.png]

Rendered people whose names no corpus has, two seconds each, are followed as `reenact animate` does. `found` are dlib's landmarks in the
crop of 256 pixels, `smoothed` are those that the networks get, `truth` are the renderer's in the same crop. --driver: video files instead,
of which no truth is known. --generated: for how many of the drivers the released networks make results; the target is the rendered person
before, for files always the same one. --slices: columns of pixels over time of each generated driver, one row of the picture each: the
driver's crop, the result of landmarks as found, and that of smoothed ones.

landmarks, for each of these:
- jitter: root mean square over frames and points of the second difference from frame to frame, pixels. over_truth: its ratio to the
  truth's.
- error: root mean square distance to the truth without each point's mean offset in a clip (dlib puts points elsewhere), pixels.
- lag: frames by which the lids' gap, the mouth's and the nose's place across come after the truth's: the shift at which they differ least,
  without their means; between frames by a parabola.
- blinks, mouths: summed depth of blinks and of mouth openings over that of the truth's (with --driver: of those as found, whose depths are
  chosen by their noise, too); and their number.

results, for each of these as the driver:
- wanted: jitter of LD-Net's landmarks for the target. seen: of those that dlib finds in the results, noise of dlib's own included.
- pictures: root mean square of the second difference of results' grey values (0 to 255) from frame to frame.

A figure of too few frames with a face is null; a driver without any is refused.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks.command import errors_as_text, positive
from benchmarks.drivers import followed
from benchmarks.pictures import LIDS, LIPS
from reenact.config.data import SyntheticParams
from reenact.faces.track import FaceTracker
from reenact.files import atomic_path
from reenact.reenactment.driver import DriverFrame, observe
from reenact.reenactment.networks import RELEASED, load_reenactor
from reenact.reenactment.reenactor import EncodedTarget, Reenactor
from reenact.reenactment.smoothing import steady
from reenact.reenactment.streaming import StreamingReenactment
from reenact.synthetic.clip import draw_take, film, subject_figure
from reenact.synthetic.renderer import Renderer
from reenact.video.ffmpeg_build import find_ffmpeg
from reenact.video.picture import RgbPicture
from reenact.video.timed_read import TimedReader

SEED = 1
PARAMS = SyntheticParams()
NOSE = slice(27, 36)
BLINK, OPENING = 4.0, 3.0  # pixels that a gap departs from its median by
FARTHEST = 4  # frames that a lag is looked for in
BATCH = 10


@dataclass(frozen=True)
class Driver:
    """A video as followed: its frames with landmarks as found, their time base, and the truth (F, 68, 2) where it is known."""

    frames: list[DriverFrame]
    time_base: Fraction
    truth: np.ndarray | None

    def first_seen(self) -> DriverFrame:
        """The first frame that has a face."""
        return next(frame for frame in self.frames if frame.landmarks is not None)

    def landmarks(self) -> dict[str, np.ndarray]:
        """By name (F, 68, 2), NaN where there is no face."""
        smoothed = steady(self.frames, self.time_base)
        known = {} if self.truth is None else {"truth": self.truth}
        return {**known, "found": stacked([f.landmarks for f in self.frames]), "smoothed": stacked([f.landmarks for f in smoothed])}


def stacked(landmarks: Sequence[np.ndarray | None]) -> np.ndarray:
    return np.array([np.full((68, 2), np.nan) if points is None else points for points in landmarks], np.float64)


def read(path: Path, reenactor: Reenactor, truth: np.ndarray | None = None) -> Driver:
    """A video, followed; ReenactError where it shows no face. truth: (F, 68, 2) in its pixels."""
    crop, size = reenactor.generator.crop, reenactor.size
    frames, time_base = followed(path, crop, size)
    if truth is not None:
        with TimedReader(path) as reader:
            boxes = [box for *_, box in observe(reader, reader.rate, crop, keep_pictures=False)]
        truth = stacked([None if box is None else box.to_crop(points, size) for box, points in zip(boxes, truth, strict=True)])
    return Driver(frames, time_base, truth)


def people(count: int, reenactor: Reenactor) -> Iterator[Driver]:
    """Rendered people as drivers."""
    renderer, encoder = Renderer(PARAMS.image_size, PARAMS.supersampling), find_ffmpeg()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            name = f"jitter{number:02d}"
            figure = subject_figure(SEED, name)
            take = draw_take(figure, SEED, name, "take0001", PARAMS)
            film(Path(folder, f"{name}.mp4"), renderer, figure, take, PARAMS.crf, encoder)
            truth = figure.model.landmarks(figure.shape, take.blendshapes, take.rotation, take.camera)
            yield read(Path(folder, f"{name}.mp4"), reenactor, truth)


def shaking(series: Sequence[np.ndarray]) -> float:
    """Root mean square of the second difference of each (F, ...) over frames, without NaN; NaN where no three frames in a row are known."""
    squares = np.concatenate([(np.diff(each, 2, axis=0) ** 2).ravel() for each in series])
    known = squares[~np.isnan(squares)]
    return float(np.sqrt(known.mean())) if len(known) else np.nan


def rounded(value: float, digits: int) -> float | None:
    """As JSON has it: None for a figure that nothing is known of."""
    return round(float(value), digits) if np.isfinite(value) else None


def jitter(landmarks: Sequence[np.ndarray]) -> float:
    """The same of points' moves, which have two coordinates."""
    return shaking(landmarks) * np.sqrt(2)


def error(landmarks: Sequence[np.ndarray], truths: Sequence[np.ndarray]) -> float:
    """Root mean square distance, pixels, without each point's mean offset."""
    off = [found - truth for found, truth in zip(landmarks, truths, strict=True)]
    return float(np.sqrt(np.nanmean(np.concatenate([((each - np.nanmean(each, 0)) ** 2).sum(-1) for each in off]))))


def lids(points: np.ndarray) -> np.ndarray:
    return np.mean([np.linalg.norm(points[:, a] - points[:, b], axis=-1) for a, b in LIDS], 0)


def mouth(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, LIPS[0]] - points[:, LIPS[1]], axis=-1)


def head(points: np.ndarray) -> np.ndarray:
    return points[:, NOSE, 0].mean(1)


def lag(later: Sequence[np.ndarray], earlier: Sequence[np.ndarray]) -> float:
    """Frames by which series (F,), NaN where unknown, come after others: the shift at which they differ least, over all clips."""
    shifts = np.arange(-FARTHEST, FARTHEST + 1)
    alike = np.zeros(len(shifts))
    for a, b in zip(later, earlier, strict=True):
        middle = b[FARTHEST : len(b) - FARTHEST]
        windows = np.stack([a[FARTHEST + k : len(a) - FARTHEST + k] for k in shifts])
        alike -= np.nanmean((windows - np.nanmean(windows, 1, keepdims=True) - middle + np.nanmean(middle)) ** 2, 1)
    peak = int(np.clip(alike.argmax(), 1, len(shifts) - 2))
    before, at, after = alike[peak - 1 : peak + 2]
    return float(shifts[peak] + (before - after) / 2 / (before - 2 * at + after))


def depths(series: np.ndarray, reference: np.ndarray, least: float) -> Iterator[tuple[float, float]]:
    """Of each rise of the reference (F,) by over `least`: how far the series and the reference rise over their medians there."""
    for k in range(3, len(reference) - 3):
        if reference[k] - np.nanmedian(reference) > least and reference[k] == reference[k - 3 : k + 4].max():
            yield tuple(float(each[k - 1 : k + 2].max() - np.nanmedian(each)) for each in (series, reference))


def kept(series: Sequence[np.ndarray], references: Sequence[np.ndarray], least: float) -> dict[str, float | int | None]:
    rises = [rise for pair in zip(series, references, strict=True) for rise in depths(*pair, least)]
    there, wanted = np.sum(rises, 0) if rises else (0.0, 0.0)
    return {"kept": round(there / wanted, 3) if rises else None, "n": len(rises)}


def of_landmarks(drivers: Sequence[dict[str, np.ndarray]]) -> dict[str, dict]:
    """The figures of landmarks by their name."""
    reference = [each.get("truth", each["found"]) for each in drivers]
    rows: dict[str, dict] = {}
    for name in drivers[0]:
        these = [each[name] for each in drivers]
        row: dict = {"jitter": rounded(jitter(these), 3)}
        if "truth" in drivers[0]:
            row |= {"over_truth": rounded(jitter(these) / jitter(reference), 2), "error": rounded(error(these, reference), 3)}
            row["lag"] = {
                key: rounded(lag([part(each) for each in these], [part(each) for each in reference]), 2)
                for key, part in (("eyes", lids), ("mouth", mouth), ("head", head))
            }
        row["blinks"] = kept([-lids(each) for each in these], [-lids(each) for each in reference], BLINK)
        row["mouths"] = kept([mouth(each) for each in these], [mouth(each) for each in reference], OPENING)
        rows[name] = row
    return rows


def seen_in(pictures: np.ndarray) -> np.ndarray:
    """dlib's landmarks in pictures (F, S, S, 3), followed as a driver's are: (F, 68, 2)."""
    return stacked([each.landmarks for each in FaceTracker(10).follow((k, RgbPicture(image)) for k, image in enumerate(pictures))])


def result(reenactor: Reenactor, target: EncodedTarget, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The wanted landmarks (F, 68, 2) and the pictures (F, S, S, 3) of a target under a driver's landmarks."""
    driver = [None if np.isnan(points).any() else points.astype(np.float32) for points in landmarks]
    wanted = StreamingReenactment(reenactor, target, "ldnet").wanted(driver)
    return wanted, reenactor.generate(target, wanted, BATCH)


def slices(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """A column of pixels over time, at 7/16 of the width, of each of some (F, S, S, 3), beside each other; four columns a frame."""
    return np.hstack([np.repeat(each[:, :, each.shape[2] * 7 // 16].transpose(1, 0, 2), 4, 1) for each in pictures])


def run(options: argparse.Namespace) -> None:
    """Print the figures and write the slices."""
    reenactor = load_reenactor(RELEASED, RELEASED, torch.device("cpu"))
    given = [read(path, reenactor) for path in options.driver]
    rendered = list(people(1 if given else options.people, reenactor))
    drivers = given or rendered
    landmarks = [each.landmarks() for each in drivers]
    made: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {name: [] for name in landmarks[0]}
    for number in range(min(options.generated, len(drivers))):
        first = rendered[(number - 1) % len(rendered)].first_seen()
        target = reenactor.encode(first.shown, first.landmarks)
        for name, each in landmarks[number].items():
            made[name].append(result(reenactor, target, each))
    results = {
        name: {
            "wanted": rounded(jitter([wanted for wanted, _ in each]), 3),
            "seen": rounded(jitter([seen_in(pictures) for _, pictures in each]), 3),
            "pictures": rounded(shaking([pictures.mean(-1) for _, pictures in each]), 2),
        }
        for name, each in made.items()
    }
    if options.slices:
        shown = [np.stack([frame.shown for frame in each.frames]) for each in drivers]
        rows = [slices([shown[k], made["found"][k][1], made["smoothed"][k][1]]) for k in range(len(made["found"]))]
        for k, row in enumerate(rows):
            with atomic_path(options.slices.with_stem(f"{options.slices.stem}{k}")) as part:
                Image.fromarray(row).save(part, format="png")
    frames = sum(len(each.frames) for each in drivers)
    print(json.dumps({"drivers": len(drivers), "frames": frames, "landmarks": of_landmarks(landmarks), "results": results}))


@errors_as_text
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--driver", nargs="+", type=Path, default=[])
    parser.add_argument("--people", type=positive(int), default=24)
    parser.add_argument("--generated", type=positive(int), default=6)
    parser.add_argument("--slices", type=Path)
    run(parser.parse_args())


if __name__ == "__main__":
    main()
