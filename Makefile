# `make` alone says what there is. Everything runs from .venv, which `make setup` builds.

WORKERS ?= 2
BIN := .venv/bin
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist worksteal

# Each start would compile all anew, and the tests start hundreds of programs.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: docs help setup demo serve worker test trials check soak fix lock browser catalogues pictures

help: ## What one can do here
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

setup: .venv/.set-up ## Build .venv; does nothing when it is up to date

.venv/.set-up: requirements.lock pyproject.toml tools/setup.sh
	@echo "Building .venv ..."
	@sh tools/setup.sh

demo: setup ## Everything on an embedded database with the March 2020 scenario, http://127.0.0.1:8000
	$(BIN)/bosetting demo

serve: setup ## The application
	$(BIN)/bosetting serve

worker: setup ## Deliveries, deadlines, scheduled work
	$(BIN)/bosetting worker

browser: setup
	@echo "Browser: $$($(BIN)/python tools/ensure_browser.py)"

test: setup browser ## Every test a change is to pass at once
	$(PYTEST)

trials: setup browser ## Whole programs started, killed and measured; CI runs them too
	$(PYTEST) -m "trial and not soak"

check: setup ## Lint, types, import contracts, templates and every test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --quiet --lint templates
	$(MAKE) test

soak: setup browser ## What takes longer: long random lives, many kills, deep API fuzzing (make soak SOAK=tests/workflow)
	$(PYTEST) --hypothesis-profile=soak -m "soak or hypothesis" $(SOAK)

fix: setup ## Let the linter and the formatter mend what they can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: setup ## Draw the pages that are drawn from the code
	$(BIN)/python tools/draw_states.py
	$(BIN)/python tools/draw_problems.py
	$(BIN)/python tools/draw_privacy.py
	$(BIN)/python tools/draw_events.py
	$(BIN)/python tools/draw_notifications.py

pictures: setup browser ## Take the pictures of the guides, README and docs anew
	BOSETTING_TAKE_PICTURES=1 $(BIN)/pytest -q -m soak tests/journeys/test_pictures.py

catalogues: setup ## Bring new texts of the templates into the catalogues of languages
	$(BIN)/python tools/catalogues.py

lock: setup ## Renew requirements.lock (make lock UPGRADE=--upgrade for newer versions)
	sh tools/lock.sh $(UPGRADE)
	$(MAKE) setup
