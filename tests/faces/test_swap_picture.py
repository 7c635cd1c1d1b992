from __future__ import annotations

import numpy as np
import pytest

from reenact.faces.swap_picture import GENERATED, GIVEN, INK, TRUTH, draw_swaps

STEP, LEFT, TOP = 124, 84, 62  # pixels from cell to cell, and to the first


def faces(*shape: int, seed: int = 0) -> np.ndarray:
    """Normalised landmarks (*shape, 136): their box is [-1, 1] in x, and half as high in y."""
    points = np.random.default_rng(seed).uniform(-1, 1, (*shape, 68, 2)).astype(np.float32)
    points[..., 0, 0], points[..., 1, 0] = -1, 1
    points[..., 1] /= 2
    return points.reshape(*shape, 136)


def made(rows: int = 2, columns: int = 3) -> dict[str, np.ndarray]:
    unknown = np.full((rows, columns, 136), np.nan, np.float32)
    return {"identity": faces(rows, seed=1), "pose": faces(columns, seed=2), "swapped": faces(rows, columns, seed=3), "truth": unknown}


def cells(picture: np.ndarray, rows: int = 2, columns: int = 3) -> dict[tuple[int, int], np.ndarray]:
    """The cells by row and column; the first ones are what is given."""
    assert picture.shape == (TOP + (rows + 1) * STEP + 30, LEFT + (columns + 1) * STEP, 3) and picture.dtype == np.uint8
    return {
        (row, column): picture[TOP + row * STEP :, LEFT + column * STEP :][:120, :120]
        for row in range(rows + 1)
        for column in range(columns + 1)
    }


def has(cell: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((cell == colour).all(-1).any())


def changed(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> set[tuple[int, int]]:
    before, after = cells(draw_swaps(**one)), cells(draw_swaps(**other))
    return {place for place, cell in before.items() if (cell != after[place]).any()}


def test_people_and_frames_are_given_at_the_sides_and_what_was_generated_lies_between():
    for (row, column), cell in cells(draw_swaps(**made())).items():
        given = row == 0 or column == 0
        assert has(cell, GIVEN) == given and has(cell, INK) == (given and row + column > 0) and has(cell, GENERATED) == (not given)
        assert not has(cell, TRUTH), "it is not known"


@pytest.mark.parametrize(
    ("name", "place", "cell"),
    [("identity", 1, (2, 0)), ("pose", 0, (0, 1)), ("swapped", (1, 2), (2, 3)), ("truth", (0, 1), (1, 2))],
)
def test_each_face_has_its_own_cell(name, place, cell):
    other = {key: values.copy() for key, values in made().items()}
    other[name][place] = faces(seed=9)
    assert changed(made(), other) == {cell}


def test_the_truth_lies_below_what_was_generated():
    samples = made() | {"truth": faces(2, 3, seed=4)}
    cell = cells(draw_swaps(**samples))[1, 1]
    assert has(cell, TRUTH) and has(cell, GENERATED)
    same = cells(draw_swaps(**samples | {"truth": samples["swapped"]}))[1, 1]
    nearer = np.abs(same.astype(int) - GENERATED).sum(-1) < 20
    assert nearer.sum() >= (np.abs(cells(draw_swaps(**made()))[1, 1].astype(int) - GENERATED).sum(-1) < 20).sum()


def test_faces_fill_their_cells_but_for_a_margin_and_stand_upright():
    cell = cells(draw_swaps(**made()))[1, 1]
    rows, across = np.nonzero((cell != 255).any(-1))
    assert np.ptp(across) == pytest.approx(0.85 * 120, abs=3) and np.ptp(rows) < 0.5 * 120
    assert across.min() + across.max() == pytest.approx(119, abs=2)
    low = made()
    low["swapped"][0, 0] = np.tile([0.0, 0.9], 68)
    rows, _ = np.nonzero((cells(draw_swaps(**low))[1, 1] != 255).any(-1))
    assert rows.min() > 100


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_a_network_that_ran_away_is_drawn_and_changes_no_other_cell(value):
    wild = {key: values.copy() for key, values in made().items()}
    wild["swapped"][0, 0], wild["swapped"][1, 1, 40] = value, value
    assert changed(made(), wild) <= {(1, 1), (2, 2)}
    assert has(cells(draw_swaps(**wild))[2, 2], GENERATED)


def test_the_words_say_what_is_seen():
    """Above, to the left and below there is ink, and in the legend each colour of the faces."""
    picture = draw_swaps(**made())
    assert has(picture[:30], INK) and has(picture[TOP:-30, : LEFT - 4], INK)
    assert all(has(picture[-30:], colour) for colour in (INK, GENERATED, TRUTH))
