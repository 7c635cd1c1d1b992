# Two commands for a fresh machine: make demo, make test. Everything lands in .venv and in this folder.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# A container's user may have no name, and no home that can be written to; Snakemake and DVC want them.
export USER ?= $(firstword $(shell id -un 2>/dev/null || id -u))
export HOME ?= /tmp
export XDG_CACHE_HOME ?= $(shell test -w "$(HOME)" && echo "$(HOME)/.cache" || echo /tmp)

# Every command starts Python, which without its caches of bytecode compiles all of the project each time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo test test-workflow gpu-check coverage mutants lint docs generated clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

install: $(VENV)/.installed  ## make the environment in .venv (exact versions of requirements.lock)

$(VENV)/.installed: pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(if $(wildcard $@),,--clear) $(VENV)  # one that is half made may be of another Python
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --constraint requirements.lock --editable '.[dev]'
	touch $@

$(VENV)/.docs: $(VENV)/.installed
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11, 5) and "the documentation is made by Python 3.11.5 or newer")'
	$(BIN)/python -m pip install --quiet --constraint requirements.lock --editable '.[docs]'
	touch $@

demo: install  ## from rendered videos to the tables, with the parameters of params.yaml
	snakemake all
	reenact record
	@python -m pipeline.summary

test: install  ## unit and small integration tests (about eight minutes on two cores)
	pytest -n 2 --dist loadfile

test-workflow: install  ## the real tools on the tiny preset (20 to 45 minutes)
	pytest tests/workflow -m workflow -n 2 --dist loadgroup

# Without .venv, as on a bare GPU machine, by $(PYTHON).
gpu-check:  ## the tests that need a GPU, and its figures as one JSON line (docs/gpu.md; without a GPU it says so and fails)
	$(firstword $(wildcard $(BIN)/python) $(PYTHON)) -m benchmarks.gpu $(ARGS)

# More than ONLY: make mutants ARGS='--count 0 --minutes 600 --processes 8'
mutants: install  ## small changes to the core modules, and which the tests miss (half an hour; ONLY=reenact/generators/fdgan: of that alone)
	python -m tests.mutants --only '$(ONLY)' $(ARGS)

coverage: install  ## which lines the unit tests run: a summary here, all of it in htmlcov/
	pytest -n 2 --dist loadfile --cov=reenact --cov=pipeline --cov-report=html --cov-report=term:skip-covered

lint: install docs  ## style, layers, types, the workflow, the container and the documentation
	ruff check .
	ruff format --check .
	lint-imports
	mypy
	snakefmt --check Snakefile pipeline/rules
	python -m pipeline.lint
	hadolint Dockerfile

docs: $(VENV)/.docs  ## the documentation site in site/; a broken link is an error
	NO_MKDOCS_2_WARNING=1 mkdocs build --quiet

generated: install  ## rewrite what follows from the parameters' schema, the metrics and the stage table
	python -m reenact.config.presets
	python -m pipeline.versioning.dvc_yaml
	python -m pipeline.metrics_page

clean:  ## remove everything that the workflow made (not the environment)
	rm -rf data/manifest data/truth data/shards data/testsets data/corpus models results logs .state .snakemake mlflow.db mlruns
