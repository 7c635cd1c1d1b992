"""Portraits animated by videos, every generator side by side: a sheet to look at, and one JSON line.

    python -m benchmarks.portraits SHEET.png --targets FILE... --drivers FILE... [--generators released warp] [--ldnet released]
        [--frames 3] [--seconds 2]

The targets take the drivers in turn. A driver is followed for its first seconds, as `reenact animate` does. Some of its frames, evenly
spread, have a row each: target, driver, and each generator's picture through LD-Net.

isim: of all frames made, to their target. nearest: how often the result's nearest of all targets is its own. The row `driving_frames`
has these themselves. Each figure: mean over frames, a 95 % interval from 2,000 bootstrap draws of targets, and the number of frames.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.command import errors_as_text, positive
from benchmarks.drivers import followed
from benchmarks.pictures import CPU, DRIVING_FRAMES, load_generators, summary
from benchmarks.sheets import write_sheet
from reenact.faces.embedding import FaceEmbedder
from reenact.ldnet.model import load_ldnet
from reenact.metrics.isim import isim
from reenact.progress import progress
from reenact.reenactment.driver import DriverFrame
from reenact.reenactment.networks import model_folder
from reenact.reenactment.portrait import read_target
from reenact.reenactment.reenactor import Reenactor
from reenact.reenactment.smoothing import steady
from reenact.reenactment.streaming import StreamingReenactment
from reenact.reenactment.target import Target
from reenact.report.sheets import Row, Sheet


class Animated(NamedTuple):
    """A target under its driver, F frames.

    pictures: (F, S, S, 3) uint8, the driving frames and each generator's, by name. landmarks: (F, 68, 2) pixels, those of the generators'.
    """

    pictures: dict[str, np.ndarray]
    landmarks: np.ndarray


def made(targets: Sequence[Target], drivers: Sequence[list[DriverFrame]], reenactors: Mapping[str, Reenactor]) -> list[Animated]:
    """Each target under its driver."""
    results = []
    for number, target in enumerate(progress(targets, what="animating", unit="target")):
        frames = drivers[number % len(drivers)]
        moves = [frame.landmarks for frame in frames]
        pictures = {DRIVING_FRAMES: np.stack([frame.shown for frame in frames])}
        for name, reenactor in reenactors.items():
            encoded = reenactor.encode(target.picture, target.landmarks)
            wanted = StreamingReenactment(reenactor, encoded, "ldnet").wanted(moves)
            pictures[name] = reenactor.generate(encoded, wanted, 8)
        results.append(Animated(pictures, wanted))
    return results


def rows_of(targets: Sequence[Target], results: Sequence[Animated], drivers: Sequence[list[DriverFrame]]) -> pd.DataFrame:
    """isim and nearest of each frame that has a face, and each generator, as `benchmarks.pictures` has them."""
    embedder, rows = FaceEmbedder(), []
    known = embedder.embed([target.picture for target in targets], np.stack([target.landmarks for target in targets]))
    for number, result in enumerate(results):
        faces = [frame.landmarks for frame in drivers[number % len(drivers)]]
        seen = [i for i, face in enumerate(faces) if face is not None]
        for name, pictures in result.pictures.items():
            places = np.stack([faces[i] for i in seen]) if name == DRIVING_FRAMES else result.landmarks[seen]
            embeddings = embedder.embed([pictures[i] for i in seen], places)
            alike = np.stack([isim(embeddings, other) for other in known], 1)  # (F, targets)
            rows += [
                {"subject": str(number), "generator": name, "isim": row[number], "nearest": float(row.argmax() == number)} for row in alike
            ]
    return pd.DataFrame(rows)


def sheet_of(targets: Sequence[Target], results: Sequence[Animated], frames: int) -> Sheet:
    """So many frames of each target, target, driver and each generator's picture side by side."""
    rows = []
    for target, result in zip(targets, results, strict=True):
        for i in np.unique(np.linspace(0, len(result.landmarks) - 1, frames + 1)[1:].round().astype(int)):
            rows.append(Row(target.name, [target.picture, *(pictures[i] for pictures in result.pictures.values())]))
    return Sheet(["target", *results[0].pictures], rows)


def run(options: argparse.Namespace) -> None:
    """Print the figures and write the sheet."""
    generators = load_generators(options.generators)
    first, ldnet = next(iter(generators.values())), load_ldnet(model_folder(options.ldnet, "ldnet"), CPU)
    targets = [read_target(path, None, first.crop, first.size, first.size) for path in options.targets]
    drivers = [list(steady(*followed(path, first.crop, first.size, options.seconds))) for path in options.drivers]
    results = made(targets, drivers, {name: Reenactor(ldnet, each) for name, each in generators.items()})
    write_sheet(options.sheet, sheet_of(targets, results, options.frames))
    print(json.dumps({"size": first.size, "targets": len(targets), "cross": summary(rows_of(targets, results, drivers))}))


@errors_as_text
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--targets", nargs="+", type=Path, required=True)
    parser.add_argument("--drivers", nargs="+", type=Path, required=True)
    parser.add_argument("--generators", nargs="+", default=["released", "warp"])
    parser.add_argument("--ldnet", default="released")
    parser.add_argument("--frames", type=positive(int), default=3)
    parser.add_argument("--seconds", type=positive(float), default=2.0)
    run(parser.parse_args())


if __name__ == "__main__":
    main()
