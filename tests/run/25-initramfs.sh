# SPDX-License-Identifier: MIT
# owns: what a container finds that unmounts its own root and enters its own mount namespace again: nothing of the host
# never: changes anything outside of the container's namespaces

. "$T/lib.sh"

CONF=$W/conf
seed_with "$CONF" "$PROBE_ENTRY"

begin a1-nothing-below-the-root
start_seed -- /bin/probe reroot
# It may be stopped from leaving its root, or leave it and find an empty initramfs below.
[ "$STATUS" -eq 0 ] || [ "$STATUS" -eq 1 ] || fail "exit status $STATUS"
want_out_has "open ns: ok" "umount /:"
for path in /sbin/init /bin/busybox /etc/inittab; do
	if grep -q "^stat $path: ok" "$W/out"; then
		# Its own tree has an init and a BusyBox as well; the host's has what the seed lacks.
		grep -q '^ls /opt/lxc: ENOENT' "$W/out" || fail "$path is to be had after leaving the root"
	fi
done
if grep -q '^ls /opt/lxc:.*container1' "$W/out"; then
	fail "the host's /opt/lxc is to be had from inside"
fi
if [ "$LAYOUT" != native ] && grep -q '^umount /: ok' "$W/out"; then
	# switch_root cannot remove what it stands on.
	sed -n 's/^ls \/: *//p' "$W/out" | tr ' ' '\n' | grep -vxE 'bin|mnt' >"$W/names"
	[ ! -s "$W/names" ] || fail "the initramfs still has $(tr '\n' ' ' <"$W/names")"
fi
end

begin a1-root-of-the-host-is-no-initramfs
want_eq "file system of /" "$(awk '$5 == "/" { t = $0; sub(/.* - /, "", t); split(t, f, " ") } END { print f[1] }' \
	/proc/self/mountinfo)" tmpfs
end

rm -f "$ROOT/bin/probe"
finish
