# The frozen test sets of the paper's Section 4.


rule lmtest_inputs:
    output:
        LMTEST_INPUTS,
    log:
        "logs/lmtest_inputs.log",
    benchmark:
        "logs/benchmarks/lmtest_inputs.tsv"
    threads: 1
    resources:
        mem_mb=500,
    params:
        decided_by=decided_by("lmtest_inputs", PARAMS),
        code=CODE["lmtest_inputs"],
    message:
        "List the photographs and the video that LMTest is fitted to"
    shell:
        "reenact lmtest-inputs 2> >(tee {log} >&2)"


rule testsets:
    input:
        lmtest=rules.lmtest_inputs.output,
        shards=ancient(shards_of("test")),
        ledgers=ledgers_of("test"),
        ledger=ancient(LEDGER),
    output:
        lmtest=f"{TESTSETS}/lmtest.parquet",
        rendered=directory(f"{TESTSETS}/lmtest"),
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
        rules.lmtest_inputs.output,
        rules.testsets.output,
