# SPDX-License-Identifier: MIT
# owns: lxcbox.rootfs.verity: what runs is what the root hash vouches for, or nothing; no mapped or loop device is ever left
# never: leaves a device behind
# profile: full

. "$T/lib.sh"
NAME=verity
LXCPATH=$W/lxc
D=$W/images
IMAGE=$D/verity.ext2
SIZE=2097152

if ! lxcbox --features | grep -q '^roots with dm-verity: yes'; then
	skip verity "not in this build (CONFIG_ROOTFS_VERITY)"
	finish
fi
if ! grep -q 'ext[24]$' /proc/filesystems; then
	skip verity "this kernel has no ext2"
	finish
fi
mkdir -p "$D"
mapper=
! grep -q device-mapper /proc/misc || mapper=1

# devices: what there is of ours
devices()
{
	grep -l -F "$D/" /sys/block/loop*/loop/backing_file 2>/dev/null
	grep -l '^lxcbox-' /sys/block/dm-*/dm/name 2>/dev/null
}

no_devices()
{
	[ -z "$(devices)" ]
}

want_no_devices()
{
	wait_until 5 no_devices || fail "left: $(devices | tr '\n' ' ')"
	[ -z "$(ls -a /dev /run/lxcbox 2>/dev/null | grep '^\.lxcbox')" ] || fail "a node is left"
	want_nothing_left
}

repaired()
{
	lxc-ls --repair -P "$LXCPATH" >/dev/null 2>&1
	nothing_left
}

