from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.ldnet import losses

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(size=(7, 5)) * 2
OTHER_LOGITS = RANDOM.normal(size=(7, 5)) * 2
LABELS = RANDOM.integers(5, size=7)


def probabilities(logits: np.ndarray) -> np.ndarray:
    """P(k|l) of each row's label."""
    powers = np.exp(logits)
    return powers[np.arange(len(logits)), LABELS] / powers.sum(1)


def tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values).float() if values.dtype.kind == "f" else torch.from_numpy(values)


def close(actual: torch.Tensor, expected: float) -> None:
    assert actual.shape == ()
    assert actual.item() == pytest.approx(expected, rel=1e-5)


def test_classification_is_eq_1():
    close(losses.classification(tensor(LOGITS), tensor(LABELS)), -np.log(probabilities(LOGITS)).mean())


def test_adversary_without_clamp_is_the_second_term_of_eq_2():
    close(losses.adversary(tensor(LOGITS), tensor(LABELS), clamped=False), np.log(probabilities(LOGITS)).mean())


def test_adversary_is_clamped_at_chance_sample_by_sample():
    p = probabilities(LOGITS)
    assert (p < 1 / 5).any() and (p > 1 / 5).any()
    close(losses.adversary(tensor(LOGITS), tensor(LABELS), clamped=True), np.log(np.maximum(p, 1 / 5)).mean())


def test_clamped_adversary_pushes_only_samples_that_give_the_subject_away():
    logits = tensor(LOGITS).requires_grad_()
    losses.adversary(logits, tensor(LABELS), clamped=True).backward()
    assert np.array_equal(logits.grad.abs().sum(1).numpy() > 0, probabilities(LOGITS) > 1 / 5)


def test_reconstruction_is_eq_6():
    true, generated = RANDOM.normal(size=(2, 4, 136))
    per_point = ((true - generated).reshape(4, 68, 2) ** 2).sum(-1)
    close(losses.reconstruction(tensor(generated), tensor(true)), per_point.mean())


def test_discriminator_is_eq_3():
    real, generated = RANDOM.normal(size=(2, 6, 1))
    close(losses.discriminator(tensor(real), tensor(generated)), ((real - 1) ** 2 + (generated + 1) ** 2).mean())


def test_classifier_is_eq_4():
    expected = -np.log(probabilities(LOGITS)).mean() - np.log(1 - probabilities(OTHER_LOGITS)).mean()
    close(losses.classifier(tensor(LOGITS), tensor(OTHER_LOGITS), tensor(LABELS)), expected)


def test_content_is_eq_5():
    true, generated = RANDOM.normal(size=(2, 4, 64))
    close(losses.content(tensor(generated), tensor(true)), (np.linalg.norm(true - generated, axis=1) ** 2).mean())


def test_fooling_is_the_third_term_of_eq_7():
    scores = RANDOM.normal(size=(6, 1))
    close(losses.fooling(tensor(scores)), (scores**2).mean())


def test_weighted_losses_are_told_with_their_sum():
    named = {name: torch.tensor(value) for name, value in (("a", 1.0), ("b", 10.0), ("c", 100.0))}
    told = {name: value.item() for name, value in losses.weighted("p/", named, {"a": 2.0, "c": 0.5}).items()}
    assert told == {"p/generator": 52.0, "p/a": 1.0, "p/b": 10.0, "p/c": 100.0}


def test_swap_counts_only_draws_whose_truth_is_known():
    true, generated = RANDOM.normal(size=(2, 4, 136))
    per_draw = ((true - generated).reshape(4, 68, 2) ** 2).sum(-1).mean(-1)
    known = torch.tensor([True, False, True, False])
    close(losses.swap(tensor(generated), tensor(true), known), (per_draw[0] + per_draw[2]) / 4)
    close(losses.swap(tensor(generated), tensor(true), torch.zeros(4, dtype=torch.bool)), 0)


def test_contrast_is_the_cross_entropy_of_finding_a_persons_other_code():
    first, second = RANDOM.normal(size=(2, 5, 3))
    subject = np.array([4, 1, 4, 0, 2])  # one is in the batch twice
    apart = ((first[:, None] - second) ** 2).sum(-1)
    powers = np.exp(-2.5 * apart)
    found = []
    for a in range(5):
        for table in (powers, powers.T):
            others = [b for b in range(5) if b == a or subject[b] != subject[a]]
            found.append(table[a, a] / table[a, others].sum())
    close(losses.contrast(tensor(first), tensor(second), tensor(subject), torch.tensor(np.log(2.5))), -np.log(found).mean())


def test_contrast_has_finite_gradients_for_codes_that_are_equal():
    codes = torch.zeros(3, 4, requires_grad=True)
    losses.contrast(codes, codes, torch.arange(3), torch.tensor(0.0)).backward()
    assert torch.isfinite(codes.grad).all()
