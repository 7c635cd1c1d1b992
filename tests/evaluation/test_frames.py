"""The values of all frames leave with the cards of their columns."""

from __future__ import annotations

import json
import shutil

import pyarrow.parquet as pq
import pytest

from reenact.errors import ReenactError
from reenact.evaluation.frames import read_cards, read_frames
from reenact.evaluation.score import score
from reenact.files import read_json
from reenact.workspace import METRICS
from tests.support.made_workspace import PARAMS, score_places


def test_every_value_has_the_card_of_its_figure(workspace):
    frames, found = read_frames(workspace.path(METRICS, "frames.parquet")), read_cards(workspace.path(METRICS, "frames.parquet"))
    scores = read_json(workspace.path(METRICS, "scores.json"))
    assert set(found) == {"self", "cross", "cards"}
    for (setting, method), rows in frames.groupby(["setting", "method"]):
        names = found[setting][method]
        assert {name for name in rows if name in scores["cards"] and rows[name].notna().any()} <= set(names)
        for figures in scores[setting][method].values():
            assert {name: figures[name]["card"] for name in names} == names
            assert all(found["cards"][card] == scores["cards"][card] for card in names.values())
    assert found["self"]["fdgan"]["isim"] != found["self"]["copy_target"]["isim"], "pictures of another format"


def test_any_program_that_reads_parquet_finds_the_cards(workspace):
    metadata = pq.read_schema(workspace.path(METRICS, "frames.parquet")).metadata
    assert json.loads(metadata[b"reenact.cards"])["cards"]["isim"]["backend"] == "dlib-resnet-v1"


def test_the_same_figures_give_the_same_bytes(workspace, tmp_path):
    places = score_places(workspace) | {"out_dir": tmp_path / "again"}
    score(PARAMS, **places)
    assert (tmp_path / "again/frames.parquet").read_bytes() == workspace.path(METRICS, "frames.parquet").read_bytes()


def test_a_file_without_cards_is_named(workspace, tmp_path):
    path = tmp_path / "frames.parquet"
    shutil.copy(workspace.path(METRICS, "frames.parquet"), path)
    pq.write_table(pq.read_table(path).replace_schema_metadata(), path)
    with pytest.raises(ReenactError, match=r"frames\.parquet is damaged .*; measure again \(reenact score\)"):
        read_cards(path)
