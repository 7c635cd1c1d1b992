"""From kept predictions and the test sets to the files of Tables 1, 2 and 3."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from reenact.errors import ReenactError
from reenact.evaluation.items import KINDS, Kind, read_items
from reenact.evaluation.measure import Measured, measure
from reenact.evaluation.predictions import Predictions
from reenact.evaluation.real import RealFaces
from reenact.evaluation.tables import table1, table2, table3
from reenact.faces.embedding import FaceEmbedder
from reenact.files import write_json
from reenact.ldnet.model import load_ldnet
from reenact.params import Params
from reenact.shards.frames import FrameStore
from reenact.testsets.lmtest import read_lmtest

SETTINGS: dict[Kind, str] = {"selftest": "self", "crosstest": "cross"}


def score(params: Params, *, shards: Sequence[Path], testsets: Path, ldnet_dir: Path, predictions: Path, out_dir: Path) -> None:
    """Write table1.json, table2.json and table3.json (`evaluation.tables`) into `out_dir`.

    shards: the test shards. testsets: the folder of the three test sets. predictions: the folder that `predict` wrote.
    Everything is computed on the CPU, so that a figure does not depend on the device. Raises ReenactError where files are missing
    or the predictions are not of these test sets.
    """
    write_json(
        out_dir / "table1.json", table1(params, read_lmtest(testsets / "lmtest.parquet"), load_ldnet(ldnet_dir, torch.device("cpu")))
    )
    files = {kind: Predictions(predictions / f"{kind}.parquet") for kind in KINDS}
    sizes = {file.about["image_size"] for file in files.values()}
    if len(sizes) > 1:
        raise ReenactError(f"the predictions in {predictions} are of different image sizes; make them again (the evaluate step)")
    real = RealFaces(FrameStore(shards), FaceEmbedder(), sizes.pop())
    measured: dict[str, Measured] = {}
    about = {"image_size": real.size, "isim_reference": params.evaluate.isim_reference, "placement": params.evaluate.placement}
    for kind, file in files.items():
        items, sha256 = read_items(testsets / f"{kind}.json", kind)
        if file.about["testset"]["sha256"] != sha256:
            raise ReenactError(f"{file.path} was made from another {kind} list; make the predictions again (the evaluate step)")
        found = measured[SETTINGS[kind]] = measure(kind, items, file, real, params.evaluate.isim_reference)
        about[kind] = {"sha256": sha256, "items": found.items, "frames": found.frames}
    write_json(out_dir / "table2.json", table2(measured, about))
    write_json(out_dir / "table3.json", table3(measured, about))
