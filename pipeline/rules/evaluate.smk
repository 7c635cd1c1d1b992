# From the trained networks and the test sets to the figures of the paper's tables.


rule predict:
    input:
        shards=ancient(shards_of("test")),
        ledgers=ledgers_of("test"),
        selftest=rules.testsets.output.selftest,
        crosstest=rules.testsets.output.crosstest,
        ldnet=rules.ldnet.output.model,
        generators=[getattr(rules, name).output.model for name in ENABLED],
    output:
        selftest=f"{PREDICTIONS}/selftest.parquet",
        crosstest=f"{PREDICTIONS}/crosstest.parquet",
    log:
        "logs/predict.log",
    benchmark:
        "logs/benchmarks/predict.tsv"
    threads: workflow.cores
    resources:
        mem_mb=3000,
    params:
        decided_by=decided_by("predict", PARAMS),
        code=CODE["predict"],
    message:
        "Reenact the clips of SelfTest and CrossTest"
    shell:
        "reenact predict --threads {threads} 2> >(tee {log} >&2)"


rule score:
    input:
        truth=rules.truth.output.frames,
        face_model=rules.lmtest_inputs.output,
        shards=ancient(shards_of("test")),
        ledgers=ledgers_of("test"),
        testsets=FROZEN_SETS,
        ldnet=rules.ldnet.output.model,
        predictions=rules.predict.output,
        backends=PARAMS.evaluate.files(),
    output:
        expand(f"{METRICS}/table{{table}}.json", table=TABLES),
        expand(f"{METRICS}/{{name}}", name=SCORES),
    log:
        "logs/score.log",
    benchmark:
        "logs/benchmarks/score.tsv"
    threads: min(workflow.cores, 16)  # each asks for memory
    resources:
        # For 8,000 frames, ten rows and FID's 2,048 features; a thread is a process that reads faces (900) and a draw of the FID (300).
        mem_mb=lambda wildcards, threads: 2200 + 1200 * threads,
    params:
        decided_by=decided_by("score", PARAMS),
        code=CODE["score"],
    message:
        "Measure the paper's Tables 1 to 4, and every other metric"
    shell:
        "python -m pipeline.score --workers {threads} --code {params.code} 2> >(tee {log} >&2)"


rule evaluate_stage:
    input:
        rules.predict.output,
        rules.score.output,
