"""From kept predictions and the test sets to the files of Tables 1 to 4, of all scores and of every frame's values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from reenact.config.schema import Params
from reenact.errors import ReenactError
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
from reenact.evaluation.tables import Scores, all_scores, frame_cards, table1, table2, table3, table4
from reenact.files import sha256_file, write_json
from reenact.ldnet.model import load_ldnet
from reenact.metrics.base import Reader
from reenact.shards.frames import FrameStore
from reenact.testsets.items import Item, Kind
from reenact.testsets.lmtest import read_lmtest
from reenact.training.export import WEIGHTS

SETTINGS: dict[Kind, str] = {"selftest": "self", "crosstest": "cross"}
COMMAND = "reenact score, in the project's folder"
UNSOUND = "unsound-frames.parquet"
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
    parameters enable, where the two files of predictions were made with different networks or settings, or where the figures mean nothing
    (`checked`).
    """
    config, known = params.evaluate, open_ground_truth(truth, params.data_seed)
    opened = open_stored(FrameStore(shards), testsets, predictions)
    for each in opened.values():
        check_generators(params, each.predictions)
    found = readers(config, params.face_model, root)
    cards = Cards({name: reader.about() for name, reader in found.items()}, config.isim_reference, COMMAND)
    ldnet = load_ldnet(ldnet_dir, torch.device("cpu"))
    lmtest = read_lmtest(testsets / "lmtest.parquet")
    codes = table1(params, lmtest, ldnet, cards, sha256_file(ldnet_dir / WEIGHTS))

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
    scores = scores_of(measured, results, found, cards, about, made_with["image_size"])
    checks = checked(out_dir, scores)
    write_json(out_dir / "table1.json", codes)
    write_scores(out_dir, scores, checks, has_table2=True)


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
    kept = {row: {references: True} for row in REFERENCES}
    for each in results:
        for method, words in each.image_formats.items():
            kept.setdefault(method, {})[words] = True
    images = {row: f"{' in one test set, in the other '.join(words)}, {size} pixels a side" for row, words in kept.items()}
    backends = {name: about["backend"] for name, about in ((name, reader.about()) for name, reader in found.items())}
    names = {"face_model": backends["headmodel"].removeprefix("headmodel-"), "onnx": backends.get("onnx", "").removeprefix("onnx-")}
    return Scores(measured, images, names, cards, about | {"face_model": names["face_model"]})


def checked(folder: Path, scores: Scores) -> dict[str, Any]:
    """What is odd about scores (`check_sanity`). Where they mean nothing, nothing but the values of each frame is written, for a look."""
    unsound = folder / UNSOUND
    try:
        checks = check_sanity(scores.measured)
    except ReenactError as error:
        write_frames(unsound, scores.measured, frame_cards(scores))
        raise ReenactError(f"{error}. No table was written; the values of each frame are in {unsound}") from error
    unsound.unlink(missing_ok=True)
    return checks


def write_scores(folder: Path, scores: Scores, checks: Mapping[str, Any], *, has_table2: bool) -> None:
    """Write Tables 3 and 4 (the latter where CrossTest was measured), all scores, `checks` (`checked`), and the values of each frame.

    has_table2: write Table 2 too, which is of the project's generators alone.
    """
    makers: dict[str, Callable[[Scores], dict[str, Any]]] = {"table2": table2} if has_table2 else {}
    makers |= {"table3": table3, "scores": all_scores} | ({"table4": table4} if "cross" in scores.measured else {})
    for name, make in makers.items():
        write_json(folder / f"{name}.json", make(scores))
    write_json(folder / "sanity.json", checks)
    write_frames(folder / "frames.parquet", scores.measured, frame_cards(scores))


def truth_of(items: Sequence[Item], kind: Kind, known: GroundTruth | None) -> dict[int, TrueMotion]:
    """The truth of a test set's items by their numbers, where it is known: of rendered people in CrossTest."""
    return {item.number: known.of(item) for item in items} if known is not None and kind == "crosstest" else {}


def size_of(sha256: str, measured: Measured) -> dict[str, Any]:
    """How large a test set is. sha256: of its list."""
    return {"sha256": sha256, "items": measured.items, "frames": measured.frames, "subjects": measured.subjects}
