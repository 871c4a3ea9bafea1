# SPDX-License-Identifier: MIT
# owns: lxc-copy, lxc-clone, lxc-start-ephemeral: what a copy is made of, what it is refused for, what is left when it is interrupted
# never: needs a network or a program of the host but BusyBox
# profile: full

. "$T/lib.sh"
NAME=copied
LXCPATH=$W/lxc
P=$LXCPATH

if ! lxcbox --list | grep -q '^lxc-copy$'; then
	skip copy "not in this build (CONFIG_LXC_COPY)"
	finish
fi
mkdir -p "$W/disk"
mount -t tmpfs -o mode=755,size=24m disk "$W/disk"
P=$W/disk/lxc
LXCPATH=$P
mkdir -p "$P"
trap 'umount "$W/disk"' EXIT

# A container a: a tree, a hook of its own, an fstab
fresh()
{
	rm -rf "${P:?}"/*
	mkdir -p "$P/a/rootfs/bin" "$P/a/rootfs/sbin" "$P/a/rootfs/etc" "$P/a/rootfs/dev" "$P/a/rootfs/tmp" "$P/a/rootfs/proc"
	cp /bin/busybox "$P/a/rootfs/bin/busybox"
	ln -s busybox "$P/a/rootfs/bin/sh"
	ln -s ../bin/busybox "$P/a/rootfs/sbin/init"
	ln -s /etc/passwd "$P/a/rootfs/etc/link"
	echo a >"$P/a/rootfs/etc/hostname"
	chmod 4755 "$P/a/rootfs/bin/busybox"
	ln "$P/a/rootfs/etc/hostname" "$P/a/rootfs/etc/hostname2"
	cat >"$P/a/hook" <<'END'
#!/bin/sh
{
	echo "args $*"
	env | grep ^LXC_ | sort
	ls "$LXC_ROOTFS_MOUNT/etc"
} >"${0%/*}/said"
END
	chmod 755 "$P/a/hook"
	echo "tmpfs tmp tmpfs nodev 0 0" >"$P/a/fstab"
	cat >"$P/a/config" <<END
# a comment
lxc.utsname = a
lxc.rootfs.path = dir:$P/a/rootfs
$NO_CONSOLE
lxc.hook.clone = $P/a/hook with words
lxc.mount.fstab = $P/a/fstab
lxc.mount.entry = tmpfs $P/a/rootfs/dev tmpfs nosuid 0 0
END
}

gone()
{
	[ ! -e "$P/$1" ]
}

copy()
{
	run lxc-copy -n a -P "$P" "$@"
}

begin copy-whole
fresh
copy -N b -- one 'two words'
want_status 0
want_out ""
want_eq "config" "$(cat "$P/b/config")" "# a comment
lxc.utsname = b
lxc.rootfs.path = dir:$P/b/rootfs
$NO_CONSOLE
lxc.hook.clone = $P/b/hook with words
lxc.mount.fstab = $P/b/fstab
lxc.mount.entry = tmpfs $P/b/rootfs/dev tmpfs nosuid 0 0"
want_eq "fstab" "$(cat "$P/b/fstab")" "tmpfs tmp tmpfs nodev 0 0"
has "$P/b/said" "args with words b lxc clone one two words" "LXC_SRC_NAME=a" "LXC_NAME=b" "LXC_CONFIG_FILE=$P/b/config" \
	"LXC_ROOTFS_PATH=$P/b/rootfs" "LXC_HOOK_TYPE=clone" hostname2
want_eq "host name" "$(cat "$P/b/rootfs/etc/hostname")" b
want_eq "the original's" "$(cat "$P/a/rootfs/etc/hostname")" a
want_eq "mode" "$(stat -c %a "$P/b/rootfs/bin/busybox")" 4755
want_eq "links" "$(stat -c %h "$P/b/rootfs/etc/hostname")" 2
want_eq "link" "$(readlink "$P/b/rootfs/etc/link")" /etc/passwd
gone b/partial || fail "it is marked as partial"
gone a/said || fail "the hook of the original ran"
run lxc-start -F -n b -P "$P" -- /bin/sh -c 'busybox hostname; busybox cat /etc/hostname'
want_status 0
want_out "b
b"
end

begin copy-keeps-name-and-address
fresh
cat >>"$P/a/config" <<'END'
lxc.net.0.type = veth
lxc.net.0.hwaddr = 00:16:3e:11:22:33
lxc.net.1.type = veth
lxc.net.1.hwaddr = 00:16:3e:11:22:34
END
copy -N b -K
want_status 0
has "$P/b/config" "lxc.utsname = a"
want_eq "host name" "$(cat "$P/b/rootfs/etc/hostname")" a
! grep -q 00:16:3e:11 "$P/b/config" || fail "the hardware addresses are the original's"
want_eq "new addresses" "$(grep -c '^lxc.net.*hwaddr = 10:66:6a:' "$P/b/config")" 2
copy -N c -M
want_status 0
has "$P/c/config" 00:16:3e:11:22:33 00:16:3e:11:22:34 "lxc.utsname = c"
end

begin copy-of-old-names-and-elsewhere
fresh
mkdir "$W/disk/tree"
mv "$P/a/rootfs" "$W/disk/tree/x"
printf 'lxc.rootfs = %s\nlxc.utsname=a # mine\n' "$W/disk/tree/x" >"$P/a/config"
copy -N b -p "$W/disk/other"
want_status 0
want_eq config "$(cat "$W/disk/other/b/config")" "lxc.rootfs = dir:$W/disk/other/b/rootfs
lxc.utsname=b # mine"
[ -x "$W/disk/other/b/rootfs/bin/busybox" ] || fail "the tree is not there"
rm -rf "$W/disk/tree" "$W/disk/other"
end

begin copy-refused
fresh
mkdir "$P/b"
echo x >"$P/b/config"
for args in "-N b" "-N a" "-N ../x" "-N .x" "" "-N c -F" "-N c -t" "-N c -m bind=/" "-N c -B btrfs" "-N c -B overlay" "-N c -s -B dir" "-R -s -N c"; do
	# shellcheck disable=SC2086
	copy $args
	want_failure
	want_one_line
	want_eq "after '$args'" "$(ls "$P" | tr '\n' ' ')" "a b "
done
run lxc-copy -n missing -N c -P "$P"
want_failure
want_err_has "container missing is not defined"
want_one_line
want_eq "the other's" "$(cat "$P/b/config")" x
end

begin copy-running-is-refused
fresh
run lxc-start -n a -P "$P" -- /bin/sh -c 'while :; do busybox sleep 1; done'
want_status 0
copy -N b
want_failure
want_err_has "original container (a) is running"
want_one_line
gone b || fail "b is there"
copy -N b -a
want_status 0
[ -x "$P/b/rootfs/bin/busybox" ] || fail "no tree"
run lxc-snapshot -n a -P "$P"
want_failure
gone a/snaps || fail "snaps is left"
run lxc-stop -n a -k -P "$P"
want_status 0
end

begin copy-hook-fails
fresh
printf '#!/bin/sh\necho because; exit 3\n' >"$P/a/hook"
copy -N b
want_failure
want_err_has "lxc.hook.clone" "ended with status 3" because
want_one_line
gone b || fail "something is left: $(ls "$P/b")"
end

begin copy-full-disk
fresh
dd if=/dev/zero of="$P/a/rootfs/large" bs=1M count=14 2>/dev/null
copy -N b
want_failure
want_err_has "No space left" large
want_one_line
gone b || fail "something is left"
copy -N b -s
if grep -q overlay /proc/filesystems; then
	want_status 0
fi
end

if ! grep -q overlay /proc/filesystems; then
	skip copy-snapshot "not in this kernel (CONFIG_OVERLAY_FS)"
	finish
fi

begin copy-snapshot
fresh
copy -N s -s
want_status 0
has "$P/s/config" "lxc.rootfs.path = overlay:$P/a/rootfs:$P/s/delta0" "lxc.utsname = s"
want_eq "origin" "$(cat "$P/s/lxc_rdepends")" "$P
a"
want_eq "clones" "$(cat "$P/a/lxc_snapshots")" "$P
s"
[ -d "$P/s/olwork" ] && [ -d "$P/s/rootfs" ] || fail "a directory is missing"
run lxc-start -F -n s -P "$P" -- /bin/sh -c 'busybox cat /etc/hostname; echo new >/etc/new; busybox rm /etc/link'
want_out s
want_status 0
[ ! -e "$P/a/rootfs/etc/new" ] || fail "written to the original"
run lxc-copy -n s -N s2 -s -P "$P"
want_status 0
has "$P/s2/config" "lxc.rootfs.path = overlay:$P/a/rootfs:$P/s2/delta0"
want_eq "written" "$(cat "$P/s2/delta0/etc/new")" new
[ -c "$P/s2/delta0/etc/link" ] || fail "what was removed is there again"
want_eq "clones" "$(grep -c . "$P/a/lxc_snapshots")" 4
run lxc-destroy -n a -P "$P"
want_failure
run lxc-copy -n s -N flat -B dir -P "$P"
want_status 0
has "$P/flat/config" "lxc.rootfs.path = dir:$P/flat/rootfs"
[ -x "$P/flat/rootfs/bin/busybox" ] && [ ! -e "$P/flat/rootfs/etc/link" ] || fail "the tree is not what the overlay shows"
run lxc-destroy -n s2 -P "$P"
want_status 0
run lxc-destroy -n s -P "$P"
want_status 0
gone a/lxc_snapshots || fail "the original still knows $(cat "$P/a/lxc_snapshots")"
run lxc-destroy -n a -P "$P"
want_status 0
end

begin copy-rename
fresh
run lxc-copy -n a -N z -R -P "$P"
want_status 0
gone a || fail "the old one is there"
want_eq config "$(grep -v '^#' "$P/z/config")" "lxc.utsname = z
lxc.rootfs.path = dir:$P/z/rootfs
$NO_CONSOLE
lxc.hook.clone = $P/z/hook with words
lxc.mount.fstab = $P/z/fstab
lxc.mount.entry = tmpfs $P/z/rootfs/dev tmpfs nosuid 0 0"
run lxc-copy -n z -N s -s -P "$P"
run lxc-copy -n z -N y -R -P "$P"
want_failure
want_err_has "has snapshots"
want_one_line
run lxc-copy -n s -N t -R -P "$P"
want_status 0
want_eq "clones" "$(cat "$P/z/lxc_snapshots")" "$P
t"
has "$P/t/config" "overlay:$P/z/rootfs:$P/t/delta0"
run lxc-start -F -n t -P "$P" -- /bin/sh -c 'busybox cat /etc/hostname'
want_status 0
mkdir "$W/disk/far"
mount -t tmpfs far "$W/disk/far"
run lxc-destroy -n t -P "$P"
run lxc-copy -n z -N w -R -P "$P" -p "$W/disk/far/lxc"
want_status 0
gone z || fail "the old one is there"
has "$W/disk/far/lxc/w/config" "lxc.rootfs.path = dir:$W/disk/far/lxc/w/rootfs"
[ -x "$W/disk/far/lxc/w/rootfs/bin/busybox" ] || fail "no tree"
umount "$W/disk/far"
end

begin copy-ephemeral
fresh
copy -e -- /bin/sh -c 'busybox hostname; echo x >/here; exit 7'
want_status 7
name=$(sed -n 's/^Created \(a_......\) as clone of a$/\1/p' "$W/out")
[ -n "$name" ] || fail "no name is told: $(cat "$W/out")"
want_out_has "$name"
wait_until 10 gone "$name" || fail "it is left"
gone a/rootfs/here || fail "written to the original"
copy -e -N eph -m "bind=$P/a/fstab:/etc/link2:ro,overlay=$P/a/rootfs/etc:/over"
want_status 0
want_out "Created eph as clone of a"
has "$P/eph/config" "lxc.ephemeral = 1" "$P/a/fstab etc/link2 none bind,optional,ro,create=file 0 0"
run lxc-attach -n eph -P "$P" -- /bin/sh -c 'busybox cat /etc/link2 /over/hostname; echo y >/over/new'
want_out "tmpfs tmp tmpfs nodev 0 0
a"
gone a/rootfs/etc/new || fail "written through the overlay"
run lxc-stop -n eph -k -P "$P"
wait_until 10 gone eph || fail "it is left: $(ls "$P/eph")"
copy -e -D -N kept
want_status 0
run lxc-stop -n kept -k -P "$P"
[ -f "$P/kept/config" ] || fail "it was not kept"
end

begin copy-ephemeral-on-tmpfs
fresh
copy -e -t -N eph
want_status 0
want_out "Created eph as clone of a
Container is placed on tmpfs.
Rebooting will cause all changes made to it to be lost!"
run lxc-attach -n eph -P "$P" -- /bin/sh -c 'echo x >/new; busybox cat /etc/hostname /new'
want_out "eph
x"
gone eph/delta0/new || fail "written to the disk"
run lxc-stop -n eph -k -P "$P"
wait_until 10 gone eph || fail "it is left"
end

begin copy-ephemeral-fails
fresh
rm "$P/a/rootfs/sbin/init"
copy -e -N eph
want_failure
want_err_has init
gone eph || fail "it is left"
end

begin clone-old-spelling
fresh
run lxc-clone -p "$P" -P "$P" a b
want_status 0
want_out "Created container b as copy of a"
run lxc-clone -p "$P" -P "$P" -s -o a -n c
want_status 0
want_out "Created container c as snapshot of a"
has "$P/c/config" "overlay:$P/a/rootfs:$P/c/delta0"
run lxc-clone -p "$P" -P "$P" -R b d
want_status 0
gone b || fail "it was not renamed"
run lxc-clone -p "$P" a
want_failure
want_err_has "you must provide orig and new names"
end

begin start-ephemeral-old-spelling
fresh
run lxc-start-ephemeral -P "$P" -o a -n eph -- /bin/sh -c 'busybox hostname; exit 5'
want_status 5
want_out_has eph
wait_until 10 gone eph || fail "it is left"
run lxc-start-ephemeral -P "$P" -o a -n eph -d -k -b "$P/a/rootfs/etc:/etc2"
want_status 0
has "$P/eph/config" "bind,optional,rw,create=dir"
run lxc-stop -n eph -k -P "$P"
[ -d "$P/eph/delta0" ] || fail "it was not kept"
end

# At any instant: what a killed one leaves is no container, and the next one takes its place.
begin copy-killed
fresh
for n in 1 2 3 4 5 6 7 8; do
	mkdir "$P/a/rootfs/d$n"
	dd if=/dev/zero of="$P/a/rootfs/d$n/file" bs=512k count=1 2>/dev/null
done
for delay in 2000 5000 10000 20000 40000 80000; do
	lxc-copy -n a -N b -P "$P" >/dev/null 2>&1 &
	usleep $delay
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	if [ -e "$P/b" ] && [ ! -e "$P/b/partial" ] && [ -e "$P/b/config" ]; then
		cmp -s "$P/a/rootfs/d8/file" "$P/b/rootfs/d8/file" || fail "half a copy looks whole"
		run lxc-destroy -n b -P "$P"
		continue
	fi
	copy -N b
	want_status 0
	run lxc-destroy -n b -P "$P"
	want_status 0
done
lxc-copy -n a -N b -P "$P" >/dev/null 2>&1 &
kill -TERM $!
wait $!
[ ! -e "$P/b" ] || [ ! -e "$P/b/partial" ] || fail "a signal has left something"
want_eq "left over" "$(ls -d /run/lxcbox/[ab]@* 2>/dev/null)" ""
end

finish
