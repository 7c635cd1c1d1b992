"""What is trained, as opposed to how: the protocols by which the trainer knows its tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel
from torch import Tensor, nn

from reenact.training.checkpoint import Stateful
from reenact.training.turns import Turn

if TYPE_CHECKING:
    from reenact.training.watcher import Samples


class Phase(Protocol):
    """Iterations of one kind: some networks, and the optimisers that move them.

    name: its checkpoints' folder, and the key of its length in model.json. title: its name for people. advice: what the user can
    change if a loss is NaN, infinite or rises. guarded: the loss that shows whether the network diverged, by its name; None where a loss
    may rise for other reasons. No two phases have losses of one name. turns: of an iteration. micro_batches: parts that a batch is computed
    in, to save memory.
    """

    name: str
    title: str
    advice: str
    guarded: str | None
    iterations: int
    micro_batches: int
    turns: Sequence[Turn]

    def batches(self, start: int) -> Iterable[Any]:
        """The batches of the iterations from `start` on. Each is a function of its iteration alone, so that a killed training can go on."""

    def forward(self, batch: Any) -> Any:
        """What the turns have in common: made once for all of them, before any of them moves a network."""

    def end_iteration(self) -> None:
        """What follows when all turns have passed, such as the moving average of the weights."""

    def validate(self) -> Mapping[str, Tensor]:
        """Losses of the network as it would be exported, on held-out training subjects, by names that begin with "validation/".

        Nothing where none are held out. The best checkpoint is the one with the smallest sum. Leaves no trace in the training.
        """

    def state(self) -> Mapping[str, Stateful]:
        """All that the next iteration needs besides its batch, for a checkpoint."""

    def samples(self) -> Samples:
        """What the networks make of a few samples, the same ones each time. Leaves no trace in the training."""


class Task(Protocol):
    """A training from its first weights to the network that is exported.

    name: "ldnet", or a generator's name. network: the name of the network's class, for model.json. params: its section of the
    parameters. about: further keys of model.json, for whoever uses the network.
    """

    name: str
    network: str
    about: Mapping[str, Any]

    @property
    def params(self) -> BaseModel: ...

    def phases(self) -> Iterator[Phase]:
        """The phases in order; each is made when the one before it has ended, and starts from its weights."""

    def exported(self) -> nn.Module:
        """The network to export once the last phase has ended."""
