# SPDX-License-Identifier: MIT
# owns: the AppArmor profile of tests/run/71-labels.sh, which tests/payload/build compiles
# never: allows /secret to be written
abi <abi/3.0>,

profile lxcbox-test flags=(attach_disconnected, mediate_deleted) {
  file,
  capability,
  network,
  mount,
  umount,
  pivot_root,
  signal,
  ptrace,
  unix,
  deny /secret w,
}
