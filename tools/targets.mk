# SPDX-License-Identifier: MIT
# owns every goal that is not the binary: configuration, tests, image, size, installation.
# never says how: each goal is one script.

# Goals that need the board's toolchain, its .config and all that is included with them.
BUILD_GOALS := all size-table install print-libc
GOALS := $(if $(MAKECMDGOALS),$(MAKECMDGOALS),all)
NEEDS_BUILD := $(filter $(BUILD_GOALS) $(O)/% build/%,$(GOALS))

KCONFIG_GOALS := oldconfig olddefconfig allnoconfig allyesconfig alldefconfig randconfig
.PHONY: help clean distclean menuconfig nconfig savedefconfig $(KCONFIG_GOALS)
.PHONY: install man completion parts print-libc check check-root matrix test size size-update size-table bench
.PHONY: fuzz demo qemu qemu-test image

help:
	@sed -n 's/^#: //p' tools/targets.mk

#: make [BOARD=host|mipsel|arm] [PROFILE=full|stb|min]   build/$BOARD/lxcbox, static and stripped
#:      CROSS_COMPILE= CC= SYSROOT= ARCH_FLAGS= DL=       a toolchain, a libc, tarballs of your own
#:
#: make menuconfig | nconfig | oldconfig | allnoconfig | allyesconfig | randconfig    BOARD=…
#: make stb_defconfig BOARD=…    the same as make BOARD_stb_defconfig
#: make savedefconfig            build/$BOARD/defconfig, to be kept in configs/
config-dir = @tools/deps build && tools/applets $(SRC) $(O)
menuconfig:
	$(config-dir) && tools/config $(O) menu mconf configs/$(BOARD)_$(PROFILE)_defconfig

nconfig:
	$(config-dir) && tools/config $(O) menu nconf configs/$(BOARD)_$(PROFILE)_defconfig

$(KCONFIG_GOALS):
	$(config-dir) && tools/config $(O) conf --$@

savedefconfig:
	$(config-dir) && tools/config $(O) conf --savedefconfig=$(O)/defconfig && echo $(O)/defconfig

# A file of configs/ is no goal.
configs/%_defconfig: ;

%_defconfig:
	$(config-dir) && tools/config $(O) choose $(BOARD) $* $(MAKE)

# Pages are the same for all boards, so that all of them share one directory unless O= names another.
MAN_OUT := $(if $(filter file,$(origin O)),build,$(O))

#: make install DESTDIR= PREFIX=/usr BOARD=…    binary, links, init.d, manual pages (MAN= leaves these out),
#:                               SETUID=y: lxc-user-nic, where that is built, set-uid root;
#:                               with COMPLETION=y (BOARD=host: unless COMPLETION=) what shells complete commands with
install: $(O)/lxcbox $(if $(MAN),man) $(if $(COMPLETION),completion)
	$(Q)SETUID='$(SETUID)' tools/install $(O) '$(DESTDIR)' '$(PREFIX)' '$(if $(MAN),$(MAN_OUT)/man)' '$(if $(COMPLETION),$(MAN_OUT)/completion)'

#: make man                      build/man/*.1 and *.5, made from the tables in the sources
man:
	@tools/man $(MAN_OUT) $(MAKE)

#: make completion               build/completion/lxcbox, for bash and zsh, made from the same tables
completion: man
	@tools/completion $(MAN_OUT)

ALL_PARTS = $(shell sed -n 's/^build_\(lib.*\)()$$/\1/p' tools/parts | tr _ -)

#: make parts BOARD=…            musl and the libraries of tools/sources.tsv, built for the board; where each is
parts:
	@tools/deps $(BOARD) && $(MAKE) -s O=$(O)/parts PARTS='$(ALL_PARTS)' $(O)/parts/toolchain.mk && \
		tr ' ' '\n' <$(O)/parts/toolchain.mk | sed -n 's,/include$$,,p; s,^-L\(.*\)/lib$$,\1,p' | grep /parts/ | sort -u

# The libc that this build links with: BusyBox and the tests' programs are built against it too.
print-libc: $(O)/toolchain.mk
	@echo '$(TC_LIBC)'

#:
#: make check                    a minute, no root: unit tests, configuration tests, lints
#: make check-root               this machine's kernel, as root
#: make matrix                   every symbol off in turn, all, none, random; gcc and clang
#: make test                     everything; the last line is "N passed, N failed, N skipped"
check:
	@tools/check

check-root:
	@tools/deps host root image && $(MAKE) BOARD=host && tests/run-native

matrix:
	@tools/deps host clang && tools/matrix full

test:
	@tools/test

#: make demo                     mipsel, everything from nothing: rcS in QEMU starts container1
#: make qemu BOARD=mipsel|arm    boot to a shell
#: make qemu-test BOARD=…        the tests inside the board
#: make image BOARD=…            kernel, BusyBox and image, not booted
demo:
	@tools/deps mipsel kernel image qemu && qemu/demo

image:
	@tools/deps $(BOARD) kernel image && $(MAKE) BOARD=$(BOARD) && qemu/build-kernel $(BOARD) && \
		qemu/build-busybox $(BOARD) && qemu/build-image $(BOARD)

qemu: image
	@tools/deps qemu && qemu/run $(BOARD)

qemu-test: image
	@tools/deps qemu && qemu/test $(BOARD)

#: make size                     bytes by file and symbol against the budgets; are the prompts' sizes true?
#: make size-update              writes measured sizes into the prompts
#: make bench
#: make fuzz MINUTES=10 UPDATE=     inputs made up for everything that reads what others wrote; UPDATE=1 keeps them
size:
	@tools/size

size-update:
	@tools/size --update

bench:
	@tools/deps host root && $(MAKE) BOARD=host && tests/bench/run

fuzz:
	@[ -x tests/fuzz/run ] || { echo 'fuzz: there are no fuzz targets in this tree'; exit 1; }
	@tools/deps host check fuzz && tests/fuzz/run

#: make clean                    removes build/; the cache stays
clean:
	rm -rf build

distclean: clean
