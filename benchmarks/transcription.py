"""LD-Net's training as one writes it first, equation by equation, with PyTorch's defaults; for `benchmarks.ldnet`.

Each turn makes what it looks at anew, in passes of their own, and every optimiser is PyTorch's Adam as it comes. Batches are the tuned
training's own, so that nothing of drawing them counts here.
"""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reenact.ldnet.phase1 import Phase1
from reenact.ldnet.phase2 import Phase2
from reenact.ldnet.sampler import Draw


def distance(one: Tensor, other: Tensor) -> Tensor:
    """Squared distance a point, of landmarks (B, 136)."""
    return (one - other).reshape(-1, 68, 2).square().sum(2).mean()


def step(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def adam(rate: float, *networks: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam([weight for network in networks for weight in network.parameters()], lr=rate)


class PlainPhase1:
    """Eqs. (1) and (2), on copies of the phase's networks. The two losses of our own are left out."""

    def __init__(self, phase: Phase1) -> None:
        self.params = phase.params
        self.ldnet, self.identities, self.classifier = (deepcopy(each) for each in (phase.ldnet, phase.identities, phase.classifier))
        rate = phase.schedule.learning_rate
        self.of_classifier = adam(rate, self.classifier)
        self.of_generator = adam(rate, self.ldnet.pose_encoder, self.identities, self.ldnet.generator)

    def made(self, pose_of: Tensor, subject: Tensor) -> Tensor:
        return self.ldnet.generator(torch.cat([self.ldnet.pose_encoder(pose_of), self.identities(subject)], 1))

    def iterate(self, draw: Draw) -> dict[str, Tensor]:
        """One iteration; its losses."""
        swapped = self.made(draw.second, draw.target_subject)
        classifier = F.cross_entropy(self.classifier(swapped.detach()), draw.subject)
        step(self.of_classifier, classifier)

        reconstruction = distance(self.made(draw.second, draw.subject), draw.second)
        surprise = F.cross_entropy(self.classifier(self.made(draw.second, draw.target_subject)), draw.subject, reduction="none")
        if self.params.clamp_adversary:
            surprise = surprise.clamp(max=torch.log(torch.tensor(float(self.identities.num_embeddings))))
        adversary = -surprise.mean()
        step(self.of_generator, self.params.weight_reconstruction * reconstruction + self.params.weight_classifier * adversary)
        return {"classifier": classifier, "reconstruction": reconstruction, "adversary": adversary}


class PlainPhase2:
    """Eqs. (3) to (7), likewise."""

    def __init__(self, phase: Phase2) -> None:
        assert phase.params.freeze_pose_encoder, "as it is written here"
        self.params = phase.params
        self.ldnet, self.discriminator, self.classifier = (deepcopy(each) for each in (phase.ldnet, phase.discriminator, phase.classifier))
        rate = phase.schedule.learning_rate
        self.of_discriminator, self.of_classifier = adam(rate, self.discriminator), adam(rate, self.classifier)
        self.of_generator = adam(rate, self.ldnet.identity_encoder, self.ldnet.generator)

    def made(self, pose_of: Tensor, identity_of: Tensor) -> Tensor:
        with torch.no_grad():
            pose = self.ldnet.pose_encoder(pose_of)
        return self.ldnet.generator(torch.cat([pose, self.ldnet.identity_encoder(identity_of)], 1))

    def iterate(self, draw: Draw) -> dict[str, Tensor]:
        """One iteration; its losses."""
        swapped = self.made(draw.second, draw.target).detach()
        discriminator = (self.discriminator(draw.second) - 1).square().mean() + (self.discriminator(swapped) + 1).square().mean()
        step(self.of_discriminator, discriminator)

        target = draw.target_subject
        mistaken = F.softmax(self.classifier(swapped), 1)[torch.arange(len(target)), target]
        classifier = F.cross_entropy(self.classifier(draw.target), target) - torch.log(1 - mistaken).mean()
        step(self.of_classifier, classifier)

        swapped = self.made(draw.second, draw.target)
        with torch.no_grad():
            pose = self.ldnet.pose_encoder(draw.second)
        reconstruction = distance(self.made(draw.second, draw.first), draw.second)
        content = (self.ldnet.pose_encoder(swapped) - pose).square().sum(1).mean()
        fooling = self.discriminator(swapped).square().mean()
        identity = F.cross_entropy(self.classifier(swapped), target)
        params = self.params
        step(
            self.of_generator,
            params.weight_reconstruction * reconstruction
            + params.weight_content * content
            + params.weight_discriminator * fooling
            + params.weight_classifier * identity,
        )
        return {
            "discriminator": discriminator,
            "classifier": classifier,
            "reconstruction": reconstruction,
            "content": content,
            "fooling": fooling,
            "identity": identity,
        }
