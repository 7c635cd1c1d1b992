"""`snakemake --lint` without one check that does not fit this project: ``python -m pipeline.lint``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# Every rule runs in the same environment, made by pip: a conda file or a container per rule would serve nothing.
LEFT_OUT = {"Specify a conda environment or container for each rule."}
HEADING = re.compile(r"^Lints for (?P<place>.+):$")
TITLE = re.compile(r"^    \* (?P<title>.+):$")


def findings(text: str) -> list[str]:
    """The lints in Snakemake's output but those in LEFT_OUT, each as "place: title"."""
    found, place = [], ""
    for line in text.splitlines():
        if heading := HEADING.match(line):
            place = heading["place"]
        elif (title := TITLE.match(line)) and title["title"] not in LEFT_OUT:
            found.append(f"{place}: {title['title']}")
    return found


def main() -> int:
    """Print the lints; 1 if there are any, or if Snakemake could not lint."""
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
