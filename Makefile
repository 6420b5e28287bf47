# `make help` explains the targets.

CC     ?= cc
OPT    ?= -O2
DATA   ?=
OUT    ?= report
SEED   ?= 1
EPOCHS ?= 30

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow
# OpenMP where the compiler has it: only the speed depends on it.
OPENMP  := $(shell echo 'int main(void){return 0;}' > .openmp.c; \
             $(CC) -fopenmp .openmp.c -o .openmp 2>/dev/null && echo -fopenmp; \
             rm -f .openmp.c .openmp)
ALL_CFLAGS = -std=c99 -D_POSIX_C_SOURCE=200809L $(OPT) $(WARNINGS) $(OPENMP) -I. $(CFLAGS)

LESSONS  := $(patsubst lessons/%.c,%,$(sort $(wildcard lessons/[0-9]*.c)))
TESTS    := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))
EXAMPLES := $(patsubst examples/%.c,%,$(sort $(wildcard examples/*.c)))

LESSON_OPTIONS = --out $(OUT) --seed $(SEED) --epochs $(EPOCHS) $(if $(DATA),--data $(DATA)) \
                 $(if $(THREADS),--threads $(THREADS)) $(LESSON_FLAGS)

.PHONY: help deps data report book test examples lessons tests bits deps-bits clean
.PHONY: bench deps-bench fuzz fuzz-replay coverage mutants analyze portability deps-trust
.PHONY: check-pages deps-pages check-report record-report install uninstall format format-check
.DELETE_ON_ERROR:

help:
	@echo 'twotower.h: two-tower recommenders in C. Targets:'
	@echo
	@echo '  make deps         install what the report and the tests need (apt-get or Homebrew)'
	@echo '  make report       run all lessons: pages, tables, curves and the model in $(OUT)/'
	@echo '  make book         weave twotower.h alone: $(OUT)/book.html'
	@echo '  make lesson-07    build and run one lesson, with what it depends on'
	@echo '  make test         run the tests; says what it skips, and why'
	@echo '  make bits         train in every way there is to compile, and compare the bits'
	@echo '  make deps-bits    install compilers and emulators for that'
	@echo '  make bench        how long things take, beside PyTorch and OpenBLAS (QUICK=1: less)'
	@echo '  make deps-bench   install these two'
	@echo '  make fuzz         invent files for the readers, TIME=60 seconds each; fuzz-replay: known ones'
	@echo '  make coverage     which lines and branches of twotower.h the tests run'
	@echo '  make mutants      change twotower.h in N=60 places (or all), and see whether a test notices'
	@echo '  make analyze      what analyzers find without running anything'
	@echo '  make portability  a table of languages, compilers and systems'
	@echo '  make deps-trust   install what these five need'
	@echo '  make check-pages  look at the pages of $(OUT)/ with a browser (SHOTS=dir: save pictures)'
	@echo '  make deps-pages   install Chromium and what else that needs'
	@echo '  make check-report compare $(OUT)/ with the recorded checksums'
	@echo '  make format-check where C files differ from .clang-format; make format changes them'
	@echo '  make examples     build the programs of examples/ in build/examples/'
	@echo '  make install      put the header into PREFIX=/usr/local, for pkg-config and CMake; uninstall'
	@echo '  make data         get the edition of MovieLens that the notebook uses'
	@echo '  make clean        remove build/ and what is made in report/'
	@echo
	@echo 'Variables: CC=gcc  OPT=-O2  DATA=dir (with ratings.csv and movies.csv)  OUT=report'
	@echo '           SEED=1  EPOCHS=30  THREADS=n'

# ---- what is needed -----------------------------------------------------------------------------

DEBIAN = gcc libc6-dev libmd4c-dev libmd4c-html0-dev libstb-dev gnuplot-nox $(DEBIAN_TESTS)
BREW   = md4c stb gnuplot $(BREW_TESTS)
# `make deps report` doesn't need what the tests alone do.
ifeq ($(filter report,$(MAKECMDGOALS)),)
DEBIAN_TESTS = libcmocka-dev pkg-config cmake meson ninja-build
BREW_TESTS   = cmocka pkg-config cmake meson ninja
endif

deps:
	@set -e; \
	if command -v apt-get >/dev/null; then \
	    missing=; \
	    for package in $(DEBIAN); do \
	        dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' \
	            || missing="$$missing $$package"; \
	    done; \
	    if [ -z "$$missing" ]; then echo "deps: all installed"; exit 0; fi; \
	    echo "deps: installing$$missing"; \
	    if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
	    $$sudo apt-get update -qq; \
	    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	elif command -v brew >/dev/null; then \
	    echo "deps: brew install $(BREW)"; brew install $(BREW); \
	else \
	    echo "deps: needs apt-get or brew; install by hand: $(BREW)" >&2; exit 1; \
	fi

data:
	sh data/get-movielens.sh

# ---- lessons ------------------------------------------------------------------------------------

lessons: $(LESSONS:%=build/lessons/%) build/lessons/index build/lessons/book

build/lessons/%: lessons/%.c lessons/notebook.h lessons/movielens.h twotower.h | build/lessons
	$(CC) $(ALL_CFLAGS) $< -o $@ -lmd4c-html -lm

build/lessons build/tests build/examples:
	@mkdir -p $@

report: lessons
	@build/lessons/book $(OUT)
	@set -e; for lesson in $(LESSONS); do build/lessons/$$lesson --quiet $(LESSON_OPTIONS); done
	@build/lessons/index $(OUT)
	@echo "open $(OUT)/index.html"

book: build/lessons/book
	@build/lessons/book $(OUT)

# lesson-07 is build/lessons/07_training; lessons 08 to 11 need the model that 07 makes.
define lesson_rule
.PHONY: lesson-$(firstword $(subst _, ,$(1)))
lesson-$(firstword $(subst _, ,$(1))): build/lessons/$(1) book $(if $(filter 08% 09% 10% 11%,$(1)),$$(OUT)/model.safetensors)
	build/lessons/$(1) $$(LESSON_OPTIONS)
endef
$(foreach lesson,$(LESSONS),$(eval $(call lesson_rule,$(lesson))))

$(OUT)/model.safetensors: | build/lessons/07_training
	build/lessons/07_training --quiet $(LESSON_OPTIONS)

# ---- examples -----------------------------------------------------------------------------------

examples: $(EXAMPLES:%=build/examples/%)

build/examples/%: examples/%.c twotower.h | build/examples
	$(CC) $(ALL_CFLAGS) $< -o $@

# ---- install ------------------------------------------------------------------------------------

# The header, and how pkg-config and CMake find it.  PREFIX says where it will be used; DESTDIR,
# where a packager collects the files before that.
PREFIX ?= /usr/local
root    = $(DESTDIR)$(abspath $(PREFIX))
version = $(shell sed -n 's/^.define TT_VERSION "\(.*\)"/\1/p' twotower.h)

install:
	install -d $(root)/include $(root)/share/pkgconfig $(root)/share/cmake/twotower
	install -m 644 twotower.h $(root)/include
	install -m 644 packaging/*.cmake $(root)/share/cmake/twotower
	sed 's|@PREFIX@|$(abspath $(PREFIX))|; s|@VERSION@|$(version)|' packaging/twotower.pc.in \
	    > $(root)/share/pkgconfig/twotower.pc

uninstall:
	rm -f $(root)/include/twotower.h $(root)/share/pkgconfig/twotower.pc
	rm -rf $(root)/share/cmake/twotower

# ---- tests --------------------------------------------------------------------------------------

build/tests/%: tests/unit/%.c tests/unit/test.h tests/unit/folder.h twotower.h lessons/movielens.h | build/tests
	$(CC) $(ALL_CFLAGS) $< -o $@ -lcmocka -lm

tests: $(TESTS:%=build/tests/%)

test: tests lessons
	@set -e; for test in $(TESTS); do echo "== $$test"; build/tests/$$test; done
	@CC='$(CC)' sh tests/unit/check_header.sh
	@CC='$(CC)' sh tests/pages/check_examples.sh
	@CC='$(CC)' sh tests/unit/check_python.sh
	@CC='$(CC)' sh tests/packages/check_build_systems.sh
	@sh tests/pages/check_lessons.sh
	@sh tests/pages/prove_check_report.sh
	@echo "all tests passed"

bits:
	sh tests/lab/bits.sh

deps-bits:
	sh tests/lab/bits.sh --deps

bench:
	@CC='$(CC)' sh tests/lab/bench/run.sh $(if $(QUICK),--quick)

deps-bench:
	@$(MAKE) -s deps DEBIAN='$(DEBIAN) libopenblas-dev python3-torch python3-numpy'

TIME ?= 60
N    ?= 60

fuzz:
	sh tests/lab/fuzz/run.sh $(TIME)

fuzz-replay:
	@CC='$(CC)' sh tests/lab/fuzz/run.sh --replay

coverage:
	sh tests/lab/coverage.sh

mutants:
	sh tests/lab/mutants.sh $(N) $(SEED)

analyze:
	sh tests/lab/analyze.sh

portability:
	sh tests/lab/portability.sh

deps-trust:
	@$(MAKE) -s deps DEBIAN='$(DEBIAN) clang gcovr'
	sh tests/lab/analyze.sh --deps
	sh tests/lab/portability.sh --deps

# Programs that are there, from wherever, aren't installed again.
deps-pages:
	@packages=tidy; \
	command -v npm >/dev/null || packages="$$packages nodejs npm"; \
	command -v chromium >/dev/null || command -v google-chrome >/dev/null \
	    || packages="$$packages chromium"; \
	$(MAKE) -s deps DEBIAN="$$packages" BREW='node tidy-html5'
	npm install --prefix build/pages --ignore-scripts --no-audit --no-fund --loglevel=error \
	    axe-core@4.14.1 vnu-jar@26.9.27

check-pages:
	@command -v node >/dev/null || { echo "check-pages needs node: make deps-pages" >&2; exit 1; }
	@node tests/pages/check_pages.mjs $(if $(SHOTS),--shots $(SHOTS)) $(OUT)
	@echo "and what it would find, in pages broken on purpose:"
	@node tests/pages/prove_check_pages.mjs

check-report:
	@sh tests/pages/check_report.sh $(OUT)

record-report: report
	@sh tests/pages/check_report.sh --record $(OUT)

format:
	@sh tests/format.sh --fix

format-check:
	@sh tests/format.sh

clean:
	rm -rf build report/tables report/plots report/*.html report/*.safetensors
