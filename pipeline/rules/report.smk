# Tables, figures, a video and the report page.


rule report:
    input:
        # For the driver's clip alone, whose frames are among the shards.
        manifest=ancient(MANIFEST_FILE),
        # For the ffmpeg that encoded what was rendered, which it names.
        truth=rules.truth.output.frames,
        shards=ancient([*shards_of("train"), *shards_of("test")]),
        ledgers=[*ledgers_of("train"), *ledgers_of("test")],
        ledger=rules.ledger.output,
        testsets=FROZEN_SETS,
        ldnet=rules.ldnet.output,
        generators=[rule_output for name in ENABLED for rule_output in getattr(rules, name).output],
        predictions=rules.predict.output,
        metrics=rules.score.output,
    output:
        tables=report(
            directory("results/tables"), patterns=["{name}.html"], caption="../captions/table.rst", category="Tables"
        ),
        figures=report(
            directory("results/figures"),
            patterns=["{name}.jpg", "{name}.png", "{name}.mp4"],
            caption="../captions/figure.rst",
            category="Pictures",
        ),
        video=report("results/crosstest.mp4", caption="../captions/video.rst", category="Pictures"),
        page=report("results/report.html", caption="../captions/page.rst", category="Report"),
    log:
        "logs/report.log",
    benchmark:
        "logs/benchmarks/report.tsv"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        decided_by=decided_by("report", PARAMS),
        code=CODE["report"],
    message:
        "Write tables, figures, the video of a CrossTest pair and the report page"
    shell:
        "python -m pipeline.report --threads {threads} --code {params.code} 2> >(tee {log} >&2)"


rule report_stage:
    input:
        rules.report.output,
