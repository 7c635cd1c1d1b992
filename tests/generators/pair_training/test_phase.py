"""What all trainings on pairs of frames share: batches on the device, the EMA, and samples of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import torch
from torch import Tensor, nn

from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.network import Network
from reenact.generators.pair_training.phase import PairPhase
from reenact.previews import preview
from reenact.shards.pairs import PairBatch
from reenact.training.objective import Objective
from reenact.training.turns import Turn

CPU = torch.device("cpu")


class Tinted(Network):
    """The target's landmark image and the wanted one, through a 1×1 convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(6, 3, 1)

    def encode(self, target: TargetInput) -> Tensor:
        return target.landmark_image

    def translate(self, wanted: WantedInput, encoded: Tensor) -> Tensor:
        return self.mix(torch.cat((encoded, wanted.landmark_image), 1)).tanh()


class Stream:
    """Always the same batch."""

    def __init__(self, batch: PairBatch | None) -> None:
        self.batch = batch

    def batches(self, start: int) -> Iterator[tuple[int, PairBatch]]:
        return ((iteration, self.batch) for iteration in count(start))


def make(config, batch: PairBatch | None = None) -> PairPhase:
    torch.manual_seed(0)
    return PairPhase("tint", "Tint", Tinted(), Stream(batch), config, CPU)


def test_a_batch_is_given_as_target_wanted_truth_and_subject(small, two_faces):
    """Landmark coordinates beside the landmark images, for target and wanted frame alike."""
    target, wanted, truth, subject = make(small).pairs(two_faces)
    for got, given in (
        (target.image, two_faces.target),
        (target.landmark_image, two_faces.target_drawn),
        (target.landmarks, two_faces.target_landmarks),
        (wanted.landmark_image, two_faces.driver_drawn),
        (wanted.landmarks, two_faces.driver_landmarks),
        (truth, two_faces.driver),
        (subject, two_faces.subject),
    ):
        assert torch.equal(got, given)
    assert target.landmarks.shape == (2, 68, 2) and not torch.equal(target.landmarks, wanted.landmarks)


def test_the_average_moves_by_the_steps_of_the_network_and_no_gradient(small):
    phase = make(small)
    phase.turns = (Turn({"tint": Objective([phase.network], torch.optim.SGD, lr=0.1)}, lambda batch, made: {}),)
    (objective,) = phase.turns[0].objectives.values()
    before = [weight.clone() for weight in phase.average.parameters()]
    objective.add(sum(weight.sum() for weight in phase.network.parameters()))
    objective.step()
    phase.end_iteration()
    for old, new, weight in zip(before, phase.average.parameters(), phase.network.parameters(), strict=True):
        torch.testing.assert_close(new, old / 10 + 0.9 * weight.detach())
        assert not new.requires_grad and new.grad is None


def test_what_to_change_is_the_generators_own_key(small):
    assert make(small).advice == "lower tint.schedule.learning_rate"


def test_samples_are_at_most_four_of_the_ema(small, two_faces):
    """Columns: target, wanted landmarks, what the EMA generates, truth."""
    many = PairBatch(**{name: torch.cat([value] * 3)[:5] for name, value in vars(two_faces).items()})
    phase = make(small, many)
    with torch.no_grad():
        for weight in phase.average.parameters():
            weight.mul_(1.3)
        seen = torch.cat((many.target_drawn[:4], many.driver_drawn[:4]), 1)
        generated = phase.average.mix(seen).tanh()
    samples, wanted = phase.samples(), (many.target[:4], many.driver_drawn[:4], generated, many.driver[:4])
    assert list(samples) == ["target", "wanted", "generated", "truth"] and not samples["generated"].requires_grad
    assert all(torch.equal(got, images) for got, images in zip(samples.values(), wanted, strict=True))
    picture = preview(samples)
    assert picture.shape == (4 * 64, 4 * 64, 3)
    for column, images in enumerate(wanted):
        for row in range(4):
            tile = torch.from_numpy(picture[64 * row : 64 * (row + 1), 64 * column : 64 * (column + 1)].copy())
            assert (tile.float() - (images[row].permute(1, 2, 0) + 1) * 127.5).abs().max() <= 0.51
