# Every chore of this project. `make` or `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first interpreter on the path that really is Python 3.11 or newer; override with `make PYTHON=...`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
BIN := .venv/bin
OUT ?= out

.PHONY: help setup setup-tests demo exam test check format bench soak bless docs renew-constraints check-docker clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make .venv and install the pinned wheels (the other targets do it by themselves)
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed: sudo apt-get install python3 python3-venv" >&2; exit 1; fi
	@$(PYTHON) scripts/bootstrap.py

setup-tests: setup ## The same, and the programs that tests run: a virtual screen, a sound server
	@$(PYTHON) scripts/bootstrap.py --tests

demo: setup ## Analyze a made-up session, then coach a simulated drive: in the overlay, or as files where there is no screen
	@$(BIN)/racing-coach demo --out $(OUT)/demo
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then echo "The overlay opens; Ctrl-C ends it."; $(BIN)/racing-coach overlay --demo; \
	else $(BIN)/racing-coach overlay --demo --headless --out $(OUT)/demo/coached; fi

exam: setup ## Examine the engine on laps whose mistakes are known (under 20 minutes on two cores)
	@$(BIN)/racing-coach exam

test: setup-tests check ## Static checks, then all tests but the slow ones
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

check: setup ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup ## Format and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup-tests ## Timings, side by side with what others use (medians and ratios)
	@$(BIN)/python -m pytest -m bench -s -q -p no:xdist

soak: setup-tests ## Slow tests: long recordings, full fuzzing
	@$(BIN)/python -m pytest -m slow -n 2

bless: setup-tests ## Keep event streams of all drives and golden pictures as they are now; print what has changed (then look at it)
	@$(BIN)/python -m tests.replay.bless
	@$(BIN)/python -m pytest -p no:xdist -q -s --bless tests/overlay/widgets/test_golden.py

docs: setup ## Write the generated pages again
	@$(BIN)/python -m coach.telemetry.channel_docs
	@$(BIN)/python -m overlay.settings.page
	@$(BIN)/python -m web.settings_page

renew-constraints: setup ## Take the newest versions that fit pyproject.toml, and pin them
	@$(BIN)/python -m pip install -q -U -e . --group dev
	@(head -1 constraints.txt; $(BIN)/python -m pip freeze --exclude-editable) > constraints.new && mv constraints.new constraints.txt

check-docker: ## Check the files for containers with the programs that are here (compose, hadolint, caddy, buildah)
	@docker/check.sh

clean: ## Remove what was built
	rm -rf .venv $(OUT) .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
