from __future__ import annotations

import csv

import pytest
import torch

from reenact.errors import ReenactError
from reenact.training.curves import Curves


def scalars(**values: float) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(value) for name, value in values.items()}


def test_a_point_is_the_mean_since_the_point_before():
    curves = Curves()
    for step, value in enumerate([1.0, 2.0, 6.0]):
        curves.add(step, scalars(a=value, b=-value))
    assert curves.point(3) == {"a": 3.0, "b": -3.0}
    curves.add(3, scalars(a=10.0, b=0.0))
    assert curves.point(4) == {"a": 10.0, "b": 0.0}
    assert [step for step, _ in curves.points] == [3, 4]


def test_a_point_without_iterations_is_none():
    curves = Curves()
    assert curves.point(5) == {} and curves.points == []


def test_check_names_the_first_bad_loss_and_its_iteration():
    curves = Curves()
    curves.add(7, scalars(good=1.0, bad=1.0))
    curves.check("Training", "try less")
    curves.add(8, scalars(good=1.0, bad=float("inf")))
    curves.add(9, scalars(good=float("nan"), bad=float("nan")))
    with pytest.raises(ReenactError, match=r"Training: the loss 'bad' became NaN or infinite in iteration 8; try less"):
        curves.check("Training", "try less")


def test_losses_of_another_phase_need_a_point_in_between():
    curves = Curves()
    curves.add(0, scalars(a=1.0))
    with pytest.raises(ValueError, match="differ"):
        curves.add(1, scalars(b=1.0))


def test_csv_has_a_column_a_loss_and_empty_cells_between_phases(tmp_path):
    curves = Curves()
    curves.add(0, scalars(one=0.5))
    curves.point(1)
    curves.add(1, scalars(two=0.25))
    curves.point(2)
    curves.write(tmp_path / "curves.csv")
    with (tmp_path / "curves.csv").open() as file:
        assert list(csv.reader(file)) == [["iteration", "one", "two"], ["1", "0.5", ""], ["2", "", "0.25"]]


def test_state_carries_the_unfinished_interval(tmp_path):
    straight, before, after = Curves(), Curves(), Curves()
    values = [0.1, 0.7, 0.3, 0.9]
    for step, value in enumerate(values):
        straight.add(step, scalars(a=value))
    for step, value in enumerate(values[:2]):
        before.add(step, scalars(a=value))
    torch.save(before.state_dict(), tmp_path / "state.pt")
    after.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    for step, value in enumerate(values[2:], start=2):
        after.add(step, scalars(a=value))
    assert after.point(4) == straight.point(4)
    assert after.points == straight.points


def test_a_loss_is_bad_from_its_first_bad_iteration_on_also_the_very_first():
    for value in (float("nan"), float("inf"), -float("inf")):
        curves = Curves()
        curves.add(0, scalars(a=1.0, b=value))
        curves.add(1, scalars(a=value, b=1.0))
        with pytest.raises(ReenactError, match="the loss 'b' became NaN or infinite in iteration 0"):
            curves.check("Training", "")
        curves.point(2)
        curves.check("Training", "")  # another interval, without a bad loss


def test_cells_have_six_digits(tmp_path):
    curves = Curves()
    curves.add(0, scalars(a=1234.56789))
    curves.point(1)
    curves.add(1, scalars(a=1.23456789e-7))
    curves.point(2)
    curves.write(tmp_path / "curves.csv")
    assert (tmp_path / "curves.csv").read_text() == "iteration,a\n1,1234.57\n2,1.23457e-07\n"


def test_small_losses_count_beside_large_ones():
    """A sum in float32 would drop each of the ones."""
    curves = Curves()
    curves.add(0, scalars(a=1e8))
    for step in range(1, 100):
        curves.add(step, scalars(a=1.0))
    assert curves.point(100) == {"a": (1e8 + 99) / 100}
