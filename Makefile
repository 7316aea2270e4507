# Plumbline. `make` alone lists what can be done; longer logic lives in scripts/.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:

PYTHON := .venv/bin/python
RUN := scripts/setup-venv run
DEV := scripts/setup-venv dev
ARGS ?=
# How many tests run at once; each worker starts servers of its own.
WORKERS ?= 2
TEST := $(PYTHON) -m pytest --numprocesses $(WORKERS) --dist worksteal

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## make .venv with everything to develop, and the OCR models
	@$(DEV)
	@$(PYTHON) -m ocr.models var/models >/dev/null

.PHONY: models
models: ## put the OCR models into var/models, from the installed packages
	@$(RUN)
	@$(PYTHON) -m ocr.models var/models

.PHONY: web
web: ## build the phone app, which the server serves at /app
	@$(RUN)
	@scripts/web build

.PHONY: screenshots
screenshots: ## every screen of the apps, by day and night, in both languages, into var/screenshots (ARGS="--app desk --only queue")
	@$(DEV)
	@$(PYTHON) -m ocr.models var/models >/dev/null
	@scripts/web build
	@$(PYTHON) -m tests.web.screenshots $(ARGS)

.PHONY: demo
demo: ## run the main job and keep serving (ARGS=--once ends; ARGS="--photos DIR --scan FILE" takes your own)
	@$(RUN)
	@$(PYTHON) -m ocr.models var/models >/dev/null
	@scripts/web build || echo "演示不含手机端,其余照常 · the demonstration goes on without the phone app"
	@$(PYTHON) -m server demo $(ARGS)

.PHONY: serve
serve: ## start the server with the settings in force (README, "Settings")
	@$(RUN)
	@$(PYTHON) -m server serve $(ARGS)

.PHONY: worker
worker: ## start a worker beside servers that run without one
	@$(RUN)
	@$(PYTHON) -m ocr.models var/models >/dev/null
	@$(PYTHON) -m server worker $(ARGS)

.PHONY: test
test: setup ## run all tests; first installs PostgreSQL, Ceph RGW and Chromium (scripts/install-system-packages)
	@scripts/install-system-packages
	@scripts/web test
	@scripts/web build
	@$(TEST) $(ARGS)

.PHONY: test-quick
test-quick: ## run the tests that need no system package and no patience: under 30 seconds
	@$(DEV)
	@scripts/test-quick $(ARGS)

.PHONY: check
check: setup ## what CI runs: format, lint, strict types, architecture, all tests
	@scripts/check
	@scripts/web check
	@scripts/install-system-packages
	@scripts/web test
	@scripts/web build
	@$(TEST) $(ARGS)

.PHONY: format
format: ## format the code, and repair what the linter can
	@$(DEV)
	@$(PYTHON) -m ruff check --fix-only --quiet .
	@$(PYTHON) -m ruff format .

.PHONY: simulate
simulate: ## break phones, network and server on purpose, SEEDS=1000 times (ARGS=--seed=N shows one)
	@$(DEV)
	@$(PYTHON) -m tests.simulation --seeds $(or $(SEEDS),1000) $(ARGS)

.PHONY: soak
soak: ## simulate, then repeat the tests, with fresh random seeds for MINUTES=60
	@$(DEV)
	@MINUTES=$(or $(MINUTES),60) scripts/soak

.PHONY: mutate
mutate: ## change one thing of the code at a time and say what no test notices (ARGS="sync --sample 200 --write")
	@$(DEV)
	@$(PYTHON) -m tests.mutation $(ARGS)

.PHONY: bench
bench: ## measure sync beside the floor (ARGS=rates picks a part, ARGS=--write fills docs/benchmarks.md)
	@$(DEV)
	@$(PYTHON) -m tests.bench $(ARGS)

.PHONY: ocr-bench
ocr-bench: ## measure the reading of paper (ARGS="--count 24 --engines paddle"; PAGES=dir reads your own pages)
	@$(DEV)
	@$(PYTHON) -m tests.ocr.bench $(if $(PAGES),--pages "$(PAGES)") $(ARGS)

.PHONY: lock
lock: ## resolve pyproject.toml into locks/ again (ARGS=--upgrade takes newer releases)
	@scripts/lock $(ARGS)

.PHONY: clean
clean: ## remove .venv, caches and everything under var/ (the demo's data too)
	rm -rf .venv var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
