# SPDX-License-Identifier: MIT
# owns the compiler of the mipsel board: little-endian MIPS32 release 2, o32.
# never holds what the kernel or the image needs.
BOARD_CROSS := mipsel-linux-gnu-
# Static code at fixed addresses (no $gp set up in each function) is a sixth smaller. -mno-shared and not
# -mno-abicalls: musl's own assembler is written for abicalls, and calls are as short either way.
BOARD_FLAGS := -EL -march=mips32r2 -mabi=32 -mno-shared
BOARD_CLANG := --target=mipsel-linux-gnu -march=mips32r2 -mabi=32
BOARD_PROFILE := stb
