"""Identities: random draws of MakeHuman's sliders, strong enough to tell people apart and weak enough to stay plausible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.face3d.headmodel.mesh import AGES, ANCESTRIES, GENDERS

OPPOSITES = (("decr", "incr"), ("down", "up"), ("in", "out"), ("backward", "forward"), ("concave", "convex"), ("compress", "uncompress"))
HEAD_OUTLINES = ("oval", "round", "square", "rectangular", "triangular", "invertedtriangular", "diamond")
UNUSED = (
    "head-trans", "neck-trans", "head-angle", "neck-height", "mouth-trans-in", "mouth-trans-out",
    "nose-trans-in", "nose-trans-out", "head-age"
)  # fmt: skip
SLIDER_DEVIATION = 0.36
SLIDER_LIMIT = 0.85
# Sliders that distort at full strength: a share of the common deviation, by the beginning of their name.
GENTLE = {
    "head/": 0.6,
    "forehead/": 0.6,
    "neck/": 0.5,
    "ears/": 0.5,
    "mouth/mouth-trans": 0.5,
    "mouth/mouth-angles": 0.35,
    "eyes/l-eye-trans": 0.5,
    "eyes/l-eye-push": 0.5,
    "eyes/l-eye-height": 0.5,
    "eyes/l-eye-bag": 0.6,
    "eyes/l-eye-corner": 0.6,
    "eyes/l-eye-eyefold-angle": 0.5,
    "eyebrows/eyebrows-angle": 0.5,
    "nose/nose-septumangle": 0.6,
}
# An angry look comes from low inner brows: these sliders may only go the other way.
NEVER_POSITIVE = ("eyebrows/eyebrows-angle",)
ASYMMETRY = 0.10


@dataclass(frozen=True)
class Person:
    """One identity.

    weights (T,) float64 of the mesh's targets; masculine, age, in 0..1; ancestry (3,) shares of `ANCESTRIES`, summing to 1.
    """

    weights: np.ndarray
    masculine: float
    age: float
    ancestry: np.ndarray


class Sliders:
    """Which targets make which slider; built once for a list of target names."""

    def __init__(self, target_names: list[str]) -> None:
        self.count = len(target_names)
        self.index = {name: position for position, name in enumerate(target_names)}
        self.pairs = dict(self._pairs())
        self.asymmetries = sorted(name for name in self.index if name.startswith("asym/"))

    def _pairs(self):
        """(slider, (targets of its negative side, targets of its positive side)), left and right moved together."""
        for name in sorted(self.index):
            region, _, target = name.partition("/")
            if region in ("macro", "asym") or target.startswith("r-") or any(part in name for part in UNUSED):
                continue
            for low, high in OPPOSITES:
                other = name[: -len(low)] + high
                if name.endswith("-" + low) and other in self.index:
                    yield name.removesuffix("-" + low), (self._both_sides(name), self._both_sides(other))

    def _both_sides(self, name: str) -> list[int]:
        region, _, target = name.partition("/")
        names = [name, f"{region}/r{target[1:]}"] if target.startswith("l-") else [name]
        return [self.index[each] for each in names]

    def average(self) -> np.ndarray:
        """Weights of the average young adult."""
        weights = np.zeros(self.count)
        self._macro(weights, np.full(3, 1 / 3), masculine=0.5, age=0.0, muscle=0.0, weight=0.0)
        return weights

    def draw(self, rng: np.random.Generator) -> Person:
        """A random person; the same generator state gives the same person."""
        weights = np.zeros(self.count)
        masculine = float(rng.beta(0.35, 0.35))
        age = float(rng.uniform(0, 0.72) ** 1.3)
        ancestry = rng.dirichlet([0.35] * 3)
        self._macro(weights, ancestry, masculine, age, muscle=rng.uniform(-0.6, 0.6), weight=rng.uniform(-0.7, 0.7))
        for slider, (negative, positive) in self.pairs.items():
            value = max(-SLIDER_LIMIT, min(SLIDER_LIMIT, rng.normal() * SLIDER_DEVIATION * gentleness(slider)))
            if slider in NEVER_POSITIVE:
                value = -abs(value)
            weights[positive if value > 0 else negative] += abs(value)
        for outline in rng.choice(HEAD_OUTLINES, 2, replace=False):
            weights[self.index[f"head/head-{outline}"]] += rng.uniform(0, 0.4)
        for name in self.asymmetries:
            weights[self.index[name]] += max(0.0, rng.normal() * ASYMMETRY)
        return Person(weights, masculine, age, ancestry)

    def _macro(self, weights: np.ndarray, ancestry: np.ndarray, masculine: float, age: float, muscle: float, weight: float) -> None:
        gender_share = dict(zip(GENDERS, (1 - masculine, masculine), strict=True))
        age_share = dict(zip(AGES, (1 - age, age), strict=True))
        for share, name in zip(ancestry, ANCESTRIES, strict=True):
            for gender in GENDERS:
                for years in AGES:
                    self._add(weights, f"macro/{name}-{gender}-{years}", share * gender_share[gender] * age_share[years])
        for gender in GENDERS:
            for years in AGES:
                for tone, tone_share in corner_shares(muscle, "muscle"):
                    for mass, mass_share in corner_shares(weight, "weight"):
                        share = gender_share[gender] * age_share[years] * tone_share * mass_share
                        self._add(weights, f"macro/universal-{gender}-{years}-{tone}-{mass}", share)

    def _add(self, weights: np.ndarray, name: str, value: float) -> None:
        # MakeHuman ships no file where a corner is the base mesh itself.
        if name in self.index:
            weights[self.index[name]] += value


def corner_shares(value: float, what: str) -> tuple[tuple[str, float], ...]:
    """Shares of the corner shapes min, average and max for a slider in -1..1."""
    return (f"min{what}", max(-value, 0.0)), (f"average{what}", 1 - abs(value)), (f"max{what}", max(value, 0.0))


def gentleness(slider: str) -> float:
    """The slider's share of the common deviation."""
    return next((share for beginning, share in GENTLE.items() if slider.startswith(beginning)), 1.0)
