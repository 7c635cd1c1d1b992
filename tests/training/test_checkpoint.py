from __future__ import annotations

import logging

import pytest
import torch
from torch import nn

from reenact.errors import ReenactError
from reenact.training import checkpoint
from reenact.training.objective import Objective

CPU = torch.device("cpu")


def make_parts(seed: int = 0) -> dict[str, checkpoint.Stateful]:
    torch.manual_seed(seed)
    net = nn.Linear(3, 2)
    return {"net": net, "objective": Objective([net], torch.optim.Adam, lr=0.1)}


def train_one_step(parts: dict) -> None:
    parts["objective"].add(parts["net"](torch.arange(3.0)).square().sum())
    parts["objective"].step()


def weights(parts: dict) -> list[torch.Tensor]:
    return [tensor.clone() for tensor in parts["net"].state_dict().values()]


def save_steps(folder, count: int) -> tuple[dict, list]:
    """Checkpoints 1..count of one training, and the weights at each."""
    parts, history = make_parts(), []
    for step in range(1, count + 1):
        train_one_step(parts)
        checkpoint.save(folder, step, parts)
        history.append(weights(parts))
    return parts, history


def same(first: list[torch.Tensor], second: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_restored_training_goes_on_as_the_one_that_was_saved(tmp_path):
    parts, _ = save_steps(tmp_path, 3)
    other = make_parts(seed=1)
    assert checkpoint.restore(tmp_path, other, CPU) == 3
    train_one_step(parts)
    train_one_step(other)
    assert same(weights(parts), weights(other))  # Adam's moments too, or the steps would differ


def test_two_newest_checkpoints_are_kept(tmp_path):
    save_steps(tmp_path, 4)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["iteration-000000003.pt", "iteration-000000004.pt"]


def test_nothing_to_restore_is_step_zero(tmp_path):
    parts = make_parts()
    before = weights(parts)
    assert checkpoint.restore(tmp_path / "missing", parts, CPU) == 0
    assert same(before, weights(parts))


@pytest.mark.parametrize("damage", ["cut off", "empty", "bit flipped", "not an archive"])
def test_damaged_checkpoint_falls_back_aloud(tmp_path, caplog, damage):
    _, history = save_steps(tmp_path, 2)
    newest = tmp_path / "iteration-000000002.pt"
    data = bytearray(newest.read_bytes())
    if damage == "bit flipped":
        data[data.find(history[1][0].numpy().tobytes())] ^= 1
    newest.write_bytes({"cut off": data[: len(data) // 2], "empty": b"", "bit flipped": data, "not an archive": b"\x00" * 4096}[damage])
    other = make_parts(seed=1)
    with caplog.at_level(logging.WARNING):
        assert checkpoint.restore(tmp_path, other, CPU) == 1
    assert same(history[0], weights(other))
    assert "iteration-000000002.pt is damaged" in caplog.text


def test_all_damaged_starts_afresh_without_touching_the_networks(tmp_path):
    save_steps(tmp_path, 2)
    for path in tmp_path.iterdir():
        path.write_bytes(b"damaged")
    other = make_parts(seed=1)
    before = weights(other)
    assert checkpoint.restore(tmp_path, other, CPU) == 0
    assert same(before, weights(other))


def test_checkpoint_of_other_networks_is_an_error(tmp_path):
    save_steps(tmp_path, 1)
    fewer, more = {"net": nn.Linear(3, 2)}, make_parts() | {"third": nn.Linear(1, 1)}
    for parts in ({"net": nn.Linear(4, 2)}, {"other": nn.Linear(3, 2)}, fewer, more):
        with pytest.raises(ReenactError, match=r"iteration-000000001.pt is of another training"):
            checkpoint.restore(tmp_path, parts, CPU)


def test_clear_removes_checkpoints_and_leaves_other_files(tmp_path):
    save_steps(tmp_path / "run" / "phase", 2)
    (tmp_path / "notes.txt").write_text("mine")
    checkpoint.clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


class Payload:
    """An object that runs code when it is unpickled."""

    def __reduce__(self):
        return print, ("this must not run",)


def test_a_checkpoint_that_would_run_code_is_damaged(tmp_path, caplog, capsys):
    _, history = save_steps(tmp_path, 2)
    torch.save({"iterations": 3, "parts": Payload()}, tmp_path / "iteration-000000003.pt")
    other = make_parts(seed=1)
    assert checkpoint.restore(tmp_path, other, CPU) == 2
    assert same(history[1], weights(other))
    assert "iteration-000000003.pt is damaged" in caplog.text and "must not run" not in capsys.readouterr().out


def test_what_was_gone_on_from_is_said(tmp_path, caplog):
    save_steps(tmp_path, 2)
    with caplog.at_level(logging.INFO):
        checkpoint.restore(tmp_path, make_parts(), CPU)
    assert f"going on from checkpoint {tmp_path / 'iteration-000000002.pt'}" in caplog.text


def test_clear_of_a_folder_that_is_gone_or_empty(tmp_path):
    checkpoint.clear(tmp_path / "gone")
    (tmp_path / "run" / "phase").mkdir(parents=True)
    checkpoint.clear(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
