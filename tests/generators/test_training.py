"""Every generator's training: killed and gone on with, on little data, and on data that it cannot learn from."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from itertools import islice

import pyarrow.parquet as pq
import pytest
import torch

from reenact.config.networks import Schedule
from reenact.errors import ReenactError
from reenact.generators.registry import GENERATORS, trained
from reenact.shards.pairs import PairStream
from reenact.training import checkpoint
from reenact.training.turns import run_iteration
from reenact.training.watcher import NullWatcher

CPU = torch.device("cpu")
FILES = ("curves.csv", "model.json", "model.safetensors")

IN_A_PROCESS_OF_ITS_OWN = """
import pickle, sys, torch
from pathlib import Path
from reenact.generators.registry import GENERATORS
from reenact.training.trainer import Trainer
from reenact.training.watcher import NullWatcher
torch.set_num_threads(1)
folder, name = Path(sys.argv[1]), sys.argv[2]
params, shard = pickle.loads((folder / "job.pkl").read_bytes())
every, device = getattr(params, name).checkpoint_every, torch.device("cpu")
task = GENERATORS[name].make_task(params, [shard], device)
Trainer(params.training_seed, {}, folder / "state", folder / "out", every, device, NullWatcher()).train(task)
"""


@pytest.fixture
def of_two(shard, tmp_path):
    """A shard with two of the three subjects."""
    table = pq.read_table(shard)
    path = tmp_path / "of_two.parquet"
    with pq.ParquetWriter(path, table.schema) as writer:
        for group in range(pq.ParquetFile(shard).num_row_groups):
            rows = pq.ParquetFile(shard).read_row_group(group)
            if rows["subject"][0].as_py() != "eve":
                writer.write_table(rows)
    return path


def make_phase(name, params, shard):
    (phase,) = GENERATORS[name].make_task(params, [shard], CPU).phases()
    return phase


@pytest.mark.parametrize("name", trained())
def test_the_loss_that_shows_a_network_coming_apart_is_one_of_its_losses(params, shard, name):
    phase = make_phase(name, params, shard)
    assert phase.guarded in run_iteration(phase, next(phase.batches(0)))


@pytest.mark.parametrize("name", trained())
def test_killed_training_ends_with_the_same_bytes(tmp_path, params, train, shard, changed, name):
    params = changed(params, name, schedule=Schedule(learning_rate=1e-3, batch_size=2, iterations=10))
    undisturbed = train(name, params, tmp_path / "undisturbed")
    killed = tmp_path / "killed"
    killed.mkdir()
    (killed / "job.pkl").write_bytes(pickle.dumps((params, shard)))
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen([sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN, str(killed), name], env=environment)
    deadline = time.monotonic() + 60
    while not list((killed / "state").glob(f"*/{name}/iteration-*.pt")):
        assert process.poll() is None and time.monotonic() < deadline, "no checkpoint came"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (killed / "out").exists()
    train(name, params, killed)
    for file in FILES:
        assert (killed / "out" / file).read_bytes() == (undisturbed / file).read_bytes()
    assert not list((killed / "state").rglob("*.pt"))


@pytest.mark.parametrize("name", trained())
def test_the_registry_names_what_the_task_does(params, shard, name):
    """Its name, its title, its network's name, and losses that its curves have."""
    entry = GENERATORS[name]
    task = entry.make_task(params, [shard], CPU)
    (phase,) = task.phases()
    assert (task.name, task.network, phase.name, phase.title) == (entry.name, entry.network, entry.name, entry.title)
    assert task.params == getattr(params, name)
    assert set(entry.plots) <= run_iteration(phase, next(phase.batches(0))).keys()


@pytest.mark.parametrize("name", trained())
def test_every_weight_learns(params, shard, name):
    phase = make_phase(name, params, shard)
    before = [weight.detach().clone() for weight in phase.network.parameters()]
    run_iteration(phase, next(phase.batches(0)))
    names = [key for key, _ in phase.network.named_parameters()]
    still = [key for key, old, new in zip(names, before, phase.network.parameters(), strict=True) if torch.equal(old, new)]
    assert still == []


@pytest.mark.parametrize("name", trained())
def test_bfloat16_reports_nearly_the_same_losses_and_weights_stay_float32(params, shard, changed, name):
    exact, short = (make_phase(name, changed(params, name, precision=precision), shard) for precision in ("float32", "bfloat16"))
    losses, rough = (run_iteration(phase, next(phase.batches(0))) for phase in (exact, short))
    for key, loss in losses.items():
        assert rough[key].dtype == torch.float32 and rough[key].item() == pytest.approx(loss.item(), rel=0.05, abs=0.01)
    assert {weight.dtype for weight in short.network.parameters()} == {torch.float32}


@pytest.mark.parametrize("name", trained())
def test_a_batch_larger_than_the_data_repeats_its_pairs(params, shard, changed, name):
    """Six clips give 24 pairs a round at four pairs a clip; the batch takes 60."""
    params = changed(params, name, schedule=Schedule(learning_rate=1e-3, batch_size=60, iterations=1))
    phase = make_phase(name, params, shard)
    batch = next(phase.batches(0))
    assert len(batch.target) == 60
    pictures = {bytes(image.numpy().tobytes()) for image in batch.target}
    assert len(pictures) <= 6 * 8 < 60
    assert all(loss.isfinite() for loss in run_iteration(phase, batch).values())


@pytest.mark.parametrize("name", trained())
def test_one_subject_alone_is_no_training_set(params, of_two, tmp_path, name):
    rows = pq.ParquetFile(of_two).read_row_group(0)
    pq.write_table(rows, tmp_path / "of_one.parquet")
    with pytest.raises(ReenactError, match=r"1 subjects of the 1 .* training needs two at least: add clips"):
        make_phase(name, params, tmp_path / "of_one.parquet")


@pytest.mark.parametrize("name", ["fdgan", "single_row", "adain"])
def test_a_checkpoint_for_another_number_of_subjects_is_refused(params, shard, of_two, tmp_path, name):
    """Other shards are other inputs, so a training starts afresh. A checkpoint that was copied in is named."""
    three, two = make_phase(name, params, shard), make_phase(name, params, of_two)
    checkpoint.save(tmp_path / "state", 1, three.state())
    with pytest.raises(ReenactError, match=r"is of another training .*classifier.* remove the folder .* to start afresh"):
        checkpoint.restore(tmp_path / "state", two.state(), CPU)


def test_with_other_shards_a_training_starts_afresh(params, train, tmp_path, caplog):
    class Stopped(Exception):
        """The process ends here."""

    class Stops(NullWatcher):
        def samples(self, name, make, iteration):
            raise Stopped

    for content in ("abc", "def"):
        with pytest.raises(Stopped):
            train("single_row", params, tmp_path, Stops(), shards=content)
    assert len(list((tmp_path / "state").glob("*/single_row/iteration-000000003.pt"))) == 2
    assert "starting afresh" in caplog.text


def test_all_generators_learn_from_the_same_pairs(params, shard):
    """The same seed gives every generator the same frames in the same order."""
    first = next(PairStream([shard], 5, 64, 2, 4, 4).batches())[1]
    for name in trained():
        (batch,) = islice(make_phase(name, params, shard).batches(0), 1)
        assert torch.equal(batch.target, first.target) and torch.equal(batch.driver, first.driver)
