# make demo    train, compare, average and explain on built-in faces
# make test    the whole test suite
# make check   lint, format, types
# Each makes .venv first, with pinned versions. Needs Python 3.11, 3.12 or 3.13.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check clean

usable = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c '$(usable)' >/dev/null 2>&1 && echo $$python && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

help:
	@sed -n 's/^# //p' Makefile

.venv/bin/python:
	@test -n "$(PYTHON)" || { \
	echo "zoo needs Python 3.11, 3.12 or 3.13, and none of python3.13, python3.12, python3.11 is on the PATH."; \
	echo "Debian, Ubuntu: sudo apt install python3 python3-venv    macOS: brew install python@3.13"; \
	exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "$(PYTHON) cannot make virtual environments: sudo apt install python3-venv"; exit 2; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 2; }

.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing TensorFlow and the rest into .venv: about 830 MB to download the first time,"
	@echo "3 GB on disk. Interrupted, the same command goes on."
	$(PIP) install --progress-bar on --constraint constraints.txt --editable .
	@touch $@

.venv/installed-test: .venv/installed
	$(PIP) install --progress-bar on --constraint constraints.txt --editable '.[test]'
	@touch $@

.venv/installed-develop: .venv/installed-test
	$(PIP) install --progress-bar on --constraint constraints.txt --editable '.[test,develop]'
	@touch $@

## Everything but TensorFlow and what needs it, and JAX; the checkout is on its path.
.venv-jax/installed: .venv/bin/python pyproject.toml constraints.txt
	@rm -rf .venv-jax
	@$(BIN)/python -m venv .venv-jax
	@$(BIN)/python -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	needs = project["dependencies"] + project["optional-dependencies"]["jax"]; \
	print(*(n for n in needs if not n.startswith(("tensorflow", "keras-cv"))), sep="\n")' \
	> .venv-jax/needs.txt
	.venv-jax/bin/python -m pip --disable-pip-version-check install --progress-bar on \
	--constraint constraints.txt --requirement .venv-jax/needs.txt
	@echo "$(CURDIR)" > "$$(.venv-jax/bin/python -c 'import site; print(site.getsitepackages()[0])')/zoo.pth"
	@touch $@

demo: .venv/installed
	$(BIN)/zoo demo

test: .venv/installed-test
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

check: .venv/installed-develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf .venv .venv-jax build dist
