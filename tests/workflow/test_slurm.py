"""Shards made by Slurm jobs: a real cluster of this one machine, and the profile that users take."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from reenact.files import sha256_file, sha256_files
from reenact.training.standing import RUNNING, standing
from tests.support.project import ROOT, Project, wait_for
from tests.support.slurm import Slurm, cluster, missing

# So that the tests need not wait; users should not ask Slurm so often.
IMPATIENT = "\nslurm-init-seconds-before-status-checks: 1\nseconds-between-status-checks: 1\n"

LONG = 4000  # iterations, within which a signal comes in time


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    if reason := missing():
        pytest.skip(reason)
    with cluster(tmp_path_factory.mktemp("slurm")) as running:
        yield running


@pytest.fixture
def impatient(workspace: Project) -> Project:
    """The finished workspace, whose Slurm profile asks for the jobs' states every second."""
    with (workspace.root / "profiles/slurm/config.yaml").open("a") as profile:
        profile.write(IMPATIENT)
    return workspace


def shards(project: Project) -> dict[str, str]:
    files = sorted((project.root / "data/shards").rglob("*.*"))
    return {path.relative_to(project.root).as_posix(): sha256_file(path) for path in files}


def of_shards(slurm: Slurm, after: int) -> dict[int, str]:
    """The states of the jobs, submitted after job number `after`, that make a shard."""
    return {job: state for job, (state, comment) in slurm.jobs().items() if job > after and comment.startswith("rule_shard")}


def working(project: Project, slurm: Slurm, after: int) -> list[int]:
    """The jobs, submitted after job number `after`, whose extraction has begun and whose shard is not there."""
    logs = (path for path in (project.root / "logs/shards").glob("*.log"))
    begun = {log.stem for log in logs if not (project.root / "data/shards" / f"{log.stem.replace('-', '/')}.parquet").exists()}
    return [
        job
        for job, (state, comment) in slurm.jobs().items()
        if job > after and state == "RUNNING" and any(comment.endswith(name.replace("-", "_")) for name in begun)
    ]


def network(project: Project) -> dict[str, str]:
    """The SHA-256 of LD-Net's files."""
    return sha256_files(project.root, sorted(path for path in (project.root / "models/ldnet").rglob("*") if path.is_file()))


def in_second_phase(project: Project) -> bool:
    """Whether a training of LD-Net is in its second phase, and not near its end."""
    running = [each for each in standing(project.root / ".state/training") if each["state"] == RUNNING]
    return any(each.get("phase") == "LD-Net phase 2" and each["iteration"] < LONG / 2 for each in running)


def test_a_killed_job_is_submitted_again_and_the_shards_are_the_same(finished: Project, impatient: Project, slurm: Slurm) -> None:
    impatient.run("rm", "-r", "data/shards", "logs/shards")
    before = max(slurm.jobs(), default=0)
    run = impatient.start("snakemake", "--workflow-profile", "slurm", "shards_stage", **slurm.environment)
    killed = wait_for(lambda: working(impatient, slurm, before), run)[0]
    slurm.run("scancel", "--full", "--signal=KILL", str(killed))
    second = impatient.run("snakemake", "shards_stage", check=False)
    assert "Another run is active" in second.stdout + second.stderr
    assert run.wait(timeout=600) == 0
    states = of_shards(slurm, before)
    assert states.pop(killed) != "COMPLETED"
    count = sum(name.endswith(".parquet") for name in shards(finished))
    assert Counter(states.values()) == {"COMPLETED": count}, "each shard was made by one job of its own"
    assert shards(impatient) == shards(finished)
    assert impatient.agrees(), "it makes no difference to Snakemake or DVC who made the shards"


def test_dvc_stages_run_through_slurm(impatient: Project, slurm: Slurm) -> None:
    impatient.run("reenact", "preset", "tiny", "shards.jpeg_quality=60")
    before, old = max(slurm.jobs(), default=0), shards(impatient)
    impatient.run("dvc", "repro", "shards", SNAKEMAKE_PROFILE="profiles/slurm", **slurm.environment)
    assert Counter(of_shards(slurm, before).values()) == {"COMPLETED": sum(name.endswith(".parquet") for name in old)}
    assert all(shards(impatient)[name] != digest for name, digest in old.items())
    assert "shards" not in impatient.stages_changed()
    assert "shards" not in impatient.stages_planned()


