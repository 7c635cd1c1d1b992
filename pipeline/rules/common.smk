# What the rules share: the files of a split, files that are taken as ancient in places, and how often a training is tried again.
from functools import cache

from snakemake.exceptions import IncompleteCheckpointException

# Not as rules.X.output: ancient() would mark that very object, and with it every other use of the file.
MANIFEST_FILE = f"{MANIFEST}/manifest.parquet"
LEDGER = f"{SHARDS}/ledger.json"
# Of a training's rule. The run that submits a Slurm job tries it again; were the job to do so too, four tries would become twenty.
RETRIES = 3 if workflow.is_main_process else 0


@cache
def incomplete_manifest():
    """What Snakemake wants raised while the manifest is not up to date. Made once: each time it goes through all clip lists."""
    try:
        checkpoints.manifest.get()
    except IncompleteCheckpointException as incomplete:
        return incomplete


def list_of(wildcards):
    """A shard's clip list, as it is once the manifest is up to date."""
    if MANIFEST_FILE not in checkpoints.created_output:
        raise incomplete_manifest().with_traceback(None)
    return f"{LISTS}/{wildcards.split}-{wildcards.number}.csv"


def shards_of(split):
    """A split's shards. Take them as ancient beside their ledgers, which hold their hashes: Snakemake need not read shards to compare."""
    return expand(f"{SHARDS}/{split}/{{number}}.parquet", number=NUMBERS[split])


def ledgers_of(split):
    """The ledgers of a split's shards."""
    return expand(f"{SHARDS}/{split}/{{number}}.ledger.json", number=NUMBERS[split])


def best_of(folder):
    """The network that was the best on held-out subjects."""
    return [f"{folder}/best/model.safetensors", f"{folder}/best/model.json"]
