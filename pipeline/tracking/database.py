"""MLflow's SQLite database: made once, by whichever process comes first. Its file locations follow the project's folder."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pipeline.versioning.experiments import home_of
from reenact.errors import ReenactError
from reenact.locks import exclusive
from reenact.workspace import STATE

if TYPE_CHECKING:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

log = logging.getLogger(__name__)
EXPERIMENT = "reenact"
ARTIFACTS = "mlruns"
SQLITE = "sqlite:///"
BUSY_SECONDS = 60.0
PATIENCE_SECONDS = 20.0
# The columns in which MLflow stores the locations of files.
LOCATIONS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI, or if it is not set the project's own database; a relative path starts at the project's folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}mlflow.db"


def database_of(root: Path) -> Path | None:
    """The SQLite file that holds the runs of `root`, a project or an experiment's copy; None if they are not kept in a SQLite file."""
    uri = tracking_uri()
    if not uri.startswith(SQLITE) or "?" in uri:
        return None
    database = home_of(root) / uri.removeprefix(SQLITE)
    return database.parent.resolve() / database.name


def uri_of(database: Path) -> str:
    """The database's URI for MLflow. A `?` would end it and cannot be quoted, so such a path is given relative to the working directory."""
    return f"{SQLITE}{os.path.relpath(database) if '?' in str(database) else database}"


def prepare(root: Path, database: Path) -> None:
    """Make `database` ready for MLflow before the project `root` uses it. Other processes may do the same at the same time.

    Missing tables and experiments are made. An older schema is upgraded; a copy of the file is kept in .state/mlflow. If the project's
    folder was moved or copied, the locations of files are corrected.
    Raises ReenactError if this version of MLflow cannot use the database, or SQLite cannot: it is damaged, no database, or locked.
    """
    home = home_of(root)
    try:
        with _held(home, database) as connection:
            if not _tables(connection):
                _lay_out(connection, home)
            if not _settled(connection):
                _upgrade(connection, database, home)
            if connection.execute("SELECT 1 FROM experiments WHERE name = ?", (EXPERIMENT,)).fetchone() is None:
                _store(uri_of(database), home).create_experiment(EXPERIMENT, artifact_location=_location(home))
            _relocate(connection, database, home)
    except sqlite3.OperationalError as error:  # the file may be whole
        raise ReenactError(
            f"{database} cannot be used ({error}); see that no other program holds it and that it may be written, "
            "or move it away to begin a new one"
        ) from error
    except sqlite3.Error as error:
        raise ReenactError(f"{database} cannot be read ({error}); move it away to begin a new one") from error


def relocate(root: Path) -> None:
    """Correct the locations of files in the project's database, if it has one and its folder was moved or copied."""
    database = database_of(root)
    if database is None or not database.is_file():
        return
    try:
        with _held(home_of(root), database) as connection:
            if "experiments" in _tables(connection):
                _relocate(connection, database, home_of(root))
    except sqlite3.Error as error:
        log.warning("%s cannot be read (%s): MLflow's runs are left as they are.", database, error)


@contextmanager
def _held(home: Path, database: Path) -> Iterator[sqlite3.Connection]:
    # Transactions are begun by hand: Python's own do not include statements that make tables.
    with (
        exclusive(home / STATE / "mlflow" / "database.lock", "preparing MLflow's database"),
        closing(sqlite3.connect(database, timeout=BUSY_SECONDS, isolation_level=None)) as connection,
    ):
        yield connection


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _location(home: Path) -> str:
    return (home / ARTIFACTS).as_uri()


def _store(uri: str, home: Path) -> SqlAlchemyStore:
    # Imported here, because it takes seconds and Snakemake starts without it.
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    return SqlAlchemyStore(uri, _location(home))


def _lay_out(connection: sqlite3.Connection, home: Path) -> None:
    """Give an empty database all of MLflow's tables and experiments in one transaction, so that no other process sees it half made."""
    store = _store(f"{SQLITE}:memory:", home)
    store.create_experiment(EXPERIMENT, artifact_location=_location(home))
    made = store.engine.raw_connection()
    assert made.driver_connection is not None, "it was opened just now"
    statements = [statement for statement in made.driver_connection.iterdump() if statement not in {"BEGIN TRANSACTION;", "COMMIT;"}]
    made.close()
    store.engine.dispose()
    connection.execute("BEGIN IMMEDIATE")
    if not _tables(connection):  # `mlflow ui` may have come first
        for statement in statements:
            connection.execute(statement)
    connection.execute("COMMIT")


def _settled(connection: sqlite3.Connection) -> bool:
    """Whether the schema is that of this MLflow; waits while another program, for example `mlflow ui`, is still changing it."""
    from alembic.script import ScriptDirectory

    newest = ScriptDirectory(str(files("mlflow.store.db_migrations"))).get_current_head()
    seen, since = None, time.monotonic()
    while True:
        connection.execute("BEGIN IMMEDIATE")  # waits while another program writes
        tables = _tables(connection)
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone() if "alembic_version" in tables else None
        if revision == (newest,) and connection.execute("SELECT 1 FROM experiments").fetchone():
            connection.execute("COMMIT")
            return True
        state = (revision, len(tables), connection.execute("PRAGMA data_version").fetchone())
        connection.execute("COMMIT")
        if state != seen:
            seen, since = state, time.monotonic()
        elif time.monotonic() - since > PATIENCE_SECONDS:
            return revision == (newest,)
        time.sleep(0.1)


def _upgrade(connection: sqlite3.Connection, database: Path, home: Path) -> None:
    copy = home / STATE / "mlflow" / f"{database.stem}-{time.strftime('%Y%m%d-%H%M%S')}.db"
    log.warning("%s is of another version of MLflow, or unfinished: bringing it up to date. A copy is kept as %s", database, copy)
    with closing(sqlite3.connect(copy)) as target:
        connection.backup(target)
    command = [sys.executable, "-m", "mlflow", "db", "upgrade", f"{SQLITE}{database.name}"]
    done = subprocess.run(command, cwd=database.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ReenactError(
            f"{database} cannot be used by this version of MLflow ({reason}); move it away to begin a new one, "
            f"or install the version that wrote it"
        )


def _relocate(connection: sqlite3.Connection, database: Path, home: Path) -> None:
    """Change locations of files below the project's former folder to its present one. A database outside the project is left alone."""
    found = connection.execute("SELECT artifact_location FROM experiments WHERE name = ?", (EXPERIMENT,)).fetchone()
    here = _location(home)
    if found is None or found[0] == here or not database.is_relative_to(home):
        return
    before = Path(url2pathname(urlsplit(found[0]).path)) if found[0].startswith("file:") else Path(found[0])
    if before.name != ARTIFACTS or not before.is_absolute():
        return  # a location that the user chose
    log.info("The project was moved or copied from %s: MLflow's files are now looked for in %s.", before.parent, home)
    tables = _tables(connection)
    connection.execute("BEGIN IMMEDIATE")
    for table, column in LOCATIONS:
        for form in (before.as_uri(), str(before)) if table in tables else ():
            connection.execute(
                f"UPDATE {table} SET {column} = ?1 || substr({column}, ?2) WHERE {column} = ?3 OR substr({column}, 1, ?2) = ?3 || '/'",
                (here, len(form) + 1, form),
            )
    connection.execute("COMMIT")