def test_a_training_has_a_process_in_each_task_of_its_job(impatient: Project, slurm: Slurm) -> None:
    """They make the same network as the processes that torchrun starts."""
    impatient.run("reenact", "preset", "tiny", "processes=2", "ldnet.weight_content=0.02")
    made = []
    by_slurm = ("--workflow-profile", "slurm", "--set-resources", "ldnet:mpi=srun", "ldnet:tasks=2")
    for by, where, environment in (("torchrun", (), {}), ("srun", by_slurm, slurm.environment)):
        impatient.run("snakemake", *where, "--set-threads", "ldnet=1", "--forcerun", "ldnet", "--", "ldnet_stage", **environment)
        assert f"training in 2 processes, started by {by}" in (impatient.root / "logs/ldnet.log").read_text()
        made.append(network(impatient))
    assert made[0] == made[1]
    ended = impatient.runs("params.processes = '2' and tags.stage = 'ldnet'")
    assert [run.info.status for run in ended] == ["FINISHED"] * 2
    assert any(state == "COMPLETED" and comment == "rule_ldnet" for state, comment in slurm.jobs().values())


def test_a_training_that_fails_for_good_is_tried_in_four_jobs_once_in_each(impatient: Project, slurm: Slurm, failing, tmp_path) -> None:
    impatient.run("reenact", "preset", "tiny", "ldnet.weight_content=0.02")
    tries = tmp_path / "tries"
    environment = failing("ldnet", f"echo $SLURM_JOB_ID >> {tries}; exit 1") | slurm.environment
    stopped = impatient.run("snakemake", "--workflow-profile", "slurm", "ldnet_stage", check=False, **environment)
    assert stopped.returncode != 0 and "Error in rule ldnet:" in stopped.stderr
    jobs = tries.read_text().split()
    assert len(jobs) == len(set(jobs)) == 4


def test_a_training_whose_job_slurm_ends_goes_on_in_the_next_and_makes_the_same_network(impatient: Project, slurm: Slurm) -> None:
    """As by `--signal=TERM@120`, SIGTERM reaches Snakemake and bash, too. By itself the long phase would write no checkpoint."""
    long = (f"ldnet.phase2.iterations={LONG}", f"ldnet.checkpoint_every={2 * LONG}", "ldnet.weight_content=0.02")
    impatient.run("reenact", "preset", "tiny", *long)
    alone, before = ("--set-threads", "ldnet=1", "--forcerun", "ldnet", "--", "ldnet_stage"), max(slurm.jobs(), default=0)
    run = impatient.start("snakemake", "--workflow-profile", "slurm", *alone, **slurm.environment)
    wait_for(lambda: in_second_phase(impatient), run)
    (ended,) = [job for job, (state, _) in slurm.jobs().items() if job > before and state == "RUNNING"]
    slurm.run("scancel", "--signal=TERM", str(ended))
    assert run.wait(timeout=600) == 0
    said = next((impatient.root / ".snakemake/slurm_logs").rglob(f"{ended}.log")).read_text()
    (iteration,) = set(re.findall(r"Stopped: LD-Net phase 2 at iteration (\d+) of", said))
    assert int(iteration) < LONG
    (went_on,) = re.findall(r"going on from checkpoint .*/phase2/iteration-(\d+)\.pt", (impatient.root / "logs/ldnet.log").read_text())
    assert int(went_on) == int(iteration)
    states = {job: state for job, (state, comment) in slurm.jobs().items() if job > before and comment == "rule_ldnet"}
    assert states.pop(ended) != "COMPLETED" and list(states.values()) == ["COMPLETED"]
    made = network(impatient)
    impatient.run("snakemake", *alone)
    assert network(impatient) == made


def test_what_is_rerun_does_not_depend_on_where() -> None:
    local, remote = (YAML(typ="safe").load(Path(ROOT, "profiles", name, "config.yaml")) for name in ("default", "slurm"))
    assert {key: remote[key] for key in local if key != "cores"} == {key: local[key] for key in local if key != "cores"}
