# Two commands do everything on a machine with Python >= 3.11: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
WORKERS ?= 2

.PHONY: demo test lint types tests browser bench figures clean

demo: $(VENV)/.core
	$(BIN)/hyotan demo -o demo

test: lint types tests

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

tests: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS)

# Slow, full-size measurements; see benchmarks/README.md.
bench: $(VENV)/.core
	$(BIN)/python benchmarks/epochs.py

figures: $(VENV)/.core
	$(BIN)/python benchmarks/figures.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The core install: what a user gets, pinned.
$(VENV)/.core: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -q -c constraints.txt -e .
	touch $@

# The core and the tools of the tests.
$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -q -c constraints.txt -e ".[dev]"
	touch $@ $(VENV)/.core

clean:
	rm -rf $(VENV) build dist demo
