from __future__ import annotations

import csv
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from reenact.config.networks import Schedule
from reenact.errors import ReenactError
from reenact.faces.normalise import normalise
from reenact.ldnet.model import NETWORK, LDNet, load_ldnet
from reenact.ldnet.task import LDNetTask
from reenact.previews import preview
from reenact.stages.networks import precision
from reenact.training.export import read_description
from reenact.training.trainer import Trainer
from reenact.training.turns import run_iteration
from reenact.training.watcher import NullWatcher
from tests.support.table_rows import rows

CPU = torch.device("cpu")
FILES = ("curves.csv", "model.json", "model.safetensors")

IN_A_PROCESS_OF_ITS_OWN = """
import pickle, sys, torch
from pathlib import Path
from reenact.ldnet.task import LDNetTask
from reenact.training.trainer import Trainer
from reenact.training.watcher import NullWatcher
torch.set_num_threads(1)
folder = Path(sys.argv[1])
params, table = pickle.loads((folder / "job.pkl").read_bytes())
seed, every, device = params.training_seed, params.ldnet.checkpoint_every, torch.device("cpu")
Trainer(seed, {}, folder / "state", folder / "out", every, device, NullWatcher()).train(LDNetTask(params.ldnet, table, seed, device))
"""


def train(params, table, folder: Path, watcher=None, **made_from: str) -> None:
    Trainer(
        seed=params.training_seed,
        made_from=made_from,
        state_dir=folder / "state",
        out_dir=folder / "out",
        checkpoint_every=params.ldnet.checkpoint_every,
        device=CPU,
        watcher=watcher or NullWatcher(),
    ).train(LDNetTask(params.ldnet, table, params.training_seed, CPU))


def with_ldnet(params, **changes):
    return params.model_copy(update={"ldnet": params.ldnet.model_copy(update=changes)})


def train_and_kill(folder: Path, phase: str) -> None:
    """Train in a process of its own, and kill it without warning once it has written checkpoints in `phase`."""
    process = subprocess.Popen([sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN, str(folder)], env={**os.environ, "PYTHONPATH": os.getcwd()})
    deadline = time.monotonic() + 60
    while not list((folder / "state").glob(f"*/{phase}/iteration-*.pt")):
        assert process.poll() is None and time.monotonic() < deadline, "no checkpoint came"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@pytest.fixture
def long(params):
    """Long enough to be killed in either phase."""
    schedule = Schedule(learning_rate=1e-3, batch_size=8, iterations=150)
    return with_ldnet(params, phase1=schedule, phase2=schedule, checkpoint_every=25)


def test_killed_in_both_phases_ends_with_the_same_bytes(tmp_path, long, table):
    train(long, table, tmp_path / "undisturbed")
    killed = tmp_path / "killed"
    killed.mkdir()
    (killed / "job.pkl").write_bytes(pickle.dumps((long, table)))
    for phase in ("phase1", "phase2"):
        train_and_kill(killed, phase)
        assert not (killed / "out").exists()
    train(long, table, killed)
    for name in FILES:
        assert (killed / "out" / name).read_bytes() == (tmp_path / "undisturbed" / "out" / name).read_bytes()
    assert not list((killed / "state").rglob("*.pt"))


def test_other_inputs_or_parameters_do_not_go_on_from_the_old_state(tmp_path, params, table):
    """A training that stops in phase 1 leaves its state; one with another seed must not take it up."""
    broken = with_ldnet(params, phase1=params.ldnet.phase1.model_copy(update={"learning_rate": 1e30}))
    with pytest.raises(ReenactError, match=r"LD-Net phase 1: the loss '.*' became NaN .* lower ldnet.phase1.learning_rate"):
        train(broken, table, tmp_path / "used")
    train(params, table, tmp_path / "used")
    train(params, table, tmp_path / "fresh")
    train(params, table, tmp_path / "other input", shards="abc")
    weights = [(tmp_path / name / "out" / "model.safetensors").read_bytes() for name in ("used", "fresh", "other input")]
    assert weights[0] == weights[1] == weights[2]  # the hashes of the inputs are written down, and draw nothing
    assert '"shards": "abc"' in (tmp_path / "other input" / "out" / "model.json").read_text()


def test_seed_decides_the_weights(tmp_path, params, table):
    for seed in (1, 2):
        train(params.model_copy(update={"training_seed": seed}), table, tmp_path / str(seed))
    assert (tmp_path / "1/out/model.safetensors").read_bytes() != (tmp_path / "2/out/model.safetensors").read_bytes()


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_the_layers_compute_in_the_precision_that_is_named(tmp_path, params, table, name):
    params = with_ldnet(params, precision=name)
    seen = set()
    watch = torch.nn.modules.module.register_module_forward_hook(
        lambda module, _, result: seen.add(result.dtype) if isinstance(module, torch.nn.Linear) else None
    )
    with watch:
        train(params, table, tmp_path)
    assert seen == {precision("ldnet", params)} == {getattr(torch, name)}


