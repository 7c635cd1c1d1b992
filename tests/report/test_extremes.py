from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from reenact.evaluation.predictions import Method
from reenact.report.extremes import chosen_by_seed, extremes_in_words, extremes_sheet
from reenact.testsets.items import Kind
from tests.support.made_pairs import FRAMES, SOURCES, MadePair, MadeTestSet, shade

DENSE: dict[Kind, Method] = {"selftest": Method("dense", "driver"), "crosstest": Method("dense", "ldnet")}


@pytest.fixture(scope="module", autouse=True)
def own() -> None:
    """All metrics and generators, not those of the other tests of this folder alone."""


def made(kind: Kind, count: int) -> tuple[MadeTestSet, pd.DataFrame]:
    """A test set, and values of which those of other methods, sources and test sets are of no account."""
    testset, rng = MadeTestSet(kind, [MadePair(3 * n, f"t{n}", f"d{n}") for n in range(count)]), np.random.default_rng(5)
    tables = []
    for setting in ("self", "cross"):
        for generator in ("dense", "fdgan"):
            for source in SOURCES:
                for pair in testset.pairs:
                    names = {"setting": setting, "item": pair.number, "frame": FRAMES, "method": generator, "landmark_source": source}
                    tables.append(pd.DataFrame(names | {"isim_centred": rng.uniform(0, 1, len(FRAMES)).astype(np.float32)}))
    return testset, pd.concat(tables, ignore_index=True)


@pytest.mark.parametrize(("kind", "setting", "source"), [("selftest", "self", "driver"), ("crosstest", "cross", "ldnet")])
def test_the_best_and_the_worst_pairs_are_shown_in_a_frame_like_their_mean(kind, setting, source):
    testset, frames = made(kind, 12)
    sheet = extremes_sheet(testset, testset, frames, DENSE[testset.kind])
    by_pair = {}
    for pair in testset.pairs:
        which = (frames.setting == setting) & (frames.method == "dense") & (frames.landmark_source == source)
        by_pair[pair.number] = frames[which & (frames.item == pair.number)].isim_centred.to_numpy(np.float64)
    order = sorted(by_pair, key=lambda number: -by_pair[number].mean())
    shown = [*order[:4], *order[:-5:-1]]
    for row, number in zip(sheet.rows, shown, strict=True):
        place = int(np.abs(by_pair[number] - by_pair[number].mean()).argmin())
        target, driver, result = row.pictures
        np.testing.assert_array_equal(target, shade(number, 0, 0))
        np.testing.assert_array_equal(driver, shade(number, 1, place))
        np.testing.assert_array_equal(result, testset.images(number, source)[place])
        assert f"t{number // 3}" in row.label and f"{by_pair[number].mean():.3f}" in row.label
        assert (f"d{number // 3}" in row.label) == (kind == "crosstest")
    assert [row.label.split("\n")[0] for row in sheet.rows] == [
        *("best", "best, 2", "best, 3", "best, 4"),
        *("worst", "worst, 2", "worst, 3", "worst, 4"),
    ]
    assert list(sheet.columns) == ["target", "driver = truth" if kind == "selftest" else "driver", "result"]
    words = extremes_in_words(testset, frames, DENSE[testset.kind])
    assert (
        words.startswith("ISIM, centred, of 12 pairs is")
        and f"{by_pair[order[0]].mean():.3f} in the best" in words
        and f"{by_pair[order[-1]].mean():.3f} in the worst" in words
    )


def test_no_pair_is_among_the_best_and_the_worst():
    for count, labels in ((1, ["best"]), (2, ["best", "worst"]), (5, ["best", "best, 2", "worst", "worst, 2"])):
        testset, frames = made("crosstest", count)
        rows = extremes_sheet(testset, testset, frames, DENSE[testset.kind]).rows
        assert [row.label.split("\n")[0] for row in rows] == labels
        assert len({tuple(row.pictures[0][0, 0]) for row in rows}) == len(rows)


def test_frames_without_a_value_count_for_nothing():
    testset, frames = made("crosstest", 6)
    frames.loc[frames.item == 0, "isim_centred"] = np.nan
    kept = (frames.item == 3) & (frames.frame == 4)
    frames.loc[frames.item == 3, "isim_centred"] = np.nan
    frames.loc[kept, "isim_centred"] = 2.0
    sheet = extremes_sheet(testset, testset, frames, DENSE[testset.kind])
    assert sheet.rows[0].label.endswith("2.000") and "t1" in sheet.rows[0].label
    np.testing.assert_array_equal(sheet.rows[0].pictures[1], shade(3, 1, 2))
    assert not any("t0" in row.label for row in sheet.rows) and "of 5 pairs" in extremes_in_words(testset, frames, DENSE[testset.kind])


def test_the_seed_draws_pairs_and_nothing_else_does():
    testset, _ = made("crosstest", 40)
    chosen = chosen_by_seed(testset, 8, seed=1)
    assert chosen == sorted(set(chosen)) and len(chosen) == 8 and set(chosen) < {pair.number for pair in testset.pairs}
    assert chosen == chosen_by_seed(MadeTestSet("crosstest", testset.pairs[::-1]), 8, seed=1)
    assert chosen != chosen_by_seed(testset, 8, seed=2) and chosen != chosen_by_seed(MadeTestSet("selftest", testset.pairs), 8, seed=1)
    drawn = [number for seed in range(200) for number in chosen_by_seed(testset, 8, seed)]
    assert min(np.unique(drawn, return_counts=True)[1]) > 20 and len(set(drawn)) == 40  # each about 40 times
    assert chosen_by_seed(testset, 100, seed=1) == [pair.number for pair in testset.pairs]
