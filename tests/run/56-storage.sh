# SPDX-License-Identifier: MIT
# owns: roots in images and on block devices: what is mounted how, who has them at a time, that no loop device is ever left
# never: leaves a loop device or an image's lock behind
# boards: one
# profile: full

. "$T/lib.sh"
NAME=storage
LXCPATH=$W/lxc
D=$W/images
IMAGE=$D/root.squashfs

if ! lxcbox --features | grep -q '^roots in images: yes'; then
	skip storage "not in this build (CONFIG_ROOTFS_LOOP)"
	finish
fi
mkdir -p "$D"

# loops FILE: the numbers of the loop devices that lie on it
loops()
{
	grep -l -F "$1" /sys/block/loop*/loop/backing_file 2>/dev/null | sed 's,^/sys/block/loop,,; s,/.*,,'
}

no_loops()
{
	[ -z "$(loops "$D/")" ]
}

want_no_loops()
{
	wait_until 5 no_loops || fail "loop device $(loops "$D/" | tr '\n' ' ')is left"
	[ -z "$(ls -a /dev /run/lxcbox 2>/dev/null | grep '^\.lxcbox')" ] || fail "a node is left"
	want_nothing_left
}

# What a killed monitor has left is undone by whoever looks.
repaired()
{
	lxc-ls --repair -P "$LXCPATH" >/dev/null 2>&1 || lxc-stop -k -n "$NAME" -P "$LXCPATH" >/dev/null 2>&1
	nothing_left
}

# conf PATH LINE...
conf()
{
	{
		echo "lxc.uts.name = $NAME"
		echo "lxc.rootfs.path = $1"
		echo "$NO_CONSOLE"
		shift
		for line; do
			echo "$line"
		done
	} >"$W/conf"
}

start()
{
	run lxc-start -F -n "$NAME" -f "$W/conf" -P "$LXCPATH" -- /bin/busybox "$@"
}

daemon()
{
	run lxc-start -d -n "$NAME" -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sleep 1000
	want_status 0
}

stop()
{
	run lxc-stop -n "$NAME" -P "$LXCPATH" -k
	want_status 0
}

RO_BUSYBOX="lxc.mount.entry = /bin/busybox bin/busybox none bind,ro 0 0"
cp "$T/data/root.squashfs" "$IMAGE"
# A second file system: of our own making, since a test can write to it.
dd if=/dev/zero of="$D/root.ext2" bs=1024 count=2048 2>/dev/null
mke2fs -F "$D/root.ext2" >/dev/null 2>&1 || mkfs.ext2 -F "$D/root.ext2" >/dev/null 2>&1
squashfs=
ext2=
grep -q squashfs /proc/filesystems && squashfs=1
grep -q 'ext[24]$' /proc/filesystems && ext2=1

if [ -n "$squashfs" ]; then

begin storage-squashfs
conf "loop:$IMAGE" "$RO_BUSYBOX" "lxc.mount.entry = proc proc proc nosuid,nodev,noexec 0 0"
start sh -c 'busybox cat /file; (echo x >/new) 2>/dev/null || echo refused; busybox stat -f -c %T /; busybox cat /proc/self/mountinfo'
want_status 0
want_out_has squash refused
grep -q ' / / ro[, ].* - squashfs /[^ ]* ro' "$W/out" || fail "its root is $(grep ' / / ' "$W/out")"
want_no_loops
end

begin storage-file-alone
ln -sf "$IMAGE" "$W/link"
conf "$W/link" "$RO_BUSYBOX"
daemon
pid=$(init_pid "$NAME")
n=$(loops "$IMAGE")
want_eq "loop devices" "$(echo "$n" | grep -c .)" 1
want_eq "read-only" "$(cat "/sys/block/loop$n/ro")" 1
want_eq "frees itself" "$(cat "/sys/block/loop$n/loop/autoclear")" 1
want_eq "the root from outside" "$(awk '$5 == "/" { print $3, $8 }' "/proc/$pid/mountinfo")" "$(cat "/sys/block/loop$n/dev") squashfs"
want_eq "file" "$(cat "/proc/$pid/root/file")" squash
has "$(ls -d /run/lxcbox/"$NAME"@*)/record" "loop	$n	"
for p in $(pgrep -f "n $NAME "); do
	! ls -l "/proc/$p/fd" 2>/dev/null | grep -q '/loop' || fail "process $p still has the device open"
