PYTHON ?= python3
BIN := .venv/bin
# Some machines forbid it, and then each of the tests' many processes compiles all sources anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test trials check bench lock oracle network format

run: .venv/.ready  ## the console; shows the demo while there is no data yet
	@$(BIN)/hma-console $(or $(ARGS),demo --unless-data)

test: .venv/.ready  ## on four workers: half of their time is waiting for a PDS
	$(BIN)/python -m pytest -n 4 -m "not trial" $(ARGS)

trials: .venv/.ready  ## the full counts: kills, flips, floods, 100,000 pairs
	$(BIN)/python -m pytest -m trial $(ARGS)

check: .venv/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/house_rules.py

format: .venv/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.ready benchmarks/.ready
	$(BIN)/python -m benchmarks $(ARGS)

# The reference implementation of PDQ compiles C++: tests compare with it where it could be built.
oracle: .venv/.ready
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r tests/oracle.lock

# A real PDS in two versions, with the Node.js they run on: tests of what is done on a PDS run where it is installed.
network: tests/network/node_modules/.ready

tests/network/node_modules/.ready: tests/network/package-lock.json
	cd tests/network && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

benchmarks/.ready: .venv/.ready benchmarks/requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r benchmarks/requirements.lock
	touch $@

lock: .venv/.ready  ## refresh the lock files; they carry hashes and no addresses
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --group oracle pyproject.toml -c requirements.lock -o tests/oracle.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --group bench pyproject.toml -c requirements.lock -o benchmarks/requirements.lock

.venv/.ready: pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@
