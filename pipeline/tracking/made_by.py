"""Which MLflow run made a file: runs are tagged with the SHA-256 of what they made."""

from __future__ import annotations

from pathlib import Path

from mlflow.tracking import MlflowClient

from pipeline.tracking.database import EXPERIMENT
from pipeline.tracking.runs import COMMIT_TAG, connect


def run_that_made(root: Path, tag: str, sha256: str) -> tuple[str, str] | None:
    """The id of the project's newest run with this tag, and the commit that it ran at, in words.

    None where there is no such run, as where a file came from another machine.
    """
    connect(root)
    client = MlflowClient()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None, "connecting makes it"
    where = f"tags.`{tag}` = '{sha256}'"
    newest = client.search_runs([experiment.experiment_id], where, max_results=1, order_by=["attributes.start_time DESC"])
    return (newest[0].info.run_id, newest[0].data.tags.get(COMMIT_TAG, "unknown")) if newest else None