# conf PATH VERITY LINE...
conf()
{
	{
		echo "lxc.uts.name = $NAME"
		echo "lxc.rootfs.path = $1"
		[ -z "$2" ] || echo "lxcbox.rootfs.verity = $2"
		echo "$NO_CONSOLE"
		shift 2
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

RO_BUSYBOX="lxc.mount.entry = /bin/busybox bin/busybox none bind,ro 0 0"
begin verity-images
dd if=/dev/zero of="$IMAGE" bs=1024 count=2048 2>/dev/null
# Blocks as large as those of the tree, which become the sectors of the mapped device.
mke2fs -F -b 4096 "$IMAGE" >/dev/null 2>&1 || mkfs.ext2 -F -b 4096 "$IMAGE" >/dev/null 2>&1
conf "$IMAGE" "" "$BUSYBOX_ENTRY"
start sh -c 'echo vouched >/file; busybox mkdir /proc; busybox dd if=/dev/zero bs=1k count=1200 2>/dev/null | busybox tr "\000" A >/big'
want_status 0
cp "$IMAGE" "$D/plain.ext2"
HASH=$(hashtree "$IMAGE")
want_eq "apart" "$(cp "$D/plain.ext2" "$D/apart.ext2" && hashtree "$D/apart.ext2" "$D/apart.tree")" "$HASH"
WRONG=$(echo "$HASH" | tr 0-9a-f 1-9a-f0)
end

begin verity-wrong-root-hash
conf "$IMAGE" "$WRONG offset=$SIZE" "$RO_BUSYBOX"
start true
want_failure
want_err_has "$W/conf:3: lxcbox.rootfs.verity: the root hash is not the image's"
want_one_line
want_no_devices
end

begin verity-no-tree
conf "$D/plain.ext2" "$HASH offset=1048576" "$RO_BUSYBOX"
start true
want_failure
want_err_has "$W/conf:3: lxcbox.rootfs.verity: there is no hash tree at 1048576"
conf "$D/plain.ext2" "$HASH" "$RO_BUSYBOX"
start true
want_failure
want_err_has "offset=BYTES or hash=FILE"
want_one_line
# A tree whose data would go beyond the file.
head -c 1000000 "$D/plain.ext2" >"$D/short.ext2"
conf "$D/short.ext2" "$HASH hash=$D/apart.tree" "$RO_BUSYBOX"
start true
want_failure
want_err_has "of more data than there is"
mkdir -p "$D/dir"
conf "$D/dir" "$HASH" "$RO_BUSYBOX"
start true
want_failure
want_err_has "$W/conf:3: lxcbox.rootfs.verity: lxc.rootfs.path is not of one image"
want_one_line
want_no_devices
end

if [ -z "$mapper" ]; then
	begin verity-without-device-mapper
	conf "$IMAGE" "$HASH offset=$SIZE" "$RO_BUSYBOX"
	start true
	want_failure
	want_err_has "$W/conf:3: lxcbox.rootfs.verity:" "device-mapper is not in this kernel (CONFIG_BLK_DEV_DM)"
	want_one_line
	want_no_devices
	end
	skip verity "this kernel has no device-mapper"
	finish
fi

begin verity-vouched-for
for how in "$IMAGE|offset=$SIZE" "$D/apart.ext2|hash=$D/apart.tree"; do
	conf "${how%|*}" "$HASH ${how#*|}" "$RO_BUSYBOX"
	start sh -c 'busybox cat /file; (echo x >/new) 2>/dev/null || echo refused; busybox wc -c </big'
	want_status 0
	want_out "vouched
refused
1228800"
	want_no_devices
done
end

begin verity-seen-from-outside
conf "$IMAGE" "$HASH offset=$SIZE" "$RO_BUSYBOX"
daemon
pid=$(init_pid "$NAME")
dm=$(awk '$5 == "/" { print $3 }' "/proc/$pid/mountinfo")
sys=$(dirname "$(grep -l "^$dm\$" /sys/block/dm-*/dev)")
want_eq "the mapped device" "$(cat "$sys/dm/name" "$sys/ro" | tr '\n' ' ')" "lxcbox-$(basename "$(ls -d /run/lxcbox/"$NAME"@*)") 1 "
want_eq "what it lies on" "$(ls "$sys/slaves" | grep -c loop)" 1
has "$(ls -d /run/lxcbox/"$NAME"@*)/record" "verity	lxcbox-$NAME@"
want_eq "inside" "$(cat "/proc/$pid/root/file")" vouched
run lxc-stop -n "$NAME" -P "$LXCPATH" -k
want_status 0
want_no_devices
end

# One image for two, each with a device of its own.
begin verity-for-two
conf "$IMAGE" "$HASH offset=$SIZE" "$RO_BUSYBOX"
daemon
sed 's/= verity$/= verity2/' "$W/conf" >"$W/conf2"
run lxc-start -F -n verity2 -f "$W/conf2" -P "$LXCPATH" -- /bin/busybox cat /file
want_status 0
want_out vouched
run lxc-stop -n "$NAME" -P "$LXCPATH" -k
want_no_devices
end

begin verity-corrupted-block
cp "$IMAGE" "$D/bad.ext2"
echo flipped | dd of="$D/bad.ext2" bs=4096 seek=256 conv=notrunc 2>/dev/null
conf "$D/bad.ext2" "$HASH offset=$SIZE" "$RO_BUSYBOX"
start sh -c 'busybox cat /file; busybox cat /big >/dev/null'
[ "$STATUS" -ne 0 ] || fail "a block that was changed was read"
want_out vouched
want_err_has "I/O error"
want_no_devices
# And in the tree, and where the file system begins.
cp "$IMAGE" "$D/bad.ext2"
echo flipped | dd of="$D/bad.ext2" bs=1024 seek=1 conv=notrunc 2>/dev/null
printf '\123\357' | dd of="$D/bad.ext2" bs=1 seek=1080 conv=notrunc 2>/dev/null
start true
want_failure
want_one_line
want_no_devices
cp "$IMAGE" "$D/bad.ext2"
echo flipped | dd of="$D/bad.ext2" bs=4096 seek=$((SIZE / 4096 + 1)) conv=notrunc 2>/dev/null
start true
want_failure
want_err_has "the root hash is not the image's"
want_no_devices
end

begin verity-overlay
if lxcbox --features | grep -q '^roots of kind overlay: yes' && grep -q overlay /proc/filesystems; then
	conf "overlay:$IMAGE:$D/none/upper" "$HASH offset=$SIZE" "$RO_BUSYBOX" "lxcbox.rootfs.tmpfs = size=64k"
	start sh -c 'busybox cat /file; echo new >/file; busybox cat /file'
	want_status 0
	want_out "vouched
new"
	conf "overlay:$IMAGE:$D/apart.ext2:$D/none/upper" "$HASH offset=$SIZE" "$RO_BUSYBOX" "lxcbox.rootfs.tmpfs = size=64k"
	start true
	want_failure
	want_err_has "lxc.rootfs.path is not of one image"
	want_no_devices
else
	skip verity-overlay "no overlay in this build or kernel"
fi
end

begin verity-failing-start
conf "$IMAGE" "$HASH offset=$SIZE" "$RO_BUSYBOX" "lxc.mount.entry = /nowhere bin none bind 0 0"
start true
want_failure
want_one_line
want_no_devices
conf "$IMAGE" "$HASH offset=$SIZE" "lxc.cgroup.memory.nowhere = 1"
start true
want_failure
want_no_devices
end

begin verity-killed
conf "$IMAGE" "$HASH offset=$SIZE" "$RO_BUSYBOX"
for who in init monitor both; do
	daemon
	pid=$(init_pid "$NAME")
	monitor=$(sed -n 's/^monitor	\([0-9]*\).*/\1/p' "$(ls -d /run/lxcbox/"$NAME"@*)/record" | tail -n 1)
	case $who in
	init) kill -9 "$pid" ;;
	monitor) kill -9 "$monitor" ;;
	both) kill -9 "$monitor" "$pid" ;;
	esac
	wait_until 5 no_devices || fail "$who killed: left $(devices | tr '\n' ' ')"
	wait_until 10 repaired || fail "$who killed: left $(echo "$left_paths" | head -n 3 | tr '\n' ' ')"
done
want_no_devices
end

finish
