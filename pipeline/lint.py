"""`snakemake --lint`, less one check that does not fit this project: ``python -m pipeline.lint``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# One environment, which pip makes, runs every rule: a conda file or a container a rule would only decorate it.
LEFT_OUT = {"Specify a conda environment or container for each rule."}
HEADING = re.compile(r"^Lints for (?P<place>.+):$")
TITLE = re.compile(r"^    \* (?P<title>.+):$")


def findings(text: str) -> list[str]:
    """What is left of the lints in Snakemake's output, one "place: title" each."""
    found, place = [], ""
    for line in text.splitlines():
        if heading := HEADING.match(line):
            place = heading["place"]
        elif (title := TITLE.match(line)) and title["title"] not in LEFT_OUT:
            found.append(f"{place}: {title['title']}")
    return found


def main() -> int:
    """Print what is left of the lints; 1 where there is any, or where Snakemake could not lint."""
    program = Path(sys.executable).parent / "snakemake"
    result = subprocess.run([str(program), "--lint"], capture_output=True, text=True, check=False)
    output = result.stdout + result.stderr
    left = findings(output)
    if result.returncode != 0 and "Lints for" not in output:
        left = [output]
    if left:
        print("\n".join(left), file=sys.stderr)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
