"""Where each row of a feature dictionary is written from and where it is read; prints one JSON line.

    python -m benchmarks.dictionary MODEL [--shards GLOB] [--level N] [--rows N] [--sheet FILE.png]

MODEL: the folder of a trained FD-GAN or dense. --shards: those of the test subjects. Of each subject's first clip with two frames or
more, the first frame is the target, and the last is generated from its true landmarks.

By Eq. (8) a row is written from the target's places, with weights that sum to 1 over places. By Eq. (9) a place of the generated picture
reads rows, with weights that sum to 1 over rows. A row's map is its weight at each place, divided by the map's sum. For each level, the
finest first, of `side` × `side` places:

- rows_per_place, rows_in_all: how many rows a place reads, and how many all places of all people read together: exp of the entropy of the
  weights, and of their mean.
- read_over_chance: the share of rows that some place of some picture reads with a weight over 1 / rows. seldom: the share of rows whose
  mean weight over all places and people is under a tenth of that. most_read: what the `--rows` most read rows have of all reading.
- write, read: of the maps over the target, and of those over the generated picture, means over rows and people.
    - places: how many places a map is spread over, exp of its entropy.
    - over_people: Pearson's correlation of a row's maps on different people. over_rows: of different rows' maps on one
      person. An even map counts as uncorrelated.
    - alike: the share of rows whose map has a correlation of over 0.9 with another row's on the same person.
    - favours: the share of rows with over twice the odds, to lie on a part of the face, of a place drawn evenly. face: the hull of
      the landmarks, from brows to chin. outside: all the rest, hair too.

--sheet: some people, and for the most read rows of level N, 0 for the finest, both maps: from 0, dark, to the map's largest value, bright.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.command import errors_as_text, positive
from benchmarks.pictures import CPU, Clip, around, clips_of, found_shards, generated
from benchmarks.sheets import write_sheet
from reenact.errors import ReenactError
from reenact.faces.layout68 import EYES, MOUTH, POINTS
from reenact.generators.base import Generator
from reenact.generators.fdgan.dictionary import Reader, Writer
from reenact.generators.trained import TrainedGenerator
from reenact.reenactment.networks import load_generator
from reenact.report.sheets import CELL, Row, Sheet, fit, spread
from reenact.shards.frames import FrameStore

PEOPLE = 4  # of the sheet
SELDOM = 0.1  # of an even share
ALIKE = 0.9
FAVOURED = 2.0
HEAT = 0.6  # share of the colour in an overlay; the rest is the picture, in grey


class Level(NamedTuple):
    """A level's dictionary and its keys of P people: of targets, written, and of generated pictures, read, both (P, N, m_T)."""

    writer: Writer
    reader: Reader
    written: Tensor
    read: Tensor


def write_weights(tags: Tensor, keys: Tensor) -> Tensor:
    """Eq. (8)'s, (B, n, N), from write tags (n, m_T) and write keys (B, N, m_T). Times the values they give what `write` does."""
    return (tags @ keys.transpose(1, 2)).softmax(2)


def read_weights(tags: Tensor, keys: Tensor) -> Tensor:
    """Eq. (9)'s, (B, N, n), from read tags (n, m_T) and read keys (B, N, m_T). Times the rows they give what `read` does."""
    return (keys @ tags.T).softmax(2)


def dictionary(name: str, generator: Generator) -> list[tuple[Writer, Reader]]:
    """The writer and the reader of each level, finest first; ReenactError where the generator has none."""
    layers = list(generator.network.modules()) if isinstance(generator, TrainedGenerator) else []
    writers = [layer for layer in layers if isinstance(layer, Writer)]
    readers = [layer for layer in layers if isinstance(layer, Reader)]
    if not writers:
        raise ReenactError(f"{name} has no dictionary whose rows are chosen by weights; name the folder of a trained FD-GAN or dense")
    return list(zip(writers, readers, strict=True))


@contextmanager
def outputs_of(layers: Sequence[nn.Module]) -> Iterator[list[list[Tensor]]]:
    """A list for each layer, of what it gives while this is open, float32."""
    kept: list[list[Tensor]] = [[] for _ in layers]
    hooks = [
        layer.register_forward_hook(lambda _, __, out, mine=mine: mine.append(out.float()))
        for layer, mine in zip(layers, kept, strict=True)
    ]
    try:
        yield kept
    finally:
        for hook in hooks:
            hook.remove()


def watched(generator: Generator, pairs: Sequence[tuple[Writer, Reader]], people: Sequence[Clip]) -> tuple[list[np.ndarray], list[Level]]:
    """Each person's generated picture (S, S, 3) uint8, and the keys that were computed for it."""
    with outputs_of([layer.key for pair in pairs for layer in pair]) as keys:
        made = [generated(generator, person)[-1] for person in people]
    stacked = [torch.cat(each) for each in keys]
    return made, [Level(*pair, *stacked[2 * i : 2 * i + 2]) for i, pair in enumerate(pairs)]


def maps_of(level: Level) -> tuple[Tensor, Tensor, Tensor]:
    """Write maps (P, n, N), read weights (P, N, n), and read maps (P, n, N). Maps sum to 1 over places."""
    write, read = write_weights(level.writer.tags, level.written), read_weights(level.reader.tags, level.read)
    return write, read, F.normalize(read.transpose(1, 2), p=1, dim=2)


def effective(weights: Tensor) -> Tensor:
    """Over how many of the last axis weights that sum to 1 are spread: exp of the entropy."""
    return torch.special.entr(weights).sum(-1).exp()


