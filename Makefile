# `make` lists the targets. Every target begins with what it needs, so `make demo` is enough on a new machine.
.DEFAULT_GOAL := help
.PHONY: help setup build demo test test-parity benchmark lint format clean

SWIFT_SOURCES := Sources Tests Package.swift Benchmarks/Sources Benchmarks/Package.swift
LINT := swift format lint --strict --recursive $(SWIFT_SOURCES)
STREAMINGT2V := .build/release/streamingt2v
PROMPT ?= a red car drives to the left past green hills at sunset

help:
	@echo "make setup      check Swift, install missing packages, fetch LibTorch into .deps/"
	@echo "make build      release build: $(STREAMINGT2V)"
	@echo "make demo       build, then generate demo.mp4 (PROMPT=\"...\" for another prompt)"
	@echo "make test       all tests and the format check"
	@echo "make test-parity  the tests that compare with reference tensors (ST2V_FIXTURES_*: CONTRIBUTING.md)"
	@echo "make benchmark  the layers' speed beside reference kernels, against stored thresholds"
	@echo "make lint       the format check alone"
	@echo "make format     format all Swift files"
	@echo "make clean      remove builds and the demo's files; .deps/ stays"

setup:
	@bash scripts/setup.sh

build: setup
	swift build -c release --product streamingt2v

demo: build
	$(STREAMINGT2V) generate "$(PROMPT)" --frames 48 --seed 7 --output demo.mp4 --overwrite
	$(STREAMINGT2V) contact-sheet demo.mp4 --output demo.png
	@echo "Video:         $(CURDIR)/demo.mp4"
	@echo "Contact sheet: $(CURDIR)/demo.png"

# As many tests at once as there are processors, and one LibTorch thread in each: toy tensors gain nothing from more.
test test-parity: export OMP_NUM_THREADS ?= 1
test test-parity: export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
# The program and its tests see to this themselves (Sources/CLaunch).
benchmark: export GOMP_SPINCOUNT ?= 3000

test: setup
	@tests=passed; format=passed; \
	swift test || tests=FAILED; \
	$(LINT) || format=FAILED; \
	echo "tests: $$tests, format: $$format"; \
	[ "$$tests $$format" = "passed passed" ]

test-parity: setup
	swift test --filter 'Parity|KeysTests|PromptSetTests'

benchmark: setup
	cd Benchmarks && swift run -c release benchmarks

lint:
	$(LINT)

format:
	swift format --in-place --recursive $(SWIFT_SOURCES)

clean:
	rm -rf .build Benchmarks/.build demo.mp4 demo.png
