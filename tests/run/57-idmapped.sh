# SPDX-License-Identifier: MIT
# owns: idmap= of the root and of mount entries: owners inside, outside and on disk; what refuses it
# never: leaves a mount or a user namespace behind
# profile: full

. "$T/lib.sh"
NAME=idmapped
LXCPATH=$W/lxc
S=$W/storage

if ! lxcbox --features | grep -q '^mounts with idmap: yes'; then
	skip idmapped "not in this build (CONFIG_ROOTFS_IDMAP)"
	finish
fi
if [ ! -e /proc/self/ns/user ]; then
	skip idmapped "this kernel has no user namespaces"
	finish
fi
# A file system that the kernel can map: tmpfs since 6.3, ext4 since 5.12.
mkdir -p "$S"
chmod 755 "$W"
if [ "${LAYOUT:-native}" != native ]; then
	if ! grep -q 'ext4$' /proc/filesystems; then
		skip idmapped "this kernel has no file system that can be mapped (ext4)"
		finish
	fi
	dd if=/dev/zero of="$W/ext4" bs=1024 count=4096 2>/dev/null
	mke2fs -F "$W/ext4" >/dev/null 2>&1
	mount -t ext4 -o loop "$W/ext4" "$S" || { skip idmapped "cannot mount an ext4"; finish; }
	trap 'umount "$S"' EXIT
fi
R=$S/root

IDMAP="lxc.idmap = u 0 100000 65536
lxc.idmap = g 0 100000 65536"

# conf LINE...
conf()
{
	{
		echo "lxc.uts.name = $NAME"
		echo "lxc.rootfs.path = ${ROOTFS:-dir:$R}"
		echo "$NO_CONSOLE"
		echo "$BUSYBOX_ENTRY"
		for line; do
			echo "$line"
		done
	} >"$W/conf"
}

start()
{
	run lxc-start -F -n "$NAME" -f "$W/conf" -P "$LXCPATH" -- /bin/busybox "$@"
}

fresh_root bin dev proc mnt
: >"$R/bin/busybox"
echo mine >"$R/file"
chown 1000:1001 "$R/file"
mkdir -p "$S/data"
echo data >"$S/data/file"
can_map=
lxcbox --features | grep -q '^user namespaces: yes' && can_map=1

if [ -n "$can_map" ]; then

begin idmapped-root
conf "$IDMAP" "lxc.rootfs.options = idmap=container"
start sh -c 'busybox stat -c "%u %g" / /file; echo new >/new; busybox chown 5:6 /new'
want_status 0
want_out "0 0
1000 1001"
want_eq "owner on disk" "$(stat -c '%u %g' "$R/new")" "5 6"
rm -f "$R/new"
want_nothing_left
end

begin idmapped-root-from-outside
run lxc-start -d -n "$NAME" -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sleep 1000
want_status 0
pid=$(init_pid "$NAME")
awk '$5 == "/"' "/proc/$pid/mountinfo" | grep -q idmapped || fail "the root is not mapped: $(awk '$5 == "/"' "/proc/$pid/mountinfo")"
want_eq "owner as the host sees it there" "$(stat -c '%u %g' "/proc/$pid/root/file")" "101000 101001"
want_eq "uid_map" "$(awk '{ print $1, $2, $3 }' "/proc/$pid/uid_map")" "0 100000 65536"
run lxc-stop -n "$NAME" -P "$LXCPATH" -k
want_nothing_left
end

begin idmapped-entry
conf "$IDMAP" "lxc.rootfs.options = idmap=container" "lxc.mount.entry = $S/data mnt none bind,idmap=container 0 0"
start sh -c 'busybox stat -c "%u" /mnt /mnt/file; echo x >/mnt/new'
want_status 0
want_out "0
0"
want_eq "owner on disk" "$(stat -c '%u' "$S/data/new")" 0
rm -f "$S/data/new"
conf "$IDMAP" "lxc.rootfs.options = idmap=container" "lxc.mount.entry = $S/data mnt none bind,ro,nosuid,idmap=container 0 0"
start sh -c 'busybox stat -c "%u" /mnt/file; (echo x >/mnt/new) 2>/dev/null || echo refused'
want_out "0
refused"
conf "$IDMAP" "lxc.rootfs.options = idmap=container" "lxc.mount.entry = $S/data mnt none bind 0 0"
start sh -c 'busybox stat -c "%u" /mnt/file'
want_out 65534
want_nothing_left
end

if grep -q 'ext4$' /proc/filesystems && lxcbox --features | grep -q '^roots in images: yes'; then
	begin idmapped-image
	dd if=/dev/zero of="$W/image" bs=1024 count=2048 2>/dev/null
	mke2fs -F "$W/image" >/dev/null 2>&1 || mkfs.ext2 -F "$W/image" >/dev/null 2>&1
	ROOTFS=$W/image
	conf "$IDMAP" "lxc.rootfs.options = idmap=container"
	start sh -c 'busybox stat -c "%u" /; echo new >/new; busybox stat -c %u /new'
	want_status 0
	want_out "0
0"
	ROOTFS=
	want_nothing_left
	end
else
	skip idmapped-image "this kernel has no ext4, or this build no images"
fi

else
	skip idmapped-root "user namespaces are not in this build (CONFIG_IDMAP)"
fi

# A namespace that somebody else has.
begin idmapped-path
unshare -U sleep 1000 &
holder=$!
has_own()
{
	[ "$(readlink /proc/self/ns/user)" != "$(readlink "/proc/$holder/ns/user")" ]
}
wait_until 5 has_own || fail "no user namespace"
echo "0 100000 65536" >"/proc/$holder/uid_map"
echo "0 100000 65536" >"/proc/$holder/gid_map"
conf "lxc.rootfs.options = ro,idmap=/proc/$holder/ns/user" "lxc.mount.entry = $S/data mnt none bind,idmap=/proc/$holder/ns/user 0 0"
start sh -c 'busybox stat -c "%u %g" /file /mnt/file'
want_status 0
want_out "101000 101001
100000 100000"
kill -9 "$holder"
want_nothing_left
end

begin idmapped-refused
conf "lxc.rootfs.options = idmap=container"
start true
want_failure
want_err_has "$W/conf:2: lxc.rootfs.path: idmap=container: the container has no user namespace"
want_one_line
conf "lxc.rootfs.options = idmap=$S/data/file"
start true
want_failure
want_err_has "it is no user namespace"
want_one_line
conf "lxc.mount.entry = $S/data mnt none bind,idmap=/proc/self/ns/net 0 0"
start true
want_failure
want_err_has "$W/conf:5: mount on 'mnt': idmap=/proc/self/ns/net: it is no user namespace"
conf "lxc.mount.entry = tmpfs mnt tmpfs idmap=container 0 0"
start true
want_failure
want_err_has "$W/conf:5: mount on 'mnt': idmap=container is for bind mounts"
if [ -n "$can_map" ]; then
	conf "$IDMAP" "lxc.rootfs.options = idmap=container" "lxc.mount.entry = /proc mnt none bind,idmap=container 0 0"
	start true
	want_failure
	want_err_has "$W/conf:8: mount on 'mnt': idmap=container: this kernel does not map the file system"
	want_one_line
	conf "$IDMAP" "lxc.rootfs.options = idmap=container"
	run enosys lxc-start -F -n "$NAME" -f "$W/conf" -P "$LXCPATH" -- /bin/busybox true
	want_failure
	want_err_has "idmap=container: this kernel has no idmapped mounts (Linux 5.12)"
	want_one_line
fi
want_nothing_left
end

finish
