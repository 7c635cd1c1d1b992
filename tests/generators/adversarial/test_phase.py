"""One iteration of the adversarial training, here FD-GAN's, against the same iteration written out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from itertools import count

import pytest
import torch
from torch import Tensor, nn

from reenact.faces.landmark_image import draw
from reenact.generators.adversarial.adversaries import Adversaries
from reenact.generators.adversarial.losses import TranslatorLoss
from reenact.generators.adversarial.phase import Adversarial
from reenact.generators.fdgan.model import FDGAN
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.shards.pairs import PairBatch
from reenact.training import checkpoint
from reenact.training.torch_seed import torch_seed
from reenact.training.turns import run_iteration

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


class Stream:
    """Always the same batch."""

    def __init__(self, batch: PairBatch | None) -> None:
        self.batch = batch

    def batches(self, start: int) -> Iterator[tuple[int, PairBatch]]:
        return ((iteration, self.batch) for iteration in count(start))


def make(config, seed: int = 1, batch: PairBatch | None = None) -> Adversarial:
    with torch_seed(seed, "test"):
        network, adversaries = FDGAN(config), Adversaries(config, 3)
    return Adversarial("fdgan", "FD-GAN", network, adversaries, TranslatorLoss(config), Stream(batch), config, CPU)


def generate(network: nn.Module, batch: PairBatch) -> Tensor:
    target = TargetInput(batch.target, batch.target_drawn, batch.target_landmarks)
    return network(target, WantedInput(batch.driver_drawn, batch.driver_landmarks))


def rates(phase: Adversarial) -> list[float]:
    """The learning rate that each objective's next update has."""
    return [group["lr"] for objective in phase.objectives.values() for group in objective.optimiser.param_groups]


def go_to(phase: Adversarial, iteration: int) -> None:
    """Set the learning rates as they are when `iteration` iterations are done."""
    for objective in phase.objectives.values():
        objective.optimiser.zero_grad(set_to_none=True)
        while objective.schedule.last_epoch < iteration:
            objective.optimiser.step()  # moves nothing: there is no gradient
            objective.schedule.step()


def cross_entropy(logits: Tensor, subject: Tensor) -> Tensor:
    """-log P(k|.) at every place, (B, h, w)."""
    return -torch.stack([logits[b].log_softmax(0)[k] for b, k in enumerate(subject.tolist())])


def share_of_others(logits: Tensor, subject: Tensor) -> Tensor:
    return 1 - torch.stack([logits[b].softmax(0)[k] for b, k in enumerate(subject.tolist())])


class ByHand:
    """The same networks, Eqs. (10) to (12) and RMSprop in plain formulas."""

    def __init__(self, phase: Adversarial, ema_decay: float) -> None:
        self.ema_decay = ema_decay
        self.t, self.average = deepcopy(phase.network), deepcopy(phase.network)
        self.d, self.c = deepcopy(phase.adversaries.discriminator), deepcopy(phase.adversaries.classifier)
        self.squares: dict[Tensor, Tensor] = {}

    def move(self, network: nn.Module, loss: Tensor, rate: float) -> None:
        weights = list(network.parameters())
        for weight, slope in zip(weights, torch.autograd.grad(loss, weights, retain_graph=True), strict=True):
            self.squares[weight] = 0.99 * self.squares.get(weight, torch.zeros_like(weight)) + 0.01 * slope**2
            weight.data -= rate * slope / (self.squares[weight].sqrt() + 1e-8)

    def step(self, iteration: int, batch: PairBatch) -> dict[str, float]:
        rate = RATE * min(iteration + 1, 50) / 50
        generated = generate(self.t, batch)
        fake = generated.detach().clone()
        loss_d = ((self.d(batch.target) - 1) ** 2).mean() + ((self.d(fake) + 1) ** 2).mean()
        loss_c = cross_entropy(self.c(batch.target), batch.subject).mean() - share_of_others(self.c(fake), batch.subject).log().mean()
        self.move(self.d, loss_d, rate)
        self.move(self.c, loss_c, rate)
        rec = ((generated - batch.driver) ** 2).mean()
        loss_t = 7 * rec + 2 * (self.d(generated) ** 2).mean() + 3 * cross_entropy(self.c(generated), batch.subject).mean()
        self.move(self.t, loss_t, rate)
        keep = min(self.ema_decay, (iteration + 1) / (iteration + 10))
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
    """D, C, T and T's EMA, with the warm-up of the rate and of the EMA, and the losses that are reported."""
    config = config.model_copy(update={"ema_decay": 0.7 if numbers[0] else 0.995})
    phase = make(config)
    hand = ByHand(phase, config.ema_decay)
    for number in numbers:
        go_to(phase, number)
        expected, got = hand.step(number, batch), run_iteration(phase, batch)
        assert {name: got[name].item() for name in expected} == pytest.approx(expected, rel=2e-3)
    pairs = (
        (phase.adversaries.discriminator, hand.d),
        (phase.adversaries.classifier, hand.c),
        (phase.network, hand.t),
        (phase.average, hand.average),
    )
    for network, other in pairs:
        moved, wanted = (torch.cat([weight.detach().flatten() for weight in n.parameters()]) for n in (network, other))
        # A step of RMSprop divides by the slope's own size: weights whose slope is next to nothing go either way.
        assert ((moved - wanted).abs() < 0.02 * RATE).float().mean() > 0.99


