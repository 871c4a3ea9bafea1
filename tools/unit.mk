# SPDX-License-Identifier: MIT
# owns the building of unit tests: tests/unit/test_X.c and the sources its `//link:` line names, with the sanitizers.
# never runs one.
#
# Called by tools/check with O= (where applets.def and config.h are), CC=, LIB_CFLAGS=, LIBS=.

SRC ?= src
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
TESTS := $(basename $(notdir $(wildcard tests/unit/test_*.c)))
FLAGS := -std=gnu11 -g -O1 -fno-pie -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Wextra \
	-Werror -Wno-unused-parameter -Wno-missing-field-initializers -D_GNU_SOURCE $(LIB_CFLAGS) \
	-include $(O)/config.h -I$(SRC) -I$(O) -Itests/unit

# What a test links: lib/a.c is src/lib/a.c.
linked = $(patsubst %.c,$(O)/obj/%.o,$(shell sed -n 's,^//link:,,p' tests/unit/$(1).c))

all: $(addprefix $(O)/,$(TESTS))

define test-rule
$(O)/$(1): $(O)/unit/$(1).o $(call linked,$(1))
endef
$(foreach t,$(TESTS),$(eval $(call test-rule,$(t))))

$(addprefix $(O)/,$(TESTS)):
	@$(CC) -no-pie -fsanitize=address,undefined -o $@ $^ $(LIBS)

$(O)/obj/%.o: $(SRC)/%.c $(O)/config.h
	@mkdir -p $(@D)
	@$(CC) $(FLAGS) -MMD -MF $(@:.o=.d) -MT $@ -c -o $@ $<

$(O)/unit/%.o: tests/unit/%.c $(O)/config.h
	@mkdir -p $(@D)
	@$(CC) $(FLAGS) -MMD -MF $(@:.o=.d) -MT $@ -c -o $@ $<

-include $(wildcard $(O)/obj/*.d $(O)/obj/*/*.d $(O)/unit/*.d)
