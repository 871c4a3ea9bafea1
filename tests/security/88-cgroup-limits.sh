# SPDX-License-Identifier: MIT
# owns: what a container tries on its own cgroups: more memory, processes and devices than it was given, a program that the host
#	runs for it, a freezer that keeps the administrator out
# never: takes a limit as kept because it could not be tried: how often something was written is counted

. "$T/lib.sh"
R=$W/root
LXCPATH=$W/lxcpath
NAME=cgl

if ! cg_mount memory >/dev/null || ! cg_mount pids >/dev/null || ! cg_mount devices >/dev/null; then
	skip cgroup-limits "memory, pids and devices are not on cgroup v1 (LAYOUT ${LAYOUT:-?})"
	finish
fi
AUTO=yes
if lxc-start -n $NAME -F -P "$LXCPATH" -s "lxc.rootfs = $W" -s 'lxc.mount.auto = cgroup' -- /none 2>&1 |
	grep -qE 'CONFIG_(CGROUP_MOUNT|MOUNT_AUTO)'; then
	AUTO=
fi

cat >"$W/attack" <<'END'
b=/bin/busybox
# Its own mounts, of every hierarchy there is, where it may make them
if [ -n "$1" ]; then
	while IFS=: read -r n c _; do
		$b mkdir -p /m/$n
		if [ -z "$c" ]; then
			$b mount -t cgroup2 cgroup2 /m/$n
		else
			case $c in name=*) c=none,$c ;; esac
			$b mount -t cgroup -o $c cgroup /m/$n
		fi && echo "mounted $c"
	done </proc/self/cgroup 2>/dev/null
	$b umount /sys/fs/cgroup/*/notify_on_release /sys/fs/cgroup/*/freezer.state 2>/dev/null
fi
put()
{
	for f in $($b find /sys/fs/cgroup /m -name "$1" 2>/dev/null); do
		if (echo "$2" >"$f") 2>/dev/null; then echo "wrote $1"; fi
	done
}
put memory.memsw.limit_in_bytes 10G
put memory.limit_in_bytes 10G
put pids.max max
put devices.allow a
put devices.allow 'c 1:5 rwm'
put cpuset.cpu_exclusive 1
put notify_on_release 1
put release_agent /agent
# Out of its own, to each other one that there is to see
for p in $($b find /sys/fs/cgroup /m -name cgroup.procs 2>/dev/null); do
	$b grep -q -x 1 "$p" && continue
	if (echo 1 >"$p") 2>/dev/null; then echo "went to $p"; fi
done
$b mknod /zero c 1 5 2>/dev/null && echo 'made node'
$b head -c 1 /zero >/dev/null 2>&1 && echo 'read node'
echo tried >/tried
exec $b sleep 1000
END

LIMITS="lxc.cgroup.memory.limit_in_bytes = 32M
lxc.cgroup.pids.max = 64
lxc.cgroup.devices.deny = a
lxc.cgroup.devices.allow = c 1:3 rwm"

# attack SYS_ADMIN LINE...
attack()
{
	admin=$1
	shift
	fresh_root bin proc sys m
	cp "$W/attack" "$R/attack"
	[ -n "$admin" ] || set -- "$@" 'lxc.cap.drop = sys_admin'
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$LIMITS" "$@"
	in_background lxc-start -n $NAME -F -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sh /attack "$admin"
	wait_until 20 [ -e "$R/tried" ] || fail "nothing tried: $(first_line "$W/bg.err")"
	cp "$W/bg.out" "$W/out"
	want_eq 'memory on the host' "$(cat "$(cg_dir memory $NAME)/memory.limit_in_bytes")" 33554432
	want_eq 'processes on the host' "$(cat "$(cg_dir pids $NAME)/pids.max")" 64
	want_eq 'devices on the host' "$(cat "$(cg_dir devices $NAME)/devices.list")" 'c 1:3 rwm'
	! grep -q -e '^went' -e node -e release_agent "$W/out" || fail "$(grep -m 1 -e '^went' -e node -e release_agent "$W/out")"
	[ -n "$admin" ] || ! grep -q 'wrote notify' "$W/out" || fail 'notify_on_release can be written'
	p=$(cg_of_processes "$(cg_dir memory $NAME)")
	grep -q -x "$(init_pid $NAME)" "$p/cgroup.procs" || fail 'it is not in its cgroup'
	lxc-stop -n $NAME -P "$LXCPATH" -k
	wait "$BG"
	want_nothing_left
}