def test_every_network_moves_in_every_iteration(config, batch):
    phase = make(config)
    networks = {"d": phase.adversaries.discriminator, "c": phase.adversaries.classifier, "t": phase.network, "average": phase.average}
    for number in (0, 1, 60):
        go_to(phase, number)
        before = {name: [weight.detach().clone() for weight in network.parameters()] for name, network in networks.items()}
        run_iteration(phase, batch)
        still = {
            name
            for name, network in networks.items()
            if any(torch.equal(a, b) for a, b in zip(before[name], network.parameters(), strict=True))
        }
        assert still == set()


def test_discriminator_and_classifier_learn_what_they_are_for(config, batch):
    """Against a translator that stands still, D tells true from generated, and C names the subject of the true image only."""
    phase = make(config)
    phase.objectives["translator"].add = lambda loss: None
    go_to(phase, 50)
    for _ in range(50, 90):
        run_iteration(phase, batch)
    with torch.no_grad():
        generated = generate(phase.network, batch)
        true, fake = (phase.adversaries.discriminator(image) for image in (batch.target, generated))
        assert true.mean() > 0.3 and fake.mean() < -0.3
        true, fake = (1 - share_of_others(phase.adversaries.classifier(image), batch.subject) for image in (batch.target, generated))
        assert true.mean() > 0.7 and fake.mean() < true.mean() - 0.2


def test_a_checkpoint_holds_all_that_the_next_iteration_needs(tmp_path, config, batch):
    phase, other = make(config), make(config, seed=2)
    run_iteration(phase, batch)
    checkpoint.save(tmp_path, 1, phase.state())
    assert checkpoint.restore(tmp_path, other.state(), CPU) == 1
    run_iteration(phase, batch)
    run_iteration(other, batch)
    for name, part in phase.state().items():
        if isinstance(part, nn.Module):
            assert all(torch.equal(a, b) for a, b in zip(part.parameters(), other.state()[name].parameters(), strict=True)), name
    assert {"fdgan", "adversaries", "average"} < phase.state().keys()


def test_a_checkpoint_in_the_middle_of_the_warm_up_goes_on_with_the_same_learning_rate(tmp_path, config, batch):
    phase, other = make(config), make(config, seed=2)
    for _ in range(3):
        run_iteration(phase, batch)
    checkpoint.save(tmp_path, 3, phase.state())
    assert rates(other) == pytest.approx([RATE / 50] * 3)
    checkpoint.restore(tmp_path, other.state(), CPU)
    for number in (3, 4):
        assert rates(other) == rates(phase) == pytest.approx([RATE * (number + 1) / 50] * 3)
        run_iteration(phase, batch)
        run_iteration(other, batch)
    assert all(torch.equal(a, b) for a, b in zip(phase.network.parameters(), other.network.parameters(), strict=True))


def test_the_warm_up_is_fifty_iterations_for_each_objective(config):
    phase = make(config)
    for done, share in ((0, 1 / 50), (24, 25 / 50), (48, 49 / 50), (49, 1), (50, 1), (900, 1)):
        go_to(phase, done)
        assert rates(phase) == pytest.approx([RATE * share] * 3)


def test_bfloat16_trains_the_same_within_its_precision_and_weights_stay_float32(config, batch):
    exact, short = (make(config.model_copy(update={"precision": name})) for name in ("float32", "bfloat16"))
    losses = [{name: loss for name, loss in run_iteration(phase, batch).items()} for phase in (exact, short)]
    assert all(loss.dtype == torch.float32 for loss in losses[1].values())
    for name, loss in losses[0].items():
        assert losses[1][name].item() == pytest.approx(loss.item(), rel=0.02) and losses[1][name].item() != loss.item()
    assert all(weight.dtype == torch.float32 for weight in short.network.parameters())


def test_samples_leave_no_trace(config, batch):
    watched, alone = make(config, batch=batch), make(config, batch=batch)
    random = torch.get_rng_state()
    for _ in range(2):
        watched.samples()
        run_iteration(watched, batch)
        run_iteration(alone, batch)
    assert torch.equal(random, torch.get_rng_state())
    for name in ("fdgan", "adversaries", "average"):
        pairs = zip(watched.state()[name].parameters(), alone.state()[name].parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs), name
