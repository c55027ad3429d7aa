# SPDX-License-Identifier: MIT
# The front door. CMake does the work; B=DIR chooses the build directory, T=TEXT the tests, QY_SEED and QY_SCALE
# their seed and size.
B ?= build
T ?=
J ?= $(shell nproc)
PREFIX ?= /usr/local
export QY_SEED QY_SCALE DESTDIR

.DEFAULT_GOAL := build
.PHONY: build run test check soak bench fuzz install format hooks clean help

build: ## the library, its ports and the quarry command
	@tools/setup build
	@tools/build $(B) $(J) -DCMAKE_INSTALL_PREFIX=$(PREFIX)

run: build ## check the bundled scenario: drivers, buffers and a daemon on one board
	@tools/run-scenario $(B) scenarios/three-questions.yaml

test: build ## every test and example, in seconds [T=buddy picks tests by name]
	@tools/run-tests $(B) "$(T)"

check: build ## format, layers, symbols, docs, clang, sanitizers, fuzz smoke
	@tools/setup check
	@tools/check $(B) $(J)

soak: ## tests at full size, a new seed unless QY_SEED is given
	@$(MAKE) --no-print-directory test QY_SCALE=$(or $(QY_SCALE),50) QY_SEED=$(or $(QY_SEED),$(shell date +%s))

bench: ## ratios against peers in the same run [PEERS="a.so b.so"]
	@tools/setup bench || echo "bench: goes on without what is missing"
	@$(MAKE) --no-print-directory build
	@tools/bench $(B) $(PEERS)

fuzz: ## libFuzzer on every target [SECONDS_EACH=60]
	@tools/setup check
	@tools/fuzz $(B)-fuzz $(J) $(or $(SECONDS_EACH),60)

install: build ## archives, headers, the command, its data [PREFIX=/usr/local DESTDIR=]
	@cmake --install $(B)

format: ## rewrite the C sources as .clang-format says
	@tools/setup check
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

hooks: ## check format and layers of staged files at every commit
	@git config core.hooksPath .githooks

clean: ## remove the build directories
	rm -rf $(B) $(B)-*

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12
