"""MLflow tracking: it neither stops nor misplaces the work, whatever the folder, the environment and other processes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import mlflow
import pytest
import torch
from mlflow.entities import Run
from mlflow.tracking import MlflowClient
from mlflow.tracking._tracking_service.utils import _artifact_repos_cache

from pipeline.tracking.database import database_of, uri_of
from pipeline.tracking.made_by import run_that_made
from pipeline.tracking.models import run_folder
from pipeline.tracking.runs import NETWORK_TAG, SCORES_TAG, MlflowWatcher, restore_note, tracked_run
from pipeline.versioning.commit import commit_in_words
from reenact.config.schema import Params
from reenact.errors import Stopped
from reenact.files import read_json, sha256_file, sha256_files
from reenact.training import checkpoint
from reenact.workspace import STATE

RESUME = Path(STATE, "mlflow", "fdgan.json")
STRANGE = "a b?c#d%41e&f;ü ' \\ :"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's database of a project in another folder, for projects to start with: making one takes seconds."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with pytest.MonkeyPatch.context() as patch:
        enter(folder, patch)
        train(name="elsewhere")
        mlflow.set_tracking_uri(None)
    shutil.rmtree(folder / "mlruns")
    return folder / "mlflow.db"


@pytest.fixture
def project(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, a project with a database."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(database, folder)
    enter(folder, monkeypatch)
    return folder


def enter(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Make `folder` the working directory, with nothing of MLflow in the environment; the patch also removes what MLflow puts there."""
    for name in [*filter(lambda name: "MLFLOW_" in name, os.environ), "MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID"]:
        patch.setenv(name, "")
        patch.delenv(name)
    patch.chdir(folder)
    _artifact_repos_cache.clear()  # a new process knows nothing of where the run's files were


def train(name: str = "fdgan", **made_from: str) -> str:
    """Train as `pipeline.train` tracks it; returns the run's id."""
    with tracked_run(Path(), name, Params(), {}, RESUME, made_from) as run:
        work(2)
    return run.info.run_id


def killed_training(**made_from: str) -> str:
    """A training that stops half-way as by SIGKILL: its run stays RUNNING."""
    with pytest.raises(KeyboardInterrupt), tracked_run(Path(), "fdgan", Params(), {}, RESUME, made_from) as run:
        work(1)
        raise KeyboardInterrupt
    MlflowClient().update_run(run.info.run_id, status="RUNNING")
    return run.info.run_id


def work(steps: int) -> None:
    """Log metrics at steps 1 to `steps`, a picture and a model."""
    watcher = MlflowWatcher()
    for step in range(1, steps + 1):
        watcher.metrics({"loss": 1 / step}, step)
    watcher.samples("faces", lambda: {"black": -torch.ones(1, 3, 8, 8)}, steps)
    model = Path("models/fdgan")
    model.mkdir(parents=True, exist_ok=True)
    (model / "model.json").write_text("{}")
    (model / "model.safetensors").write_bytes(bytes([steps]))
    watcher.exported(model)


def get_run(run_id: str) -> Run:
    return MlflowClient(tracking_uri=uri_of(database_of(Path()))).get_run(run_id)


def files_below(folder: Path) -> dict[str, str]:
    return sha256_files(folder, sorted(path for path in folder.rglob("*") if path.is_file()))


def test_a_network_leads_to_the_newest_run_that_made_it(project):
    first, second = train(), train()
    sha256 = sha256_file(Path("models/fdgan/model.safetensors"))
    assert run_that_made(Path(), NETWORK_TAG, sha256) == (second, commit_in_words(Path())) and second != first
    assert run_that_made(Path(), SCORES_TAG, sha256) is None
    assert run_that_made(Path(), NETWORK_TAG, "0" * 64) is None


