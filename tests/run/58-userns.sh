# SPDX-License-Identifier: MIT
# owns: containers with lxc.idmap, started by root: whose files, processes, nodes and cgroups are whose, from inside and outside
# never: changes an owner outside of its own directory
# profile: full

. "$T/lib.sh"
R=$W/root
NAME=userns
LXCPATH=$W/lxc

if ! lxcbox --features | grep -q '^user namespaces: yes'; then
	skip userns 'CONFIG_IDMAP is off in this build'
	finish
fi
[ -e /proc/self/ns/user ] || {
	skip userns 'this kernel has no user namespaces'
	finish
}

MAPS="lxc.idmap = u 0 100000 65536
lxc.id_map = g 0 100000 65536"

# root_of USER: a tree that belongs to that user and group
root_of()
{
	fresh_root bin etc proc sys dev tmp
	: >"$R/bin/busybox"
	: >"$R/bin/probe"
	for applet in sh touch mkdir chown ls wc head grep id readlink mount cat; do
		ln -s busybox "$R/bin/$applet"
	done
	chown -hR "$1:$1" "$R"
}

conf()
{
	write_conf "$MAPS" "$NO_CONSOLE" "lxc.network.type = empty" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$PROBE_ENTRY" "$@"
}

# start COMMAND...: as first process in the foreground
start()
{
	run lxc-start -n $NAME -f "$W/conf" -P "$LXCPATH" -F -- "$@"
}

# up: in the background
up()
{
	run lxc-start -n $NAME -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sleep 1000
	want_status 0
	PID=$(init_pid $NAME)
}

down()
{
	lxc-stop -n $NAME -P "$LXCPATH" -k
	want_nothing_left
}

inside()
{
	run lxc-attach -n $NAME -P "$LXCPATH" -- /bin/busybox "$@"
}

# value FIELD FILE: of a status file
value()
{
	sed -n "s/^$1:[ 	]*//p" "$2" | tr '\t' ' ' | sed 's/ *$//'
}

# words FILE: its first line, single blanks
words()
{
	head -n 1 "$1" | tr -s ' ' | sed 's/^ //'
}

root_of 100000

begin userns-ids
conf
start /bin/busybox cat /proc/self/uid_map /proc/self/gid_map /proc/self/status
want_status 0
want_eq "uid_map" "$(sed -n 1p "$W/out" | tr -s ' ')" " 0 100000 65536"
want_eq "gid_map" "$(sed -n 2p "$W/out" | tr -s ' ')" " 0 100000 65536"
want_eq Uid "$(value Uid "$W/out")" "0 0 0 0"
want_eq Gid "$(value Gid "$W/out")" "0 0 0 0"
want_eq Groups "$(value Groups "$W/out")" ""
up
want_eq "Uid outside" "$(value Uid "/proc/$PID/status")" "100000 100000 100000 100000"
want_eq "Gid outside" "$(value Gid "/proc/$PID/status")" "100000 100000 100000 100000"
want_eq "Groups outside" "$(value Groups "/proc/$PID/status")" ""
want_eq "the map outside" "$(words "/proc/$PID/uid_map")" "0 100000 65536"
for n in user mnt pid uts ipc net; do
	[ "$(readlink "/proc/$PID/ns/$n")" != "$(readlink "/proc/self/ns/$n")" ] || fail "the $n namespace is the machine's"
done
down
end

# Whoever starts it has groups.
begin userns-groups-are-dropped
cat >"$W/groups" <<-END
	grep Groups /proc/self/status >"$W/callers"
	exec lxc-start -n $NAME -f "$W/conf" -P "$LXCPATH" -F -- /bin/busybox cat /proc/self/status
END
printf 'root:x:0:\none:x:4711:root\ntwo:x:100001:root\n' >"$W/group"
conf
run unshare -m sh -c "mount --bind '$W/group' /etc/group && exec su -s /bin/sh root -c 'exec sh $W/groups'"
want_status 0
want_eq "the caller's groups" "$(value Groups "$W/callers")" "0 4711 100001"
want_eq Groups "$(value Groups "$W/out")" ""
end

begin userns-files-are-mapped
conf
start /bin/busybox sh -c 'touch /made && mkdir /dir && chown 7:8 /dir && ls -ldn /made /dir'
want_status 0
want_eq "owner outside" "$(stat -c %u:%g "$R/made" "$R/dir" | tr '\n' ' ')" "100000:100000 100007:100008 "
rm -rf "$R/made" "$R/dir"
end

# Its root is nobody outside: what belongs to the machine's root it cannot even open.
begin userns-root-is-nobody-outside
echo secret >"$W/secret"
chmod 600 "$W/secret"
conf "lxc.mount.entry = $W/secret etc/secret none bind,create=file 0 0"
start /bin/probe open /etc/secret r
want_out_has 'open /etc/secret: EACCES'
for n in 'b 7 0' 'c 1 1'; do
	# shellcheck disable=SC2086
	start /bin/probe mknod $n
	grep -q ': ok' "$W/out" && fail "made the node '$n'"
