# Each generator of reenact/generators/registry.py that is trained, in a rule and a stage of its own, whether or not it is enabled.

for entry in trained().values():

    if entry.name in ENABLED:

        rule:
            name:
                entry.name
            input:
                shards=ancient(shards_of("train")),
                ledgers=ledgers_of("train"),
                # For the order alone: a corpus of which too much was left out must not be trained on.
                ledger=ancient(LEDGER),
            output:
                model=f"{entry.folder}/model.safetensors",
                made_from=f"{entry.folder}/model.json",
                curves=f"{entry.folder}/curves.csv",
                best=best_of(entry.folder),
            log:
                f"logs/{entry.name}.log",
            benchmark:
                f"logs/benchmarks/{entry.name}.tsv"
            # From its last checkpoint; a training that diverged fails at once.
            retries: RETRIES
            threads: max(1, workflow.cores // 2)  # LD-Net and a generator train side by side
            resources:
                mem_mb=4000,
            params:
                network=entry.name,
                decided_by=decided_by(entry.name, PARAMS),
                code=CODE[entry.name],
            message:
                f"Train {entry.title} (goes on from its last checkpoint if it was interrupted)"
            shell:
                f"{LAUNCH} pipeline.train {{params.network}} --threads {{threads}} --code {{params.code}} 2> >(trap '' INT TERM; exec tee {{log}} >&2)"

    else:

        # Without an input: it need not wait for the shards.
        rule:
            name:
                entry.name
            output:
                f"{entry.folder}/{NOT_TRAINED}",
            log:
                f"logs/{entry.name}.log",
            benchmark:
                f"logs/benchmarks/{entry.name}.tsv"
            localrule: True
            threads: 1
            resources:
                mem_mb=200,
            params:
                network=entry.name,
                decided_by=decided_by(entry.name, PARAMS),
                code=CODE[entry.name],
            message:
                f"Leave {entry.title} untrained: {entry.name}.enabled is false"
            shell:
                "reenact skip {params.network} 2> >(tee {log} >&2)"

    rule:
        name:
            f"{entry.name}_stage"
        input:
            getattr(rules, entry.name).output,
