# `make help` lists what there is. Needs Python 3.11 or newer with venv, and nothing else for `make run`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIND ?= 127.0.0.1:8080
WORKERS ?= 1
PYTEST_ARGS ?=
EXAMPLES ?= 500
PATHS ?=
SECONDS ?= 60
DATABASE ?= sqlite
# How many processes share the tests. They wait more than they compute, so this is not the number of cores.
TEST_PROCESSES ?= 3
POSTGRES_URL ?= postgres://postgres@127.0.0.1:5432/postgres

MAKEFLAGS += --no-print-directory
VENV := .venv
BIN := $(VENV)/bin
PIP := -m pip install --quiet --disable-pip-version-check --only-binary :all:
LINTED := gateway_project gateway_client configuration revisions services routing permissions proxy benchmarks tests manage.py
# A module's tests stay in one process, which starts what they share once; so do those of the browser (tests/conftest.py).
PYTEST := $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder --max-worker-restart 0
# Tools that only read the settings must not ask for the secrets of an installation.
READ_ONLY := GATEWAY_DEBUG=true

.PHONY: help run test ci lint unit postgres fuzz hostile fuzz-edge coverage format bench soak messages openapi clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

run: $(VENV)/.runtime .env ## install, migrate, seed a demo and start the gateway on $(BIND); Ctrl-C stops it
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py demo --bind $(BIND) --workers $(WORKERS)

test: $(VENV)/.development ## everything that must pass: linters, types, migrations, tests
	@$(BIN)/python -m tests.side_by_side "$(MAKE) lint" "$(MAKE) unit"

ci: $(VENV)/.development ## `make test` with `make postgres` beside it
	@$(BIN)/python -m tests.side_by_side "$(MAKE) lint" "$(MAKE) postgres" "$(MAKE) unit"

lint: $(VENV)/.development
	$(BIN)/ruff check $(LINTED)
	$(BIN)/ruff format --check $(LINTED)
	$(BIN)/lint-imports
	$(READ_ONLY) $(BIN)/mypy
	$(BIN)/mypy --config-file benchmarks/mypy.ini
	$(READ_ONLY) $(BIN)/python manage.py makemigrations --check --dry-run

unit: $(VENV)/.development
	$(PYTEST) $(PYTEST_ARGS)

postgres: $(VENV)/.development ## the tests that touch rows, on the PostgreSQL of POSTGRES_URL
	GATEWAY_TEST_DATABASE_URL=$(POSTGRES_URL) $(BIN)/python -m pytest $(PYTEST_ARGS)

fuzz: $(VENV)/.development ## the API against its OpenAPI document, EXAMPLES (500) an endpoint, then `hostile`; PATHS=REGEX for some
	GATEWAY_TEST_FUZZ_DATABASE=$(DATABASE) GATEWAY_TEST_POSTGRES_URL=$(POSTGRES_URL) \
	GATEWAY_TEST_FUZZ_EXAMPLES=$(EXAMPLES) GATEWAY_TEST_FUZZ_PATHS='$(PATHS)' GATEWAY_TEST_FUZZ_PHASES=examples,coverage,fuzzing \
	  $(BIN)/python -m pytest tests/functional/test_api_document.py -rP $(PYTEST_ARGS)
	$(if $(PATHS),,@$(MAKE) hostile)

hostile: $(VENV)/.development ## published collections of broken JSON and naughty texts against every operation, whole
	GATEWAY_TEST_HOSTILE=all $(PYTEST) tests/integration/test_json_documents.py tests/integration/test_naughty_strings.py \
	  tests/integration/test_console_escapes.py tests/integration/test_audit_of_every_write.py $(PYTEST_ARGS)

fuzz-edge: .venv-bench/.installed ## the parsers of the edge with atheris, SECONDS (60)
	.venv-bench/bin/python -m benchmarks.fuzz_edge --seconds $(SECONDS)

coverage: $(VENV)/.development ## the tests with branch coverage
	$(PYTEST) --cov --cov-report=term $(PYTEST_ARGS)

format: $(VENV)/.development ## let ruff put the code in order
	$(BIN)/ruff check --fix $(LINTED)
	$(BIN)/ruff format $(LINTED)

bench: $(VENV)/.runtime .venv-bench/.installed ## measure beside Envoy, nginx and HAProxy; writes docs/benchmarks.md
	$(BIN)/python -m benchmarks --write docs/benchmarks.md

soak: $(VENV)/.runtime .venv-bench/.installed ## long trials of a whole node; writes docs/reliability.md
	$(BIN)/python -m benchmarks.reliability --write docs/reliability.md

messages: $(VENV)/.runtime ## collect and compile the translations (needs gettext)
	$(READ_ONLY) $(BIN)/python manage.py makemessages --locale zh_Hant --no-location --no-wrap --ignore '$(VENV)*' --ignore tests --ignore benchmarks
	$(READ_ONLY) $(BIN)/python manage.py compilemessages --ignore '$(VENV)*'

openapi: $(VENV)/.development ## write docs/openapi.json anew
	GATEWAY_TEST_UPDATE=1 $(BIN)/python -m pytest --quiet tests/integration/test_openapi_file.py

clean: ## remove the environments and caches; the database and .env stay
	rm -rf $(VENV) .venv-bench .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.env: $(VENV)/.runtime
	@$(BIN)/python -m proxy.demo.environment $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt constraints.txt | $(BIN)/python
	$(BIN)/python $(PIP) -c constraints.txt -r requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.runtime
	$(BIN)/python $(PIP) -c constraints.txt -r requirements-dev.txt
	@touch $@

.venv-bench/.installed: requirements-bench.txt
	test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python $(PIP) -r requirements-bench.txt
	@touch $@
