"""Which pairs the page shows: the best, the worst, and others drawn at random, so that none is picked by eye."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from reenact.evaluation.predictions import Method
from reenact.evaluation.results import Results
from reenact.evaluation.tables import TABLE3_LANDMARKS
from reenact.evaluation.testset import TestSet
from reenact.metrics.registry import METRICS
from reenact.report.in_words import plain
from reenact.report.sheets import GIVEN, Row, Sheet
from reenact.seeding import generator as seeded
from reenact.testsets.items import Kind

JUDGED_BY = "isim_centred"
MOST = 4  # pairs at either end
SETTING: dict[Kind, str] = {"selftest": "self", "crosstest": "cross"}


def extremes_sheet(testset: TestSet, results: Results, frames: pd.DataFrame, method: Method) -> Sheet:
    """The pairs with the highest ISIM, centred, of a method's results, then those with the lowest: at most a third of all at either end.

    Each end begins with its utmost. A pair's figure is its mean; shown is the frame whose own value is nearest to that.
    frames: as `evaluation.frames` has them.
    """
    pairs = {pair.number: pair for pair in testset.pairs}
    means, nearest = pair_means(frames, testset.kind, method)
    order, count = means.index.tolist(), min(MOST, -(-len(means) // 3))
    rows = []
    for end, numbers in (("best", order[:count]), ("worst", order[: count - 1 : -1][:count])):
        for rank, number in enumerate(numbers, start=1):
            pair, place = pairs[number], pairs[number].frames.index(nearest[number])
            people = [pair.target_subject] if testset.kind == "selftest" else [pair.target_subject, "driven by", pair.driver_subject]
            label = "\n".join([end if rank == 1 else f"{end}, {rank}", *people, plain(means[number])])
            pictures = [testset.target(number)[0], testset.driving(number)[0][place], results.of(number)[method].images[place]]
            rows.append(Row(label, pictures))
    return Sheet([*GIVEN[testset.kind][:2], "result"], rows)


def is_judged(frames: pd.DataFrame, kind: Kind, method: Method) -> bool:
    """Whether any of a method's results has a value to judge by: a test set of fewer than three people gives none."""
    return JUDGED_BY in frames and not pair_means(frames, kind, method)[0].empty


def extremes_in_words(testset: TestSet, frames: pd.DataFrame, method: Method) -> str:
    """What the rows' labels say, for people who do not see them."""
    means, _ = pair_means(frames, testset.kind, method)
    best, middle, worst = (plain(figure) for figure in (means.max(), means.median(), means.min()))
    return f"{METRICS[JUDGED_BY].title}, of {len(means)} pairs is {best} in the best, {middle} in the middle, {worst} in the worst."


def method_of(kind: Kind, generator: str) -> Method:
    """A generator's results as Table 3 has them: in SelfTest from the true landmarks, in CrossTest from LD-Net's."""
    return Method(generator, TABLE3_LANDMARKS[SETTING[kind]])


def pair_means(frames: pd.DataFrame, kind: Kind, method: Method) -> tuple[pd.Series, pd.Series]:
    """The mean ISIM, centred, of a method's results by pair, highest first, and the number of the frame that is nearest to it.

    A pair in which no frame has a value is left out. Of equal pairs, and of equal frames, the first comes first.
    """
    of_method = (frames["setting"] == SETTING[kind]) & (frames["method"] == method.generator) & (frames["landmark_source"] == method.source)
    known = frames[of_method & frames[JUDGED_BY].notna()].sort_values(["item", "frame"])
    values = known[JUDGED_BY].astype(float)
    means = values.groupby(known["item"]).mean()
    apart = (values - known["item"].map(means)).abs()
    nearest = known.loc[apart.groupby(known["item"]).idxmin()].set_index("item")["frame"]
    return means.sort_values(ascending=False, kind="stable"), nearest


def chosen_by_seed(testset: TestSet, count: int, seed: int) -> list[int]:
    """The numbers of `count` pairs, or of all where they are fewer, drawn at random by the seed; in their order."""
    numbers = sorted(pair.number for pair in testset.pairs)
    drawn = seeded(seed, "report", "pairs", testset.kind).choice(numbers, min(count, len(numbers)), replace=False)
    return sorted(drawn.tolist())


def which_pairs(numbers: Sequence[int], testset: TestSet, found: str = "") -> str:
    """How those pairs that are shown were chosen. found: where they are from, as in "2 of 8 pairs of CrossTest"."""
    if len(numbers) == len(testset.pairs):
        return f"All {len(numbers)} pairs{found}."
    return f"{len(numbers)} of {len(testset.pairs)} pairs{found}, drawn by the seed, so nobody picked them."
