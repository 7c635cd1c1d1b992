"""From kept predictions and the test sets to the files of Tables 1 to 4, of all scores and of every frame's values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from reenact.config.schema import Params
from reenact.evaluation.cards import Cards
from reenact.evaluation.enabled import check_generators
from reenact.evaluation.frames import write_frames
from reenact.evaluation.ground_truth import GroundTruth, TrueMotion, open_ground_truth
from reenact.evaluation.measure import Measured, Settings, measure
from reenact.evaluation.readers import readers
from reenact.evaluation.reading import ClipReader
from reenact.evaluation.results import REFERENCES, Results
from reenact.evaluation.sanity import check_sanity
from reenact.evaluation.stored import open_stored
from reenact.evaluation.tables import Scores, all_scores, table1, table2, table3, table4
from reenact.files import write_json
from reenact.ldnet.model import load_ldnet
from reenact.metrics.base import Reader
from reenact.shards.frames import FrameStore
from reenact.testsets.items import Item, Kind
from reenact.testsets.lmtest import read_lmtest

SETTINGS: dict[Kind, str] = {"selftest": "self", "crosstest": "cross"}
COMMAND = "reenact score"
STORED = "JPEG of the test shards"


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
    kept: Path,
    workers: int = 1,
) -> None:
    """Write table1.json to table4.json and scores.json (`evaluation.tables`), and frames.parquet (`evaluation.frames`) into `out_dir`.

    root: the folder to which `face_model` and the files of `evaluate` are relative. shards: the test shards. testsets: the folder of the
    three test sets. truth: the file of the rendered frames' truth; it has no rows where the corpus is real. predictions: the folder that
    `predict` wrote. kept: the folder of what was read, from which a killed evaluation goes on; what is of other predictions is removed.
    workers: the processes that read faces. Everything is computed on the CPU, so that no figure depends on the device.
    Raises ReenactError where a file is missing, where the predictions are not of these test sets or of other generators than the
    parameters enable, or where the two files of predictions were made with different networks or settings.
    """
    config, known = params.evaluate, open_ground_truth(truth, params.data_seed)
    opened = open_stored(FrameStore(shards), testsets, predictions)
    for each in opened.values():
        check_generators(params, each.predictions)
    found = readers(config, params.face_model, root)
    cards = Cards({name: reader.about() for name, reader in found.items()}, config.isim_reference, COMMAND)
    ldnet = load_ldnet(ldnet_dir, torch.device("cpu"))
    write_json(out_dir / "table1.json", table1(params, read_lmtest(testsets / "lmtest.parquet"), ldnet, cards))

    measured = {}
    with ClipReader(found, kept, workers) as reader:
        for kind, each in opened.items():
            settings = Settings(config.isim_reference, truth_of(each.items, kind, known), params.data_seed)
            measured[SETTINGS[kind]] = measure(each.testset, [each.results], reader, settings)
        reader.forget_others()
    made_with = opened["selftest"].predictions.about
    about = {"isim_reference": config.isim_reference, **{name: made_with[name] for name in ("image_size", "placement", "residual")}}
    about |= {kind: size_of(each.testset.sha256, measured[SETTINGS[kind]]) for kind, each in opened.items()}
    results = [each.results for each in opened.values()]
    write_scores(out_dir, scores_of(measured, results, found, cards, about, made_with["image_size"]))


def scores_of(
    measured: Mapping[str, Measured],
    results: Iterable[Results],
    found: Mapping[str, Reader],
    cards: Cards,
    about: dict[str, Any],
    size: int,
    references: str = STORED,
) -> Scores:
    """What the tables are made of. size: the pictures' side, pixels. references: how the pictures of rows that are no method are kept."""
    kept = {method: words for each in results for method, words in each.image_formats.items()} | dict.fromkeys(REFERENCES, references)
    images = {method: f"{words}, {size} pixels a side" for method, words in kept.items()}
    backends = {name: about["backend"] for name, about in ((name, reader.about()) for name, reader in found.items())}
    names = {"face_model": backends["headmodel"].removeprefix("headmodel-"), "onnx": backends.get("onnx", "").removeprefix("onnx-")}
    return Scores(measured, images, names, cards, about | {"face_model": names["face_model"]})


def write_scores(folder: Path, scores: Scores) -> None:
    """Write Tables 2 to 4 (the last where CrossTest was measured), all scores, what is odd about them, and the values of each frame."""
    makers = {"table2": table2, "table3": table3, "scores": all_scores} | ({"table4": table4} if "cross" in scores.measured else {})
    for name, make in makers.items():
        write_json(folder / f"{name}.json", make(scores))
    write_json(folder / "sanity.json", check_sanity(scores.measured))
    write_frames(folder / "frames.parquet", scores.measured)


def truth_of(items: Sequence[Item], kind: Kind, known: GroundTruth | None) -> dict[int, TrueMotion]:
    """The truth of a test set's items by their numbers, where it is known: of rendered people in CrossTest."""
    return {item.number: known.of(item) for item in items} if known is not None and kind == "crosstest" else {}


def size_of(sha256: str, measured: Measured) -> dict[str, Any]:
    """How large a test set is. sha256: of its list."""
    return {"sha256": sha256, "items": measured.items, "frames": measured.frames, "subjects": measured.subjects}
