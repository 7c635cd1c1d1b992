"""The still pictures of the page: drawn into results/figures, each with what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import torch

from reenact.config.schema import Params
from reenact.evaluation.enabled import main_generator
from reenact.evaluation.stored import Stored
from reenact.ldnet.model import load_ldnet
from reenact.report.attention import CAPTION as ATTENTION
from reenact.report.attention import attention_sheet
from reenact.report.extremes import chosen_by_seed, extremes_in_words, extremes_sheet, is_judged, method_of, which_pairs
from reenact.report.networks import main_reenactor
from reenact.report.portrait_sheet import portrait_sheet
from reenact.report.sheets import MOST_ROWS, corpus_sheet, result_sheet, write_sheet
from reenact.report.swaps import write_swaps
from reenact.shards.frames import FrameStore
from reenact.testsets.items import TITLES, Kind
from reenact.testsets.lmtest import read_lmtest
from reenact.training.device import pick_device
from reenact.workspace import LDNET, TESTSETS, Workspace

ATTENDING = 3  # pairs
ORDINARY: Mapping[Kind, tuple[str, str]] = {
    "crosstest": (
        "one person drives another",
        "With the driver's own landmarks a result takes on the driver's face shape; LD-Net's are to keep the target's.",
    ),
    "selftest": ("a person reenacts itself", "The driving frame is the truth."),
}


@dataclass(frozen=True)
class Picture:
    """A file in results/figures. alt: for people who do not see it. left_out: what it could not show, each in words."""

    file: str
    title: str
    alt: str
    caption: str
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """What pictures are drawn from. frames: the values of every frame (`evaluation.frames`). folder: where they are written."""

    folder: Path
    params: Params
    workspace: Workspace
    train: FrameStore
    test: FrameStore
    opened: Mapping[Kind, Stored]
    frames: pd.DataFrame

    @property
    def device(self) -> torch.device:
        """Where networks run."""
        return pick_device(self.params.device)

    def chosen(self, kind: Kind, count: int) -> list[int]:
        """So many pairs of a test set, drawn by the seed."""
        return chosen_by_seed(self.opened[kind].testset, count, self.params.data_seed)


def draw_pictures(source: Source) -> Iterator[Picture]:
    """Draw all pictures that there can be, in the order of the page."""
    for kind in ORDINARY:
        yield _ordinary(source, kind)
    for kind in ORDINARY:
        yield from _extremes(source, kind)
    yield from _attention(source)
    yield from _portraits(source)
    yield _swaps(source)
    yield _corpus(source)


def _ordinary(source: Source, kind: Kind) -> Picture:
    what, meaning = ORDINARY[kind]
    opened, numbers = source.opened[kind], source.chosen(kind, MOST_ROWS)
    which = which_pairs(numbers, opened.testset)
    write_sheet(source.folder / f"{kind}.jpg", result_sheet(opened.testset, [opened.results], numbers))
    return Picture(
        f"{kind}.jpg",
        f"{TITLES[kind]}: {what}",
        f"{len(numbers)} rows of target, driver, and results from the driver's and from LD-Net's landmarks.",
        f"{which} Each row shows the frame in the middle of its clip; results are {opened.testset.size} pixels a side. {meaning}",
    )


def _extremes(source: Source, kind: Kind) -> Iterator[Picture]:
    """None where no frame has the value to judge by: it takes three people."""
    testset, entry = source.opened[kind].testset, main_generator(source.params)
    method = method_of(kind, entry.name)
    if not is_judged(source.frames, kind, method):
        return
    words = extremes_in_words(testset, source.frames, method)
    sheet = extremes_sheet(testset, source.opened[kind].results, source.frames, method)
    write_sheet(source.folder / f"{kind}-extremes.jpg", sheet)
    yield Picture(
        f"{kind}-extremes.jpg",
        f"{TITLES[kind]}: where {entry.title} keeps the person best and worst",
        words,
        f"Pairs with the highest and the lowest ISIM, centred, which stands beside each. {words}",
    )


def _attention(source: Source) -> Iterator[Picture]:
    opened = source.opened["crosstest"]
    numbers = source.chosen("crosstest", ATTENDING)
    sheet = attention_sheet(source.params, source.workspace, opened.testset, opened.results, numbers, source.device)
    if sheet is not None:
        write_sheet(source.folder / "attention.jpg", sheet)
        alt = "Rows of target, driver and result, and where in the target the result's eye, mouth and hair come from, as heat."
        yield Picture("attention.jpg", "Where FD-GAN looks in the target", alt, f"{which_pairs(numbers, opened.testset)} {ATTENTION}")


def _portraits(source: Source) -> Iterator[Picture]:
    """None where no folder is named, or none of its portraits could be shown."""
    if source.params.evaluate.portraits is None:
        return
    testset, (number,) = source.opened["crosstest"].testset, source.chosen("crosstest", 1)
    reenactor = main_reenactor(source.params, source.workspace, source.device)
    found = portrait_sheet(source.workspace.path(source.params.evaluate.portraits), testset, number, reenactor)
    left_out = [*found.left_out, *([f"{found.more} more files were not looked at"] if found.more else [])]
    if found.sheet is None:
        yield Picture("", "Portraits from outside the corpus", "", "None of the files in the folder could be shown.", left_out)
        return
    write_sheet(source.folder / "portraits.jpg", found.sheet)
    yield Picture(
        "portraits.jpg",
        "Portraits from outside the corpus",
        f"{len(found.sheet.rows) - 1} portraits, each in frames of one driver, who is in the first row.",
        "Photographs from the folder that evaluate.portraits names, driven by a clip of CrossTest. All but the first row and the first "
        "column are generated.",
        left_out,
    )


def _swaps(source: Source) -> Picture:
    ldnet = load_ldnet(source.workspace.path(LDNET), torch.device("cpu"))
    write_swaps(source.folder / "swaps.png", read_lmtest(source.workspace.path(TESTSETS, "lmtest.parquet")), ldnet)
    return Picture(
        "swaps.png",
        "LMTest: the identity of one person, pose and expression of another",
        "A grid of faces as lines. Rows are people, columns are frames of the driver. The truth lies below in grey.",
        "LD-Net's landmarks, without a picture: each blue face was generated from a frame of the driver (top row) and a frame of the row's "
        "person (left column). The driver is the person who is most like all, the others and the frames are those that differ most, but "
        "for the strangest 5 %. No training saw any of these people.",
    )


def _corpus(source: Source) -> Picture:
    write_sheet(source.folder / "corpus.jpg", corpus_sheet(source.train, source.test))
    return Picture(
        "corpus.jpg",
        "The corpus: crops and landmarks",
        "Rows of five frames of a clip with the landmarks of the last.",
        "Crops as they lie in the shards, evenly spread over the first clip of some subjects.",
    )
