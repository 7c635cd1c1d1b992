"""The trainer: it runs a task's phases, keeps checkpoints and curves, reports to a watcher, and exports the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from reenact.progress import progress
from reenact.training import checkpoint
from reenact.training.curves import Curves
from reenact.training.export import export
from reenact.training.run_dir import run_dir
from reenact.training.task import Phase, Task

if TYPE_CHECKING:
    from reenact.training.watcher import Watcher

POINT_EVERY = 100
LEAST_POINTS = 10


@dataclass(frozen=True)
class Trainer:
    """How any task is trained.

    made_from: SHA-256 of the inputs by name. state_dir: holds the checkpoints, in one folder for each combination of parameters, seed and
    inputs. out_dir: for model.safetensors, model.json and curves.csv. checkpoint_every: in iterations.
    """

    seed: int
    made_from: Mapping[str, str]
    state_dir: Path
    out_dir: Path
    checkpoint_every: int
    device: torch.device
    watcher: Watcher

    def train(self, task: Task) -> None:
        """Train a task to its end and export its network; then remove its checkpoints.

        After a kill the same call goes on from the last checkpoint, in whichever phase, and ends with the same bytes. With other
        parameters or inputs it starts afresh. Watcher and curves count iterations through all phases.
        Raises ReenactError if a loss is NaN or infinite, or, in a phase of 1000 iterations or more, if the network came apart
        (`Curves.check_rise`). No checkpoint is written after that.
        """
        section = task.params.model_dump(mode="json")
        folder = run_dir(self.state_dir, section, self.seed, self.made_from)
        curves = Curves()
        lengths: dict[str, int] = {}
        for phase in task.phases():
            self._run(task.name, phase, curves, folder / phase.name, before=sum(lengths.values()))
            lengths[phase.name] = phase.iterations
        export(
            self.out_dir,
            task.exported(),
            network=task.network,
            section=section,
            seed=self.seed,
            made_from=self.made_from,
            iterations=lengths,
            curves=curves,
            extra=task.about,
        )
        checkpoint.clear(folder)

    def _run(self, task: str, phase: Phase, curves: Curves, folder: Path, before: int) -> None:
        """Run a phase to its end from its newest checkpoint in `folder`; `before`: the iterations of earlier phases.

        Curves and watcher get a point every 100 iterations; in a phase of fewer than 1000, after every tenth of it.
        """
        parts = {**phase.state(), "curves": curves}
        start, end = checkpoint.restore(folder, parts, self.device), phase.iterations
        if start >= end:
            return
        point_every = min(POINT_EVERY, max(1, end // LEAST_POINTS))
        with progress(total=end, initial=start, what=phase.title) as bar:
            for iteration, batch in zip(range(start, end), phase.batches(start), strict=False):
                curves.add(iteration, phase.step(batch))
                bar.update()
                done = iteration + 1
                at_point = done % point_every == 0 or done == end
                at_save = done % self.checkpoint_every == 0 or done == end
                if at_point or at_save:
                    curves.check(phase.title, phase.advice)
                if at_point:
                    means = curves.point(before + done)
                    bar.set_postfix({name.rpartition("/")[2]: f"{value:.4g}" for name, value in means.items()}, refresh=False)
                    self.watcher.metrics(means, before + done)
                    if phase.guarded and point_every == POINT_EVERY and done % POINT_EVERY == 0:  # means over fewer iterations are noise
                        curves.check_rise(phase.guarded, phase.title, phase.advice)
                if at_save:
                    checkpoint.save(folder, done, parts)
                    self.watcher.samples(task, phase.samples, before + done)
