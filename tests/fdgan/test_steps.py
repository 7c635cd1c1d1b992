"""One iteration of FD-GAN's training against the same iteration written out by hand."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn

from reenact.faces.landmark_image import draw
from reenact.fdgan.model import FDGAN
from reenact.fdgan.steps import Adversaries, Steps
from reenact.fdgan.train import sample_sheet
from reenact.shards.pairs import PairBatch
from reenact.training import checkpoint
from reenact.training.seeding import torch_seed

CPU = torch.device("cpu")
RATE = 1e-3  # of the fixture `small`


@pytest.fixture
def config(small):
    """Weights of the losses that differ from one another, so that none can stand for another."""
    return small.model_copy(update={"weight_reconstruction": 7.0, "weight_discriminator": 2.0, "weight_classifier": 3.0})


@pytest.fixture
def batch(face, portrait) -> PairBatch:
    """Two people in two poses each."""
    before, after = [face(-4, 1), face(3, 2)], [face(5, 4), face(-2, 3)]
    colours = (220, 170, 140), (60, 90, 160)
    images = [torch.cat([portrait(*pair) for pair in zip(poses, colours, strict=True)]) for poses in (before, after)]
    drawn = [torch.cat([draw(pose[None], 64) for pose in poses]) for poses in (before, after)]
    points = [torch.stack([torch.from_numpy(pose) for pose in poses]) for poses in (before, after)]
    return PairBatch(images[0], points[0], drawn[0], images[1], points[1], drawn[1], torch.tensor([2, 0]))


def make(config, seed: int = 1) -> Steps:
    with torch_seed(seed, "test"):
        return Steps(FDGAN(config), Adversaries(config, 3), config, CPU)


def cross_entropy(logits: Tensor, subject: Tensor) -> Tensor:
    """-log P(k|.) at every place, (B, h, w)."""
    return -torch.stack([logits[b].log_softmax(0)[k] for b, k in enumerate(subject.tolist())])


def share_of_others(logits: Tensor, subject: Tensor) -> Tensor:
    return 1 - torch.stack([logits[b].softmax(0)[k] for b, k in enumerate(subject.tolist())])


class ByHand:
    """The same networks, Eqs. (10) to (12) and RMSprop in plain formulas."""

    def __init__(self, steps: Steps) -> None:
        self.config = steps.config
        self.t, self.average = deepcopy(steps.fdgan), deepcopy(steps.fdgan)
        self.d, self.c = deepcopy(steps.adversaries.discriminator), deepcopy(steps.adversaries.classifier)
        self.squares: dict[Tensor, Tensor] = {}

    def move(self, network: nn.Module, loss: Tensor, rate: float) -> None:
        weights = list(network.parameters())
        for weight, slope in zip(weights, torch.autograd.grad(loss, weights, retain_graph=True), strict=True):
            self.squares[weight] = 0.99 * self.squares.get(weight, torch.zeros_like(weight)) + 0.01 * slope**2
            weight.data -= rate * slope / (self.squares[weight].sqrt() + 1e-8)

    def step(self, step: int, batch: PairBatch) -> dict[str, float]:
        rate = RATE * min(step + 1, 50) / 50
        painted = self.t(batch.target, batch.target_drawn, batch.driver_drawn)
        fake = painted.detach().clone()
        loss_d = ((self.d(batch.target) - 1) ** 2).mean() + ((self.d(fake) + 1) ** 2).mean()
        loss_c = cross_entropy(self.c(batch.target), batch.subject).mean() - share_of_others(self.c(fake), batch.subject).log().mean()
        self.move(self.d, loss_d, rate)
        self.move(self.c, loss_c, rate)
        rec = ((painted - batch.driver) ** 2).mean()
        loss_t = 7 * rec + 2 * (self.d(painted) ** 2).mean() + 3 * cross_entropy(self.c(painted), batch.subject).mean()
        self.move(self.t, loss_t, rate)
        keep = min(self.config.average_decay, (step + 1) / (step + 10))
        for mean, weight in zip(self.average.parameters(), self.t.parameters(), strict=True):
            mean.data = keep * mean.data + (1 - keep) * weight.data
        return {
            "discriminator": loss_d.item(),
            "classifier": loss_c.item(),
            "translator": loss_t.item(),
            "reconstruction": rec.item(),
        }


@pytest.mark.parametrize("numbers", [(0, 1), (24, 49), (50, 900)])
def test_iterations_are_those_of_the_equations(config, batch, numbers):
    """D, C, T and T's running mean, with the warm-up of the rate and of the mean, and the losses that are reported."""
    steps = make(config.model_copy(update={"average_decay": 0.7 if numbers[0] else 0.995}))
    hand = ByHand(steps)
    for number in numbers:
        expected, got = hand.step(number, batch), steps.step((number, batch))
        assert {name: loss.item() for name, loss in got.items()} == pytest.approx(expected, rel=2e-3)
    pairs = (
        (steps.adversaries.discriminator, hand.d),
        (steps.adversaries.classifier, hand.c),
        (steps.fdgan, hand.t),
        (steps.average, hand.average),
    )
    for network, other in pairs:
        moved, wanted = (torch.cat([weight.detach().flatten() for weight in n.parameters()]) for n in (network, other))
        # A step of RMSprop divides by the slope's own size: weights whose slope is next to nothing go either way.
        assert ((moved - wanted).abs() < 0.02 * RATE).float().mean() > 0.99


