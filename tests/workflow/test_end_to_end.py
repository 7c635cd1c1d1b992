"""From rendered videos to the paper's tables with the real tools, on the tiny preset."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reenact.files import sha256_file
from reenact.video.probe import probe
from tests.support.project import rules_run, stages_run, wait_for


def test_all_makes_tables_report_and_video(finished):
    for number in (1, 2, 3, 4):
        table = json.loads((finished.root / f"results/metrics/table{number}.json").read_text())
        assert figures(table), f"table {number} has no figures"
        for ending in ("md", "html"):
            assert (finished.root / f"results/tables/table{number}.{ending}").stat().st_size > 0
    assert probe(finished.root / "results/crosstest.mp4").duration > 0
    page = (finished.root / "results/report.html").read_text()
    assert external_links(page) == []


def test_the_page_names_the_runs_and_their_commit(finished):
    page = (finished.root / "results/report.html").read_text()
    start = finished.run("git", "rev-list", "--max-parents=0", "HEAD").stdout.strip()
    ids = {run.data.tags["stage"]: run.info.run_id for run in finished.runs()}
    for made, stage in (("models/ldnet", "ldnet"), ("models/dense", "dense"), ("results/metrics", "evaluate")):
        words = f"{ids[stage]}, at commit {start}, with uncommitted changes of params.yaml"
        assert f"<code>{made}</code></th><td>{words}<" in page


def test_the_ledger_accounts_for_every_frame(finished):
    ledger = json.loads((finished.root / "data/shards/ledger.json").read_text())
    for kind in ("clips", "frames"):
        account = ledger[kind]
        assert account["in"] == account["kept"] + sum(account["left_out"].values()) > 0


def test_a_second_run_by_either_tool_does_nothing(workspace):
    ran = workspace.run("snakemake", "all")
    assert "Nothing to be done" in ran.stderr
    assert rules_run(ran.stderr) == set()
    assert stages_run(workspace.run("dvc", "repro").stdout) == set()
    assert workspace.agrees()


def test_trainings_and_evaluation_are_mlflow_runs(finished):
    client = finished.mlflow()
    runs = {run.data.tags["stage"]: run for run in finished.runs()}
    assert set(runs) == {"ldnet", "dense", "evaluate"}
    assert all(run.info.status == "FINISHED" for run in runs.values())
    assert runs["dense"].data.params["dense.schedule.iterations"] == "20"
    artifacts = {item.path for item in client.list_artifacts(runs["ldnet"].info.run_id, "model")}
    assert {"model/model.safetensors", "model/model.json"} <= artifacts
    losses = [name for name in runs["ldnet"].data.metrics if "reconstruction" in name]
    assert losses and len(client.get_metric_history(runs["ldnet"].info.run_id, losses[0])) >= 1
    table = json.loads((finished.root / "results/metrics/table3.json").read_text())
    table3 = {name.removeprefix("table3/"): value for name, value in runs["evaluate"].data.metrics.items() if name.startswith("table3/")}
    logged = {name: value for name, value in table3.items() if not name.endswith(("_low", "_high"))}
    assert logged == pytest.approx(figures(table))
    ratio = json.loads((finished.root / "results/metrics/table1.json").read_text())["E_I"]["ratio_same_identity"]
    ends = [runs["evaluate"].data.metrics[f"table1/E_I/ratio_same_identity_{end}"] for end in ("low", "high")]
    assert ends == pytest.approx([ratio["low"], ratio["high"]])
    pictures = {Path(item.path).name for item in client.list_artifacts(runs["evaluate"].info.run_id, "sheets")}
    assert pictures == {"selftest.jpg", "crosstest.jpg", "swaps.png"}


def test_a_killed_training_goes_on_and_ends_with_the_same_weights(finished, workspace):
    weights = workspace.root / "models/ldnet/model.safetensors"
    before = sha256_file(weights)
    weights.unlink()
    workspace.run("reenact", "preset", "tiny", "ldnet.phase2.iterations=300")
    training = workspace.start("python", "-m", "pipeline.train", "ldnet", "--code", "x")
    wait_for(lambda: list((workspace.root / ".state/training/ldnet").rglob("*.pt")) and not weights.exists(), training)
    training.send_signal(signal.SIGKILL)
    training.wait()
    workspace.run("python", "-m", "pipeline.train", "ldnet", "--code", "x")
    killed = sha256_file(weights)
    assert killed != before
    workspace.run("reenact", "train", "ldnet")
    assert sha256_file(weights) == killed
    runs = workspace.runs("tags.stage = 'ldnet'")
    assert sorted(run.info.status for run in runs) == ["FINISHED", "FINISHED"], "the killed run goes on under its own id"


def test_a_run_starts_a_training_again_that_a_signal_stopped(workspace):
    workspace.run("reenact", "preset", "tiny", "ldnet.phase2.iterations=300")
    run = workspace.start("snakemake", "ldnet_stage")
    training = wait_for(lambda: list((workspace.root / ".state/training/ldnet").rglob("*.pt")) and trainings(workspace.root), run)[0]
    os.kill(training, signal.SIGTERM)
    assert run.wait(timeout=600) == 0
    assert "going on from checkpoint" in (workspace.root / "logs/ldnet.log").read_text()
    weights = workspace.root / "models/ldnet/model.safetensors"
    gone_on = sha256_file(weights)
    workspace.run("reenact", "train", "ldnet")
    assert sha256_file(weights) == gone_on
    runs = workspace.runs("tags.stage = 'ldnet'")
    assert [run.info.status for run in runs] == ["FINISHED", "FINISHED"], "the stopped run goes on under its own id"


def trainings(root: Path) -> list[int]:
    """The processes that train LD-Net in a project's folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().split(b"\0")
            if command[1:4] == [b"-m", b"pipeline.train", b"ldnet"] and (process / "cwd").resolve() == root.resolve():
                found.append(int(process.name))
    return found


def test_an_unknown_key_stops_the_workflow_by_name(workspace):
    params = workspace.root / "params.yaml"
    params.write_text(params.read_text() + "\ntraining_sede: 3\n")
    stopped = workspace.run("snakemake", "all", check=False)
    assert stopped.returncode != 0
    assert "training_sede" in stopped.stderr + stopped.stdout
    assert "did you mean training_seed" in stopped.stderr + stopped.stdout


def test_an_empty_corpus_is_an_error_that_names_the_key(workspace, tmp_path):
    (tmp_path / "nothing").mkdir()
    workspace.run("reenact", "preset", "tiny", "corpus.kind=folder", f"corpus.path={tmp_path / 'nothing'}")
    stopped = workspace.run("snakemake", "all", check=False)
    assert stopped.returncode != 0
    assert "corpus.path" in stopped.stderr


def figures(value: object, name: str = "") -> dict[str, float]:
    """Every measured figure of a table under its path of keys."""
    if not isinstance(value, dict):
        return {}
    if isinstance(value.get("value"), int | float):
        return {name: value["value"]}
    return {path: figure for key, below in value.items() for path, figure in figures(below, f"{name}/{key}".lstrip("/")).items()}


def external_links(page: str) -> list[str]:
    found: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(value for name, value in attrs if name in {"src", "href"} and value and not value.startswith(("data:", "#")))

    Links().feed(page)
    return found
