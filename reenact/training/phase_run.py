"""One phase of a training, from its newest checkpoint to its end: the loop of all trainings."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from reenact.errors import Diverged, Stopped
from reenact.progress import progress
from reenact.training import checkpoint, distributed
from reenact.training.best import Best
from reenact.training.curves import Curves
from reenact.training.status import Status
from reenact.training.stop import Request
from reenact.training.stopwatch import Stopwatch
from reenact.training.task import Phase
from reenact.training.torch_seed import RandomState
from reenact.training.turns import GRADIENT, run_iteration

if TYPE_CHECKING:
    from reenact.training.watcher import Watcher

log = logging.getLogger(__name__)

POINT_EVERY = 100
LEAST_POINTS = 10


@dataclass
class PhaseRun:
    """How a phase of the training `task` is run.

    folder: for its checkpoints. before: the iterations of earlier phases; watcher, curves and status count through all of them.
    """

    task: str
    phase: Phase
    curves: Curves
    folder: Path
    before: int
    checkpoint_every: int
    device: torch.device
    watcher: Watcher
    status: Status
    request: Request
    best: Best = field(default_factory=Best)

    def __post_init__(self) -> None:
        end = self.phase.iterations
        self._point_every = min(POINT_EVERY, max(1, end // LEAST_POINTS))
        self._parts = {**self.phase.state(), "curves": self.curves, "best": self.best, "random": RandomState()}

    def run(self) -> None:
        """Run to the phase's end.

        Curves, watcher and status get a point every 100 iterations; in a phase of fewer than 1000, after every tenth of it.
        Raises Stopped after a checkpoint if that was requested, and Diverged as `Trainer.train` says.
        """
        start, end = checkpoint.restore(self.folder, self._parts, self.device), self.phase.iterations
        distributed.require_same(start, self._parts)
        if start >= end:
            return
        try:
            self._iterate(start, end)
        except Diverged as fault:
            raise Diverged(f"{fault}. {self._withdraw(fault)}") from fault

    def restore_best(self) -> bool:
        """Load the best checkpoint on held-out subjects. Where it is damaged or gone, warn, change nothing, and return False."""
        best = self.best.iteration
        if checkpoint.restore(self.folder, self._parts, self.device, only=best) == best:
            log.info("%s: its best network on held-out subjects is that after %s iterations", self.phase.title, best)
            return True
        log.warning("the best checkpoint, after %s iterations, is damaged or gone; the last network stands for the best", best)
        return False

    def _iterate(self, start: int, end: int) -> None:
        batches, watch = iter(self.phase.batches(start)), Stopwatch()
        with progress(total=end, initial=start, what=self.phase.title, shown=distributed.is_first()) as bar:
            for iteration in range(start, end):
                batch = next(batches)
                watch.lap("data")
                self.curves.add(iteration, distributed.mean(run_iteration(self.phase, batch)))
                stopping = distributed.any_asked_to_stop(self.request.made)
                watch.lap("compute")
                bar.update()
                done = iteration + 1
                at_point = done % self._point_every == 0 or done == end
                at_save = done % self.checkpoint_every == 0 or done == end
                if at_point or at_save or stopping:
                    self.curves.check(self.phase.title, self.phase.advice)
                if at_point:
                    watch.lap("compute")  # what the device still had to do
                    bar.set_postfix(self._point(done, watch.read()), refresh=False)
                    watch.pause()
                if at_save:
                    self._validate(done)
                if at_save or stopping:
                    self._save(done)
                if at_save:
                    self.watcher.samples(self.task, self.phase.samples, self.before + done)
                    watch.pause()
                if stopping:
                    raise Stopped(
                        f"{self.phase.title} at iteration {done} of {end}, with a checkpoint in {self.folder}; "
                        "the same command goes on from there"
                    )

    def _point(self, done: int, times: dict[str, float]) -> dict[str, str]:
        """Tell watcher and status how things stand after `done` iterations; returns the losses as the bar shows them."""
        now = self.before + done
        means = self.curves.point(now)
        self.watcher.metrics(means | times, now)
        self.status.note(
            phase=self.phase.title,
            iteration=done,
            iterations=self.phase.iterations,
            seconds_per_iteration=sum(times.values()),
            losses={name: value for name, value in means.items() if math.isfinite(value)},
        )
        # Means over fewer iterations are noise.
        if self.phase.guarded and self._point_every == POINT_EVERY and done % POINT_EVERY == 0:
            self.curves.check_rise(self.phase.guarded, self.phase.title, self.phase.advice)
        return {name.rpartition("/")[2]: f"{value:.4g}" for name, value in means.items() if not name.startswith(GRADIENT)}

    def _validate(self, done: int) -> None:
        values = self.best.add(done, self.phase.validate())
        for name, value in values.items():
            if not math.isfinite(value):
                raise Diverged(f"{self.phase.title}: {name!r} became NaN or infinite at iteration {done}; {self.phase.advice}")
        if values:
            self.watcher.metrics(values, self.before + done)
            self.status.note(validation=values)

    def _save(self, done: int) -> None:
        """Write a checkpoint, and keep the best one and, where the network may be diverging, the last one before that began."""
        if not distributed.is_first():
            return
        kept = {self.best.iteration}
        if self.phase.guarded:
            kept.add(checkpoint.newest_iterations(self.folder, self.curves.sound(self.phase.guarded) - self.before))
        checkpoint.save(self.folder, done, self._parts, kept, self.watcher.note())
        self.status.note(phase=self.phase.title, iteration=done, iterations=self.phase.iterations)

    def _withdraw(self, fault: Diverged) -> str:
        """Remove the checkpoints of a network that was diverging; returns what people are told of the others."""
        if fault.good is not None:
            checkpoint.drop_after(self.folder, fault.good - self.before)
        last = checkpoint.newest(self.folder)
        left = f"The last good checkpoint is {last}" if last else "No checkpoint of this phase is good"
        return (
            f"{left}. The same parameters would end in the same way, so nothing is trained until they change "
            f"or the folder {self.folder.parent} is removed"
        )
