# Everything runs from a virtual environment in .venv; nothing is installed elsewhere.
PYTHON ?= python3
BIN = .venv/bin
STAMP = .venv/.installed
STAMP_DEV = .venv/.installed-dev

.PHONY: demo serve test lint faults bench clean

demo: $(STAMP)
	@$(BIN)/postharvest demo fuping

serve: $(STAMP)
	@$(BIN)/postharvest serve --demo

test: $(STAMP_DEV)
	@$(BIN)/python -m tests.run

lint: $(STAMP_DEV)
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

faults: $(STAMP_DEV)  # needs PostgreSQL's server programs; about three minutes
	@$(BIN)/python benchmarks/faults.py --kills 20

clean:
	rm -rf .venv var

$(STAMP): requirements/run.lock pyproject.toml
	@echo "Setting up in .venv: about 640 MB on disk, one to three minutes."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "PostHarvest needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "[1/2] pinned dependencies, as wheels"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: -r requirements/run.lock
	@echo "[2/2] PostHarvest itself"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(STAMP_DEV): $(STAMP) requirements/dev.lock
	@echo "Adding what the tests need."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: -r requirements/dev.lock
	@touch $@
