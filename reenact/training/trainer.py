"""The trainer: it runs a task's phases, keeps checkpoints and curves, reports to a watcher, and exports the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from reenact.training import checkpoint, distributed
from reenact.training.curves import Curves
from reenact.training.export import BEST, export
from reenact.training.phase_run import PhaseRun
from reenact.training.run_dir import run_dir, warn_of_others
from reenact.training.status import followed
from reenact.training.stop import listening
from reenact.training.task import Task

if TYPE_CHECKING:
    from reenact.training.watcher import Watcher


@dataclass(frozen=True)
class Trainer:
    """How any task is trained.

    made_from: SHA-256 of the inputs by name. state_dir: holds checkpoints and status, in one folder for each combination of parameters,
    seed and inputs. out_dir: for model.safetensors, model.json and curves.csv, and for best/, the network that was the best on held-out
    subjects.
    checkpoint_every: in iterations.
    """

    seed: int
    made_from: Mapping[str, str]
    state_dir: Path
    out_dir: Path
    checkpoint_every: int
    device: torch.device
    watcher: Watcher

    def train(self, task: Task) -> None:
        """Train a task to its end, export its network and tell the watcher; then remove its checkpoints.

        After a kill the same call goes on from the last checkpoint, in whichever phase, and ends with the same bytes. With other
        parameters or inputs it starts afresh. Watcher and curves count iterations through all phases.
        Raises Stopped, with a checkpoint written, after SIGTERM or SIGINT. Raises ReenactError if a loss is NaN or infinite, or, in a phase
        of 1000 iterations or more, if the network diverged (`Curves.check_rise`). No checkpoint is written after that, and the same call
        raises the same error until the folder that it names is removed.
        """
        section = task.params.model_dump(mode="json")
        folder = run_dir(self.state_dir, section, self.seed, self.made_from)
        warn_of_others(self.state_dir, folder)
        curves = Curves()
        lengths: dict[str, int] = {}
        # Who waits for another training has nothing to save: a signal ends it at once.
        with followed(folder, task.name, self.watcher.note().get("run_id")) as status, listening() as request:
            for phase in task.phases():
                run = PhaseRun(
                    task=task.name,
                    phase=phase,
                    curves=curves,
                    folder=folder / phase.name,
                    before=sum(lengths.values()),
                    checkpoint_every=self.checkpoint_every,
                    device=self.device,
                    watcher=self.watcher,
                    status=status,
                    request=request,
                )
                run.run()
                lengths[phase.name] = phase.iterations
            if distributed.is_first():
                self._export(task, section, lengths, run)
                self.watcher.exported(self.out_dir)
                checkpoint.clear(folder)

    def _export(self, task: Task, section: Mapping[str, Any], lengths: Mapping[str, int], last: PhaseRun) -> None:
        """Write the network as it is at the end, and in best/ the best on held-out subjects: the same if there are none, or it is lost."""
        common: dict[str, Any] = {"network": task.network, "section": section, "seed": self.seed, "made_from": self.made_from}
        common["extra"] = {**task.about, **last.best.described()}
        export(self.out_dir, task.exported(), iterations=lengths, curves=last.curves, **common)
        if last.best.iteration is not None:
            if last.restore_best():
                lengths = {**lengths, last.phase.name: last.best.iteration}
            else:
                common["extra"]["best_lost"] = "the best checkpoint was damaged or gone: this is the last network"
        export(self.out_dir / BEST, task.exported(), iterations=lengths, **common)
