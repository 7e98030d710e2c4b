# Needs Python 3.11 or 3.12, pip, git and make; everything else is installed into this folder.
#   make run    from nothing to published figures (installs, sample exports, the nightly DAGs, the scorecard)
#   make test   every check and test
#   make up     Airflow's pages and everything behind them, on this machine only; make down stops it
#   make bi     Superset's dashboards of what make run published, on this machine only; make bi-down stops it
#   make bench  the measured budgets

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install run up down bi bi-down airflow dbt docs test test-bi lint format unit bench bench-wales soak recovery lock sbom audit proof test-compose chaos councils clean

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
PORT ?= 8080
BI_PORT ?= 8088
UV_VERSION := 0.13.9
UV := .tools/uv/bin/uv
BIN := .venv/bin
INSTALLED := .venv/.installed
BI_INSTALLED := .venv-bi/.installed
BENCH_INSTALLED := .venv-bench/.installed

# uv does not read pip's settings: pass on a council's own package index
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
export UV_LINK_MODE ?= copy
# whatever the locale: a Welsh letter in the name of this folder
export PYTHONUTF8 := 1

help:
	@sed -n '2,6s/^#  *//p' Makefile

$(UV):
	@echo "Installing uv into .tools ..."
	@"$(PYTHON)" -m pip install --quiet --disable-pip-version-check --no-warn-script-location --upgrade --target .tools/uv uv==$(UV_VERSION)

# compiled here, once: where Python is told to write no bytecode, each start would compile Great Expectations anew
# the stamp is written last: an installation that was interrupted is done again
$(INSTALLED): requirements-dev.lock pyproject.toml | $(UV)
	@test -x $(BIN)/python || $(UV) venv --quiet --python "$(PYTHON)" .venv
	@echo "Installing the locked packages into .venv ..."
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements-dev.lock
	@$(UV) pip install --quiet --no-deps --python $(BIN)/python --editable .