for mode in ${AUTO:+cgroup cgroup:mixed cgroup:ro cgroup:rw cgroup:mixed:force cgroup-full cgroup-full:mixed cgroup-full:ro cgroup-full:rw}; do
	for admin in '' sys_admin; do
		begin "cgroup-limits-$mode${admin:+-with-$admin}"
		attack "$admin" 'lxc.mount.auto = sys:rw' "lxc.mount.auto = $mode"
		case $mode in
		*:ro) [ -n "$admin" ] || want_eq 'files written' "$(grep -c '^wrote' "$W/out")" 0 ;;
		*) has "$W/out" 'wrote memory.limit_in_bytes' 'wrote pids.max' ;;
		esac
		end
	done
	[ -e /proc/self/ns/cgroup ] && case $mode in *full:rw) false ;; esac || continue
	begin "cgroup-limits-$mode-without-namespace"
	attack '' 'lxc.mount.auto = sys:rw' "lxc.mount.auto = $mode" 'lxc.namespace.keep = cgroup'
	end
done

# No mount of the configuration, but it can make them.
begin cgroup-limits-own-mounts
attack sys_admin
if [ -e /proc/self/ns/cgroup ]; then
	has "$W/out" mounted 'wrote memory.limit_in_bytes' 'wrote pids.max'
fi
end

# Without sys_admin it makes a user namespace, where the cgroups that it mounts are its own to write to. Who has no limits
# pays no further directory; one that is first set while it runs is its own, too, as docs/guide.md says.
attack_entry="lxc.mount.entry = $T/bin/attack bin/attack none bind,ro,create=file 0 0"
nests=
[ "$(cat /proc/sys/user/max_user_namespaces 2>/dev/null)" = 0 ] || [ ! -e /proc/self/ns/user ] || [ ! -e /proc/self/ns/cgroup ] ||
	nests=1
for with in limits none; do
	begin "cgroup-limits-from-a-user-namespace-$with"
	fresh_root bin proc sys m tmp
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$attack_entry" 'lxc.cap.drop = sys_admin' \
		'lxc.cgroup.devices.deny = a' 'lxc.cgroup.devices.allow = c 1:3 rwm'
	[ $with = none ] || echo "$LIMITS" >>"$W/conf"
	run lxc-start -n $NAME -d -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sleep 1000
	want_status 0
	[ $with = limits ] || lxc-cgroup -n $NAME -P "$LXCPATH" pids.max 64 || fail "no limit while it runs"
	dirs=1
	[ $with = none ] || dirs=$((1 + ${nests:-0}))
	want_eq directories "$(find "$(cg_dir pids $NAME)" -type d | grep -c .)" $dirs
	run lxc-attach -n $NAME -P "$LXCPATH" -- /bin/attack U-LIMITS
	case $with$nests in
	none1) want_out_has 'U-LIMITS: OPEN' pids.max ;;
	*) want_out_has 'U-LIMITS: closed' ;;
	esac
	want_eq 'processes on the host' "$(cat "$(cg_dir pids $NAME)/pids.max")" 64
	want_eq 'devices on the host' "$(cat "$(cg_dir devices $NAME)/devices.list")" 'c 1:3 rwm'
	lxc-stop -n $NAME -P "$LXCPATH" -k
	want_nothing_left
	end
done

# It freezes itself: nobody waits for it, it is told, thawed and stopped.
if cg_mount freezer >/dev/null; then
	begin cgroup-limits-self-freeze
	fresh_root bin proc sys m
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$LIMITS"
	in_background lxc-start -n $NAME -F -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sh -c '
		b=/bin/busybox
		with=$($b sed -n "s/^[0-9]*:\([^:]*freezer[^:]*\):.*/\1/p" /proc/self/cgroup)
		$b mount -t cgroup -o "$with" freezer /m && echo FROZEN >/m/freezer.state; echo thawed; exec $b sleep 1000'
	is_frozen()
	{
		[ "$(state $NAME)" = FROZEN ]
	}
	if wait_until 10 is_frozen; then
		timed 2 lxc-attach -n $NAME -P "$LXCPATH" -- /bin/busybox true
		want_failure
		want_err_has FROZEN
		timed 2 lxc-unfreeze -n $NAME -P "$LXCPATH"
		want_status 0
		wait_until 5 grep -q thawed "$W/bg.out" || fail 'it does not go on'
		d=$(cg_of_processes "$(cg_dir freezer $NAME)")
		echo FROZEN >"$d/freezer.state"
		wait_until 5 is_frozen || fail 'cannot be frozen'
	elif [ -e /proc/self/ns/cgroup ]; then
		fail "it could not freeze itself: $(first_line "$W/bg.err")"
	fi
	timed 2 lxc-stop -n $NAME -P "$LXCPATH" -k
	want_status 0
	wait "$BG"
	want_nothing_left
	end
fi
finish