def test_curves_and_watcher_count_through_both_phases(tmp_path, params, table):
    seen = []
    watcher = NullWatcher()
    watcher.metrics = lambda values, iteration: seen.append(iteration)
    train(params, table, tmp_path, watcher)
    with (tmp_path / "out" / "curves.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [int(line["iteration"]) for line in lines] == list(range(2, 41, 2)) == seen
    assert all(line["phase1/reconstruction"] and not line["phase2/reconstruction"] for line in lines[:10])
    assert all(line["phase2/reconstruction"] and not line["phase1/reconstruction"] for line in lines[10:])


def test_pictures_of_the_same_frames_with_each_checkpoint_of_both_phases(tmp_path, params, table):
    seen = []
    watcher = NullWatcher()
    watcher.samples = lambda name, make, iteration: seen.append((name, iteration, preview(make())))
    train(params, table, tmp_path, watcher)
    assert [(name, step) for name, step, _ in seen] == [("ldnet", step) for step in range(5, 41, 5)]
    first, last = seen[0][2], seen[-1][2]
    given = (slice(None, 62 + 120), slice(None)), (slice(None), slice(None, 84 + 120))  # words and what is given: above, and to the left
    assert first.shape == last.shape and (first != last).any()
    assert all((first[where] == last[where]).all() for where in given)


def test_being_watched_changes_no_byte(tmp_path, params, table):
    watcher = NullWatcher()
    watcher.samples = lambda name, make, iteration: make()
    train(params, table, tmp_path / "watched", watcher)
    train(params, table, tmp_path / "alone")
    for name in FILES:
        assert (tmp_path / "watched" / "out" / name).read_bytes() == (tmp_path / "alone" / "out" / name).read_bytes()


def test_another_interval_of_checkpoints_goes_on_and_leaves_other_trainings_alone(tmp_path, caplog, params, table):
    class Stopped(Exception):
        """The process ends here."""

    def stop(name, make, iteration):
        raise Stopped

    watcher = NullWatcher()
    watcher.samples = stop
    for other, made_from in (
        (params, {}),
        (params.model_copy(update={"training_seed": 4}), {}),
        (params, {"shards": "abc"}),
        (with_ldnet(params, weight_content=3.0), {}),
    ):
        with pytest.raises(Stopped):
            train(other, table, tmp_path, watcher, **made_from)
    assert caplog.text.count("starting afresh") == 3  # each found only checkpoints of the others
    left = sorted((tmp_path / "state").glob("*/phase1/iteration-000000005.pt"))
    assert len(left) == 4
    with caplog.at_level("INFO"):
        train(with_ldnet(params, checkpoint_every=20), table, tmp_path)
    gone_on = [path for path in left if f"going on from checkpoint {path}" in caplog.text]
    assert len(gone_on) == 1 and caplog.text.count("starting afresh") == 3
    assert sorted((tmp_path / "state").rglob("*.pt")) == [path for path in left if path not in gone_on]


def test_learns_to_reconstruct_unseen_frames_better_than_the_mean(tmp_path, params, tables):
    table = tables(subjects=20, frames=40)
    schedule = Schedule(learning_rate=2e-3, batch_size=32, iterations=300)
    train(with_ldnet(params, phase1=schedule, phase2=schedule, checkpoint_every=300), table, tmp_path)
    with (tmp_path / "out" / "curves.csv").open() as file:
        losses = [float(line["phase1/reconstruction"] or line["phase2/reconstruction"]) for line in csv.DictReader(file)]
    assert losses[9] < losses[0] / 4  # the last of phase 1's ten points

    # Frames 0..19 are a subject's first clip and 20..39 its second: identity from the one, pose from the other.
    points = torch.from_numpy(normalise(table.landmarks)[0]).view(20, 40, 136)
    ldnet = load_ldnet(tmp_path / "out", CPU)
    with torch.no_grad():
        wanted = points[:, 20:].reshape(-1, 136)
        rebuilt = ldnet.generate(ldnet.encode_pose(wanted), ldnet.encode_identity(points[:, :20].reshape(-1, 136)))
    error = (rebuilt - wanted).square().mean()
    of_the_mean = (points.mean(dim=(0, 1)) - wanted).square().mean()
    of_the_subjects_mean = (points[:, :20].mean(dim=1, keepdim=True) - points[:, 20:]).square().mean()
    assert error < of_the_subjects_mean / 2 and error < of_the_mean / 2


def test_exported_network_can_be_loaded_and_says_what_it_is(tmp_path, params, table):
    train(params, table, tmp_path)
    ldnet = load_ldnet(tmp_path / "out", CPU)
    assert not ldnet.training
    assert ldnet.encode_pose(torch.zeros(2, 136)).shape == (2, 64)
    weights = [path for path in (tmp_path / "out").iterdir()]
    assert sorted(path.name for path in weights) == ["best", *FILES]
    description = read_description(tmp_path / "out", NETWORK)
    assert description["seed"] == params.training_seed and description["params"] == params.ldnet.model_dump(mode="json")
    assert {weight.device.type for weight in load_ldnet(tmp_path / "out", torch.device("meta")).parameters()} == {"meta"}


def test_too_small_tables_are_errors_before_anything_is_written(tmp_path, params, tables):
    with pytest.raises(ReenactError, match="LD-Net needs two or more"):
        train(params, tables(subjects=1), tmp_path)
    assert not list(tmp_path.iterdir())


def test_damaged_landmarks_are_errors(tmp_path, params, table):
    table.landmarks[3] = np.nan
    with pytest.raises(ReenactError, match="1 landmark sets are not finite"):
        train(params, table, tmp_path)


def test_phase_2_starts_from_the_average_of_phase_1_and_its_own_is_exported(table, small):
    task = LDNetTask(small.model_copy(update={"ema_decay": 0.9}), table, 1, CPU)
    phases = task.phases()
    first = next(phases)
    for draw in islice(first.batches(0), 5):
        run_iteration(first, draw)
    last, average = weights(first.ldnet), weights(first.average)
    assert not torch.equal(last, average)
    second = next(phases)
    assert torch.equal(weights(second.ldnet), average) and torch.equal(weights(second.average), average)
    for draw in islice(second.batches(0), 5):
        run_iteration(second, draw)
    assert torch.equal(weights(task.exported()), weights(second.average))
    assert not torch.equal(weights(second.average), weights(second.ldnet)) and not torch.equal(weights(second.average), average)


def weights(ldnet: LDNet) -> torch.Tensor:
    """All weights of the networks in a row."""
    return torch.cat([weight.detach().flatten() for weight in ldnet.parameters()])


def test_the_parameters_of_the_draws_count_in_both_phases_and_for_the_validation(beside, small):
    """Of the corpus alone, though there are more of the others; and two frames of a clip, though each has two clips."""
    table = beside(30, 80)
    changes = {"corpus_share": 1.0, "other_clip": False, "held_out_subjects": 20}
    phases = list(LDNetTask(small.model_copy(update=changes), table, 1, CPU).phases())
    trained_on = [draw for phase in phases for draw in islice(phase.batches(0), 20)]
    assert all((draw.subject < 30).all() for draw in trained_on)
    for draws in (trained_on[:20], trained_on[20:], [phases[1].held_out.draw("validation", 0, 200)]):
        first, second = (np.concatenate([rows(table, getattr(draw, name)) for draw in draws]) for name in ("first", "second"))
        assert (table.clip[first] == table.clip[second]).mean() == pytest.approx(1 / 3, abs=0.1)  # one of the other three frames


def test_nobody_is_held_out_of_few(tables, small):
    task = LDNetTask(small.model_copy(update={"held_out_subjects": 2}), tables(subjects=19), 1, torch.device("cpu"))
    assert [phase.validate() for phase in task.phases()] == [{}, {}]


def test_nobody_with_a_single_frame_is_held_out_and_the_log_counts_them(tables, small, caplog):
    """A validation needs two frames of a person; such people are still drawn as somebody else."""
    table = tables(subjects=200, frames=4)
    kept = (table.subject < 20) | (table.frame == 0)
    few = replace(table, **{name: getattr(table, name)[kept] for name in ("landmarks", "subject", "clip", "frame")})
    with caplog.at_level("INFO"):
        task = LDNetTask(small.model_copy(update={"held_out_subjects": 2}), few, 1, CPU)
    assert "180 of 200 subjects have a single frame" in caplog.text
    caplog.clear()
    with caplog.at_level("INFO"):
        LDNetTask(small, table, 1, CPU)
    assert "single frame" not in caplog.text
    phases = list(task.phases())
    assert phases[1].validate()["validation/reconstruction"].isfinite()
    targets = {label for _, draw in zip(range(200), phases[0].batches(0), strict=False) for label in draw.target_subject.tolist()}
    assert set(range(20, 200)) <= targets
