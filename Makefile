# Short names for what is done every day. Presets and flags are in CMakePresets.json and cmake/options.cmake.
PYTHON := /usr/bin/python3
FUZZ_SECONDS ?= 60
SOURCES = $(shell git ls-files --cached --others --exclude-standard 'src/*.h' 'src/*.cc' 'tests/*.h' 'tests/*.cc' 'fuzz/*.cc' 'bench/*.cc' 'bench/*.c')

.PHONY: run build test e2e asan tsan tidy fmt fmt-check layers headers po fuzz bench million soak check verify install clean

# Installs what is missing, builds what is measured and installed, and holds the lesson's conversation.
run:
	@tools/install_packages.sh build
	@cmake --preset release >build-release.log 2>&1 || { cat build-release.log; exit 1; }
	@rm -f build-release.log
	@cmake --build --preset release
	@build/release/earshot demo

build:
	cmake --preset dev
	cmake --build --preset dev

# All tests: the layers one by one, then the program as people and programs use it.
test:
	@tools/install_packages.sh build test
	cmake --preset dev
	cmake --build --preset dev
	tools/run_tests.py build/dev --e2e

e2e: build
	EARSHOT=build/dev/earshot $(PYTHON) -m pytest -q -n 4 tests/e2e

asan tsan:
	cmake --preset $@
	cmake --build --preset $@
	tools/run_tests.py build/$@

tidy:
	@tools/install_packages.sh build test check
	cmake --preset dev >/dev/null
	$(PYTHON) tools/run_tidy.py build/dev $(TIDY)

fmt:
	clang-format -i $(SOURCES)
fmt-check:
	clang-format --dry-run --Werror $(SOURCES)

layers:
	$(PYTHON) tools/check_layers.py --self-test
	$(PYTHON) tools/check_layers.py

headers:
	cmake --preset dev >/dev/null
	cmake --build --preset dev --target headers_compile_alone

po:
	tools/update_po.sh

fuzz:
	@tools/install_packages.sh build check
	cmake --preset fuzz
	cmake --build --preset fuzz
	tools/run_fuzzers.sh build/fuzz $(FUZZ_SECONDS)

bench:
	@tools/install_packages.sh build bench
	cmake --preset bench
	cmake --build --preset bench
	$(PYTHON) bench/run.py --earshot build/bench/earshot $(BENCH)

# Thousands in a chat for SOAK_SECONDS (600), and everything added up at the end.
soak:
	@tools/install_packages.sh build bench
	cmake --preset release
	cmake --build --preset release
	$(PYTHON) bench/soak.py --seconds $(or $(SOAK_SECONDS),600) $(SOAK)

# A million callers at once on this machine, and one line to all of them; about two minutes.
million:
	@tools/install_packages.sh build bench
	cmake --preset bench
	cmake --build --preset bench
	$(PYTHON) bench/million.py $(MILLION)

# What CI runs.
check: test verify

# Beside the tests: structure, layout, static checks, and the unit tests under the sanitizers.
verify:
	@tools/install_packages.sh build test check
	$(MAKE) layers headers fmt-check
	$(PYTHON) tools/check_po.py
	$(MAKE) tidy TIDY=/src/  # the tests take as long again: `make tidy`
	$(MAKE) asan
	$(MAKE) tsan

install:
	@tools/install_packages.sh build
	cmake --preset release
	cmake --build --preset release
	cmake --install build/release $(if $(PREFIX),--prefix $(PREFIX))
	@tools/grant_capture.sh "$(or $(PREFIX),/usr/local)/bin/earshot" "$(CAPTURE)"

clean:
	rm -rf build
