"""What is filtered from Snakemake's lints, and what is not."""

from __future__ import annotations

from pipeline.lint import findings

OUTPUT = """\
Lints for snakefile /project/Snakefile:
    * Absolute path "/data" in line 3:
      Do not define absolute paths inside of the workflow.

Lints for rule shard (line 4, /project/shards.smk):
    * Specify a conda environment or container for each rule.:
      This way, the used software is documented.
    * No log directive defined:
      Without a log directive, all output will be printed to the terminal.
"""


def test_every_lint_but_the_one_left_out_is_named_with_its_place():
    assert findings(OUTPUT) == [
        'snakefile /project/Snakefile: Absolute path "/data" in line 3',
        "rule shard (line 4, /project/shards.smk): No log directive defined",
    ]
