# SPDX-License-Identifier: MIT
# owns: lxc-snapshot: made, listed, restored, removed; what is there when a restore is killed
# never: needs a network
# profile: full

. "$T/lib.sh"
NAME=snapped
if ! lxcbox --list | grep -q '^lxc-snapshot$'; then
	skip snapshot "not in this build (CONFIG_LXC_SNAPSHOT)"
	finish
fi
mkdir -p "$W/disk"
mount -t tmpfs -o mode=755,size=24m disk "$W/disk"
P=$W/disk/lxc
LXCPATH=$P
trap 'umount "$W/disk"' EXIT

fresh()
{
	rm -rf "${P:?}"
	mkdir -p "$P/a/rootfs/bin" "$P/a/rootfs/dev" "$P/a/rootfs/proc" "$P/a/rootfs/etc"
	cp /bin/busybox "$P/a/rootfs/bin/busybox"
	echo one >"$P/a/rootfs/file"
	echo mine >"$P/a/rootfs/etc/hostname"
	cat >"$P/a/config" <<END
lxc.uts.name = mine
lxc.rootfs.path = dir:$P/a/rootfs
$NO_CONSOLE
lxc.net.0.type = veth
lxc.net.0.hwaddr = 00:16:3e:11:22:33
END
}

snap()
{
	run lxc-snapshot -n a -P "$P" "$@"
}

begin snapshot-list
fresh
snap -L
want_status 0
want_out "No snapshots"
echo "a comment" >"$W/comment"
snap -c "$W/comment"
want_status 0
want_out ""
snap
want_status 0
snap -L
want_status 0
want_eq "lines" "$(sed 's/[0-9]\{4\}:[01][0-9]:[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9]$/TIME/' "$W/out")" "snap0 ($P/a/snaps) TIME
snap1 ($P/a/snaps) TIME"
snap -L -C
want_eq "with comments" "$(sed -n 2p "$W/out")" "a comment"
has "$P/a/snaps/snap0/config" "lxc.uts.name = mine" "lxc.rootfs.path = dir:$P/a/snaps/snap0/rootfs" "00:16:3e:11:22:33"
want_eq "tree" "$(cat "$P/a/snaps/snap0/rootfs/file")" one
run lxc-destroy -n a -P "$P"
want_failure
run lxc-copy -n a -N b -R -P "$P"
want_failure
want_err_has "has snapshots"
run lxc-snapshot -n missing -P "$P" -L
want_failure
end

begin snapshot-restore
echo two >"$P/a/rootfs/file"
echo more >"$P/a/rootfs/more"
snap -r snap0
want_status 0
want_eq "file" "$(cat "$P/a/rootfs/file")" one
[ ! -e "$P/a/rootfs/more" ] || fail "what came later is still there"
has "$P/a/config" "lxc.rootfs.path = dir:$P/a/rootfs" "lxc.uts.name = mine" "00:16:3e:11:22:33"
want_eq "left" "$(ls -A "$P/a" | tr '\n' ' ')" "config rootfs snaps "
snap -r snap1 -N other
want_status 0
has "$P/other/config" "lxc.rootfs.path = dir:$P/other/rootfs" "lxc.uts.name = other"
! grep -q 00:16:3e:11:22:33 "$P/other/config" || fail "two have one hardware address"
snap -r snap1 third
want_status 0
[ -f "$P/third/config" ] || fail "no third"
snap -r snap7
want_failure
want_err_has "no snapshot snap7"
want_one_line
snap -r ../../other
want_failure
end

begin snapshot-destroy
snap -d snap0
want_status 0
snap -d snap0
want_failure
want_err_has "no snapshot snap0"
want_one_line
snap
snap -L
want_eq "names" "$(cut -d' ' -f1 "$W/out" | tr '\n' ' ')" "snap0 snap1 "
snap -d ALL
want_status 0
snap -L
want_out "No snapshots"
[ ! -e "$P/a/snaps" ] || fail "snaps is left"
run lxc-destroy -n a -P "$P"
want_status 0
end

