"""Where the results are: ``python -m pipeline.summary`` prints it after a run."""

from __future__ import annotations

from pathlib import Path

RESULTS = (
    ("Report page", "results/report.html"),
    ("Tables", "results/tables"),
    ("Pictures", "results/figures"),
    ("Video of a CrossTest pair", "results/crosstest.mp4"),
    ("Networks", "models"),
    ("Parameters", "params.yaml"),
)


def main() -> None:
    """Print where tables, report, video and networks are, and how to open the MLflow UI."""
    width = max(len(what) for what, _ in RESULTS)
    print("\nDone. Here is what came out:\n")
    for what, path in RESULTS:
        print(f"  {what:<{width}}  {Path(path).resolve()}")
    print("\nTo compare runs, start MLflow and open http://127.0.0.1:5000 :\n")
    print("  .venv/bin/mlflow ui --workers 1 --backend-store-uri sqlite:///mlflow.db\n")


if __name__ == "__main__":
    main()
