# Everything runs from a virtual environment in .venv; nothing is installed elsewhere.
PYTHON ?= python3
BIN = .venv/bin
STAMP = .venv/.installed
STAMP_DEV = .venv/.installed-dev

.PHONY: demo serve test lint faults bench spark-test clean

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

faults: $(STAMP_DEV)  # needs PostgreSQL's server programs and, for the proxy, HAProxy; about three minutes
	@$(BIN)/python benchmarks/faults.py --kills 20
	@$(BIN)/python benchmarks/failover.py

spark-test: $(STAMP)  # needs a Java runtime and 1 GB of disk; the same figures from DuckDB and Spark
	@test -x .venv-spark/bin/python || $(PYTHON) -m venv .venv-spark
	@.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check --only-binary numpy,pandas,pyarrow,duckdb 'ibis-framework[pyspark]' duckdb numpy
	@.venv-spark/bin/python benchmarks/measures_spark.py

clean:
	rm -rf .venv .venv-spark var

$(STAMP): requirements/run.lock pyproject.toml
	@echo "Setting up in .venv: about 750 MB on disk, one to three minutes."
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
