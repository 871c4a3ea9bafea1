# SPDX-License-Identifier: MIT
# owns the compiler of the arm board: ARMv7-A, hard float, Thumb-2.
# never holds what the kernel or the image needs.
BOARD_CROSS := arm-linux-gnueabihf-
BOARD_FLAGS := -march=armv7-a -mthumb -mfpu=vfpv3-d16 -mfloat-abi=hard
BOARD_CLANG := --target=arm-linux-gnueabihf -march=armv7-a -mthumb -mfpu=vfpv3-d16 -mfloat-abi=hard
BOARD_PROFILE := stb
