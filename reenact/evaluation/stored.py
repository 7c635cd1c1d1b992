"""The project's own test sets and predictions, opened together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from reenact.errors import ReenactError
from reenact.evaluation.predictions import REMEDY, Predictions
from reenact.evaluation.results import OwnResults
from reenact.evaluation.testset import StoredTestSet
from reenact.shards.frames import FrameStore
from reenact.testsets.items import KINDS, TITLES, Item, Kind, read_items

# What both files of predictions must have been made with, in words.
AGREED = {
    "image_size": "image sizes",
    "generators": "generators or weights of them",
    "ldnet": "weights of LD-Net",
    "placement": "placements",
    "residual": "residuals",
}


class Stored(NamedTuple):
    """A test set of the project, its items, and what the project's generators made of it."""

    testset: StoredTestSet
    items: list[Item]
    predictions: Predictions
    results: OwnResults


def open_stored(store: FrameStore, testsets: Path, predictions: Path) -> dict[Kind, Stored]:
    """SelfTest and CrossTest with their predictions. testsets, predictions: the folders of the lists, and of what `predict` wrote.

    Raises ReenactError where a file is missing, where the predictions are not of these lists, or where the two files were made with
    different networks or settings.
    """
    files = {kind: (read_items(testsets / f"{kind}.json", kind), Predictions(predictions / f"{kind}.parquet")) for kind in KINDS}
    for kind, ((_, sha256), file) in files.items():
        if file.about["testset"]["sha256"] != sha256:
            raise ReenactError(f"{file.path} was made from another {kind} list; {REMEDY}")
    _check_agreement(predictions, {kind: file.about for kind, (_, file) in files.items()})
    for kind, ((items, _), file) in files.items():
        if file.numbers() != [item.number for item in items]:
            raise ReenactError(f"{file.path} is not of the items of {TITLES[kind]}; {REMEDY}")
    return {
        kind: Stored(
            StoredTestSet(kind, items, sha256, store, file.about["image_size"]),
            items,
            file,
            OwnResults(file),
        )
        for kind, ((items, sha256), file) in files.items()
    }


def _check_agreement(folder: Path, abouts: Mapping[Kind, Mapping[str, Any]]) -> None:
    one, other = abouts.values()
    if differing := [words for key, words in AGREED.items() if one[key] != other[key]]:
        raise ReenactError(
            f"the predictions of SelfTest and of CrossTest in {folder} are of different {' and '.join(differing)}; "
            "make them again (reenact predict)"
        )
