# Two commands: `make run` and `make test`. Both make .venv with what they need the
# first time, and again only when pyproject.toml or constraints.txt has changed.
# Nothing outside this folder is written, but for Debian's chromium (`make test`, root).

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
export HOST PORT
export PIP_DISABLE_PIP_VERSION_CHECK = 1

IN = .venv/bin
PIP = $(IN)/python -m pip install -qq --constraint constraints.txt
# The checks look at the code: they must not touch the data of a server that runs here.
CHECKS = QAWEB_DATA="$(CURDIR)/build/checks" $(IN)/python -W error manage.py

.PHONY: help run test lint types sound pytest chromium messages clean
.NOTPARALLEL:

help:
	@echo "make run     serve on http://$(HOST):$(PORT) (HOST and PORT change it)"
	@echo "make test    all checks and tests"
	@echo "make lint    ruff: rules and format"
	@echo "make types   mypy, strict"
	@echo "make messages  collect the texts to translate, compile the translations"
	@echo "make clean   remove .venv and what tools have left; var/ (your data) stays"

run: .venv/.installed-run
	@exec $(IN)/python manage.py serve

test: .venv/.installed-test chromium
	@began=$$(date +%s); \
	$(MAKE) --no-print-directory lint types sound pytest && \
	echo "All passed in $$(( $$(date +%s) - began )) s."

lint: .venv/.installed-test
	@echo "ruff"
	@$(IN)/ruff check --quiet .
	@$(IN)/ruff format --quiet --check . || { $(IN)/ruff format --check .; exit 1; }

types: .venv/.installed-test
	@echo "mypy"
	@$(IN)/mypy qaweb answers tests manage.py

sound: .venv/.installed-test
	@echo "Django's checks, migrations"
	@mkdir -p build/checks/static
	@$(CHECKS) check --fail-level WARNING
	@$(CHECKS) makemigrations --check --dry-run

pytest: .venv/.installed-test chromium
	@$(IN)/python -m pytest

# Debian's own browser, for the browser tests.
chromium:
	@test -x /usr/bin/chromium || { \
	  if [ "$$(id -u)" != 0 ]; then \
	    echo "The browser tests need chromium: sudo apt-get install chromium"; exit 1; \
	  fi; \
	  echo "Installing chromium with apt-get ..."; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
	    --no-install-recommends chromium fonts-dejavu-core fonts-noto-color-emoji \
	    > /dev/null; }

.venv/.made:
	@command -v "$(PYTHON)" > /dev/null || { \
	  echo "There is no $(PYTHON) here. qaweb needs Python 3.11 or newer."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "qaweb needs Python 3.11 or newer, and $(PYTHON) is $$("$(PYTHON)" -V)."; \
	  echo "If you have one, name it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Making .venv with $$("$(PYTHON)" -V) ..."
	@"$(PYTHON)" -m venv .venv || { \
	  echo "On Debian the module venv is a package: apt-get install python3-venv"; exit 1; }
	@touch $@

.venv/.installed-run: pyproject.toml constraints.txt | .venv/.made
	@echo "Installing what qaweb runs on; this takes a few minutes the first time ..."
	@$(PIP) --editable .
	@touch $@

.venv/.installed-test: pyproject.toml constraints.txt | .venv/.made
	@echo "Installing what the tests need (PyTorch too); this takes some minutes ..."
	@$(PIP) --editable '.[test]'
	@touch $@ .venv/.installed-run

# Needs GNU gettext. Fill in what is empty in answers/locale, look at what is "fuzzy"
# and take the word away, then run it again and commit both kinds of file.
messages: .venv/.installed-test
	@command -v xgettext > /dev/null || { echo "On Debian: apt-get install gettext"; exit 1; }
	@mkdir -p build/checks
	@$(CHECKS) makemessages --locale de --locale fr --no-obsolete --no-wrap \
	  --add-location file --ignore .venv --ignore build --ignore var --ignore tests
	@sed -i '/^"POT-Creation-Date:/d' answers/locale/*/LC_MESSAGES/django.po
	@$(CHECKS) compilemessages --locale de --locale fr --ignore .venv

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
