"""A training that several processes share: which process this is, and what they tell each other. Within one process nothing happens."""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from reenact.errors import Diverged, ReenactError, Stopped

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE = timedelta(minutes=10)
LONG_PATIENCE = timedelta(hours=6)  # for terabytes that the first process reads
FIRST_PORT, PORTS = 20_000, 10_000
STARTED_BY = os.getppid()


def world() -> int:
    """How many processes share the training."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Which of them this is, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def is_first() -> bool:
    """Whether this process writes and shows what all have made: checkpoints, the network, curves, progress."""
    return rank() == 0


def started() -> int:
    """How many processes torchrun, or srun with several tasks, started, of which this is one."""
    return int(os.environ.get("WORLD_SIZE") or os.environ.get("SLURM_STEP_NUM_TASKS") or 1)


@contextmanager
def joined(device: torch.device) -> Iterator[None]:
    """Within the block the processes that torchrun, or srun with several tasks, started are one training. Else nothing happens.

    On CUDA each process gets a device of its own. Raises ReenactError where there are too few.
    A process that waits ten minutes for another one raises an error. All leave the block together, with Stopped and Diverged too, which
    all of them raise: whatever started them may end the others when one has ended. After another error none waits.
    """
    if not _is_started_by_torchrun():
        _take_slurms_word()
    if started() == 1:
        yield
        return
    if device.type == "cuda":
        torch.cuda.set_device(own_device(int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()))
    # A barrier and a request to stop must not wait for CUDA: tensors in main memory go by gloo.
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    if is_first():
        log.info("training in %d processes, started by %s", world(), "torchrun" if _is_started_by_torchrun() else "srun")
    try:
        yield
    except (Stopped, Diverged):
        barrier()
        raise
    barrier()
    dist.destroy_process_group()


def threads_each(threads: int) -> int:
    """The CPU threads of this process where all that torchrun started on this machine have `threads`. Slurm's tasks have them each."""
    return max(1, threads // int(os.environ.get("LOCAL_WORLD_SIZE", 1)))


def share(batch_size: int) -> slice:
    """This process' part of a batch; ReenactError where the parts would not be equal."""
    size, left = divmod(batch_size, world())
    if left:
        raise ReenactError(f"a batch of {batch_size} cannot be shared evenly by {world()} processes; change batch_size or their number")
    return slice(rank() * size, (rank() + 1) * size)


@torch.no_grad()
def average_gradients(parameters: Iterable[Tensor]) -> None:
    """Replace each gradient by its mean over the processes, which all have gradients of the same parameters."""
    if world() == 1:
        return
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    bucket = torch.cat([gradient.reshape(-1) for gradient in gradients])
    _reduce(bucket)
    bucket /= world()
    for gradient, mean_values in zip(gradients, bucket.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(mean_values.view(gradient.shape))


@torch.no_grad()
def mean(values: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The mean over the processes of each scalar tensor; no process waits for its device."""
    if world() == 1 or not values:
        return values
    stacked = torch.stack([value.detach() for value in values.values()])
    _reduce(stacked)
    return dict(zip(values, stacked / world(), strict=True))


def gathered(part: Tensor) -> Tensor:
    """The parts (B, ...) of all processes, one after the other; each process' gradient of it flows back to whose part it is."""
    return _Gather.apply(part) if world() > 1 else part


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, part: Tensor) -> Tensor:
        parts = part.new_zeros((world() * len(part), *part.shape[1:]))
        parts[share(len(parts))] = part
        _reduce(parts)  # it gathers too, and runs on every backend
        return parts

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        everyones = gradients[0].contiguous().clone()
        _reduce(everyones)
        return everyones[share(len(everyones))]


def any_asked_to_stop(asked: bool) -> bool:
    """Whether any process was `asked` to stop, or torchrun, which started it, is gone. All get the same answer."""
    if world() == 1:
        return asked
    flags = torch.tensor([asked or os.getppid() != STARTED_BY], dtype=torch.uint8)
    _reduce(flags, dist.ReduceOp.MAX)
    return bool(flags)


def from_first(make: Callable[[], T]) -> T:
    """What `make` gives in the first process, which alone calls it, in all of them. The others wait for hours if need be."""
    if world() == 1:
        return make()
    patient = dist.new_group(timeout=LONG_PATIENCE, backend="gloo")
    made = [make() if is_first() else None]
    with _others_there():
        dist.broadcast_object_list(made, group=patient)
    return made[0]  # type: ignore[return-value]


def barrier() -> None:
    """Return when every process has come here."""
    if world() > 1:
        _reduce(torch.zeros(1))


def require_same(start: int, parts: Mapping[str, Any]) -> None:
    """Raise ReenactError unless the networks among `parts` have the same weights in all processes, which all start at iteration `start`."""
    if world() == 1:
        return
    own = torch.tensor([start, _fingerprint(part for _, part in sorted(parts.items()) if isinstance(part, nn.Module))])
    everyones = [torch.empty_like(own) for _ in range(world())]
    with _others_there():
        dist.all_gather(everyones, own)
    if any(not torch.equal(other, own) for other in everyones):
        starts = ", ".join(str(int(other[0])) for other in everyones)
        raise ReenactError(
            f"the training's {world()} processes do not start alike: from the iterations {starts}, or with other weights; "
            "all must see the same project folder, with the same params.yaml and the same code"
        )


def _reduce(tensor: Tensor, operation: dist.ReduceOp.RedOpType = dist.ReduceOp.SUM) -> None:
    with _others_there():
        dist.all_reduce(tensor, operation)


@contextmanager
def _others_there() -> Iterator[None]:
    """Say in plain words what PyTorch raises where another process is gone."""
    try:
        yield
    except RuntimeError as error:
        raise ReenactError(
            f"process {rank() + 1} of the training lost another one, or waited {PATIENCE.seconds // 60} minutes for it; "
            "that one's own message says why"
        ) from error


def _fingerprint(modules: Iterable[nn.Module]) -> int:
    digest = hashlib.sha256()
    for module in modules:
        for tensor in module.state_dict().values():
            digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return int.from_bytes(digest.digest()[:7])


def _is_started_by_torchrun() -> bool:
    return "TORCHELASTIC_RUN_ID" in os.environ


def _take_slurms_word() -> None:
    """Set torchrun's variables from those of a Slurm step with several tasks."""
    tasks = int(os.environ.get("SLURM_STEP_NUM_TASKS", 1))
    if tasks == 1:
        return
    if "MASTER_ADDR" not in os.environ:
        os.environ["MASTER_ADDR"] = _first_node(os.environ["SLURM_STEP_NODELIST"])
    os.environ.setdefault("MASTER_PORT", str(FIRST_PORT + (int(os.environ["SLURM_JOB_ID"]) * 7 + int(os.environ["SLURM_STEP_ID"])) % PORTS))
    os.environ.update(RANK=os.environ["SLURM_PROCID"], WORLD_SIZE=str(tasks), LOCAL_RANK=os.environ["SLURM_LOCALID"])


def _first_node(nodes: str) -> str:
    command = ["scontrol", "show", "hostnames", nodes]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]
    except (OSError, subprocess.CalledProcessError, IndexError) as error:
        raise ReenactError(
            f"Slurm's {' '.join(command)} does not say where the training's first process runs ({error}); "
            "put scontrol on PATH, or set MASTER_ADDR to the name of that node"
        ) from error


def own_device(local: int, devices: int) -> int:
    """The CUDA device of this machine's process number `local`. A task that Slurm gave one device sees no other."""
    if devices == 1 and not _is_started_by_torchrun():
        return 0
    if local >= devices:
        raise ReenactError(
            f"process {local + 1} on this machine needs a CUDA device of its own, and PyTorch sees {devices}; "
            "start as many processes as there are devices (processes in params.yaml), or set device to cpu"
        )
    return local
