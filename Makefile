# Nearly every target makes the environment first, from the hash-locked requirements.
PYTHON ?= python3
BIN := .venv/bin
PIP_INSTALL := pip install --quiet --disable-pip-version-check
EXTRAS := --extra plot --extra dask --extra html
COMPILED := --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock"
MINIMUM := .venv-minimum
PYTHON_MINIMUM ?= python3.11
TESTS ?= tests/results tests/scenario tests/report tests/workload tests/aws tests/cli
STAMP := .venv/.made-from-requirements.lock

# What Python compiles is kept: the tests start hundreds of processes that import the same modules.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help env demo test lint bench bench-quick conformance proof simulate mutants fuzz versions numbers long torture dist \
  test-minimum licences audit docs lock clean

help:  ## what can be made
	@awk -F ':.*##' '/^[a-z-]+:.*##/ {printf "  make %-12s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(STAMP)  ## the environment in .venv

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make env PYTHON=python3.12")'
	@echo "installing into .venv, a minute or two"
	$(PYTHON) -m venv --clear .venv
	$(BIN)/$(PIP_INSTALL) --require-hashes -r requirements.lock
	$(BIN)/$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
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

simulate: env  ## N random scenarios full of trouble, all checked after every event (half an hour for 10,000)
	$(BIN)/python -m faults --seeds $(or $(N),10000) --workers $(or $(WORKERS),2)

fuzz: env  ## N generated inputs of every kind, then files of 100 MB: no crash, no hang, one clear message
	$(BIN)/python -m fuzz --inputs $(or $(N),2000) --seed $(or $(SEED),1) --keep .fuzz
	$(BIN)/python -m fuzz --large $(or $(MB),7 100)

mutants: .venv-mutants/.made  ## small changes of sim/ipamd and sim/aws: do tests notice? (most of an hour; WORKERS=2)
	.venv-mutants/bin/python -m mutants --workers $(or $(WORKERS),2)

.venv-mutants/.made: tools/mutants.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv-mutants
	.venv-mutants/bin/$(PIP_INSTALL) --require-hashes -r tools/mutants.lock
	touch $@

versions: env  ## the same events and figures with other Pythons and NumPys (a minute, and what to install)
	$(BIN)/python tools/check_versions.py

numbers: env  ## every figure by a plain reference, on N generated scenarios and all that are shipped
	EXAMPLES=$(or $(N),1000) $(BIN)/pytest -n 0 tests/reference

long: env  ## 30 days, 10,000 nodes, 10 million pod events: no drift, memory (an hour; SIZE=tenth: minutes)
	$(BIN)/python -m benchmarks.long $(or $(SIZE),full)

torture: env  ## sweeps killed 20 times, runs interrupted 50 times, disks that are full (some minutes)
	TORTURE_KILLS=20 TORTURE_SIGNALS=50 TORTURE_DISKS=20 $(BIN)/pytest tests/torture

dist: env  ## wheel and sdist, each installed into an empty environment and tried there (QUICK=1: the demo)
	$(BIN)/python tools/check_dist.py $(if $(QUICK),--quick)

test-minimum: $(MINIMUM)/.made  ## tests with the oldest dependencies that pyproject.toml allows (TESTS=tests: all)
	$(MINIMUM)/bin/python -m pytest -W default --deselect tests/supply $(TESTS)

$(MINIMUM)/.made: tools/minimum.lock pyproject.toml
	$(PYTHON_MINIMUM) -m venv --clear $(MINIMUM)
	$(MINIMUM)/bin/$(PIP_INSTALL) --require-hashes -r tools/minimum.lock
	$(MINIMUM)/bin/$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

licences: env  ## docs/licences.md made anew
	$(BIN)/python tools/make_licences.py

audit:  ## whether the locked versions have known vulnerabilities; 3 if nobody can be asked
	$(PYTHON) -m venv --clear .venv-audit
	.venv-audit/bin/$(PIP_INSTALL) --require-hashes -r tools/audit.lock
	.venv-audit/bin/python tools/audit.py

docs: env  ## what is generated: references, answers, pictures, schema, outputs (a quarter of an hour)
	$(BIN)/python tools/make_schema.py
	$(BIN)/python tools/make_scenario_docs.py
	$(BIN)/python tools/make_metrics_docs.py
	$(BIN)/python tools/make_lint_docs.py
	$(BIN)/python tools/make_settings_docs.py
	$(BIN)/python tools/make_questions.py
	$(BIN)/python tools/make_pattern_docs.py
	$(BIN)/python tools/make_performance_docs.py
	$(BIN)/python tools/make_notebooks.py
	$(BIN)/python tools/make_pictures.py
	$(BIN)/python tools/make_report_pictures.py
	$(BIN)/python tools/make_readme.py

lock:  ## choose versions anew (needs uv)
	uv pip compile $(COMPILED) --group dev $(EXTRAS) pyproject.toml -o requirements.lock
	uv pip compile $(COMPILED) --resolution lowest-direct --group dev $(EXTRAS) pyproject.toml -o tools/minimum.lock
	uv pip compile $(COMPILED) --group audit -o tools/audit.lock
	uv pip compile $(COMPILED) --group mutants -c requirements.lock pyproject.toml -o tools/mutants.lock

clean:  ## remove what was made
	rm -rf .venv .venv-minimum .venv-audit .venv-mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .bench .fuzz dist build
