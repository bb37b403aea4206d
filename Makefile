# `make` prints what there is. Every target works alone on a machine with Python 3.11 to 3.13, a C++
# compiler and a package index; nothing is installed twice.

# The interpreter that .venv is made from, arguments passed on (make run ARGS="--quick"), test processes.
PYTHON ?= python3
ARGS ?=
JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin
# What decides what is installed: when one of these changes, the next target reinstalls.
INPUTS := pyproject.toml constraints.txt CMakeLists.txt $(shell find src -path '*/csrc/*' -type f)

# Both names, because pip 25.3 moved build requirements from the first to the second.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PIP := $(BIN)/python -m pip install --quiet

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test validators notebooks lab bench peers lint types docs clean

help: ## print this list
	@echo "make TARGET [PYTHON=python3.12] [ARGS=\"...\"]"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' Makefile | column -t -s '|' 2>/dev/null \
	  || sed -n 's/^\([a-z]*\):.*## /  \1: /p' Makefile

# ---- installing --------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null || { \
	  echo "qsetu needs Python 3.11, 3.12 or 3.13; '$(strip $(PYTHON))' is $$($(PYTHON) --version 2>/dev/null || echo "not on this machine")." >&2; \
	  echo "Choose another one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(strip $(PYTHON))' has no venv module. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) from $$($(PYTHON) --version)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)

# .installed: the package and what it needs to run. .installed-dev: everything to work on it.
# .installed-bench: the simulators it is compared with.
$(VENV)/.installed: $(INPUTS) | $(BIN)/python
	@echo "Installing qsetu (a few minutes the first time)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.installed-dev: $(INPUTS) | $(BIN)/python
	@echo "Installing qsetu with its development tools (a few minutes the first time)"
	@$(PIP) -e '.[dev]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-bench: $(INPUTS) | $(BIN)/python
	@echo "Installing qsetu with the simulators it is compared with (a few minutes the first time)"
	@$(PIP) -e '.[bench]'
	@touch $(VENV)/.installed $@

# .venv-validators: other people's validators of bundles, which want other versions of what we need.
.venv-validators/.installed: tests/sharing/validators.txt
	@echo "Installing validators of bundles, apart"
	@$(PYTHON) -m venv .venv-validators
	@env -u PIP_CONSTRAINT -u PIP_BUILD_CONSTRAINT .venv-validators/bin/python -m pip install --quiet -r $<
	@touch $@

# ---- using -------------------------------------------------------------------------------------------

run: $(VENV)/.installed ## the main job: quantum and classical models on real single cells
	$(BIN)/qsetu run pbmc-cell-types $(ARGS)

lab: $(VENV)/.installed-dev ## JupyterLab on the tutorials
	$(BIN)/jupyter lab --notebook-dir=notebooks $(ARGS)

# ---- checking ----------------------------------------------------------------------------------------

test: $(VENV)/.installed-dev ## all tests except the notebooks
	$(BIN)/python -m pytest -m "not notebook" -n $(JOBS) --dist loadfile $(ARGS)

validators: .venv-validators/.installed ## install other people's validators, which `make test` then asks, too

notebooks: $(VENV)/.installed-dev ## execute every notebook
	$(BIN)/python -m pytest -m notebook tests/notebooks $(ARGS)

lint: $(VENV)/.installed-dev ## style, types, import rules, docstrings, clean notebooks, names of tests
	@twice=$$(find tests -name "test_*.py" | sed "s|.*/||" | sort | uniq -d); \
	  [ -z "$$twice" ] || { echo "Two test files of one name, which pytest cannot collect: $$twice" >&2; exit 1; }
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/interrogate --quiet src
	$(BIN)/nbstripout --verify notebooks/*.ipynb
	$(BIN)/mypy

types: $(VENV)/.installed-dev ## mypy, strict, alone
	$(BIN)/mypy

docs: $(VENV)/.installed-dev ## the documentation, into docs/_build/html; a broken link fails
	$(BIN)/python -m sphinx -W -n --keep-going -q -b html docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

bench: $(VENV)/.installed-dev ## time the engines and their peers on this machine
	$(BIN)/qsetu bench run $(ARGS)

peers: $(VENV)/.installed-bench ## race the native engine against other simulators (an hour; ARGS="--quick" a minute)
	$(BIN)/qsetu bench run --suite peers $(ARGS)

clean: ## remove everything that make made; results/ stays
	rm -rf $(VENV) .venv-validators build docs/_build docs/notebooks docs/reference
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +
