# How Tidegate is set up and checked: every check of the workflows is a target here. `make help` lists them.
PYTHON ?= python3
VENV ?= .venv
ARGS ?=
UV_VERSION := 0.13.8

TOOLS := .tools
UV := $(TOOLS)/bin/uv
BIN := $(VENV)/bin
PY := $(BIN)/python
UV_STAMP := $(TOOLS)/.uv-$(UV_VERSION)
STAMP := $(VENV)/.synced

# uv takes the interpreter that is named and never fetches one of its own.
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(VENV)
export PYTHONDONTWRITEBYTECODE ?= 1
MAKEFLAGS += --no-builtin-rules --no-print-directory

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list what there is
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

# --- set-up ---------------------------------------------------------------------------------------
$(UV_STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Tidegate needs Python 3.11 or newer and '$(PYTHON)' is not. Name one: make setup PYTHON=python3.12"; \
	  exit 2; }
	@echo "Installing uv $(UV_VERSION) into $(TOOLS) ..."
	@$(PYTHON) -m venv --clear $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	@touch $@

$(STAMP): $(UV_STAMP) pyproject.toml uv.lock
	@echo "Installing the locked packages into $(VENV) ..."
	@$(UV) sync --frozen --quiet --python "$(PYTHON)"
	@touch $@

.PHONY: setup
setup: $(STAMP) ## make the virtual environment from the lock (PYTHON=..., VENV=...)

.PHONY: hooks
hooks: setup ## run the checks of .pre-commit-config.yaml at every commit from now on
	@$(BIN)/pre-commit install

.PHONY: clean
clean: ## remove what the targets made, the environments included
	rm -rf $(TOOLS) $(VENV) build dist .mypy_cache .pytest_cache .hypothesis .schemathesis .import_linter_cache .coverage* .reports

# --- the two commands -----------------------------------------------------------------------------
.PHONY: demo
demo: setup ## show the main job on real reports, then serve until Ctrl-C (ARGS=--exit stops by itself)
	@$(PY) -m scripts.demo $(ARGS)

.PHONY: test
test: setup ## all tests, unit and integration, on SQLite and PostgreSQL (ARGS="-k word" narrows)
	@echo "Unit and integration tests, on SQLite and on the PostgreSQL that is found:"
	@echo "TEST_DATABASE_URL, else a server on loopback, else the system's binaries, else those of a wheel."
	@$(PY) -m pytest $(ARGS)

.PHONY: ci
ci: setup ## everything that the workflows run, to the end, with a table of what passed
	@$(PY) -m scripts.ci

# --- quality --------------------------------------------------------------------------------------
.PHONY: format
format: setup ## lay the code out (isort, black)
	@$(BIN)/isort --quiet .
	@$(BIN)/black --quiet .

.PHONY: format-check
format-check: setup ## is the code laid out? (isort, black)
	@$(BIN)/isort --check-only .
	@$(BIN)/black --check --quiet . || $(BIN)/black --check .

.PHONY: lint
lint: setup ## flake8
	@$(BIN)/flake8

.PHONY: types
types: setup ## mypy --strict
	@$(BIN)/mypy

.PHONY: contracts
contracts: setup ## who may import whom: floors, rooms, doors (import-linter)
	@$(BIN)/lint-imports --no-cache

.PHONY: migrations-lint
migrations-lint: setup ## does no migration lock for long or take away what is needed? (squawk, our own)
	@$(PY) -m scripts.check_migrations

.PHONY: workflows
workflows: setup ## YAML, workflow files and shell scripts (yamllint, schema, zizmor, shellcheck)
	@$(PY) -m scripts.check_workflows

.PHONY: actionlint
actionlint: setup ## actionlint, where the machine has it (there is no wheel of it)
	@$(PY) -m scripts.check_workflows --actionlint

.PHONY: hooks-check
hooks-check: setup ## every hook of .pre-commit-config.yaml over every file
	@$(BIN)/pre-commit run --all-files --show-diff-on-failure

.PHONY: lock
lock: setup ## does uv.lock still follow from pyproject.toml? (REQUIRE_LOCK=1: not run is a failure)
	@$(PY) -m scripts.check_lock --uv $(UV)

.PHONY: generated
generated: setup ## are the generated pages up to date? (every scripts/write_*.py --check)
	@for script in scripts/write_*.py; do $(PY) -m "scripts.$$(basename "$$script" .py)" --check || exit 1; done

.PHONY: generate
generate: setup ## write the generated pages again
	@for script in scripts/write_*.py; do $(PY) -m "scripts.$$(basename "$$script" .py)" || exit 1; done

# --- testing --------------------------------------------------------------------------------------
.PHONY: coverage
coverage: setup ## all tests, with at least 95 % of the lines and of the branches covered
	@mkdir -p .reports && rm -f .reports/coverage.json .coverage .coverage.*
	@$(BIN)/coverage run -m pytest --junit-xml=.reports/junit.xml $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --fail-under=0
	@$(BIN)/coverage json --quiet --fail-under=0 -o .reports/coverage.json
	@$(PY) -m scripts.check_coverage .reports/coverage.json

.PHONY: migrations
migrations: setup ## migrations up, down and up again on both databases; models equal migrations
	@$(PY) -m pytest tests/integration/kernel/db/test_schema.py $(ARGS)

.PHONY: openapi
openapi: setup ## the API's document: valid, complete, and the one that is committed
	@$(PY) -m scripts.lint_openapi
	@$(PY) -m scripts.write_openapi --check

.PHONY: schemathesis
schemathesis: setup ## the running API against its document, on both databases
	@$(PY) -m pytest tests/integration/contract/test_schemathesis.py -q $(ARGS)

.PHONY: docs
docs: setup ## run the commands that the documents show
	@$(PY) -m scripts.run_docs

.PHONY: bench
bench: setup ## speed against peers, as ratios measured in one run
	@$(UV) sync --frozen --quiet --python "$(PYTHON)" --group bench
	@$(PY) -m benchmarks $(ARGS)

# --- security -------------------------------------------------------------------------------------
.PHONY: security
security: setup ## bandit
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive src scripts

.PHONY: audit
audit: setup ## known holes in what the lock names (pip-audit, safety; REQUIRE_AUDIT=1: not run is a failure)
	@$(PY) -m scripts.audit