done
end

begin userns-capabilities
conf "lxc.cap.drop = sys_time mknod"
start /bin/busybox cat /proc/self/status
caps=$(value CapBnd "$W/out")
want_eq CapEff "$(value CapEff "$W/out")" "$caps"
case $caps in *[f]5ffffff) ;; *) fail "CapBnd is $caps: sys_time is not dropped" ;; esac
conf "lxc.no_new_privs = 1"
start /bin/busybox grep NoNewPrivs /proc/self/status
want_out "NoNewPrivs:	1"
end

begin userns-dev
write_conf "$MAPS" "lxc.autodev = 1" "lxc.tty = 1" "lxc.pts = 16" "lxc.network.type = empty" "$PROC_ENTRY" "$BUSYBOX_ENTRY"
start /bin/busybox sh -c 'ls -ln /dev; echo said >/dev/console; echo -n x >/dev/null && head -c 3 /dev/zero | wc -c; ls -ln /dev/pts/ptmx; grep " /dev/null " /proc/self/mountinfo'
want_status 0
for n in null zero full random urandom tty console tty1; do
	grep -q "^c.* $n\$" "$W/out" || fail "there is no /dev/$n"
done
grep -q '^c.* 0 *5 .* console$' "$W/out" || fail "the console is not root's"
grep -q '^c.* 0 *5 .* tty1$' "$W/out" || fail "tty1 is not root's"
# Bound, not made: a node of the container's own would be dead.
want_out_has ' /null /dev/null '
end

begin userns-attach
conf "lxc.cap.drop = sys_time" "lxc.pts = 16"
up
inside cat /proc/self/status
want_status 0
want_eq Uid "$(value Uid "$W/out")" "0 0 0 0"
want_eq Groups "$(value Groups "$W/out")" ""
want_eq "CapEff of attach" "$(value CapEff "$W/out")" "$(value CapEff "/proc/$PID/status")"
for n in user mnt pid uts ipc net; do
	inside readlink /proc/self/ns/$n
	want_out "$(readlink "/proc/$PID/ns/$n")"
done
inside sh -c 'touch /by-attach; ls /proc/1/fd'
want_eq "owner of what it makes" "$(stat -c %u "$R/by-attach")" 100000
rm "$R/by-attach"
# A terminal that it gets is its root's as well.
run script -qc "lxc-attach -n $NAME -P $LXCPATH -- /bin/busybox sh -c 'ls -ln /dev/pts'" /dev/null
grep -q '^c.* 0 .* 136, *[0-9]* *[0-9]' "$W/out" || fail "the terminal is not its root's: $(grep 136 "$W/out" | head -n 1)"
run lxc-ls -P "$LXCPATH" -f -F NAME,UNPRIVILEGED
want_out_has true
down
end

# Its own cgroups it may have, its limits not change.
begin userns-cgroups
if cg_mount memory >/dev/null; then
	conf "lxc.cgroup.memory.limit_in_bytes = 64M" "lxc.mount.entry = $(cg_mount memory) sys none rbind 0 0"
	up
	dir=$(cg_dir memory $NAME)
	# Its processes may have a directory below that of its limits.
	own=$(sed -n 's,^[0-9]*:[^:]*memory[^:]*:,,p' "/proc/$PID/cgroup")
	want_eq "owner of the directory" "$(stat -c %u "$(cg_mount memory)$own")" 100000
	want_eq "owner of the limit" "$(stat -c %u "$dir/memory.limit_in_bytes")" 0
	inside sh -c "mkdir /sys$own/below && echo \$\$ >/sys$own/below/cgroup.procs && cat /proc/self/cgroup"
	want_status 0
	want_out_has ':/below'
	inside sh -c "echo 1000000000 >/sys/lxc/$NAME/memory.limit_in_bytes"
	[ "$STATUS" -ne 0 ] || fail "raised its own limit"
	want_eq "the limit" "$(cat "$dir/memory.limit_in_bytes")" 67108864
	inside sh -c "mkdir /sys/lxc/elsewhere"
	[ "$STATUS" -ne 0 ] || fail "made a cgroup beside its own"
	down
	end
else
	skip userns-cgroups 'no memory controller of cgroup v1 here'
fi

# What the machine has mounted read-only stays so, and what covers its files cannot be taken away.
begin userns-mounts-are-locked
mkdir -p "$W/ro" "$W/below"
echo host >"$W/ro/file"
conf "lxc.rootfs.options = ro"
start /bin/busybox sh -c 'mount -o remount,rw,bind / ; touch /made'
[ "$STATUS" -ne 0 ] || fail "made its read-only root writable"
[ ! -e "$R/made" ] || fail "wrote to its read-only root"
end

begin userns-refused-mounts
conf "lxc.mount.entry = nothing mnt devtmpfs create=dir 0 0"
mkdir -p "$R/mnt"
start /bin/busybox true
want_failure
want_err_has "$W/conf:" "type 'devtmpfs' cannot be mounted in a user namespace"
want_one_line
conf "lxc.mount.entry = sysfs sys sysfs ro 0 0"
sed -i 's/lxc.network.type = empty/lxc.network.type = none/' "$W/conf"
start /bin/busybox true
want_failure
want_err_has "type 'sysfs' cannot be mounted in a user namespace: the network is not the container's own"
want_nothing_left
end