def test_every_network_moves_in_every_iteration(config, batch):
    steps = make(config)
    networks = {"d": steps.adversaries.discriminator, "c": steps.adversaries.classifier, "t": steps.fdgan, "mean": steps.average}
    for number in (0, 1, 60):
        before = {name: [weight.detach().clone() for weight in network.parameters()] for name, network in networks.items()}
        steps.step((number, batch))
        still = {
            name
            for name, network in networks.items()
            if any(torch.equal(a, b) for a, b in zip(before[name], network.parameters(), strict=True))
        }
        assert still == set()


@pytest.mark.parametrize(("number", "keep"), [(0, 1 / 10), (1, 2 / 11), (20, 21 / 30), (5000, 0.995)])
def test_the_running_mean_forgets_the_first_weights_soon(config, batch, number, keep):
    """Its decay while few iterations are done is (k + 1) / (k + 10)."""
    steps = make(config)
    with torch.no_grad():
        for weight in steps.average.parameters():
            weight.add_(torch.randn(weight.shape))
    before = [weight.clone() for weight in steps.average.parameters()]
    steps.step((number, batch))
    for old, new, weight in zip(before, steps.average.parameters(), steps.fdgan.parameters(), strict=True):
        torch.testing.assert_close(new, keep * old + (1 - keep) * weight.detach(), rtol=1e-4, atol=1e-5)


def test_discriminator_and_classifier_learn_what_they_are_for(config, batch):
    """Against a translator that stands still, D tells true from painted, and C names the subject of the true image only."""
    steps = make(config)
    steps.phases["t"].update = lambda loss: None
    for number in range(50, 90):
        steps.step((number, batch))
    with torch.no_grad():
        painted = steps.fdgan(batch.target, batch.target_drawn, batch.driver_drawn)
        true, fake = (steps.adversaries.discriminator(image) for image in (batch.target, painted))
        assert true.mean() > 0.3 and fake.mean() < -0.3
        true, fake = (1 - share_of_others(steps.adversaries.classifier(image), batch.subject) for image in (batch.target, painted))
        assert true.mean() > 0.7 and fake.mean() < true.mean() - 0.2


def test_a_checkpoint_holds_all_that_the_next_iteration_needs(tmp_path, config, batch):
    steps, other = make(config), make(config, seed=2)
    steps.step((0, batch))
    checkpoint.save(tmp_path, 1, steps.parts())
    assert checkpoint.restore(tmp_path, other.parts(), CPU) == 1
    steps.step((1, batch))
    other.step((1, batch))
    for name, part in steps.parts().items():
        if isinstance(part, nn.Module):
            assert all(torch.equal(a, b) for a, b in zip(part.parameters(), other.parts()[name].parameters(), strict=True)), name
    assert {"fdgan", "adversaries", "average"} < steps.parts().keys()


def test_bfloat16_trains_the_same_within_its_precision_and_weights_stay_float32(config, batch):
    exact, short = (make(config.model_copy(update={"precision": name})) for name in ("float32", "bfloat16"))
    losses = [{name: loss for name, loss in steps.step((0, batch)).items()} for steps in (exact, short)]
    assert all(loss.dtype == torch.float32 for loss in losses[1].values())
    for name, loss in losses[0].items():
        assert losses[1][name].item() == pytest.approx(loss.item(), rel=0.02) and losses[1][name].item() != loss.item()
    assert all(weight.dtype == torch.float32 for weight in short.fdgan.parameters())


def test_images_come_in_the_order_that_the_paper_names_them(config, batch):
    got = make(config).images(batch)
    assert all(torch.equal(a, b) for a, b in zip(got, (batch.target, batch.target_drawn, batch.driver_drawn, batch.driver), strict=True))


def test_the_running_mean_takes_no_gradient(config, batch):
    steps = make(config)
    for number in (0, 1):
        assert not any(weight.requires_grad for weight in steps.average.parameters())
        steps.step((number, batch))
    assert not any(weight.requires_grad or weight.grad is not None for weight in steps.average.parameters())


def test_the_sample_sheet_shows_at_most_four_of_the_mean(config, batch):
    """Columns: target, wanted landmarks, what the running mean paints, truth."""
    steps = make(config)
    with torch.no_grad():
        for weight in steps.average.parameters():
            weight.mul_(1.3)
        many = PairBatch(**{name: torch.cat([value] * 3)[:5] for name, value in vars(batch).items()})
        painted = steps.average(many.target[:4], many.target_drawn[:4], many.driver_drawn[:4])
    sheet = sample_sheet(steps, many)
    assert sheet.shape == (4 * 64, 4 * 64, 3)
    for column, images in enumerate((many.target, many.driver_drawn, painted, many.driver)):
        for row in range(4):
            tile = torch.from_numpy(sheet[64 * row : 64 * (row + 1), 64 * column : 64 * (column + 1)].copy())
            assert (tile.float() - (images[row].permute(1, 2, 0) + 1) * 127.5).abs().max() <= 0.51
