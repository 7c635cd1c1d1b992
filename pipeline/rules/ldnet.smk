# Train LD-Net.


rule ldnet:
    input:
        shards=ancient(shards_of("train")),
        ledgers=ledgers_of("train"),
        # For the order alone: a corpus of which too much was left out must not be trained on.
        ledger=ancient(LEDGER),
        landmarks=f"{TRUTH}/landmarks.parquet",
    output:
        model=f"{LDNET}/model.safetensors",
        made_from=f"{LDNET}/model.json",
        curves=f"{LDNET}/curves.csv",
        best=best_of(LDNET),
    log:
        "logs/ldnet.log",
    benchmark:
        "logs/benchmarks/ldnet.tsv"
    # From its last checkpoint; a training that diverged fails at once.
    retries: RETRIES
    threads: max(1, workflow.cores // 2)  # both networks train side by side
    resources:
        mem_mb=4000,
    params:
        decided_by=decided_by("ldnet", PARAMS),
        code=CODE["ldnet"],
    message:
        "Train LD-Net (goes on from its last checkpoint if it was interrupted)"
    shell:
        f"{LAUNCH} pipeline.train ldnet --threads {{threads}} --code {{params.code}} 2> >(trap '' INT TERM; exec tee {{log}} >&2)"


rule ldnet_stage:
    input:
        rules.ldnet.output,
