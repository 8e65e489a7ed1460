# `make run` and `make test` do all their own set-up. The set-up is repeated only when a pin or pyproject.toml changes.
#   make test PYTHON=python3.12 VENV=.venv-3.12     another interpreter, beside the first
#   make run ARGS="--seed 7"                        arguments for `pm run`
#   make test PYTEST="-n 0 -k units"                arguments for pytest

VENV ?= .venv
PYTHON ?=
ARGS ?=
PYTEST ?= -n 2 --dist worksteal
BIN := $(VENV)/bin
SHELL := /bin/bash
export PYTHON

SETUP := pyproject.toml scripts/setup $(wildcard requirements/*.txt)
SUITES := account backtest book core laws maker model observe replays sim stress
LICENCES := MIT;BSD;Apache;Python Software Foundation;PSF-2.0;ISC;Mozilla Public License;MPL-2.0;Unlicense;HPND;CMU License;MIT-CMU;0BSD;Zlib;LGPL-3.0-only

.DEFAULT_GOAL := help
.PHONY: help run test test-compiled check lint format compiled bench soak soak-sockets audit setup clean

help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

# An environment that was copied or moved with its folder still points to the old place: make it anew.
ifneq ($(file <$(VENV)/.home),$(CURDIR))
.PHONY: $(VENV)/.stamp-run $(VENV)/.stamp-dev
endif

$(VENV)/.stamp-run $(VENV)/.stamp-dev: $(VENV)/.stamp-%: $(SETUP)
	@scripts/setup $* $(VENV) </dev/null

setup: $(VENV)/.stamp-dev ## everything that the other targets need, without running them

run: $(VENV)/.stamp-run ## the demonstration, or `pm run $(ARGS)`
	@$(BIN)/pm run $(ARGS)

test: lint ## check, then every test
	$(BIN)/python -m pytest $(PYTEST)

test-compiled: compiled ## the suites of the core, on the compiled one
	PM_TEST_COMPILED=1 $(BIN)/python -P -m pytest $(PYTEST) -o pythonpath="build/compiled ." $(addprefix tests/,$(SUITES))

check: lint ## ruff, mypy --strict, import-linter, house tests
	$(BIN)/python -m pytest -q tests/house

lint: $(VENV)/.stamp-dev ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.stamp-dev ## let ruff mend what it can
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

compiled: $(VENV)/.stamp-dev ## build/compiled/pm: `pm` on a compiled core, for long backtests (needs a C compiler)
	@$(BIN)/python -m scripts.compile_core

bench: $(VENV)/.stamp-dev ## the benchmarks
	$(BIN)/python -m bench $(ARGS)

soak: $(VENV)/.stamp-dev ## hours of windows: a local venue and a live maker in two processes, then replay and balance
	$(BIN)/python -m scripts.soak $(ARGS)

soak-sockets: $(VENV)/.stamp-dev ## ten minutes of the live shell on real sockets at 2,000 messages/s, bursts of 5x
	$(BIN)/python -m bench.sockets $(ARGS)

audit: $(VENV)/.stamp-dev ## known vulnerabilities and licences of the pins (needs the network)
	$(BIN)/pip-audit --strict --no-deps --disable-pip --progress-spinner off $(patsubst %,-r %,$(wildcard requirements/*.txt))
	$(BIN)/pip-licenses --partial-match --allow-only='$(LICENCES)' --summary

clean: ## remove what make and the tools have made
	rm -rf .venv .venv-* build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find pmcore pmio pmapp tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
