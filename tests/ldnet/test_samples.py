from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.ldnet.model import LDNet
from reenact.ldnet.sampler import Sampler
from reenact.ldnet.samples import sample_sheet
from reenact.ldnet.stage1 import Stage1
from reenact.ldnet.stage2 import Stage2

CPU = torch.device("cpu")


@pytest.fixture
def shown(table):
    return Sampler(table, CPU).draw(3, "samples", 0, 2)


def columns(picture: np.ndarray) -> list[np.ndarray]:
    return np.split(picture, 4, axis=1)


def test_columns_are_target_driver_generated_and_the_drivers_reconstruction(shown):
    perfect = sample_sheet(lambda draw: (draw.first, draw.second, draw.target), shown)
    assert perfect.shape == (2 * 128, 4 * 128, 3) and perfect.dtype == np.uint8
    target, driver, generated, rebuilt = columns(perfect)
    assert (generated == target).all() and (rebuilt == driver).all() and (target != driver).any()


def test_faces_fill_their_pictures_but_for_a_margin(shown):
    target, *_ = columns(sample_sheet(lambda draw: (draw.first, draw.second, draw.target), shown))
    for face in np.split(target, 2):
        rows, across = np.nonzero(face.any(2))
        # The larger side spans [-1, 1]: 0.85 of 128 pixels, and the line's own width.
        assert max(np.ptp(rows), np.ptp(across)) == pytest.approx(0.85 * 128, abs=3)
        assert min(rows.min(), across.min(), 127 - rows.max(), 127 - across.max()) >= 8


def test_a_network_that_ran_away_is_drawn_and_not_an_error(shown):
    wild = torch.full_like(shown.target, torch.nan), torch.full_like(shown.target, torch.inf)
    _, driver, _, _ = columns(sample_sheet(lambda draw: (draw.first, *wild), shown))
    assert driver.any()


@pytest.mark.parametrize("stage_class", [Stage1, Stage2])
def test_both_stages_are_shown_without_a_trace(shown, small, stage_class):
    stage = stage_class(LDNet(small), 6, small, CPU)
    before = {name: tensor.clone() for name, tensor in stage.ldnet.state_dict().items()}
    random = torch.get_rng_state()
    first, again = (sample_sheet(stage.generate, shown) for _ in range(2))
    assert (first == again).all()
    assert torch.equal(random, torch.get_rng_state())
    assert all(torch.equal(tensor, before[name]) for name, tensor in stage.ldnet.state_dict().items())
    assert all(parameter.grad is None for parameter in stage.ldnet.parameters())


def test_stage_1_takes_the_identity_from_the_table_and_stage_2_from_the_encoder(shown, small):
    for stage_class, of_identity in ((Stage1, lambda stage: stage.identities), (Stage2, lambda stage: stage.ldnet.identity_encoder)):
        stage = stage_class(LDNet(small), 6, small, CPU)
        before = columns(sample_sheet(stage.generate, shown))
        with torch.no_grad():
            for parameter in of_identity(stage).parameters():
                parameter.add_(1.0)
        after = columns(sample_sheet(stage.generate, shown))
        assert [(a == b).all() for a, b in zip(before, after, strict=True)] == [True, True, False, False]
