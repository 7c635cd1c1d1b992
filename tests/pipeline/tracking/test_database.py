"""MLflow's database: made by whichever process comes first, or written by other versions of MLflow."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from mlflow.store.db.utils import _get_alembic_config, create_sqlalchemy_engine
from mlflow.store.tracking.dbmodels.initial_models import Base as InitialBase
from mlflow.tracking import MlflowClient

from pipeline.tracking import database
from pipeline.tracking.database import prepare, relocate
from reenact.errors import ReenactError

ROOT = Path(__file__).parents[3]
OLDER = "728d730b5ebd"  # a revision of MLflow 0.8
COLUMNS = 'SELECT t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden FROM sqlite_master t, pragma_table_xinfo(t.name) c'
INDEXES = "SELECT type, name, tbl_name FROM sqlite_master"
REVISION = "SELECT version_num FROM alembic_version"
# Processes that have loaded MLflow and touch its database at the same moment.
AT_ONCE = """
import multiprocessing, sys
from pathlib import Path
from mlflow.tracking import MlflowClient
from pipeline.tracking.runs import tracked_run
from reenact.config.schema import Params

def work(number, start):
    start.wait()
    with tracked_run(Path(), f"training {number}", Params(), {}):
        pass

def look(number, start):  # as `mlflow ui` does when it starts
    start.wait()
    MlflowClient(tracking_uri="sqlite:///mlflow.db").search_experiments()

context = multiprocessing.get_context("fork")
trainings, lookers = map(int, sys.argv[1:])
start = context.Barrier(trainings + lookers)
processes = [context.Process(target=work, args=(number, start)) for number in range(trainings)]
processes += [context.Process(target=look, args=(number, start)) for number in range(lookers)]
for process in processes:
    process.start()
for process in processes:
    process.join()
sys.exit(sum(process.exitcode != 0 for process in processes[:trainings]))
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: an empty project, with nothing of MLflow in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in filter(lambda name: name.startswith("MLFLOW_"), list(os.environ)):
        monkeypatch.delenv(name)
    return tmp_path


def uri(database: str) -> str:
    """With an absolute path: MLflow caches what it opened by its URI, for all tests of a process."""
    return f"sqlite:///{Path(database).resolve()}"


def at_once(trainings: int, lookers: int = 0) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command_line = [sys.executable, "-c", AT_ONCE, str(trainings), str(lookers)]
    done = subprocess.run(command_line, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def experiments_and_runs() -> tuple[list[str], int]:
    client = MlflowClient(tracking_uri=uri("mlflow.db"))
    found = client.search_experiments()
    names = sorted(entry.name for entry in found)
    runs = client.search_runs([entry.experiment_id for entry in found])
    assert all(run.info.status == "FINISHED" for run in runs)
    return names, len(runs)


def test_those_that_start_at_once_share_one_database():
    at_once(trainings=4)
    assert experiments_and_runs() == (["Default", "reenact"], 4)


def test_the_experiment_is_made_once_in_a_database_that_exists():
    MlflowClient(tracking_uri=uri("mlflow.db")).search_experiments()
    at_once(trainings=4)
    assert experiments_and_runs() == (["Default", "reenact"], 4)


def test_trainings_start_beside_a_program_that_makes_the_tables():
    at_once(trainings=2, lookers=1)
    assert experiments_and_runs() == (["Default", "reenact"], 2)


def test_the_tables_are_those_that_mlflow_makes(folder: Path):
    prepare(Path(), folder / "mlflow.db")
    MlflowClient(tracking_uri=uri("other.db")).search_experiments()
    assert contents("mlflow.db", COLUMNS) == contents("other.db", COLUMNS)
    assert contents("mlflow.db", INDEXES) == contents("other.db", INDEXES)
    assert contents("mlflow.db", REVISION) == contents("other.db", REVISION)


def contents(database: str, query: str) -> set[tuple]:
    with closing(sqlite3.connect(database)) as connection:
        found = set(connection.execute(query))
    assert found
    return found


def older_database(revision: str) -> None:
    """mlflow.db with an experiment in an older schema, left by an earlier MLflow, or by this one, killed while it made the tables."""
    engine = create_sqlalchemy_engine(uri("mlflow.db"))
    InitialBase.metadata.create_all(engine)
    with engine.begin() as connection:
        config = _get_alembic_config(uri("mlflow.db"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    with closing(sqlite3.connect("mlflow.db")) as connection, connection:
        connection.execute("INSERT INTO experiments (experiment_id, name, lifecycle_stage) VALUES (7, 'mine', 'active')")


def test_an_older_schema_is_brought_up_to_date_and_a_copy_kept(folder: Path, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.2)
    older_database(OLDER)
    before = contents("mlflow.db", COLUMNS)
    prepare(Path(), folder / "mlflow.db")
    assert experiments_and_runs() == (["Default", "mine", "reenact"], 0)
    (copy,) = (folder / ".state/mlflow").glob("mlflow-*.db")
    assert contents(str(copy), COLUMNS) == before
    prepare(Path(), folder / "mlflow.db")
    assert list((folder / ".state/mlflow").glob("mlflow-*.db")) == [copy], "once"


def test_a_schema_of_the_future_is_an_error_that_says_what_to_do(folder: Path, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.2)
    with closing(sqlite3.connect("mlflow.db")) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("INSERT INTO alembic_version VALUES ('ffffffffffff')")
    with pytest.raises(ReenactError, match=r"mlflow\.db cannot be used by this version of MLflow .*move it away"):
        prepare(Path(), folder / "mlflow.db")


def test_looking_for_a_move_makes_nothing_and_survives_a_file_that_is_no_database(folder: Path, caplog):
    relocate(folder)
    assert list(folder.iterdir()) == []
    Path("mlflow.db").write_text("no database " * 100)
    relocate(folder)
    assert "cannot be read" in caplog.text


def write_text(database: Path) -> None:
    database.write_text("no database " * 100)


def overwrite_all_but_the_first_page(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("CREATE TABLE experiments (name)")
    content = database.read_bytes()
    database.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


@pytest.mark.parametrize("damage", [write_text, overwrite_all_but_the_first_page])
def test_a_file_that_is_no_database_or_a_damaged_one_is_an_error_that_says_what_to_do_and_stays(folder: Path, damage):
    damage(folder / "mlflow.db")
    before = (folder / "mlflow.db").read_bytes()
    with pytest.raises(ReenactError, match=r"mlflow\.db cannot be read \(.*\); move it away to begin a new one"):
        prepare(Path(), folder / "mlflow.db")
    assert (folder / "mlflow.db").read_bytes() == before


def test_a_database_that_another_program_holds_is_not_called_damaged(folder: Path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect("mlflow.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ReenactError, match=r"mlflow\.db cannot be used \(database is locked\); see that no other program holds it"):
            prepare(Path(), folder / "mlflow.db")
