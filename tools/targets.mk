# SPDX-License-Identifier: MIT
# owns every goal that is not the binary: configuration, tests, image, size, installation.
# never says how: each goal is one script.

NO_BUILD_GOALS := clean distclean help
GOALS := $(if $(MAKECMDGOALS),$(MAKECMDGOALS),all)
NEEDS_BUILD := $(filter-out $(NO_BUILD_GOALS),$(GOALS))

.PHONY: help clean distclean
help:
	@sed -n 's/^#: //p' tools/targets.mk

#: make [BOARD=host|mipsel|arm] [PROFILE=full|stb|min]   build/$BOARD/lxcbox, static and stripped

clean:
	rm -rf build
