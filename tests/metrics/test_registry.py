from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import reenact.metrics
from reenact.metrics.base import Metric, Reference
from reenact.metrics.registry import METRICS, of_table
from tests.support.second_generator import OWN_METRICS, papers_own

MADE_UP = """
from reenact.metrics.base import Metric, Reference

METRICS = tuple(
    Metric(
        name=name, title="Made up", better="lower", range=(0.0, 1.0), reference=Reference.PERSON, backend="none", tables=(3,),
        place=place, about="Nothing.", measure=lambda faces: None,
    )
    for name, place in {metrics}.items()
)
"""


def fresh_registry() -> ModuleType:
    """The registry as a process that starts now would have it; the one that is loaded stays as it is."""
    spec = importlib.util.find_spec("reenact.metrics.registry")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules count as metrics."""
    monkeypatch.setattr(reenact.metrics, "__path__", [*reenact.metrics.__path__, str(tmp_path)])
    yield tmp_path
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(f"reenact.metrics.{path.stem}", None)
        vars(reenact.metrics).pop(path.stem, None)


def test_metrics_stand_in_the_papers_tables_in_the_order_of_their_place():
    assert [name for name in METRICS if name in OWN_METRICS] == ["isim", "psim", "ed", "landmark_error", "ssim", "ssim_face", "fd"]
    with papers_own():
        tables = {number: [metric.name for metric in of_table(number)] for number in (1, 2, 3, 4)}
    assert tables == {
        1: [],
        2: ["isim", "psim", "ed", "landmark_error"],
        3: ["isim", "ssim", "ssim_face", "fd"],
        4: ["isim", "psim", "ed", "fd"],
    }


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_metric_says_what_it_is(metric: Metric):
    assert METRICS[metric.name] is metric and metric.title and metric.backend and metric.about.endswith(".")
    assert metric.arrow == {"higher": "↑", "lower": "↓"}[metric.better] and metric.range[0] < metric.range[1]
    assert isinstance(metric.reference, Reference) and set(metric.tables) <= {2, 3, 4}
    assert metric.measure or metric.read, "its values come from somewhere"
    assert metric.reader in ("", "dlib", "headmodel", "efficientnet", "onnx", "openface", "inception", "lpips")
    assert metric.backend.format(face_model="anny", onnx="net") and metric.reduction
    assert not metric.note or metric.note.endswith(".")


def test_a_module_with_a_metric_is_one_and_a_module_without_is_none(folder):
    (folder / "made_up.py").write_text(MADE_UP.format(metrics={"made_up": 50.5, "another": 1}))
    (folder / "help.py").write_text("def helper():\n    pass\n")
    registry = fresh_registry()
    known = {"made_up", "another", *OWN_METRICS}
    names = ["another", "isim", "psim", "ed", "landmark_error", "ssim", "made_up", "ssim_face", "fd"]
    assert [name for name in registry.METRICS if name in known] == names
    in_table = [metric.name for metric in registry.of_table(3) if metric.name in known]
    assert in_table == ["another", "isim", "ssim", "made_up", "ssim_face", "fd"]
    assert not {"made_up", "another"} & set(METRICS)
    assert set(METRICS) < set(registry.METRICS)


def test_two_metrics_of_one_name_are_refused(folder):
    (folder / "made_up.py").write_text(MADE_UP.format(metrics={"isim": 55}))
    with pytest.raises(ValueError, match="two metrics are called isim"):
        fresh_registry()


def test_two_metrics_of_one_name_in_one_module_are_refused_too(folder):
    (folder / "made_up.py").write_text(MADE_UP.format(metrics={}).replace("{}.items()", "[('twin', 1), ('twin', 2)]"))
    with pytest.raises(ValueError, match="two metrics are called twin"):
        fresh_registry()