def test_any_character_in_the_folders_name(tmp_path: Path, monkeypatch):
    folder = tmp_path / STRANGE
    folder.mkdir()
    enter(folder, monkeypatch)
    run_id = train()
    assert (run_folder(run_id, "fdgan") / "model.json").is_file()
    assert list(tmp_path.iterdir()) == [folder], "nothing beside the project"
    assert {path.name for path in folder.iterdir()} == {"mlflow.db", "mlruns", "models", STATE}
    assert (folder / "mlruns" / run_id / "artifacts" / "model" / "model.json").is_file()
    assert [path.suffix for path in (folder / "mlruns" / run_id / "artifacts" / "images").iterdir()].count(".png") == 1


@pytest.mark.parametrize("name", ["moved", STRANGE.replace("?", "")])
def test_a_project_that_was_moved_goes_on_where_it_is(project: Path, monkeypatch, name: str):
    finished, killed = train(name="ldnet"), killed_training()
    place = project.with_name(name)
    project.rename(place)
    enter(place, monkeypatch)
    assert (run_folder(finished, "ldnet") / "model.json").is_file()
    assert train() == killed
    for run_id in (finished, killed):
        artifacts = place / "mlruns" / run_id / "artifacts"
        assert get_run(run_id).info.artifact_uri == artifacts.as_uri()
        assert (artifacts / "model/model.json").is_file() and list((artifacts / "images").iterdir())
    assert not project.exists()
    experiments = MlflowClient().search_experiments()
    assert {entry.name: entry.artifact_location for entry in experiments} == {
        "Default": (place / "mlruns" / "0").as_uri(),
        "reenact": (place / "mlruns").as_uri(),
    }


def test_a_copy_never_writes_into_the_original(project: Path, monkeypatch):
    killed = killed_training()
    copy = project.with_name("copy")
    shutil.copytree(project, copy)
    original = files_below(project)
    enter(copy, monkeypatch)
    assert train() == killed
    fresh = train(name="ldnet")
    assert (run_folder(fresh, "ldnet") / "model.json").is_file()
    assert files_below(project) == original
    enter(project, monkeypatch)
    assert train() == killed, "the original goes on by itself"
    with pytest.raises(mlflow.exceptions.MlflowException):
        get_run(fresh)


def test_an_experiments_copy_writes_into_the_project(project: Path, monkeypatch):
    copy = project / ".dvc/tmp/exps/tmp1"
    copy.mkdir(parents=True)
    enter(copy, monkeypatch)
    run_id = train()
    assert (project / "mlruns" / run_id / "artifacts/model/model.json").is_file()
    assert {path.name for path in copy.iterdir()} == {"models", STATE}


@pytest.mark.parametrize("place", ["s3://bucket/mlruns", "file:///elsewhere/runs"])
def test_a_place_that_somebody_chose_stays(project: Path, place: str):
    with closing(sqlite3.connect("mlflow.db")) as connection, connection:
        connection.execute("UPDATE experiments SET artifact_location = ? WHERE name = 'reenact'", (place,))
    with tracked_run(Path(), "fdgan", Params(), {}) as run:
        pass
    assert run.info.artifact_uri == f"{place}/{run.info.run_id}/artifacts"