# Python reads this file in the machine's locale before any of our code runs: under LC_ALL=C it dies of a Welsh letter
	@for file in .venv/lib/python3.*/site-packages/*csc_warehouse.pth; do printf '../../../../src\n../../../..\n' > "$$file"; done
	@$(BIN)/python scripts/prepare.py
	@touch $@

install: $(INSTALLED)

run: install
	@$(BIN)/python scripts/make_run.py

up: install
	@$(BIN)/python scripts/services.py up $(PORT)

down: install
	@$(BIN)/python scripts/services.py down

# Superset needs other versions of the libraries that the warehouse uses: an environment of its own
$(BI_INSTALLED): requirements-bi.lock | $(UV)
	@test -x .venv-bi/bin/python || $(UV) venv --quiet --python "$(PYTHON)" .venv-bi
	@echo "Installing Superset into .venv-bi ..."
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes --python .venv-bi/bin/python requirements-bi.lock
	@touch $@

# AUTHORITY=W06000006 gives Superset the rows of one authority alone; default: as it has them, else of every one
bi: install $(BI_INSTALLED)
	@$(BIN)/python scripts/superset_service.py up --port $(BI_PORT) $(addprefix --authority ,$(AUTHORITY))

bi-down: install
	@$(BIN)/python scripts/superset_service.py down

# any command of Airflow on this home: make airflow ARGS="dags list"
airflow: install
	@$(BIN)/python scripts/services.py airflow $(ARGS)

# any command of dbt on this home, in schemas of its own (dev_*): make dbt ARGS="ls --select +rpt_scorecard"
dbt: install
	@$(BIN)/csc-warehouse dbt $(ARGS)

# dbt's documentation with its lineage, in one file that needs no network
docs: install
	@$(BIN)/csc-warehouse docs

test: install
	@$(BIN)/python scripts/checks.py $(CHECKS)

# Superset's dashboards against SQL, in a real browser: a night of its own, minutes
test-bi: install $(BI_INSTALLED)
	@$(BIN)/python -m pytest -rs --timeout 1200 tests/bi

# the containers with stand-in base images, three nights, each service killed: root, Docker, debootstrap; half an hour
test-compose: install
	@$(BIN)/python -m pytest -rs -s --timeout 5400 tests/compose

lint: install
	@$(BIN)/python scripts/checks.py --only lint

format: install
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

unit: install
	@$(BIN)/python -m pytest tests/unit

# what a user would pick instead (dlt, pandas, Cosmos), in an environment of its own
$(BENCH_INSTALLED): requirements-bench.lock | $(UV)
	@test -x .venv-bench/bin/python || $(UV) venv --quiet --python "$(PYTHON)" .venv-bench
	@echo "Installing what is compared with into .venv-bench ..."
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes --python .venv-bench/bin/python requirements-bench.lock
	@touch $@

# each budget beside what a user would pick instead; writes docs/measured/bench.json and the page: make bench PARTS="landing growth"
bench: install $(BENCH_INSTALLED)
	@$(BIN)/python -m benchmarks $(PARTS)

# all Wales, minutes to hours; writes docs/measured/all_wales.json: make bench-wales AUTHORITIES=2 YEARS=2
bench-wales: install
	@$(BIN)/python -m benchmarks.all_wales $(addprefix --authorities ,$(AUTHORITIES)) $(addprefix --years ,$(YEARS))

# Airflow's nights struck at random, as root, with a C compiler; writes docs/measured/chaos.json; goes on where it
# was stopped, anew with ANEW=1: make chaos TIMES=20 SEED=7
chaos: install
	@PYTHONPATH=scripts $(BIN)/python -m benchmarks.chaos $(addprefix --times ,$(TIMES)) $(addprefix --seed ,$(SEED)) \
		$(if $(ANEW),--anew)

# twenty-two small authorities by Celery's workers, as root, with redis-server; writes docs/measured/councils.json
councils: install
	@PYTHONPATH=scripts $(BIN)/python -m benchmarks.councils $(addprefix --scale ,$(SCALE))

# one small council, many nights in a row, readers throughout; writes docs/measured/soak.json; goes on where it was
# stopped, anew with ANEW=1: make soak NIGHTS=20
soak: install
	@$(BIN)/python -m benchmarks.soak $(addprefix --nights ,$(NIGHTS)) $(addprefix --scale ,$(SCALE)) $(if $(ANEW),--anew)

# random nights, each compared row for row with a whole build from the archive: make proof NIGHTS=10 SEED=7
proof: install
	@$(BIN)/python -m benchmarks.random_nights $(addprefix --nights ,$(NIGHTS)) $(addprefix --seed ,$(SEED))

# destroys a protected home's database files and brings them back; writes docs/measured/recovery.json
recovery: install
	@$(BIN)/python -m benchmarks.recovery

# five locks: what runs in production, with it what Kubernetes needs, or tests and analysts, and apart from them
# Superset and what the benchmarks compare with
LOCK := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	--python-version 3.11
lock: install
	@$(LOCK) pyproject.toml -o requirements.lock
	@$(LOCK) pyproject.toml --extra kubernetes --constraint requirements.lock -o requirements-kubernetes.lock
	@$(LOCK) pyproject.toml --extra dev --extra semantic --constraint requirements.lock -o requirements-dev.lock
	@$(LOCK) bi/requirements.in -o requirements-bi.lock
	@$(LOCK) benchmarks/rivals/requirements.in --constraint requirements.lock -o requirements-bench.lock

# what runs in production, as CycloneDX, beside the wheel: part of every release
sbom: install
	@$(BIN)/python scripts/sbom.py

# make audit ADVISORIES=all.zip: the locks against stored advisories in OSV's format; needs no network
audit: install
	@$(BIN)/python scripts/audit.py "$(ADVISORIES)"

clean:
	@rm -rf .venv .venv-bi .venv-bench .tools .mypy_cache .ruff_cache .pytest_cache dbt_project/target dbt_project/logs
