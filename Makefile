# Every target has one line of help after two number signs; `make` alone lists them.

PYTHON ?= python3
PORT ?= 8000
NEXT ?= 3.13
VENV ?= .venv
ARGS ?=
JOBS ?= auto
UPGRADE ?=

RUN := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime.stamp
DEV := $(VENV)/.dev.stamp

# The options that both lock files are made with. They keep every address out of them.
COMPILE := $(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header -q $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-next soak services services-stop check bench types screenshots setup lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: $(RUNTIME) .env ## serve a hub with this machine's own telemetry on 127.0.0.1 (PORT=8000)
	@GATERHUB_LOG_LEVEL=ERROR $(RUN) manage.py migrate --no-input --skip-checks --verbosity 0
	@exec $(RUN) manage.py demo --port $(PORT)

test: $(DEV) ## run the test suite (ARGS= goes to pytest)
	$(RUN) -m pytest -n $(JOBS) --dist loadfile -m "not alone" $(ARGS)
	$(RUN) -m pytest -m alone $(ARGS) || test $$? -eq 5

test-next: ## run the test suite on the next Python and Django, where that Python is found (NEXT=3.13)
	@python=$$(scripts/find-python $(NEXT)); \
	if [ -z "$$python" ]; then echo "test-next: skipped, no Python $(NEXT) found on this machine"; exit 0; fi; \
	$(MAKE) --no-print-directory test VENV=$(VENV)-next PYTHON="$$python"

soak: $(DEV) ## run the fault tests at full counts, for an hour or so
	GATERHUB_SOAK=1 $(RUN) -m pytest -m fault $(ARGS)

services: ## on Debian: install and start Redis, PostgreSQL and Chromium for the full suite
	@scripts/services start

services-stop: ## stop what `make services` started, and remove its data
	@scripts/services stop

check: $(DEV) ## run ruff, mypy, bandit, pip-audit, the repository's promises, migration and deploy checks
	@scripts/check $(VENV)

bench: $(DEV) ## run the benchmarks, with ratios in one run
	$(RUN) -m tests.benchmarks $(ARGS)

types: $(DEV) .env ## rewrite the pages and stubs that are made from the event types
	@$(RUN) manage.py document_types

screenshots: $(DEV) ## take the README's pictures from a running hub, which needs six minutes and Chromium
	$(RUN) -m tests.pictures $(ARGS)

setup: $(DEV) .env ## make the virtual environment, and a .env with a secret key where there is none
	@echo "setup: $(VENV) is ready ($$($(RUN) --version))"

lock: $(DEV) ## rewrite the lock files from pyproject.toml (UPGRADE=1 takes newer versions)
	$(COMPILE) --extra postgres pyproject.toml -o requirements.lock
	$(COMPILE) --extra postgres --extra sso -c requirements.lock pyproject.toml -o requirements-sso.lock
	$(COMPILE) --extra postgres --extra sso --extra dev -c requirements-sso.lock pyproject.toml -o requirements-dev.lock

$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "gaterhub needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo missing)." \
		"Name another one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { \
		echo "The venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }

# A secret key of this checkout's own; the demo and the development server need one. An existing .env stays as it is.
.env: | $(RUN)
	@umask 077; $(RUN) -c 'import secrets; print("# Made by make; .env.example lists what else can stand here.\nSECRET_KEY=" \
		+ secrets.token_urlsafe(50))' > $@

# The stamps are younger than the lock they were installed from, so a second run costs nothing.
$(RUNTIME): requirements.lock | $(RUN)
	@echo "Installing requirements.lock into $(VENV) ..."
	@scripts/install $(VENV) requirements.lock
	@touch $@

$(DEV): requirements.lock requirements-dev.lock | $(RUN)
	@echo "Installing requirements-dev.lock into $(VENV) ..."
	@scripts/install $(VENV) requirements-dev.lock
	@touch $(RUNTIME) $@
