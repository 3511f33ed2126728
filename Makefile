# Every target sets up what it needs: Python's and npm's libraries, pinned by hash, in this folder only.
.DEFAULT_GOAL := help
SHELL := /bin/bash

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PYTHON_READY := $(VENV)/.ready
BROWSER_FILES_READY := node_modules/.ready

# Reference material that tests read where it lies; without it those tests are skipped and say so.
PATHWAY_REFERENCE_DATA ?= $(abspath $(wildcard ../shared/data))
export PATHWAY_REFERENCE_DATA

.PHONY: help demo test check mutants crash timers simulate fuzz limits bench format lock diagrams pictures site sbom licences image setup clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

demo: setup ## Start the program with synthetic patients and say where to look
	$(BIN)/pathway demo

test: setup ## Run every test (as root on Debian, installs chromium for the browser tests)
	@scripts/set_up_chromium.sh
	$(PY) -m pytest -q -n 2

check: setup ## Format, style, types, import rules, then every test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(PY) -m mypy
	$(BIN)/lint-imports --no-logo
	$(MAKE) test

mutants: setup ## Plant known bugs and see that the tests catch each
	$(PY) -m tests.mutants

crash: setup ## Kill the program hundreds of times under load and look for what is lost (up to an hour)
	$(PY) -m tests.crash --database sqlite
	$(PY) -m tests.crash --database postgresql

timers: setup ## Kill schedulers and set clocks wrong for some minutes; then a month of downtime, a million that wait
	$(PY) -m tests.timers
	$(PY) -m tests.timers --empty-sweep 1000000

bench: setup ## Measure on this machine, the better part of an hour, and write docs/benchmarks.md
	$(PY) -m tests.bench

simulate: setup ## Live through many simulated years of patients and faults, seed by seed
	$(PY) -m tests.deterministic --seeds 25 --keep-going

fuzz: setup ## Feed a million mutated inputs to every parser, and a million Norwegian messages
	$(PY) -m tests.fuzz
	$(PY) -m tests.fuzz --target norwegian

limits: setup ## Measure what bad senders and a lost database cost the others
	$(PY) -m tests.limits

format: setup ## Put the code in its one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup ## Choose new versions of every library and write them down with their hashes
	scripts/lock.sh $(PY)

diagrams: setup ## Draw the pathways' diagrams and tables and the picture of the house again
	$(PY) -m pathway_engine.language.generate
	$(PY) -m tests.architecture

pictures: setup ## Draw the pages' pictures again, from the demonstration's data
	@scripts/set_up_chromium.sh
	$(PY) -m tests.pictures

site: setup ## Build the documentation as pages in build/site; a broken link or a page nobody is led to fails
	rm -rf build/site
	$(PY) -m sphinx -q -E -W --keep-going -c docs/site -d build/site-parts . build/site
	@echo "Open build/site/index.html"

sbom: setup ## Write what the program is made of, as CycloneDX, into build/sbom.cdx.json
	$(PY) -m tests.dependencies sbom

licences: setup ## Write docs/reference/licences.md anew, from the locks
	$(PY) -m tests.dependencies licences

image: setup ## Try each step of the Dockerfile and each command of compose.yaml, without a container daemon
	$(PY) -m tests.container

setup: $(PYTHON_READY) $(BROWSER_FILES_READY) ## Fetch what the program needs, if it is not here yet

clean: ## Remove everything that make has made
	rm -rf $(VENV) node_modules build dist pathway_engine/web/static/vendor tests/browser/vendor
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PYTHON_READY): requirements-dev.lock pyproject.toml scripts/set_up_python.sh
	@scripts/set_up_python.sh $(VENV)
	@touch $@

$(BROWSER_FILES_READY): package-lock.json package.json scripts/set_up_browser_files.sh scripts/node.lock | $(PYTHON_READY)
	@scripts/set_up_browser_files.sh $(PY)
	@touch $@
