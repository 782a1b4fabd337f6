# One way to do each thing. Every verb sets up what it needs first.

PYTHON ?= python3
VENV   := .venv/bin
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run demo test check fmt bench soak bundle nano lock clean

help:    ## Show this list
	@sed -n 's/^\([a-z-]*\): *[^#]*## *\(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup:   ## Install everything the program needs (system packages when root)
	@$(PYTHON) installer/set_up.py

setup-dev:
	@$(PYTHON) installer/set_up.py --dev

run: setup  ## Open the window; without a display, run the demo
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	  exec $(VENV)/carrel $(ARGS); \
	else \
	  echo "No display here (DISPLAY and WAYLAND_DISPLAY are empty): running the demo instead."; \
	  exec $(VENV)/carrel demo --out build/demo; \
	fi

demo: setup ## Add the sample documents, ask three questions, write pictures to build/demo
	@$(VENV)/carrel demo --out build/demo $(ARGS)

test: setup-dev ## Run all tests (ARGS="tests/unit -k name" for some)
	@$(VENV)/pytest $(ARGS)

check: setup-dev ## Style, types, layers and policy; changes nothing
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/mypy installer
	$(VENV)/lint-imports
	$(VENV)/pytest -q tests/policy

fmt: setup-dev ## Format the code and mend what can be mended
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .

bench: setup-dev ## Measure speed and memory; prints a table
	@$(VENV)/python tests/bench/run.py $(ARGS)

soak: setup-dev ## Kill and restart for a long time; not part of `make test`
	@$(VENV)/pytest tests/soak -m soak $(ARGS)

bundle: setup ## Put Carrel's wheel and the engine's into dist/ (not an installer yet)
	@$(PYTHON) installer/bundle.py

nano: ## Train the small model that comes along again (within an hour on two cores; PyTorch goes into build)
	@$(PYTHON) models/nano/make.py build/nano $(ARGS)

lock: ## Compute the pinned requirement files anew (needs uv and a network)
	@$(PYTHON) installer/lock.py $(ARGS)

clean: ## Remove what set-up and builds made (the cache of engine builds stays)
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
