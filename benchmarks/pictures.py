"""How good generators' pictures of unseen people are, with intervals over subjects; prints one JSON line.

    python -m benchmarks.pictures [GENERATORS] [--shards GLOB] [--ldnet FOLDER] [--frames 12]
        [--sheets FOLDER]

GENERATORS: model folders, and `warp`; without any, models/dense, models/fdgan and warp. --shards: those of the test subjects.

- self: each clip's first frame is the target, and some of its other frames are generated from their true landmarks. ssim, ssim_face: as in
  Table 3. turned: ssim_face where the head has turned by over 20 degrees. opened: SSIM on the mouth where it is open and the target's is
  closed. closed: SSIM on the eyes where they are closed and the target's are open. isim: to the target. The row `true_frames` has the true
  frames themselves.
- cross: each subject's target is driven through LD-Net by the next subject's clip. isim, and nearest: how often the result's nearest of all
  targets is its own. The row `driving_frames` has the driving frames themselves, another person.
- over_warp: by how much a generator's figure is over that of `warp`, frame by frame.

--sheets: target, truth and every generator's picture side by side, in spread.png the last frame of each subject's first clip, in turned.png
the frames that have turned the most, in best.png and worst.png those of the first generator's highest and lowest ssim_face.

Each figure: mean over frames, a 95 % interval from 2,000 bootstrap draws of subjects, and the number of frames.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pandas as pd
import torch

from benchmarks.command import errors_as_text, positive
from benchmarks.sheets import SHOWS, Show, picked, write_sheet
from reenact.errors import ReenactError
from reenact.faces.embedding import FaceEmbedder
from reenact.faces.layout68 import EYES, MOUTH, OUTER_EYES
from reenact.generators.base import Generator
from reenact.generators.flow.head import pose
from reenact.generators.flow.places import to_places
from reenact.generators.warp.generator import Warp
from reenact.ldnet.model import load_ldnet
from reenact.metrics.isim import isim
from reenact.metrics.ssim import ssim_map
from reenact.metrics.ssim_face import face_mask, within
from reenact.reenactment.networks import load_generator, model_folder
from reenact.reenactment.reenactor import Reenactor
from reenact.report.sheets import Row, Sheet
from reenact.seeding import generator as seeded
from reenact.shards.frames import FrameStore

CPU = torch.device("cpu")
DRAWS = 2000
TURNED = 20.0  # degrees
OPEN, SHUT = 0.05, 0.03  # of the distance between the outer corners of the eyes
LIDS = ((37, 41), (38, 40), (43, 47), (44, 46))
LIPS = (62, 66)  # their inner edges, in the middle
WARP, DRIVING_FRAMES, TRUE_FRAMES = "warp", "driving_frames", "true_frames"
Figure = dict[str, float | int | None]
Table = dict[str, dict[str, object]]


class Clip(NamedTuple):
    """A clip's first frame and some of its others: pictures (F, S, S, 3) uint8, landmarks (F, 68, 2) pixels."""

    subject: str
    images: np.ndarray
    landmarks: np.ndarray


def found_shards(pattern: str) -> list[Path]:
    """The shards of --shards; ReenactError where there are none."""
    shards = sorted(Path(name) for name in glob(pattern))
    if not shards:
        raise ReenactError(f"--shards {pattern}: no such files; name the shards that `reenact shard` wrote")
    return shards


def clips_of(store: FrameStore, frames: int, size: int) -> list[Clip]:
    """Each clip with its first frame and at most `frames` more, evenly spread; ReenactError where there are none.

    A clip of a single frame has nothing to generate; how many are left out is said on stderr.
    """
    rows = store.clips().to_pylist()
    longer = [row for row in rows if row["n_frames"] > 1]
    if not longer:
        raise ReenactError("--shards: no clip has two frames or more; name the shards that `reenact shard` wrote")
    if len(longer) < len(rows):
        print(f"clips left out, of a single frame: {len(rows) - len(longer)}", file=sys.stderr)
    clips = []
    for row in longer:
        picks = np.unique(np.linspace(0, row["n_frames"] - 1, frames + 1).round().astype(int))
        found = store.get(row["subject"], row["video"], row["clip"], [row["frames"][i] for i in picks], size)
        clips.append(Clip(row["subject"], *found))
    return clips


