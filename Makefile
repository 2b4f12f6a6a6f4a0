# Two commands do everything on a machine with Python >= 3.11: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
WORKERS ?= 2

.PHONY: demo test lint types tests web docs bench figures reproductions clean

demo: $(VENV)/.core
	$(BIN)/hyotan demo -o demo

test: lint types web tests docs

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

tests: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS)

# The explorer's page: checked, and built again to see that what is shipped is what its source makes. Installing hyotan
# needs no Node; working on the page does.
web:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory web-checked; \
	else echo "make web: skipped, there is no npm (Node >= 20)"; fi

web-checked: web/node_modules/.stamp
	cd web && npm run --silent check
	cd web && npm run --silent build -- --outfile=build/explorer.js
	cmp web/build/explorer.js src/hyotan/explorer/explorer.js || \
		{ echo "explorer.js is not what web/src makes: cd web && npm run build"; exit 1; }

# Not `npm ci`: it wants the packages of every other platform in the lock file, which some registries do not carry.
web/node_modules/.stamp: web/package.json web/package-lock.json
	cd web && npm install --no-audit --no-fund --loglevel=error
	touch $@

# The site of docs/, in docs/_build/html.
docs: $(VENV)/.dev
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

# Slow, full-size measurements; see benchmarks/README.md.
bench: $(VENV)/.core
	$(BIN)/python benchmarks/epochs.py
	$(BIN)/python benchmarks/loops.py

figures: $(VENV)/.core
	$(BIN)/python benchmarks/figures.py

# The published experiments at full size; the tables and pictures of docs/reproductions.md are written anew.
reproductions: $(VENV)/.core
	$(BIN)/python benchmarks/reproductions.py --keras --write docs/reproductions.md --pictures docs/pictures

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
	rm -rf $(VENV) build dist demo docs/_build web/node_modules web/build
