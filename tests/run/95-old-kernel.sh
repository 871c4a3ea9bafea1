# SPDX-License-Identifier: MIT
# owns: a start, what runs and an end with the system calls of Linux 3.10 alone, in every process (payload/enosys.c)
# never: says something of what is not a system call: namespaces, controllers and file systems are those of the kernel that runs
# limit: 1800 s
#
# The same for any other script: WITH="OLD_KERNEL=1" tests/run-native PATTERN, or qemu/test BOARD PATTERN. Mounts, /dev, hostile
# trees, masks and the program's own file have such a half of their own.

. "$T/lib.sh"
SCRIPTS=${SCRIPTS:-"10-boot 20-seed 22-devices 54-cgroup 63-control 64-reboot 66-share 71-secure 74-attach 76-hooks 77-restart 83-files 88-exact"}
# On an emulated board a minute for each of them is much.
[ -z "$SLOW" ] || SCRIPTS="20-seed 22-devices 71-secure 74-attach"

failed=0
for script in $SCRIPTS; do
	if [ ! -f "$T/run/$script.sh" ]; then
		echo "not ok old-kernel-$script: there is no such script"
		failed=1
		continue
	fi
	mkdir "$W/$script"
	W=$W/$script timeout -k 5 600 enosys sh "$T/run/$script.sh" >"$W/$script.out" 2>"$W/$script.err" </dev/null
	status=$?
	sed -e 's/^ok \([^ ]*\)/ok \1-3.10/' -e 's/^not ok \([^:]*\):/not ok \1-3.10:/' -e 's/^skip \([^:]*\):/skip \1-3.10:/' "$W/$script.out"
	case $status in
	0) ;;
	10) failed=1 ;;
	*)
		echo "not ok old-kernel-$script: ended with status $status: $(tail -n 1 "$W/$script.err")"
		failed=1
		;;
	esac
	rm -rf "${W:?}/$script"
done
[ "$failed" -eq 0 ] || exit 10