begin userns-owner-of-the-root
root_of 0
conf
start /bin/busybox true
want_failure
want_err_has "$W/conf:2: lxc.rootfs.path: '$R' belongs to a user that the container does not have: its root is user 100000 outside"
want_one_line
want_nothing_left
root_of 100000
end

begin userns-bad-maps
for bad in 'u 0 100000 10|g 0 0 0|bad value' 'u 0 100000 10|u 9 200000 2|overlaps' 'u 0 100000 10|u 10 100009 1|overlaps'; do
	MAPS="lxc.idmap = ${bad%%|*}
lxc.idmap = $(echo "$bad" | cut -d'|' -f2)"
	conf
	start /bin/busybox true
	want_failure
	want_err_has "$W/conf:4: lxc.idmap: " "${bad##*|}"
done
MAPS="lxc.idmap = u 0 100000 10"
conf
start /bin/busybox true
want_failure
want_err_has "$W/conf:3: lxc.idmap: there is no line for groups (g)"
MAPS="lxc.idmap = u 1 100001 10
lxc.idmap = g 0 100000 10"
conf
start /bin/busybox true
want_failure
want_err_has "neither 0 nor lxc.init.uid 0 is a user inside"
want_nothing_left
MAPS="lxc.idmap = u 0 100000 65536
lxc.id_map = g 0 100000 65536"
end

begin userns-many-maps
MAPS=$(
	i=0
	while [ $i -lt 200 ]; do
		echo "lxc.idmap = u $i $((100000 + i)) 1"
		i=$((i + 1))
	done
	echo "lxc.idmap = g 0 100000 65536"
)
conf
start /bin/busybox wc -l /proc/self/uid_map
want_status 0
want_out "200 /proc/self/uid_map"
MAPS="lxc.idmap = u 0 100000 65536
lxc.id_map = g 0 100000 65536"
end

# Where 0 is no id inside, lxc.init.uid is who sets it up.
begin userns-without-root
root_of 100005
MAPS="lxc.idmap = u 5 100005 1
lxc.idmap = g 5 100005 1"
conf "lxc.init.uid = 5" "lxc.init.gid = 5"
start /bin/busybox id
want_status 0
want_out "uid=5 gid=5"
root_of 100000
MAPS="lxc.idmap = u 0 100000 65536
lxc.id_map = g 0 100000 65536"
end

begin userns-share
if lxc-start --help 2>&1 | grep -q -e --share-net; then
	conf
	up
	giver=$(readlink "/proc/$PID/ns/user")
	sed -e '/lxc.id/d' -e 's/lxc.network.type = empty/lxc.network.type = none/' "$W/conf" >"$W/taker"
	echo "lxc.rootfs.options = ro" >>"$W/taker"
	for how in "$PID" "/proc/$PID/ns/user" $NAME; do
		run lxc-start -n taker -f "$W/taker" -P "$LXCPATH" -s lxc.namespace.share.user="$how" -s lxc.namespace.share.net="$PID" -F -- \
			/bin/busybox sh -c 'id; readlink /proc/self/ns/user; readlink /proc/self/ns/net'
		case $STATUS in
		0) want_out "uid=0 gid=0
$giver
$(readlink "/proc/$PID/ns/net")" ;;
		*) want_err_has "rootfs '$R' is in use" ;;
		esac
	done
	down
	end
else
	skip userns-share 'CONFIG_NAMESPACE_SHARE is off in this build'
fi

begin userns-create
if lxc-create --help >/dev/null 2>&1; then
	echo "$MAPS" >"$W/default"
	echo "lxc.net.0.type = empty" >>"$W/default"
	run lxc-create -n made -P "$LXCPATH" -f "$W/default" -t busybox -q -- --busybox-path=/bin/busybox
	want_status 0
	want_eq "owners" "$(stat -c %u "$LXCPATH/made/config" "$LXCPATH/made/rootfs" "$LXCPATH/made/rootfs/bin/busybox" | tr '\n' ' ')" "0 100000 100000 "
	run lxc-start -n made -P "$LXCPATH" -F -- /bin/busybox id -u
	want_out 0
	run lxc-destroy -n made -P "$LXCPATH"
	want_status 0
	end
else
	skip userns-create 'CONFIG_LXC_CREATE is off in this build'
fi

begin userns-plan
conf
run lxc-start -n $NAME -f "$W/conf" -P "$LXCPATH" --plan
if [ "$STATUS" -eq 0 ]; then
	want_out_has 'idmap        users 0 to 65535 inside are 100000 to 165535' 'new user mnt'
fi
end

begin userns-many-starts
conf
i=0
while [ $i -lt 5 ]; do
	i=$((i + 1))
	start /bin/busybox true
	want_status 0
done
want_nothing_left
end

finish