done
stop
want_no_loops
end

begin storage-image-for-two
conf "$IMAGE" "$RO_BUSYBOX"
daemon
sed 's/= storage$/= storage2/' "$W/conf" >"$W/conf2"
run lxc-start -F -n storage2 -f "$W/conf2" -P "$LXCPATH" -- /bin/busybox cat /file
want_status 0
want_out squash
stop
want_no_loops
end

begin storage-path-on-a-read-only-file-system
mkdir -p "$W/ro"
mount -t tmpfs none "$W/ro"
cp "$IMAGE" "$W/ro/root.squashfs"
[ -z "$ext2" ] || cp "$D/root.ext2" "$W/ro/root.ext2"
mount -o remount,ro "$W/ro"
conf "$W/ro/root.squashfs" "$RO_BUSYBOX"
start cat /file
want_status 0
want_out squash
if [ -n "$ext2" ]; then
	conf "$W/ro/root.ext2"
	start true
	want_failure
	want_err_has "$W/conf:2: lxc.rootfs.path: '$W/ro/root.ext2'" "lxc.rootfs.options = ro"
	want_one_line
fi
umount "$W/ro" || fail "'$W/ro' is busy"
want_no_loops
end

# What the box wants: an image that is only read, and what is written gone with the container.
begin storage-overlay-image
if lxcbox --features | grep -q '^roots of kind overlay: yes' && grep -q overlay /proc/filesystems; then
	rm -rf "$D/first" "$D/up"
	mkdir -p "$D/first/only"
	echo above >"$D/first/file2"
	conf "overlay:$IMAGE:$D/none/upper" "$RO_BUSYBOX" "lxcbox.rootfs.tmpfs = size=64k"
	start sh -c 'busybox cat /file; echo new >/file; busybox cat /file; busybox stat -c "%a %u" /; busybox stat -f -c %T /'
	want_status 0
	want_out_has squash new "755 0"
	[ ! -e "$D/none" ] || fail "the upper directory was made on disk"
	mkdir -p "$W/layers"
	mount -t tmpfs none "$W/layers"
	conf "overlay:$D/first:$IMAGE:$W/layers/up/upper" "$RO_BUSYBOX"
	start sh -c 'busybox cat /file /file2; busybox ls -d /only; echo new >/made'
	want_status 0
	want_out "squash
above
/only"
	want_eq "made in the upper one" "$(cat "$W/layers/up/upper/made")" new
	conf "overlay:$IMAGE:$W/layers/up2/upper" "$RO_BUSYBOX"
	daemon
	want_eq "loop devices" "$(loops "$IMAGE" | grep -c .)" 1
	stop
	umount "$W/layers" || fail "a layer is busy"
	want_no_loops
else
	skip storage-overlay-image "no overlay in this build or kernel"
fi
end

begin storage-failing-start
conf "$IMAGE" "$RO_BUSYBOX" "lxc.mount.entry = /nowhere bin none bind 0 0"
start true
want_failure
want_one_line
want_no_loops
conf "$IMAGE" "lxc.cgroup.memory.nowhere = 1"
start true
want_failure
want_no_loops
conf "$IMAGE" "$RO_BUSYBOX" "lxc.rootfs.options = nowhere=1"
start true
want_failure
want_err_has "$W/conf:2: lxc.rootfs.path:" "nowhere=1"
want_no_loops
conf "$IMAGE" "$RO_BUSYBOX"
run lxc-start -F -n "$NAME" -f "$W/conf" -P "$LXCPATH" -- /nowhere
want_status 1
want_no_loops
end

begin storage-killed
conf "$IMAGE" "$RO_BUSYBOX"
for who in init monitor both; do
	daemon
	pid=$(init_pid "$NAME")
	monitor=$(sed -n 's/^monitor	\([0-9]*\).*/\1/p' "$(ls -d /run/lxcbox/"$NAME"@*)/record" | tail -n 1)
	case $who in
	init) kill -9 "$pid" ;;
	monitor) kill -9 "$monitor" ;;
	both) kill -9 "$monitor" "$pid" ;;
	esac
	wait_until 5 no_loops || fail "$who killed: loop device $(loops "$D/") is left"
	wait_until 10 repaired || fail "$who killed: left $(echo "$left_paths" | head -n 3 | tr '\n' ' ')"
	want_no_loops
