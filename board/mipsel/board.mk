# SPDX-License-Identifier: MIT
# owns the compiler of the mipsel board: little-endian MIPS32 release 2, o32.
# never holds what the kernel or the image needs.
BOARD_CROSS := mipsel-linux-gnu-
# Static code at fixed addresses, calls by a plain jal (-mplt: no $gp and no table of addresses in any function) is a quarter smaller.
# Not -mno-abicalls, for which musl's own assembler is not written.
BOARD_FLAGS := -EL -march=mips32r2 -mabi=32 -mno-shared -mplt
BOARD_CLANG := --target=mipsel-linux-gnu -march=mips32r2 -mabi=32
# For C only: musl makes system calls in full-size instructions, tools/musl by a function. clang's MIPS16 is not to be trusted.
BOARD_CODE_gcc = $(if $(CONFIG_MIPS16E),-mips16)
# What is done to each object of ours.
BOARD_PACK_gcc = $(if $(CONFIG_MIPS16E),tools/pack-strings $(TC_OBJDUMP) $(TC_OBJCOPY))
BOARD_PROFILE := stb
