# SPDX-License-Identifier: MIT
# owns: the mount tunnel of lxc.mount.auto = shmounts: what arrives, what is undone and what was there before
# never: leaves a mount of its own on the host
# needs: CONFIG_MOUNT_TUNNEL
# profile: full

. "$T/lib.sh"
R=$W/root
NAME=tunnel
TUNNEL=$W/host/tunnel


write_conf "$NO_CONSOLE" "lxc.mount.auto = shmounts:/x"
mkdir -p "$R"
if lxc-start -n $NAME -f "$W/conf" -P "$W/lxc" --plan 2>&1 | grep -q "is not supported by this version\|not in this build"; then
	skip tunnel "CONFIG_MOUNT_TUNNEL is off"
	finish
fi

conf()
{
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
}

start()
{
	run lxc-start -d -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox sleep 1000
}

inside()
{
	run lxc-attach -n $NAME --lxcpath="$W/lxc" -- /bin/busybox "$@"
}

is_mounted()
{
	grep -q " $1 " /proc/self/mountinfo
}

begin tunnel-arrives-and-goes
conf "lxc.mount.auto = shmounts:$TUNNEL"
cp /proc/self/mountinfo "$W/before"
start
want_status 0
grep " $TUNNEL " /proc/self/mountinfo | grep -q shared: || fail "$TUNNEL is not shared on the host"
mkdir "$TUNNEL/a"
mount -t tmpfs none "$TUNNEL/a"
echo through >"$TUNNEL/a/file"
inside cat /dev/.lxc-mounts/a/file
want_out through
umount "$TUNNEL/a"
inside ls /dev/.lxc-mounts/a
want_out ""
inside mount -t tmpfs none /dev/.lxc-mounts/a
! is_mounted "$TUNNEL/a" || fail "a mount of the container has come to the host"
mount -t tmpfs none "$TUNNEL/a"
run lxc-stop -k -n $NAME --lxcpath="$W/lxc"
want_status 0
cmp -s /proc/self/mountinfo "$W/before" || fail "$(diff "$W/before" /proc/self/mountinfo | grep '^[<>]')"
[ ! -e "$TUNNEL" ] || fail "$TUNNEL was made and is still there"
want_nothing_left
end

begin tunnel-with-a-place-of-its-own
mkdir -p "$TUNNEL"
conf "lxc.mount.auto = shmounts:$TUNNEL:/in/here"
start
want_status 0
mkdir "$TUNNEL/b"
mount -t tmpfs none "$TUNNEL/b"
inside awk '$5 ~ "^/in/here" { print $5 }' /proc/self/mountinfo
want_out "/in/here
/in/here/b"
run lxc-stop -k -n $NAME --lxcpath="$W/lxc"
! is_mounted "$TUNNEL" || fail "still mounted"
[ -d "$TUNNEL" ] || fail "a directory that was there before has gone"
end

begin tunnel-that-was-there-stays
mount -t tmpfs mine "$TUNNEL"
mount --make-shared "$TUNNEL"
start
want_status 0
run lxc-stop -k -n $NAME --lxcpath="$W/lxc"
is_mounted "$TUNNEL" || fail "somebody else's mount has gone"
umount "$TUNNEL"
end

begin tunnel-of-another-container
start
want_status 0
sed 's/^lxc.utsname.*/lxc.utsname = other/' "$W/conf" >"$W/conf2"
sed -i "s,^lxc.rootfs = .*,lxc.rootfs = $W/root2," "$W/conf2"
mkdir -p "$W/root2"
run lxc-start -F -n tunnel2 -f "$W/conf2" --lxcpath="$W/lxc" -- /bin/busybox true
want_failure
want_one_line
want_err_has "$W/conf2:6: lxc.mount.auto: '$TUNNEL' is another container's tunnel"
run lxc-stop -k -n $NAME --lxcpath="$W/lxc"
end

begin tunnel-when-the-monitor-is-killed
start
want_status 0
# shellcheck disable=SC2046
kill -9 $(cut -d' ' -f 4 "/proc/$(LXCPATH=$W/lxc init_pid $NAME)/stat")
is_mounted "$TUNNEL" || fail "not mounted any more"
run lxc-stop -k -n $NAME --lxcpath="$W/lxc"
! is_mounted "$TUNNEL" || fail "still mounted after the next command"
want_nothing_left
end

begin tunnel-of-a-start-that-fails
cp "$W/conf" "$W/conf2"
echo "lxc.mount.entry = /no/where x none bind,create=dir" >>"$W/conf2"
run lxc-start -F -n $NAME -f "$W/conf2" --lxcpath="$W/lxc" -- /bin/busybox true
want_failure
! is_mounted "$TUNNEL" || fail "still mounted"
end

begin tunnel-refused
echo "lxc.monitor.unshare = 1" >>"$W/conf"
start
want_failure
want_err_has "exclude each other"
mkdir -p "$W/host/with blank"
conf "lxc.mount.auto = shmounts:/"
start
want_failure
want_err_has "$W/conf:6: lxc.mount.auto: bad value"
grep -v '^lxc.rootfs' "$W/conf" | sed 's,shmounts:.*,shmounts:/x,' >"$W/conf2"
run lxc-start -F -n $NAME -f "$W/conf2" --lxcpath="$W/lxc" -- /bin/busybox true
want_failure
want_err_has "needs lxc.rootfs.path"
end
finish
