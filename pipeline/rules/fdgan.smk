# Train FD-GAN.


rule fdgan:
    input:
        shards=ancient(shards_of("train")),
        ledgers=ledgers_of("train"),
        # For the order alone: a corpus of which too much was left out must not be trained on.
        ledger=ancient(LEDGER),
    output:
        model=f"{FDGAN}/model.safetensors",
        made_from=f"{FDGAN}/model.json",
        curves=f"{FDGAN}/curves.csv",
    log:
        "logs/fdgan.log",
    benchmark:
        "logs/benchmarks/fdgan.tsv"
    threads: max(1, workflow.cores // 2)  # both networks train side by side
    resources:
        mem_mb=4000,
    params:
        decided_by=decided_by("fdgan", PARAMS),
        code=CODE["fdgan"],
    message:
        "Train FD-GAN (goes on from its last checkpoint if it was interrupted)"
    shell:
        "python -m pipeline.train fdgan --threads {threads} --code {params.code} 2> >(tee {log} >&2)"


rule fdgan_stage:
    input:
        rules.fdgan.output,