done
daemon
stop
want_no_loops
end

else
	skip storage-squashfs "this kernel has no squashfs"
fi

if [ -n "$ext2" ]; then

begin storage-written-to
conf "$D/root.ext2" "$BUSYBOX_ENTRY"
start sh -c 'echo kept >/file'
want_status 0
conf "loop:$D/root.ext2" "$BUSYBOX_ENTRY" "lxc.rootfs.options = noatime,errors=continue"
start sh -c 'busybox cat /file; busybox mkdir -p /proc; busybox mount -t proc proc /proc; busybox cat /proc/self/mountinfo'
want_status 0
want_out_has kept
grep -q ' / / rw,noatime.* - ext[24] /[^ ]* rw' "$W/out" || fail "its root is $(grep ' / / ' "$W/out")"
conf "$D/root.ext2" "$RO_BUSYBOX" "lxc.rootfs.options = ro"
start sh -c 'busybox cat /file; (echo x >/new) 2>/dev/null || echo refused'
want_out "kept
refused"
want_no_loops
end

begin storage-one-at-a-time
conf "$D/root.ext2" "$BUSYBOX_ENTRY"
daemon
want_eq "to be written to" "$(cat "/sys/block/loop$(loops "$D/root.ext2")/ro")" 0
ln -f "$D/root.ext2" "$D/second-name"
for path in "$D/root.ext2" "loop:$D/../images/root.ext2"; do
	sed "s/= storage$/= storage2/; s,= .*root.ext2$,= $path," "$W/conf" >"$W/conf2"
	run lxc-start -F -n storage2 -f "$W/conf2" -P "$LXCPATH" -- /bin/busybox true
	want_failure
	want_err_has "is in use by container 'storage'"
	want_one_line
done
# Another name of the same file, which the lock knows.
for ro in "" ro; do
	sed "s/= storage$/= storage2/; s,root.ext2,second-name," "$W/conf" >"$W/conf2"
	echo "lxc.rootfs.options = $ro" >>"$W/conf2"
	run lxc-start -F -n storage2 -f "$W/conf2" -P "$LXCPATH" -- /bin/busybox true
	want_failure
	want_err_has "is in use"
	want_one_line
done
rm "$D/second-name"
stop
want_no_loops
end

begin storage-block-device
n=
for n in 7 6 5 4 3 2; do
	rm -f "$D/node"
	mknod "$D/node" b 7 "$n" && losetup "$D/node" "$D/root.ext2" 2>/dev/null && break
	n=
done
if [ -n "$n" ]; then
	for path in "$D/node" "lvm:$D/node"; do
		conf "$path" "$BUSYBOX_ENTRY"
		start sh -c 'busybox cat /file'
		want_status 0
		want_out kept
	done
	conf "$D/node" "$BUSYBOX_ENTRY"
	daemon
	sed "s/= storage$/= storage2/" "$W/conf" >"$W/conf2"
	run lxc-start -F -n storage2 -f "$W/conf2" -P "$LXCPATH" -- /bin/busybox true
	want_failure
	want_err_has "is in use by container 'storage'"
	stop
	want_nothing_left
	losetup -d "$D/node" || fail "the device is busy"
	want_no_loops
	end
else
	skip storage-block-device "no free loop device could be set up"
fi

else
	skip storage-written-to "this kernel has no ext2"
fi

begin storage-refused
echo text >"$D/text"
conf "$D/text"
start true
want_failure
want_err_has "$W/conf:2: lxc.rootfs.path: '$D/text' has no file system that is known here"
want_one_line
conf "dir:$IMAGE"
start true
want_failure
want_err_has "'$IMAGE' is not a directory"
conf "loop:$D"
start true
want_failure
want_err_has "'$D' is neither a file nor a block device"
conf "loop:$D/missing"
start true
want_failure
want_err_has "'$D/missing'"
for kind in nbd zfs rbd btrfs; do
	conf "$kind:$IMAGE"
	start true
	want_failure
	want_err_has "'$kind'"
	want_one_line
done
conf "ubi7:rootfs"
start true
want_failure
want_err_has ubifs
want_one_line
want_no_loops
end

finish
