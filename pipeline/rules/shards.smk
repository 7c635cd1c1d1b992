# From the clips of a list to 256×256 crops with landmarks in one Parquet shard, and what was left out.


rule shard:
    input:
        list_of,
    output:
        shard=f"{SHARDS}/{{split}}/{{number}}.parquet",
        ledger=f"{SHARDS}/{{split}}/{{number}}.ledger.json",
    log:
        "logs/shards/{split}-{number}.log",
    benchmark:
        "logs/benchmarks/shards/{split}-{number}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
    params:
        decided_by=decided_by("shard", PARAMS),
        code=CODE["shard"],
    message:
        "Extract faces and landmarks into shard {wildcards.split}-{wildcards.number}"
    shell:
        "reenact shard {input} {output.shard} {output.ledger} 2> >(tee {log} >&2)"


# A checkpoint, after which Snakemake plans anew: while a file is to be made, it overlooks what changed in rules that take it as ancient.
checkpoint ledger:
    input:
        [path for split in SPLITS for path in ledgers_of(split)],
    output:
        LEDGER,
    log:
        "logs/ledger.log",
    benchmark:
        "logs/benchmarks/ledger.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        decided_by=decided_by("ledger", PARAMS),
        code=CODE["ledger"],
    message:
        "Sum up the ledgers and remove shards that are no longer listed"
    shell:
        "reenact ledger 2> >(tee {log} >&2)"


rule shards_stage:
    input:
        shards_of("train"),
        shards_of("test"),
        rules.ledger.output,