def load_generators(specs: Sequence[str]) -> dict[str, Generator]:
    """Generators by the last part of their spec, all for pictures of one size.

    specs: model folders, "released", and `warp`, which gets the size and the crop of the others. ReenactError where two have one name, or
    where the trained ones differ in size.
    """
    for name, count in Counter(Path(spec).name for spec in specs).items():
        if count > 1:
            raise ReenactError(f"{', '.join(specs)}: {count} are called {name}; name each once, and rename folders that end alike")
    generators = {Path(spec).name: load_generator(spec, CPU) for spec in specs}
    trained = [each for name, each in generators.items() if name != WARP]
    if len({each.size for each in trained}) > 1:
        raise ReenactError(f"{', '.join(specs)} make pictures of different sizes; compare those of one size")
    if WARP in generators and trained:
        generators[WARP] = Warp(trained[0].size, trained[0].crop, CPU)
    return generators


def generated(generator: Generator, clip: Clip) -> np.ndarray:
    """The clip's frames but the first, (F - 1, S, S, 3) uint8, each from its landmarks and the first frame."""
    encoded = generator.encode(clip.images[0], clip.landmarks[0])
    return np.concatenate([generator.generate(encoded, clip.landmarks[i : i + 8]) for i in range(1, len(clip.landmarks), 8)])


def turn_degrees(landmarks: np.ndarray, size: int) -> np.ndarray:
    """How far the head of each frame has turned since the first, (F - 1,) degrees."""
    rotation = pose(to_places(torch.from_numpy(landmarks), size)).rotation
    between = rotation[:1].transpose(1, 2) @ rotation[1:]
    cosine = (between.diagonal(dim1=1, dim2=2).sum(1) - 1) / 2
    return torch.rad2deg(torch.arccos(cosine.clamp(-1, 1))).numpy()


def gaps(points: np.ndarray) -> tuple[float, float]:
    """How far the mouth and the eyes of landmarks (68, 2) are open, in distances between the outer corners of the eyes."""
    unit = np.linalg.norm(np.subtract(*points[list(OUTER_EYES)]))
    lids = np.mean([np.linalg.norm(points[a] - points[b]) for a, b in LIDS])
    return float(np.linalg.norm(np.subtract(*points[list(LIPS)])) / unit), float(lids / unit)


