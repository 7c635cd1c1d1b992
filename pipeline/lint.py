"""`snakemake --lint`, less the checks that do not fit this project: ``python -m pipeline.lint``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

# The one environment that pip makes runs every rule: a conda file or a container a rule would only decorate it.
LEFT_OUT = {"No conda environment defined", "Missing software definition", "Specify a conda environment or container for each rule."}


def main() -> int:
    """Print what is left of the lints; 1 where there is any."""
    program = Path(sys.executable).parent / "snakemake"
    result = subprocess.run([str(program), "--lint", "json"], capture_output=True, text=True, check=False)
    start = result.stdout.find("{")
    if start < 0:
        print(result.stdout + result.stderr, file=sys.stderr)
        return 1
    report = json.loads(result.stdout[start:])
    entries = [*report.get("snakefiles", []), *report.get("rules", [])]
    left = [(entry, lint) for entry in entries for lint in entry["lints"] if lint["title"] not in LEFT_OUT]
    for entry, lint in left:
        print(f"{entry.get('snakefile') or entry.get('rule') or entry.get('for')}: {lint['title']}\n  {lint['body']}", file=sys.stderr)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