def test_a_database_that_projects_share_is_left_to_the_first(project: Path, tmp_path: Path, monkeypatch):
    shutil.move("mlflow.db", tmp_path / "shared.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/shared.db")
    before = MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/shared.db").get_experiment_by_name("reenact").artifact_location
    with tracked_run(Path(), "fdgan", Params(), {}) as run:
        pass
    assert run.info.artifact_uri.startswith(before)
    assert not Path("mlflow.db").exists()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MLFLOW_RUN_ID", "{run}"),
        ("MLFLOW_RUN_ID", "0" * 32),
        ("MLFLOW_EXPERIMENT_ID", "0"),
        ("MLFLOW_EXPERIMENT_NAME", "other"),
        ("MLFLOW_ACTIVE_MODEL_ID", "m-unknown"),
        ("_MLFLOW_ACTIVE_MODEL_ID", "m-unknown"),
        ("MLFLOW_REGISTRY_URI", "http://localhost:1"),
        ("MLFLOW_RUN_CONTEXT", "no JSON"),
        ("MLFLOW_TRACKING_URI", ""),
        ("MLFLOW_DEFAULT_ARTIFACT_ROOT", "/nowhere"),
        ("MLFLOW_ENABLE_ASYNC_LOGGING", "true"),
    ],
)
def test_what_stands_in_the_environment_changes_no_other_run(project: Path, monkeypatch, variable: str, value: str):
    earlier = train(name="earlier")
    before = get_run(earlier)
    enter(project, monkeypatch)
    monkeypatch.setenv(variable, value.format(run=earlier))
    run = get_run(train())
    assert get_run(earlier).to_dictionary() == before.to_dictionary()
    assert run.info.run_id != earlier and run.info.status == "FINISHED"
    assert MlflowClient().get_experiment(run.info.experiment_id).name == "reenact"
    assert [point.step for point in MlflowClient().get_metric_history(run.info.run_id, "loss")] == [1, 2]
    assert (project / "mlruns" / run.info.run_id / "artifacts/model/model.json").is_file()


def test_a_killed_training_goes_on_in_its_run_and_no_point_is_logged_twice(project: Path):
    killed = killed_training(shard="a")
    assert train(shard="a") == killed
    assert get_run(killed).info.status == "FINISHED"
    assert [point.step for point in MlflowClient().get_metric_history(killed, "loss")] == [1, 2]
    assert train(shard="a") != killed, "a finished run is over"


def test_a_training_that_a_signal_stopped_is_killed_and_goes_on_in_its_run(project: Path):
    with pytest.raises(Stopped), tracked_run(Path(), "fdgan", Params(), {}, RESUME) as run:
        work(1)
        raise Stopped("FD-GAN at iteration 1 of 2")
    assert get_run(run.info.run_id).info.status == "KILLED"
    assert train() == run.info.run_id
    assert get_run(run.info.run_id).info.status == "FINISHED"


def test_without_its_note_a_training_goes_on_in_the_run_that_its_checkpoint_names(project: Path, tmp_path: Path):
    killed = killed_training(shard="a")
    watcher = MlflowWatcher(read_json(RESUME))
    checkpoint.save(tmp_path / "phase", 1, {}, note=watcher.note())
    RESUME.unlink()
    restore_note(tmp_path, RESUME)
    assert train(shard="a") == killed
    restore_note(tmp_path / "nothing", RESUME)
    assert not RESUME.exists()


def test_a_note_that_is_there_is_not_replaced_by_a_checkpoints(project: Path, tmp_path: Path):
    checkpoint.save(tmp_path / "phase", 1, {}, note={"key": "of", "run_id": "another"})
    killed = killed_training()
    restore_note(tmp_path, RESUME)
    assert train() == killed


def test_a_killed_training_whose_data_changed_begins_a_new_run(project: Path):
    killed = killed_training(shard="a")
    fresh = train(shard="b")
    assert fresh != killed
    assert get_run(killed).info.status == "KILLED"
    assert [point.step for point in MlflowClient().get_metric_history(killed, "loss")] == [1]
    assert [point.step for point in MlflowClient().get_metric_history(fresh, "loss")] == [1, 2]


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\xfe", b"{", b"[]", b"{}", b"null", b'{"key": 1}', b'{"run_id": "a"}', b'{"key": "a", "run_id": 1}'],
)
def test_a_damaged_note_of_a_killed_training_begins_a_new_run_with_a_warning(project: Path, caplog, content: bytes):
    RESUME.parent.mkdir(parents=True)
    RESUME.write_bytes(content)
    assert get_run(train()).info.status == "FINISHED"
    warnings = [
        record.getMessage() for record in caplog.records if record.name == "pipeline.tracking.runs" and record.levelname == "WARNING"
    ]
    assert len(warnings) == 1 and str(RESUME) in warnings[0]
    assert not RESUME.exists(), "the new run ended well"