def around(landmarks: np.ndarray, parts: Sequence[slice], size: int) -> np.ndarray:
    """The hulls of some parts of the face with a margin of a 64th of the picture, (size, size) bool."""
    mask = np.zeros((size, size), np.uint8)
    for part in parts:
        cv2.fillConvexPoly(mask, cv2.convexHull(landmarks[part].round().astype(np.int32)), 1)
    return cv2.dilate(mask, np.ones((3, 3), np.uint8), iterations=max(1, size // 64)).astype(bool)


def self_rows(clip: Clip, made: Mapping[str, np.ndarray], embedder: FaceEmbedder) -> Iterator[dict[str, object]]:
    """A row for each generated frame of a clip and each generator. made: pictures (F - 1, S, S, 3) by the generator's name."""
    size = clip.images.shape[1]
    target = embedder.embed([clip.images[0]], clip.landmarks[:1])
    degrees, (mouth_before, eyes_before) = turn_degrees(clip.landmarks, size), gaps(clip.landmarks[0])
    for name, images in made.items():
        likeness = isim(embedder.embed(list(images), clip.landmarks[1:]), target)
        for i, (image, true, landmarks) in enumerate(zip(images, clip.images[1:], clip.landmarks[1:], strict=True)):
            similarity = ssim_map(image, true)
            mouth, eyes = gaps(landmarks)
            face = within(similarity, face_mask(landmarks, size))
            row = {"subject": clip.subject, "generator": name, "ssim": similarity.mean(), "ssim_face": face, "isim": likeness[i]}
            row["turned"] = face if degrees[i] > TURNED else np.nan
            opened, closed = mouth > OPEN >= mouth_before, eyes_before - eyes > SHUT
            row["opened"] = within(similarity, around(landmarks, [MOUTH], size)) if opened else np.nan
            row["closed"] = within(similarity, around(landmarks, EYES, size)) if closed else np.nan
            yield row


def cross_rows(clips: Sequence[Clip], reenactors: Mapping[str, Reenactor], embedder: FaceEmbedder) -> Iterator[dict[str, object]]:
    """A row for each frame of each subject's first clip as the next one's target does it, and each generator."""
    firsts = list({clip.subject: clip for clip in reversed(clips)}.values())[::-1]
    targets = embedder.embed([clip.images[0] for clip in firsts], np.stack([clip.landmarks[0] for clip in firsts]))
    for number, clip in enumerate(firsts):
        driver = firsts[(number + 1) % len(firsts)]
        shown = {DRIVING_FRAMES: embedder.embed(list(driver.images[1:]), driver.landmarks[1:])}
        for name, reenactor in reenactors.items():
            target = reenactor.encode(clip.images[0], clip.landmarks[0])
            wanted = reenactor.transferred(target, driver.landmarks[1:], driver.landmarks[0])
            shown[name] = embedder.embed(list(reenactor.generate(target, wanted, 8)), wanted)
        for name, embeddings in shown.items():
            alike = np.stack([isim(embeddings, other) for other in targets], 1)  # (F, targets)
            for row in alike:
                yield {"subject": clip.subject, "generator": name, "isim": row[number], "nearest": float(row.argmax() == number)}


def figure(values: pd.Series, subjects: pd.Series) -> Figure:
    """Mean over frames, its 95 % interval over subjects, and the number of frames."""
    known = values.notna()
    by_subject = values[known].groupby(subjects[known]).agg(["sum", "count"]).to_numpy()
    if not len(by_subject):
        return {"value": None, "low": None, "high": None, "n": 0}
    draws = seeded(1, "bootstrap").integers(0, len(by_subject), (DRAWS, len(by_subject)))
    sums, counts = by_subject[draws].sum(1).T
    low, high = np.percentile(sums / counts, [2.5, 97.5])
    return {"value": round(values[known].mean(), 4), "low": round(low, 4), "high": round(high, 4), "n": int(known.sum())}


def summary(rows: pd.DataFrame) -> Table:
    """Each generator's figures, and how far they are over the warp's."""
    tables = {name: part.reset_index(drop=True) for name, part in rows.groupby("generator", sort=False)}
    found: Table = {}
    for generator, part in tables.items():
        found[generator] = {name: figure(part[name], part["subject"]) for name in figures_of(rows)}
        if WARP in tables and generator not in (WARP, DRIVING_FRAMES, TRUE_FRAMES):
            found[generator]["over_warp"] = differences(part, tables[WARP])
    return found


def differences(part: pd.DataFrame, base: pd.DataFrame) -> dict[str, Figure]:
    """How far one generator's figures are over another's, frame by frame. Both: rows of the same frames in the same order."""
    return {name: figure(part[name] - base[name], part["subject"]) for name in figures_of(part)}


def figures_of(rows: pd.DataFrame) -> list[str]:
    return [name for name in rows.columns if name not in ("subject", "generator")]


def shown(show: Show, clips: Sequence[Clip], made: Sequence[Mapping[str, np.ndarray]], rows: pd.DataFrame) -> Sheet:
    """A sheet of some frames. made: of each clip; rows: those of all clips' `self_rows`."""
    if show == "turned":
        scores = [turn_degrees(clip.landmarks, clip.images.shape[1]) for clip in clips]
    else:
        first = rows[rows["generator"] == next(iter(made[0]))]["ssim_face"].to_numpy()
        scores = np.split(first, np.cumsum([len(clip.images) - 1 for clip in clips])[:-1])
    frames = picked(show, [clip.subject for clip in clips], scores)
    found = [
        Row(clips[n].subject, [clips[n].images[0], clips[n].images[i + 1], *(each[i] for each in made[n].values())]) for n, i in frames
    ]
    return Sheet(["target", "truth", *made[0]], found)


def run(options: argparse.Namespace) -> None:
    """Print the figures and write the sheets."""
    generators = load_generators(options.generators)
    size = next(iter(generators.values())).size
    clips = clips_of(FrameStore(found_shards(options.shards)), options.frames, size)
    embedder, made = FaceEmbedder(), []
    for clip in clips:
        made.append({name: generated(generator, clip) for name, generator in generators.items()})
    known = [each | {TRUE_FRAMES: clip.images[1:]} for clip, each in zip(clips, made, strict=True)]
    rows = pd.DataFrame([row for clip, each in zip(clips, known, strict=True) for row in self_rows(clip, each, embedder)])
    ldnet = load_ldnet(model_folder(options.ldnet, "ldnet"), CPU)
    cross = cross_rows(clips, {name: Reenactor(ldnet, generator) for name, generator in generators.items()}, embedder)
    if options.sheets:
        for show in SHOWS:
            write_sheet(options.sheets / f"{show}.png", shown(show, clips, made, rows))
    result = {"size": size, "clips": len(clips), "self": summary(rows), "cross": summary(pd.DataFrame(list(cross)))}
    print(json.dumps(result))


@errors_as_text
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("generators", nargs="*", default=["models/dense", "models/fdgan", WARP])
    parser.add_argument("--shards", default="data/shards/test/*.parquet")
    parser.add_argument("--ldnet", default="models/ldnet")
    parser.add_argument("--frames", type=positive(int), default=12)
    parser.add_argument("--sheets", type=Path)
    run(parser.parse_args())


if __name__ == "__main__":
    main()
