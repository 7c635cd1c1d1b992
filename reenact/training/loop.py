"""The loop that every training runs: iterations, progress, curves, checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from reenact.progress import progress
from reenact.training import checkpoint
from reenact.training.curves import Curves
from reenact.training.tracker import Tracker

POINT_EVERY = 100
LEAST_POINTS = 10

Batch = TypeVar("Batch")


def run(
    step_fn: Callable[[Batch], Mapping[str, Tensor]],
    batches: Callable[[int], Iterable[Batch]],
    *,
    iterations: int,
    parts: Mapping[str, checkpoint.Stateful],
    curves: Curves,
    folder: Path,
    device: torch.device,
    checkpoint_every: int,
    tracker: Tracker,
    what: str,
    advice: str,
    steps_before: int = 0,
    at_checkpoint: Callable[[int], None] | None = None,
) -> None:
    """Train for `iterations` steps in all, going on from the newest checkpoint in `folder`, and end with a checkpoint.

    `batches(start)` yields the batches of the iterations from `start` on; each is a function of its iteration alone, so that a
    training that was killed ends as if it had not been. `step_fn(batch)` takes one optimiser step and returns its losses, scalar
    tensors by name. `parts` is what a checkpoint holds: modules and phases; `curves` is added to it. `steps_before` is added to the
    iteration in curves and tracker, for a training of several stages. Curves and tracker get a point every 100 iterations; where
    there are fewer than 1000, every tenth of them. `at_checkpoint(iterations done)` is called when a checkpoint has been written,
    for pictures to the tracker.

    Raises ReenactError with `advice` (what the user could change) when a loss is NaN or infinite; no checkpoint is written after that.
    """
    parts = {**parts, "curves": curves}
    start = checkpoint.restore(folder, parts, device)
    if start >= iterations:
        return
    point_every = min(POINT_EVERY, max(1, iterations // LEAST_POINTS))
    with progress(total=iterations, initial=start, what=what) as bar:
        for step, batch in zip(range(start, iterations), batches(start), strict=False):
            curves.add(step, step_fn(batch))
            bar.update()
            done = step + 1
            at_point = done % point_every == 0 or done == iterations
            at_save = done % checkpoint_every == 0 or done == iterations
            if at_point or at_save:
                curves.check(what, advice)
            if at_point:
                means = curves.point(steps_before + done)
                bar.set_postfix({name.rpartition("/")[2]: f"{value:.4g}" for name, value in means.items()}, refresh=False)
                tracker.metrics(means, steps_before + done)
            if at_save:
                checkpoint.save(folder, done, parts)
                if at_checkpoint is not None:
                    at_checkpoint(done)
