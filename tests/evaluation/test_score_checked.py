"""Figures are looked at before any table is written."""

from __future__ import annotations

import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.evaluation import sanity
from reenact.evaluation.frames import read_cards, read_frames
from reenact.evaluation.score import score
from reenact.files import read_json
from reenact.metrics.base import Metric, Reference
from reenact.metrics.registry import METRICS as ALL_METRICS
from reenact.workspace import METRICS
from tests.support.every_metric import registered
from tests.support.made_workspace import PARAMS, score_places

BLIND = Metric(
    name="blind",
    title="Blindness",
    better="higher",
    range=(0.0, 1.0),
    reference=Reference.PERSON,
    backend="none",
    tables=(3,),
    place=99,
    about="Sees no difference between any two pictures.",
    measure=lambda faces: np.ones(len(faces.frames)),
)


def test_figures_that_mean_nothing_become_no_table(workspace, tmp_path, monkeypatch):
    out = tmp_path / "out"
    places = score_places(workspace) | {"out_dir": out}
    said = r"in SelfTest Blindness cannot tell .*\. No table was written; the values of each frame are in .*unsound-frames\.parquet"
    with registered(ALL_METRICS, ALL_METRICS | {"blind": BLIND}), monkeypatch.context() as patch:
        patch.setattr(sanity, "ENOUGH_SUBJECTS", 2)  # as many as the made-up workspace has
        with pytest.raises(ReenactError, match=said):
            score(PARAMS, **places)
    (unsound,) = out.iterdir()
    found, before = read_frames(unsound), read_frames(workspace.path(METRICS, "frames.parquet"))
    assert (found.pop("blind") == 1).all() and found[before.columns].equals(before)
    assert read_cards(unsound)["self"]["fdgan"]["blind"] in read_cards(unsound)["cards"]
    score(PARAMS, **places)
    assert {path.name for path in out.iterdir()} == {path.name for path in workspace.path(METRICS).iterdir()}
    assert read_json(out / "table1.json") == read_json(workspace.path(METRICS, "table1.json"))
