"""Where in the target FD-GAN looks for what it draws: its finest feature dictionary, seen as attention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from reenact.config.schema import Params
from reenact.evaluation.enabled import enabled
from reenact.evaluation.predictions import Method
from reenact.evaluation.results import Results
from reenact.evaluation.testset import TestSet
from reenact.faces.layout68 import EYES, JAW_POINTS, MOUTH
from reenact.generators.fdgan.dictionary import Reader, Writer
from reenact.generators.fdgan.model import FDGAN
from reenact.generators.registry import GENERATORS
from reenact.generators.trained import TrainedGenerator, load_trained
from reenact.reenactment.transfer import LDNET
from reenact.report.sheets import CELL, Row, Sheet, fit, spread
from reenact.workspace import Workspace

NAME = "fdgan"
FRAMES = 2  # of each pair
BROWS = slice(17, 27)
CHIN = JAW_POINTS // 2
ABOVE_BROWS = 0.45  # of the face's height from chin to brows: hair, where the forehead is not high
HEAT = 0.65  # share of the colour in an overlay; the rest is the picture, in grey
RADIUS = 1  # places about a mark whose reading is averaged
CAPTION = (
    "Each place of the result reads rows of a dictionary, and each row was written from places of the target, both with weights that sum "
    "to 1. Multiplied, they say how much of what a place reads comes from where in the target: the heat, for the three ringed places, each "
    "with its eight neighbours. Its brightness is the root of the weight, from 0 to the largest. Shown is the finest of four dictionaries. "
    "What is written at a place is a feature, which has seen the target around it, too."
)


class Watched(NamedTuple):
    """Results of a target, and where they were looked for.

    images: (F, S, S, 3) uint8 RGB. weights: (F, N, M) float32, of M places of the target in what each of N places of a result reads; rows
    of them sum to 1. Places are in lines, from the upper left.
    """

    images: np.ndarray
    weights: np.ndarray


def attention_sheet(
    params: Params, workspace: Workspace, testset: TestSet, results: Results, numbers: Sequence[int], device: torch.device
) -> Sheet | None:
    """Some frames of some pairs: where the result's eye, mouth and hair come from in the target; None where FD-GAN is not enabled.

    The results are generated once more, from LD-Net's landmarks in `results`, with the network in the workspace.
    """
    if NAME not in enabled(params):
        return None
    entry = GENERATORS[NAME]
    generator = load_trained(entry, workspace.path(entry.folder), device)
    rows = []
    for number in numbers:
        wanted = results.of(number)[Method(NAME, LDNET)].generated_from
        assert wanted is not None, "the project's own results say what they were generated from"
        frames = spread(range(len(wanted)), FRAMES)
        picture, landmarks = testset.target(number)
        assert landmarks is not None, "the project's test sets have landmarks"
        driving, _ = testset.driving(number)
        watched = watch(generator, picture, landmarks, wanted[frames])
        subject = next(pair.target_subject for pair in testset.pairs if pair.number == number)
        for place, frame in enumerate(frames):
            marked = list(marks(wanted[frame], testset.size).values())
            heat = [overlay(picture, at(watched.weights[place], mark, testset.size)) for mark in marked]
            rows.append(Row(f"{subject}\nframe {frame + 1}", [picture, driving[frame], ringed(watched.images[place], marked), *heat]))
    return Sheet(["target", "driver", "FD-GAN", *(f"for the {name}" for name in marks(np.zeros((68, 2)), 1))], rows)


@torch.inference_mode()
def watch(generator: TrainedGenerator, picture: np.ndarray, landmarks: np.ndarray, wanted: np.ndarray) -> Watched:
    """Generate a target, (S, S, 3) uint8 with landmarks (68, 2), with landmarks (F, 68, 2), and see where it was looked for."""
    network = generator.network
    assert isinstance(network, FDGAN)
    writer, reader = network.extractor.writers[0], network.translator.readers[0]
    assert isinstance(writer, Writer) and isinstance(reader, Reader)
    with _outputs(writer.key) as written, _outputs(reader.key) as read:
        encoded = generator.encode(picture, landmarks)
        images = np.concatenate([generator.generate(encoded, wanted[frame : frame + 1]) for frame in range(len(wanted))])
    return Watched(images, looked_at(writer, reader, written[0], torch.cat(read)).cpu().numpy())


def looked_at(writer: Writer, reader: Reader, written: Tensor, read: Tensor) -> Tensor:
    """The weights (F, N, M) of M written places in what N places read: Eq. (9)'s over rows times Eq. (8)'s over places.

    written: write keys (1, M, m_T) of a target. read: read keys (F, N, m_T).
    """
    by_row = (writer.tags @ written.transpose(1, 2)).softmax(2)  # (1, rows, M)
    return (read @ reader.tags.T).softmax(2) @ by_row


@contextmanager
def _outputs(layer: nn.Module) -> Iterator[list[Tensor]]:
    """What a layer gives while this is open, float32."""
    kept: list[Tensor] = []
    hook = layer.register_forward_hook(lambda _, __, out: kept.append(out.float()))
    try:
        yield kept
    finally:
        hook.remove()


def marks(landmarks: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """Places (2,) of a face with landmarks (68, 2), by name, in pixels of a picture of `size`: the hair's by guess, within the picture."""
    brows = landmarks[BROWS].mean(axis=0)
    hair = brows + ABOVE_BROWS * (brows - landmarks[CHIN])
    return {"eye": landmarks[EYES[0]].mean(axis=0), "mouth": landmarks[MOUTH].mean(axis=0), "hair": np.clip(hair, 0, size - 1)}


def at(weights: np.ndarray, mark: np.ndarray, size: int) -> np.ndarray:
    """The mean (side, side) of weights (N, M) over the places about a mark, in pixels of a picture of `size`."""
    side = _side(len(weights))
    x, y = np.clip(np.rint((mark + 0.5) * side / size - 0.5).astype(int), 0, side - 1)
    near = weights.reshape(side, side, -1)[max(y - RADIUS, 0) : y + RADIUS + 1, max(x - RADIUS, 0) : x + RADIUS + 1]
    target = _side(weights.shape[1])
    return near.mean(axis=(0, 1)).reshape(target, target)


def _side(places: int) -> int:
    return round(places**0.5)


def overlay(picture: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weights (side, side) as heat over a picture in grey, (CELL, CELL, 3) uint8: the root, from 0 to the largest."""
    large = cv2.resize(np.sqrt(weights / weights.max()), (CELL, CELL), interpolation=cv2.INTER_LINEAR)
    colours = cv2.applyColorMap((255 * large).round().astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    grey = cv2.cvtColor(fit(picture, CELL), cv2.COLOR_RGB2GRAY)[..., None]
    return (HEAT * colours + (1 - HEAT) * grey).round().astype(np.uint8)


def ringed(picture: np.ndarray, marked: Sequence[np.ndarray]) -> np.ndarray:
    """A picture with a ring about each mark, in pixels of the picture; (CELL, CELL, 3) uint8."""
    canvas, scale = fit(picture, CELL).copy(), CELL / len(picture)
    for mark in marked:
        x, y = np.rint((mark + 0.5) * scale - 0.5).astype(int).tolist()
        for colour, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):  # seen on skin and on hair alike
            cv2.circle(canvas, (x, y), CELL // 21, colour, width, cv2.LINE_AA)
    return canvas
