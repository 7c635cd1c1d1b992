"""Learned perceptual similarity (LPIPS, Zhang et al. 2018), version 0.1 with AlexNet. See `metrics.backends.lpips` for the formula."""

from __future__ import annotations

from reenact.metrics.base import Comparison, Metric, Reference


def _measure(faces: Comparison):
    return faces.result.readings["lpips"] if faces.is_truth else None


METRICS = (
    Metric(
        name="lpips",
        title="LPIPS",
        better="lower",
        range=(0.0, float("inf")),
        reference=Reference.TRUE_FRAME,
        backend="lpips-0.1-alex",
        tables=(3,),
        place=52,
        about="Perceived difference of two pictures.",
        measure=_measure,
        reader="lpips",
        note="The backbone is the file that evaluate.lpips_backbone names. It depends on the pictures' size.",
    ),
)
