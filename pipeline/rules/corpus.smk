# Where the videos come from: a manifest with one clip list a shard, and the truth of rendered subjects.


# A checkpoint, so that what follows is planned by the lists that really changed.
checkpoint manifest:
    output:
        # Not as update(): what a failed job leaves would pass for current, as Snakemake keeps that job's parameters for it.
        manifest=MANIFEST_FILE,
        lists=[f"{LISTS}/{split}-{number}.csv" for split in SPLITS for number in NUMBERS[split]],
    log:
        "logs/manifest.log",
    benchmark:
        "logs/benchmarks/manifest.tsv"
    threads: workflow.cores
    resources:
        mem_mb=2000,
    params:
        decided_by=decided_by("manifest", PARAMS),
        code=CODE["manifest"],
    message:
        "Collect the clips of the {PARAMS.corpus.kind} corpus (rendered where it is synthetic)"
    shell:
        "reenact corpus --workers {threads} 2> >(tee {log} >&2)"


rule truth:
    input:
        # For the order alone: one replaced clip must not make the landmark-only subjects anew.
        manifest=ancient(MANIFEST_FILE),
    output:
        frames=f"{TRUTH}/frames.parquet",
        landmarks=f"{TRUTH}/landmarks.parquet",
    log:
        "logs/truth.log",
    benchmark:
        "logs/benchmarks/truth.tsv"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        decided_by=decided_by("truth", PARAMS),
        code=CODE["truth"],
    message:
        "Gather the truth of rendered clips and make the landmark-only subjects"
    shell:
        "reenact truth 2> >(tee {log} >&2)"


rule corpus_stage:
    input:
        rules.manifest.output,
        rules.truth.output,
