# Every target but `lock` and `clean` makes the environment first, from the hash-locked requirements.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.made-from-requirements.lock

.DEFAULT_GOAL := help
.PHONY: help env demo test lint bench bench-quick conformance proof docs lock clean

help:  ## what can be made
	@awk -F ':.*##' '/^[a-z-]+:.*##/ {printf "  make %-12s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(STAMP)  ## the environment in .venv

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make env PYTHON=python3.12")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

demo: env  ## replay a real day of pods
	$(BIN)/ipamd-sim run scenarios/quickstart.yaml

test: env  ## the tests, within 5 minutes on 2 cores
	$(BIN)/pytest

lint: env  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: env  ## speed as ratios to a bare SimPy loop (many minutes)
	$(BIN)/python -m benchmarks

bench-quick: env  ## the same at a tenth of the size, in a minute or two
	$(BIN)/python -m benchmarks --size quick

conformance: env  ## the whole comparison with recordings of the real daemon
	$(BIN)/ipamd-sim conformance

proof: env  ## docs/conformance.md and docs/mutations.md made anew (a quarter of an hour)
	$(BIN)/python tools/make_conformance_docs.py
	$(BIN)/python tools/make_mutation_table.py

docs: env  ## what is generated: references, schema, notebook outputs
	$(BIN)/python tools/make_schema.py
	$(BIN)/python tools/make_scenario_docs.py
	$(BIN)/python tools/make_metrics_docs.py
	$(BIN)/python tools/make_performance_docs.py
	$(BIN)/python tools/make_notebooks.py
	$(BIN)/python tools/make_pictures.py
	$(BIN)/python tools/make_report_pictures.py
	$(BIN)/python tools/make_readme.py

lock:  ## choose versions anew (needs uv)
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --group dev \
	  --extra plot --extra dask --extra html --custom-compile-command "make lock" pyproject.toml -o requirements.lock

clean:  ## remove what was made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .bench dist build
