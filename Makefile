# `make help` explains the targets.

CC     ?= cc
OPT    ?= -O2
DATA   ?=
OUT    ?= report
SEED   ?= 1
EPOCHS ?= 30

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow
# OpenMP where the compiler has it: only the speed depends on it.
OPENMP  := $(shell echo 'int main(void) { return 0; }' | \
             $(CC) -fopenmp -x c - -o /dev/null 2>/dev/null && echo -fopenmp)
ALL_CFLAGS = -std=c99 -D_POSIX_C_SOURCE=200809L $(OPT) $(WARNINGS) $(OPENMP) -I. $(CFLAGS)

LESSONS  := $(patsubst lessons/%.c,%,$(sort $(wildcard lessons/[0-9]*.c)))
# Those that need the model, which lesson 7 trains.
NEED_MODEL := $(patsubst lessons/%.c,%,$(shell grep -l 'LESSON_MODEL' lessons/[0-9]*.c))
ANSWERS  := $(patsubst lessons/answers/%.c,%,$(sort $(wildcard lessons/answers/*.c)))
TESTS    := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))
EXAMPLES := $(patsubst examples/%.c,%,$(sort $(wildcard examples/*.c)))

LESSON_OPTIONS = --out $(OUT) --seed $(SEED) --epochs $(EPOCHS) $(if $(DATA),--data $(DATA)) \
                 $(if $(THREADS),--threads $(THREADS)) $(LESSON_FLAGS)

.PHONY: help deps data report book test examples lessons tests clean FORCE
.PHONY: answers pages check-pages deps-pages check-report record-report record-pages
.PHONY: install uninstall format format-check
.DELETE_ON_ERROR:

help:
	@echo 'twotower.h: two-tower recommenders in C'
	@echo
	@echo '  make deps           install what the report and the tests need (apt-get or Homebrew)'
	@echo '  make data           get the edition of MovieLens that the notebook uses'
	@echo
	@echo '  make report         run all lessons: pages, tables, curves and the model in $(OUT)/'
	@echo '  make lesson-07      build and run one lesson, with what it depends on'
	@echo '  make answers        run the answers to the exercises, whose output the pages show'
	@echo '  make pages          weave all pages anew from what the lessons recorded, in a second'
	@echo '  make book           weave twotower.h alone: $(OUT)/book.html'
	@echo '  make examples       build the programs of examples/ in build/examples/'
	@echo
	@echo '  make test           run the tests; says what it skips, and why'
	@echo '  make check-report   compare $(OUT)/ with the recorded checksums'
	@echo '  make record-pages   record the pages anew, after a change of words: seconds'
	@echo '  make record-report  record numbers and pages anew: runs all lessons'
	@echo '  make check-pages    look at the pages of $(OUT)/ with a browser (SHOTS=dir: pictures)'
	@echo '  make deps-pages     install Chromium and what else that needs'
	@echo '  make lab-help       the laboratory: same bits, benchmarks, fuzzers, mutants, ...'
	@echo '  make format-check   where C files differ from .clang-format; make format changes them'
	@echo
	@echo '  make install        the header into PREFIX=/usr/local, for pkg-config, CMake; uninstall'
	@echo '  make clean          remove build/ and what is made in report/'
	@echo
	@echo 'Variables: CC=gcc  OPT=-O2  DATA=dir (with ratings.csv and movies.csv)  OUT=report'
	@echo '           SEED=1  EPOCHS=30  THREADS=n'

# ---- what is needed -----------------------------------------------------------------------------

DEBIAN = gcc libc6-dev libmd4c-dev libstb-dev gnuplot-nox $(DEBIAN_TESTS)
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

# A lesson needs only the C library. When it closes it has build/lessons/weave make its page,
# OUT/NN_name.html.

lessons: $(LESSONS:%=build/lessons/%) $(ANSWERS:%=build/answers/%) build/lessons/weave

build/lessons/%: lessons/%.c $(wildcard lessons/*.h) twotower.h | build/lessons
	$(CC) $(ALL_CFLAGS) $< -o $@ -lm

build/lessons/weave: $(wildcard lessons/weave/*.[ch]) | build/lessons
	$(CC) $(ALL_CFLAGS) $(filter %.c,$^) -o $@ -lmd4c -lm

build/lessons build/answers build/tests build/examples:
	@mkdir -p $@

report: lessons answers
	@set -e; for lesson in $(LESSONS); do build/lessons/$$lesson --quiet $(LESSON_OPTIONS); done
	@$(WEAVE) book
	@$(WEAVE) index
	@echo "open $(OUT)/index.html"

WEAVE = build/lessons/weave --out $(OUT)

pages: build/lessons/weave answers
	@$(WEAVE) lesson
	@$(WEAVE) book
	@$(WEAVE) index

book: build/lessons/weave
	@$(WEAVE) book

# An answer to an exercise compiles by itself; here the library is compiled once for all of them, as
# answer.h wants it. What they print is recorded for the pages, on the data of the lessons.
ANSWER_DATA = $(or $(DATA),$(patsubst %/ratings.csv,%,$(wildcard data/ml-latest-small/ratings.csv)))
ANSWER_HEADERS = lessons/answers/answer.h $(wildcard lessons/*.h) twotower.h
recorded_answers = $(patsubst %,$(OUT)/records/answers/%.txt,$(1))

answers: $(call recorded_answers,$(ANSWERS))

build/answers/%: lessons/answers/%.c build/answers/library.o $(ANSWER_HEADERS)
	$(CC) $(ALL_CFLAGS) -DANSWER_LINKED $< build/answers/library.o -o $@ -lm

build/answers/library.o: twotower.h | build/answers
	$(CC) $(ALL_CFLAGS) -DTWOTOWER_IMPLEMENTATION -x c -c $< -o $@

$(OUT)/records/answers/%.txt: build/answers/% $(OUT)/records/answers/data
	$< $(ANSWER_DATA) > $@

# The data of these records: they are made anew when it is another one.
$(OUT)/records/answers/data: FORCE
	@mkdir -p $(@D)
	@echo '$(ANSWER_DATA)' | cmp -s - $@ || echo '$(ANSWER_DATA)' > $@

# lesson-07 is build/lessons/07_training.
define lesson_rule
.PHONY: lesson-$(firstword $(subst _, ,$(1)))
lesson-$(firstword $(subst _, ,$(1))): build/lessons/$(1) book \
    $$(call recorded_answers,$$(filter $(firstword $(subst _, ,$(1)))_%,$$(ANSWERS))) \
    $(if $(filter $(1),$(NEED_MODEL)),$$(OUT)/model.safetensors)
	build/lessons/$(1) $$(LESSON_OPTIONS)
endef
$(foreach lesson,$(LESSONS),$(eval $(call lesson_rule,$(lesson))))

$(OUT)/model.safetensors: | build/lessons/07_training build/lessons/weave
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

# The library is compiled once for all tests, as test.h wants it.  A test that has a library of its
# own, for its private names, takes nothing from test.a.
TEST_HEADERS = $(wildcard tests/unit/*.h) lessons/movielens.h twotower.h

build/tests/%: tests/unit/%.c build/tests/test.a $(TEST_HEADERS)
	$(CC) $(ALL_CFLAGS) $< build/tests/test.a -o $@ -lcmocka -lm

build/tests/test.a: tests/unit/test.h twotower.h | build/tests
	$(CC) $(ALL_CFLAGS) -DTEST_IMPLEMENTATION -x c -c $< -o build/tests/test.o
	$(AR) rcs $@ build/tests/test.o

tests: $(TESTS:%=build/tests/%)

test: tests lessons
	@set -e; for test in $(TESTS); do echo "== $$test"; build/tests/$$test; done
	@CC='$(CC)' sh tests/unit/check_header.sh
	@CC='$(CC)' sh tests/pages/check_examples.sh
	@CC='$(CC)' sh tests/unit/check_python.sh
	@CC='$(CC)' sh tests/packages/check_build_systems.sh
	@CC='$(CC)' sh tests/pages/check_markup.sh
	@sh tests/pages/check_lessons.sh
	@sh tests/pages/prove_check_report.sh
	@echo "all tests passed"

# tests/lab has a Makefile of its own.
lab-%: FORCE
	@$(MAKE) --no-print-directory -C tests/lab $*

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

record-pages: pages
	@sh tests/pages/check_report.sh --record-pages $(OUT)

format:
	@sh tests/format.sh --fix

format-check:
	@sh tests/format.sh

clean:
	rm -rf build report/tables report/plots report/records report/sources
	rm -f report/*.html report/*.safetensors