# Whenever it is killed: the old tree or the new one is whole, and the next command ends it.
begin snapshot-restore-killed
fresh
dd if=/dev/zero of="$P/a/rootfs/large" bs=1M count=2 2>/dev/null
snap
echo two >"$P/a/rootfs/file"
for delay in 1000 3000 6000 9000 12000 15000 20000 30000 45000; do
	lxc-snapshot -n a -P "$P" -r snap0 >/dev/null 2>&1 &
	usleep $delay
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	whole=
	for d in "$P/a" "$P/a/.restored" "$P/a/.replaced"; do
		[ ! -x "$d/rootfs/bin/busybox" ] || [ ! -f "$d/rootfs/file" ] || [ ! -f "$d/rootfs/large" ] || whole=1
	done
	[ -n "$whole" ] || fail "no tree is whole after $delay us"
	[ -f "$P/a/config" ] || fail "no config after $delay us"
done
snap -r snap0
want_status 0
want_eq "file" "$(cat "$P/a/rootfs/file")" one
want_eq "left" "$(ls -A "$P/a" | tr '\n' ' ')" "config rootfs snaps "
end

# What a restore that was killed behind its last word has left, as the next command finds it.
begin snapshot-settled
fresh
snap
mkdir "$P/a/.restored" "$P/a/.replaced"
mv "$P/a/rootfs" "$P/a/.replaced/rootfs"
cp -a "$P/a/snaps/snap0/rootfs" "$P/a/.restored/rootfs"
echo new >"$P/a/.restored/rootfs/file"
sed 's/mine/settled/' "$P/a/config" >"$P/a/.restored/config"
run lxc-copy -n a -N b -P "$P"
want_status 0
want_eq "file" "$(cat "$P/a/rootfs/file")" new
has "$P/a/config" settled
want_eq "left" "$(ls -A "$P/a" | tr '\n' ' ')" "config rootfs snaps "
want_eq "copied" "$(cat "$P/b/rootfs/file")" new
end

# A start is such a command, too, and runs what has come in place.
begin snapshot-settled-by-start
fresh
snap
mkdir "$P/a/.restored" "$P/a/.replaced"
mv "$P/a/rootfs" "$P/a/.replaced/rootfs"
cp -a "$P/a/snaps/snap0/rootfs" "$P/a/.restored/rootfs"
echo new >"$P/a/.restored/rootfs/file"
sed -i /lxc.net/d "$P/a/config"
sed 's/^lxc.uts.name.*/lxc.uts.name = settled/' "$P/a/config" >"$P/a/.restored/config"
run lxc-start -F -n a -P "$P" -- /bin/busybox sh -c '/bin/busybox cat /file; /bin/busybox hostname'
want_status 0
want_out "$(printf 'new\nsettled')"
want_eq "left" "$(ls -A "$P/a" | tr '\n' ' ')" "config rootfs snaps "
end

if grep -q overlay /proc/filesystems; then
	begin snapshot-of-overlay
	fresh
	run lxc-copy -n a -N o -s -P "$P"
	want_status 0
	echo one >"$P/o/delta0/written"
	run lxc-snapshot -n o -P "$P"
	want_status 0
	has "$P/o/snaps/snap0/config" "overlay:$P/a/rootfs:$P/o/snaps/snap0/delta0"
	[ ! -e "$P/o/snaps/snap0/rootfs/bin" ] || fail "the whole tree was copied"
	echo two >"$P/o/delta0/written"
	run lxc-snapshot -n o -P "$P" -r snap0
	want_status 0
	want_eq "written" "$(cat "$P/o/delta0/written")" one
	has "$P/o/config" "overlay:$P/a/rootfs:$P/o/delta0"
	sed -i /lxc.net/d "$P/o/config"
	run lxc-start -F -n o -P "$P" -- /bin/busybox cat /written
	want_out one
	run lxc-destroy -n a -P "$P"
	want_failure
	run lxc-destroy -n o -s -P "$P"
	want_status 0
	run lxc-destroy -n a -P "$P"
	want_status 0
	end
fi

finish