def parts_of(landmarks: np.ndarray, size: int, side: int) -> dict[str, Tensor]:
    """How much of each of side × side places is covered by a part of the face, (side²,) in [0, 1]. landmarks: (68, 2), pixels of `size`."""
    masks = {
        "eyes": around(landmarks, EYES, size),
        "mouth": around(landmarks, [MOUTH], size),
        "face": around(landmarks, [slice(POINTS)], size),
    }
    masks["outside"] = ~masks["face"]
    small = {name: cv2.resize(mask.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA) for name, mask in masks.items()}
    return {name: torch.from_numpy(mask).flatten() for name, mask in small.items()}


def odds(share: Tensor) -> Tensor:
    """Of a share in [0, 1]."""
    return share / (1 - share)


def map_figures(maps: Tensor, landmarks: Sequence[np.ndarray], size: int) -> dict[str, object]:
    """The figures of maps (P, n, N), with each person's landmarks."""
    people, rows, places = maps.shape
    unit = F.normalize(maps - maps.mean(2, keepdim=True), dim=2)
    between = unit @ unit.transpose(1, 2)  # (P, n, n)
    between.diagonal(dim1=1, dim2=2).zero_()  # a row with itself
    other_people = unit.sum(0).square().sum(1) - unit.square().sum((0, 2))
    favours = {}
    parts = [parts_of(points, size, round(places**0.5)) for points in landmarks]
    for name in parts[0]:
        covered = torch.stack([each[name] for each in parts])  # (P, N)
        share = torch.einsum("pin,pn->i", maps, covered) / people
        favours[name] = _rounded((odds(share) > FAVOURED * odds(covered.mean())).float().mean())
    return {
        "places": _rounded(effective(maps).mean()),
        "over_people": _rounded(other_people.mean() / (people * (people - 1))) if people > 1 else None,
        "over_rows": _rounded(between.sum() / (people * rows * (rows - 1))) if rows > 1 else None,
        "alike": _rounded((between.amax(2) > ALIKE).float().mean()),
        "favours": favours,
    }


def level_figures(level: Level, people: Sequence[Clip], most: int) -> dict[str, object]:
    """All figures of a level. most: how many rows count as the most read."""
    write, read, read_maps = maps_of(level)
    size, rows, mean = people[0].images.shape[1], read.shape[2], read.mean((0, 1))
    return {
        "side": round(read.shape[1] ** 0.5),
        "rows": rows,
        "rows_per_place": _rounded(effective(read).mean()),
        "rows_in_all": _rounded(effective(mean)),
        "read_over_chance": _rounded((read.amax((0, 1)) > 1 / rows).float().mean()),
        "seldom": _rounded((mean < SELDOM / rows).float().mean()),
        "most_read": _rounded(mean.sort(descending=True).values[:most].sum()),
        "write": map_figures(write, [person.landmarks[0] for person in people], size),
        "read": map_figures(read_maps, [person.landmarks[-1] for person in people], size),
    }


def _rounded(value: Tensor) -> float:
    return round(value.item(), 3)


def overlay(picture: np.ndarray, weights: Tensor) -> np.ndarray:
    """A map (N,) as colours over a picture (S, S, 3) uint8, from 0 to its largest value: (C, C, 3) uint8, C the larger of S and CELL."""
    side, cell = round(len(weights) ** 0.5), max(CELL, len(picture))
    large = cv2.resize((weights / weights.max()).view(side, side).numpy(), (cell, cell), interpolation=cv2.INTER_LINEAR)
    colours = cv2.applyColorMap((255 * large).round().astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    grey = cv2.cvtColor(fit(picture, cell), cv2.COLOR_RGB2GRAY)[..., None]
    return (HEAT * colours + (1 - HEAT) * grey).round().astype(np.uint8)


def sheet(level: Level, people: Sequence[Clip], made: Sequence[np.ndarray], most: int) -> Sheet:
    """A line a person: target, wanted frame and generated picture, then the write and the read map of the most read rows."""
    write, read, read_maps = maps_of(level)
    rows = read.mean((0, 1)).argsort(descending=True)[:most].tolist()
    lines = []
    for number in spread(range(len(people)), PEOPLE):
        target, result = people[number].images[0], made[number]
        heat = [(overlay(target, write[number, row]), overlay(result, read_maps[number, row])) for row in rows]
        lines.append(Row(people[number].subject, [target, people[number].images[-1], result, *(each for pair in heat for each in pair)]))
    names = [f"row {row} {what}" for row in rows for what in ("written", "read")]
    return Sheet(["target", "wanted", "generated", *names], lines)


@torch.inference_mode()
def run(options: argparse.Namespace) -> None:
    """Print the figures and write the sheet."""
    generator = load_generator(options.model, CPU)
    pairs = dictionary(options.model, generator)
    if not 0 <= options.level < len(pairs):
        raise ReenactError(f"--level {options.level}: {options.model} has levels 0 to {len(pairs) - 1}")
    clips = clips_of(FrameStore(found_shards(options.shards)), 1, generator.size)
    people = list({clip.subject: clip for clip in reversed(clips)}.values())[::-1]
    made, levels = watched(generator, pairs, people)
    print(json.dumps({"people": len(people), "levels": [level_figures(level, people, options.rows) for level in levels]}))
    if options.sheet:
        write_sheet(options.sheet, sheet(levels[options.level], people, made, options.rows))


@errors_as_text
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--shards", default="data/shards/test/*.parquet")
    parser.add_argument("--level", type=int, default=0)
    parser.add_argument("--rows", type=positive(int), default=6)
    parser.add_argument("--sheet", type=Path)
    run(parser.parse_args())


if __name__ == "__main__":
    main()
