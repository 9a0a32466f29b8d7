# Needs only Python 3.11 or newer and make. Everything else goes into .venv, from the hashed locks.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
PYTEST_WORKERS ?= auto
PYTEST_ARGS ?=
SERVE_ARGS ?=
BENCH_ARGS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --no-strip-extras pyproject.toml

# A stamp is named after what it was installed from: the same lock is never installed twice.
RUN_STAMP := .venv/.run-$(shell cat requirements.lock pyproject.toml | cksum | tr -d ' ')
DEV_STAMP := .venv/.dev-$(shell cat requirements-dev.lock pyproject.toml | cksum | tr -d ' ')

.PHONY: help run test bench lint style contracts dependencies types format check lock clean
.DEFAULT_GOAL := help

help: ## list what make can do
	@grep -E '^[a-z]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:[^#]*## /\t/' | expand -t 10

run: $(RUN_STAMP) ## start Showup with a demo account (SERVE_ARGS="--port 8080" adds arguments)
	@exec $(BIN)/showup serve --demo $(SERVE_ARGS)

test: $(DEV_STAMP) ## run every test, in parallel (PYTEST_ARGS="tests/scheduler -k cron" picks some)
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(PYTEST_ARGS)

bench: $(DEV_STAMP) ## run the benchmarks and print their table
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

lint: style contracts dependencies ## style, import contracts, declared dependencies

style: $(DEV_STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

contracts: $(DEV_STAMP)
	$(BIN)/lint-imports

dependencies: $(DEV_STAMP)
	$(BIN)/deptry .

types: $(DEV_STAMP) ## mypy, strict
	$(BIN)/mypy

format: $(DEV_STAMP) ## put files into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

check: lint types test ## everything CI looks at

lock: $(DEV_STAMP) ## write both locks anew from pyproject.toml (UPGRADE=1 takes the newest releases)
	$(COMPILE) $(if $(UPGRADE),--upgrade) --group dev -o requirements-dev.lock
	$(COMPILE) --group build -c requirements-dev.lock -o requirements.lock

clean: ## remove .venv and what the tools left
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov dist

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Showup needs Python 3.11 or newer; none was found on the PATH." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "Python could not make .venv; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(RUN_STAMP): | $(BIN)/python
	@echo "Installing what Showup needs into .venv (once, about a minute) ..."
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@rm -f .venv/.run-* && touch $@

$(DEV_STAMP): | $(BIN)/python
	@echo "Installing what Showup and its tests need into .venv (once, about two minutes) ..."
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@rm -f .venv/.dev-* .venv/.run-* && touch $@ $(RUN_STAMP)
