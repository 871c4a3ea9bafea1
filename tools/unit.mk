# SPDX-License-Identifier: MIT
# owns the building of unit tests and fuzz targets: tests/unit/test_X.c or tests/fuzz/fuzz_X.c and the sources that its
#	`//link:` lines name, with the sanitizers.
# never runs one.
#
# Called by tools/check and tests/fuzz/run with O= (where applets.def and config.h are), CC=, LIB_CFLAGS=, LIBS=.
# Fuzz targets are linked with a main that runs them on files, or, with FUZZ_MAIN= and FUZZ_FLAGS=-fsanitize=fuzzer, with
# clang's fuzzer.

SRC ?= src
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
TESTS := $(basename $(notdir $(wildcard tests/unit/test_*.c)))
FUZZ := $(basename $(notdir $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_MAIN ?= $(O)/fuzz/replay.o
FUZZ_FLAGS ?=
SANITIZE ?= address,undefined
FLAGS := -std=gnu11 -g -O1 -fno-pie -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -Wall -Wextra \
	-Werror -Wno-unused-parameter -Wno-missing-field-initializers -D_GNU_SOURCE $(LIB_CFLAGS) \
	-DTEXT_PLAIN -include $(O)/config.h -I$(SRC) -I$(O) -Itools -Itests/unit

# What a test links: lib/a.c is src/lib/a.c. What a target has in place of a function of another file: `//wrap: NAME`.
linked = $(patsubst %.c,$(O)/obj/%.o,$(shell sed -n 's,^//link:,,p' tests/$(1).c))
wrapped = $(patsubst %,-Wl$(comma)--wrap=%,$(shell sed -n 's,^//wrap:,,p' tests/$(1).c))
comma := ,

.PHONY: all fuzz
all: $(addprefix $(O)/,$(TESTS)) fuzz
fuzz: $(addprefix $(O)/,$(FUZZ))

define test-rule
$(O)/$(1): $(O)/unit/$(1).o $(call linked,unit/$(1))
endef
define fuzz-rule
$(O)/$(1): $(O)/fuzz/$(1).o $(FUZZ_MAIN) $(call linked,fuzz/$(1))
$(O)/$(1): WRAP := $(call wrapped,fuzz/$(1))
endef
$(foreach t,$(TESTS),$(eval $(call test-rule,$(t))))
$(foreach t,$(FUZZ),$(eval $(call fuzz-rule,$(t))))

$(addprefix $(O)/,$(TESTS)):
	@$(CC) -no-pie -fsanitize=$(SANITIZE) -o $@ $^ $(LIBS)

$(addprefix $(O)/,$(FUZZ)):
	@$(CC) -no-pie -fsanitize=$(SANITIZE) $(FUZZ_FLAGS) $(WRAP) -o $@ $^ $(LIBS)

$(O)/obj/%.o: $(SRC)/%.c $(O)/config.h
	@mkdir -p $(@D)
	@$(CC) $(FLAGS) -MMD -MF $(@:.o=.d) -MT $@ -c -o $@ $<

$(O)/syscalls.h: tools/syscalls
	@tools/syscalls $@ $(CC)
$(O)/obj/secure/seccomp_calls.o: $(O)/syscalls.h

$(O)/unit/%.o: tests/unit/%.c $(O)/config.h
	@mkdir -p $(@D)
	@$(CC) $(FLAGS) -MMD -MF $(@:.o=.d) -MT $@ -c -o $@ $<

$(O)/fuzz/%.o: tests/fuzz/%.c $(O)/config.h
	@mkdir -p $(@D)
	@$(CC) $(FLAGS) -MMD -MF $(@:.o=.d) -MT $@ -c -o $@ $<

-include $(wildcard $(O)/obj/*.d $(O)/obj/*/*.d $(O)/unit/*.d $(O)/fuzz/*.d)
