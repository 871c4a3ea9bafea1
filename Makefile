# SPDX-License-Identifier: MIT
# owns how lxcbox is built, installed and tried. `make help` lists what can be asked for.
# never writes outside build/ and the cache, but for install and for what tools/deps installs.

BOARD ?= host
ifeq ($(wildcard board/$(BOARD)/board.mk),)
$(error BOARD '$(BOARD)' is not known: $(notdir $(patsubst %/,%,$(dir $(wildcard board/*/board.mk)))))
endif
include board/$(BOARD)/board.mk

PROFILE ?= $(BOARD_PROFILE)
ifeq ($(wildcard configs/$(BOARD)_$(PROFILE)_defconfig),)
$(error PROFILE '$(PROFILE)' is not known: $(patsubst configs/$(BOARD)_%_defconfig,%,$(wildcard configs/$(BOARD)_*_defconfig)))
endif
O ?= build/$(BOARD)$(if $(filter-out $(BOARD_PROFILE),$(PROFILE)),-$(PROFILE))
SRC ?= src
DL ?= dl
DESTDIR ?=
PREFIX ?= /usr
MAN ?= y
COMPLETION ?= $(if $(filter host,$(BOARD)),y)

# The lists of make are parted by blanks, and its rules by colons.
make-can = $(if $(filter-out 0 1,$(words $(2)))$(findstring :,$(2)),$(error $(1) '$(2)' has a blank or a colon in its \
	name, with which make cannot build))
$(call make-can,the directory,$(CURDIR))$(call make-can,O=,$(O))

# A vendor's toolchain: CROSS_COMPILE= is the prefix of its programs, CC= the compiler, SYSROOT= the directory of
# its static libc ("none": the compiler knows), ARCH_FLAGS= what the board's own flags are to be replaced by.
NAMED_CC := $(if $(filter default,$(origin CC)),,$(filter-out clang%,$(CC)))
TOOLCHAIN := $(if $(CROSS_COMPILE)$(NAMED_CC),build,$(BOARD))
CROSS_COMPILE ?= $(BOARD_CROSS)
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
CLANG_FLAGS := $(if $(ARCH_FLAGS),$(firstword $(BOARD_CLANG)) $(ARCH_FLAGS),$(BOARD_CLANG))
ARCH_FLAGS ?= $(BOARD_FLAGS)
SYSROOT ?=
PARTS ?= libcap-ng
export DL BOARD

# Nothing of a user's environment changes what is built, but what is asked for by name.
unexport CFLAGS CPPFLAGS LDFLAGS
EXTRA_CFLAGS ?=
SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:
comma := ,
MAKEFLAGS += --no-builtin-rules
Q := $(if $(V),,@)
say = @$(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),:,printf '  %-7s %s\n' '$(1)' '$(2)')

.PHONY: all
all: $(O)/lxcbox

-include tools/targets.mk

# --- what this build is made of: toolchain.mk, .config, the generated headers -------------------------------------
ifeq ($(NEEDS_BUILD),)
# Goals that build nothing of $(O) need no toolchain.
else

# Compiler, libc and libraries, before anything else: what is missing is said in one line. The file changes only when
# one of them does, and everything is built anew then.
ifneq ($(shell tools/deps $(TOOLCHAIN) >&2 && BOARD='$(BOARD)' CC='$(CC)' CROSS_COMPILE='$(CROSS_COMPILE)' \
	BOARD_CROSS='$(BOARD_CROSS)' ARCH_FLAGS='$(ARCH_FLAGS)' CLANG_FLAGS='$(CLANG_FLAGS)' SYSROOT='$(SYSROOT)' \
	PARTS='$(PARTS)' DL='$(DL)' tools/toolchain $(O)/toolchain.mk && echo ready),ready)
$(error there is no toolchain for BOARD=$(BOARD))
endif
include $(O)/toolchain.mk

KCONFIG_FILES := Kconfig $(wildcard $(SRC)/*/Kconfig)
APPLETS := $(sort $(wildcard $(SRC)/applets/*.c))

# One script reads the tagged lines of the applets: a stanza of Kconfig, a row of the table, an object.
$(O)/applets.mk: $(APPLETS) $(KCONFIG_FILES) tools/applets
	$(Q)tools/applets $(SRC) $(O)
$(O)/Kconfig.gen $(O)/applets.def: $(O)/applets.mk
	@:

$(O)/.config: configs/$(BOARD)_$(PROFILE)_defconfig $(O)/Kconfig.gen $(KCONFIG_FILES) tools/config
	$(Q)tools/config $(O) refresh configs/$(BOARD)_$(PROFILE)_defconfig

$(O)/config.mk: $(O)/.config tools/config
	$(Q)tools/config $(O) header
$(O)/config.h: $(O)/config.mk
	@:

include $(O)/config.mk $(O)/applets.mk

# Which libc is a choice too: this sets LIBC_LIB and PARTS_LIBS anew.
ifneq ($(and $(CONFIG_SMALL_LIBC),$(TC_SMALL)),)
$(O)/libc.mk: $(O)/config.mk $(O)/toolchain.mk $(shell find tools/musl -type f)
	$(Q)tools/small-libc $@ $(TC_SMALL_PARTS) -- env CODE='$(BOARD_CODE_gcc)' $(TC_SMALL)
include $(O)/libc.mk
endif
include $(wildcard $(SRC)/obj.mk $(SRC)/*/obj.mk)

LIBS_MADE := $(O)/toolchain.mk $(if $(filter $(O)/libc.mk,$(MAKEFILE_LIST)),$(O)/libc.mk)
OBJS := $(addprefix $(O)/obj/,$(patsubst %.c,%.o,$(sort $(obj-y))))

# -Os and sections: size is the point, and the linker leaves out what no built feature calls. No unwind tables: nothing
# unwinds. Strings and constants are merged over files by the linker. The paths of this machine do not show in the
# binary, nor does the time.
WARN := -Werror -Wall -Wextra -Wundef -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wformat=2 -Wvla \
	-Wno-unused-parameter -Wno-missing-field-initializers
CODE := -std=gnu11 -Os -fno-pic -fno-pie -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
	-fno-unwind-tables -fomit-frame-pointer -fno-strict-aliasing -fno-ident -fno-common \
	-ffile-prefix-map=$(CURDIR)/= -D_GNU_SOURCE \
	$(if $(CONFIG_STACK_PROTECTOR),-fstack-protector$(if $(CONFIG_STACK_PROTECTOR_STRONG),-strong),-fno-stack-protector)
# A common page size of next to nothing: the file is not filled up to a page where data begins.
COMPILE = $(CC_WRAP) $(TC_CC) $(CODE) $(BOARD_CODE_$(TC_FLAVOUR)) $(WARN) $(TC_CFLAGS) -include $(O)/config.h -I$(SRC) -I$(O) -Itools $(EXTRA_CFLAGS)
LINK = $(TC_CC) -static -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,norelro -Wl,-z,noseparate-code \
	-Wl,--sort-section=alignment -Wl,-z,common-page-size=32

$(O)/obj/%.o: $(SRC)/%.c $(O)/config.h $(O)/toolchain.mk Makefile
	$(call say,CC,$*.c)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MF $(@:.o=.d) -MT $@ -c -o $@ $<
	$(if $(BOARD_PACK_$(TC_FLAVOUR)),$(Q)$(BOARD_PACK_$(TC_FLAVOUR)) $@)

$(O)/obj/main.o $(O)/obj/main.d: $(O)/applets.def

# The system calls of the compiler's headers.
$(O)/syscalls.h: $(O)/toolchain.mk tools/syscalls
	$(Q)tools/syscalls $@ $(TC_CC) $(TC_CFLAGS)
$(O)/obj/secure/seccomp_calls.o $(O)/obj/secure/seccomp_calls.d: $(O)/syscalls.h

# The texts of lib/text.h are taken out of a first link, which has none, and put into the second one, packed.
ifneq ($(CONFIG_PACK_TEXT),)
LINK += -Wl,-T,tools/text.ld
TEXT := $(O)/text/packed.o

$(O)/text/none.c: tools/pack-text
	@mkdir -p $(@D)
	$(Q)tools/pack-text $@
$(O)/text/packed.c: $(O)/text/lxcbox tools/pack-text
	$(call say,PACK,$@)
	$(Q)tools/pack-text $@ $(TC_OBJCOPY) $<
$(O)/text/%.o: $(O)/text/%.c $(O)/config.h $(O)/toolchain.mk Makefile
	$(Q)$(COMPILE) -c -o $@ $<
$(O)/text/lxcbox: $(OBJS) $(O)/text/none.o $(LIBS_MADE) tools/text.ld
	$(Q)$(LINK) -o $@ $(TC_START) $(filter %.o,$^) $(TC_END)
endif

$(O)/lxcbox.unstripped: $(OBJS) $(TEXT) $(LIBS_MADE)
	$(call say,LINK,$@)
	$(Q)$(LINK) -Wl,-Map=$(O)/lxcbox.map -o $@ $(TC_START) $(filter %.o,$^) $(TC_END)
	$(if $(TEXT),$(Q)tools/pack-text --check $(TEXT:.o=.c) $(TC_OBJCOPY) $@)

$(O)/lxcbox: $(O)/lxcbox.unstripped tools/lint-symbols
	$(call say,STRIP,$@)
	$(if $(TC_OURS),$(Q)tools/lint-symbols $(TC_NM) $< $(O)/.config)
	$(Q)$(TC_STRIP) -s -R .lxcbox_text -R .comment -R .note -R .gnu.attributes -o $@.tmp $< && mv -f $@.tmp $@

-include $(OBJS:.o=.d)

# lxc-user-nic: a program of its own from its own objects, since its texts are not packed.
NIC_OBJS := $(addprefix $(O)/user-nic/,$(patsubst %.c,%.o,$(obj-user-nic)))
all install: $(if $(CONFIG_LXC_USER_NIC),$(O)/lxc-user-nic)

$(O)/user-nic/%.o: $(SRC)/%.c $(O)/config.h $(O)/toolchain.mk Makefile
	$(call say,CC,$*.c)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -DTEXT_PLAIN -MMD -MF $(@:.o=.d) -MT $@ -c -o $@ $<
	$(if $(BOARD_PACK_$(TC_FLAVOUR)),$(Q)$(BOARD_PACK_$(TC_FLAVOUR)) $@)

$(O)/lxc-user-nic: $(NIC_OBJS) $(LIBS_MADE)
	$(call say,LINK,$@)
	$(Q)$(filter-out -Wl$(comma)-T$(comma)tools/text.ld,$(LINK)) -o $@.tmp $(TC_START) $(filter %.o,$^) $(TC_END)
	$(Q)$(TC_STRIP) -s -R .comment -R .note -R .gnu.attributes $@.tmp && mv -f $@.tmp $@

-include $(NIC_OBJS:.o=.d)
endif
