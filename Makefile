# Two commands: `make run` starts metel and carries out a real request; `make test` runs every test.
# Whatever is missing on a fresh Debian machine is installed, and said.

SHELL := /bin/bash
HERE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
export CARGO_TERM_COLOR ?= never
METEL ?= $(HERE)target/debug/metel

.PHONY: run test check build web setup setup-test bench fmt clean altered

run: setup web build
	@./scripts/run

test: setup-test web build
	@./scripts/test

check: setup
	@./scripts/check

build: setup
	@./scripts/with-tools cargo build --locked --workspace --bins

web: setup
	@./scripts/web

setup:
	@./scripts/setup

setup-test: setup
	@./scripts/setup test

# Figures of this machine; a release build.
bench: setup-test
	@./scripts/with-tools cargo build --locked --release -p metel
	@./scripts/bench

fmt:
	@./scripts/with-tools cargo fmt --all

# A build with one altered transition replays a true build's run: replay must name the event.
altered: setup
	@./scripts/altered
