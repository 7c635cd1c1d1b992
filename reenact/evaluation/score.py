"""From kept predictions and the test sets to the files of Tables 1 to 4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.evaluation.enabled import check_generators
from reenact.evaluation.face_reader import FaceReader
from reenact.evaluation.ground_truth import open_ground_truth
from reenact.evaluation.measure import Measured, measure
from reenact.evaluation.predictions import Predictions
from reenact.evaluation.real_faces import RealFaces
from reenact.evaluation.tables import table1, table2, table3, table4
from reenact.files import write_json
from reenact.ldnet.model import load_ldnet
from reenact.shards.frames import FrameStore
from reenact.testsets.items import KINDS, Item, Kind, read_items
from reenact.testsets.lmtest import read_lmtest

# Frames of the test sets for a further process, each read in some four pictures. With fewer, starting it takes longer than it saves.
FRAMES_A_PROCESS = 100
SETTINGS: dict[Kind, str] = {"selftest": "self", "crosstest": "cross"}
# What both files of predictions must have been made with, in words.
AGREED = {
    "image_size": "image sizes",
    "generators": "generators or weights of them",
    "ldnet": "weights of LD-Net",
    "placement": "placements",
    "residual": "residuals",
}


def score(
    params: Params,
    *,
    root: Path,
    shards: Sequence[Path],
    testsets: Path,
    truth: Path,
    ldnet_dir: Path,
    predictions: Path,
    out_dir: Path,
    workers: int = 1,
) -> None:
    """Write table1.json to table4.json (`evaluation.tables`) into `out_dir`.

    root: the folder to which `face_model` is relative. shards: the test shards. testsets: the folder of the three test sets. truth: the
    file of the rendered frames' truth; it has no rows where the corpus is real. predictions: the folder that `predict` wrote. workers:
    the processes that read faces. Everything is computed on the CPU, so that no figure depends on the device.
    Raises ReenactError where a file is missing, where the predictions are not of these test sets or of other generators than the
    parameters enable, or where the two files of predictions were made with different networks or settings.
    """
    inputs = {kind: _open(kind, testsets, predictions) for kind in KINDS}
    made_with = _made_with(predictions, inputs)
    for entry in inputs.values():
        check_generators(params, entry.predictions)
    ldnet = load_ldnet(ldnet_dir, torch.device("cpu"))
    write_json(out_dir / "table1.json", table1(params, read_lmtest(testsets / "lmtest.parquet"), ldnet))

    config, known = params.evaluate, open_ground_truth(truth, params.data_seed)
    about: dict[str, Any] = {"isim_reference": config.isim_reference}
    about |= {name: made_with[name] for name in ("image_size", "placement", "residual")}
    measured: dict[str, Measured] = {}
    frames = sum(len(item.frames) for entry in inputs.values() for item in entry.items)
    with FaceReader(min(workers, 1 + frames // FRAMES_A_PROCESS), params.face_model, root) as reader:
        about["face_model"] = reader.face_model
        real = RealFaces(FrameStore(shards), reader, about["image_size"])
        for kind, entry in inputs.items():
            found = measured[SETTINGS[kind]] = measure(kind, entry.items, entry.predictions, real, config.isim_reference, known)
            about[kind] = {"sha256": entry.sha256, "items": found.items, "frames": found.frames}
    for name, make in {"table2": table2, "table3": table3, "table4": table4}.items():
        write_json(out_dir / f"{name}.json", make(measured, about))


class Input(NamedTuple):
    """A test set's items, the list's SHA-256, and the predictions made from it."""

    items: list[Item]
    sha256: str
    predictions: Predictions


def _made_with(folder: Path, inputs: Mapping[Kind, Input]) -> dict[str, Any]:
    """What both files of predictions say of how they were made; ReenactError where they differ."""
    one, other = (entry.predictions.about for entry in inputs.values())
    if differing := [words for key, words in AGREED.items() if one[key] != other[key]]:
        raise ReenactError(
            f"the predictions of SelfTest and of CrossTest in {folder} are of different {' and '.join(differing)}; "
            "make them again (reenact predict)"
        )
    return one


def _open(kind: Kind, testsets: Path, predictions: Path) -> Input:
    items, sha256 = read_items(testsets / f"{kind}.json", kind)
    file = Predictions(predictions / f"{kind}.parquet")
    if file.about["testset"]["sha256"] != sha256:
        raise ReenactError(f"{file.path} was made from another {kind} list; make the predictions again (reenact predict)")
    return Input(items, sha256, file)
