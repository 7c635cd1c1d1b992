"""Networks by the MLflow run that made them."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import mlflow
import pytest

from pipeline.tracking.models import run_folder
from reenact.errors import ReenactError
from reenact.reenactment.networks import PLUGINS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def run_id(tmp_path, monkeypatch) -> str:
    """A run in the working folder's mlflow.db that logged a model, as `pipeline.train` does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    model = tmp_path / "models" / "fdgan"
    model.mkdir(parents=True)
    (model / "model.json").write_text("{}")
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = client.create_experiment("reenact", artifact_location=(tmp_path / "mlruns").as_uri())
    run = client.create_run(experiment).info.run_id
    client.log_artifacts(run, str(model), "model")
    return run


def test_a_run_gives_the_network_that_it_logged_and_others_are_errors(run_id, tmp_path, monkeypatch):
    folder = run_folder(run_id, "fdgan")
    assert folder.parent == tmp_path / ".state" / "runs" / run_id
    assert (folder / "model.json").read_text() == "{}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert (run_folder(run_id, "fdgan") / "model.json").is_file()
    with pytest.raises(ReenactError, match=f"--fdgan {'0' * 32}: MLflow has no run of that id"):
        run_folder("0" * 32, "fdgan")
    assert not (tmp_path / ".state" / "runs" / ("0" * 32)).exists()


def test_without_a_database_there_is_no_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(ReenactError, match=r"there is no .*mlflow\.db to look the run up in"):
        run_folder("0" * 32, "ldnet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spec", ["models/ldnet", "run", "0" * 31])
def test_what_is_no_run_id_is_left_to_others(spec):
    assert run_folder(spec, "ldnet") is None


def test_the_project_registers_its_plugin():
    entries = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"][PLUGINS]
    assert [EntryPoint(name, value, PLUGINS).load() for name, value in entries.items()] == [run_folder]
