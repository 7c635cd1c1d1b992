# The frozen test sets of the paper's Section 4.


rule testsets:
    input:
        shards=shards_of("test"),
        ledger=ancient(rules.ledger.output[0]),
        ledgers=ledgers_of("test"),
    output:
        lmtest=f"{TESTSETS}/lmtest.parquet",
        portraits=directory(f"{TESTSETS}/portraits"),
        selftest=f"{TESTSETS}/selftest.json",
        crosstest=f"{TESTSETS}/crosstest.json",
    log:
        "logs/testsets.log",
    benchmark:
        "logs/benchmarks/testsets.tsv"
    priority: 1
    threads: 1
    resources:
        mem_mb=2000,
    params:
        decided_by=decided_by("testsets", PARAMS),
        code=CODE["testsets"],
    message:
        "Build LMTest, SelfTest and CrossTest"
    shell:
        "reenact testsets 2> >(tee {log} >&2)"


rule testsets_stage:
    input:
        rules.testsets.output,
