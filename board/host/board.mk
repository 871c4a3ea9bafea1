# SPDX-License-Identifier: MIT
# owns the compiler of the build machine itself.
# never holds what the kernel or the image needs.
BOARD_CROSS :=
BOARD_FLAGS :=
BOARD_CLANG :=
BOARD_PROFILE := full
