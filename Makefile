# The names here are a contract with users and their scripts: run, install, install-train, test, lint, bench, soak,
# train-default.
# Nothing but Python >= 3.11 is needed for `run` and `install`; `test` also wants a browser and PostgreSQL (see the bottom).

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
CONSTRAINTS := -c constraints.txt
TORCH := $(shell sed -n 's/^torch==/torch==/p' constraints.txt)
TORCH_CPU_WHEELS := https://download.pytorch.org/whl/cpu
PORT ?= 8080
TEST_WORKERS ?= 2

.PHONY: run install install-train test lint bench soak train-default test-tools test-packages

run: install
	@exec $(BIN)/deskhand demo --port $(PORT)

install: $(VENV)/.installed

# A stamp says what was installed: the second `make run` must not ask pip again.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Deskhand into $(VENV) (about a minute the first time) ..."
	@$(PIP) install --quiet $(CONSTRAINTS) -e . \
	  || { echo "make: pip could not install Deskhand; the lines above say why. Is the network (or your package index) reachable?" >&2; exit 1; }
	@touch $@

$(BIN)/python:
	@sh .ci/make-venv $(VENV)

install-train: $(VENV)/.train-installed

$(VENV)/.train-installed: pyproject.toml constraints.txt $(VENV)/.installed
	@echo "Installing what training needs into $(VENV) (torch's CPU build first) ..."
	@sh .ci/install-torch $(BIN)/python $(TORCH) $(TORCH_CPU_WHEELS)
	@$(PIP) install --quiet $(CONSTRAINTS) -e '.[train]'
	@touch $@

$(VENV)/.test-installed: pyproject.toml constraints.txt $(VENV)/.installed
	@echo "Installing what the tests need into $(VENV) (torch's CPU build first) ..."
	@sh .ci/install-torch $(BIN)/python $(TORCH) $(TORCH_CPU_WHEELS)
	@$(PIP) install --quiet $(CONSTRAINTS) -e '.[test]'
	@touch $@

test-packages: $(VENV)/.test-installed

test-tools:
	@sh .ci/install-tools $(BIN)/python

lint: $(VENV)/.test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Files are shared out among the workers whole, so that what a file sets up is set up once.
test: $(VENV)/.test-installed test-tools lint
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile

bench: $(VENV)/.test-installed
	$(BIN)/python -m benchmarks

soak: $(VENV)/.test-installed
	$(BIN)/python -m pytest -m soak --timeout 3600

train-default: $(VENV)/.test-installed
	$(BIN)/python -m training.fit.default
