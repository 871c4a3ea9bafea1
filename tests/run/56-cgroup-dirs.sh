# SPDX-License-Identifier: MIT
# owns: the cgroups of a container and of its monitor by name (lxc.cgroup.dir.*, lxc.cgroup.relative), limits outside of what it
#	may write to, and that all of them are gone at the end, whoever ended it
# never: needs a certain way of mounting hierarchies
# profile: full

. "$T/lib.sh"
R=$W/root
LXCPATH=$W/lxcpath
NAME=cgd

if lxc-start -n $NAME -P "$LXCPATH" -s lxc.cgroup.relative=1 2>&1 | grep -q CONFIG_CGROUP_DIRS; then
	skip cgroup-dirs 'CONFIG_CGROUP_DIRS is off in this build'
	finish
fi
if ! grep -qE ' cgroup2? ' /proc/mounts; then
	skip cgroup-dirs 'no cgroups'
	finish
fi
fresh_root bin proc

conf()
{
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
}

# up COMMAND...: runs in the background; leaves $PID and $MONITOR
up()
{
	in_background lxc-start -n $NAME -F -f "$W/conf" -P "$LXCPATH" -p "$W/pid" -- /bin/busybox "${@:-sleep}" 1000
	wait_until 10 is_running $NAME || fail "not running: $(first_line "$W/bg.err")"
	PID=$(init_pid $NAME)
	read -r MONITOR <"$W/pid"
}

down()
{
	run lxc-stop -n $NAME -P "$LXCPATH" -k
	want_status 0
	wait "$BG"
}

# places PID: its path in each hierarchy that is mounted, below where this script is
places()
{
	while IFS=: read -r _ c p; do
		if [ -z "$c" ]; then
			m=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
		else
			m=$(cg_mount "${c%%,*}")
		fi
		[ -z "$m" ] || echo "${c:-v2} $p"
	done <"/proc/$1/cgroup"
}

# want_all PID PATH: it ends so in every hierarchy
want_all()
{
	places "$1" | grep -v "/$2\$" >"$W/wrong"
	[ ! -s "$W/wrong" ] || fail "wanted $2, is in $(tr '\n' ' ' <"$W/wrong")"
	[ -n "$(places "$1")" ] || fail "it is in no cgroup"
}

each_mount()
{
	awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts | sort -u
}

# gone NAME: no directory of that name is left in any hierarchy
gone()
{
	left=$(each_mount | while read -r m; do find "$m" -type d -name "$1" 2>/dev/null; done)
	[ -z "$left" ] || fail "left: $(echo "$left" | tr '\n' ' ')"
}

DIRS="lxc.cgroup.dir.container = cgd-x/pay
lxc.cgroup.dir.monitor = cgd-x/mon"

begin cgroup-dirs-by-name
conf "$DIRS" 'lxc.cap.drop = sys_admin'
up sh -c 'busybox sleep 1000 & wait'
want_all "$PID" cgd-x/pay
want_all "$MONITOR" cgd-x/mon
# A child of its first process, one that is attached, and that one's child are where the first one is (scenario E1).
lxc-attach -n $NAME -P "$LXCPATH" -- /bin/busybox sh -c 'busybox sleep 1000 & wait' </dev/null >"$W/attached" 2>&1 &
ATTACHED=$!
first=$(each_mount | head -n 1)
all_there()
{
	[ "$(grep -c . "$first/cgd-x/pay/cgroup.procs")" -eq 4 ]
}
wait_until 10 all_there || fail "$(tr '\n' ' ' <"$first/cgd-x/pay/cgroup.procs") in it, wanted four"
for p in $(cat "$first/cgd-x/pay/cgroup.procs"); do
	want_eq "cgroups of $p" "$(cat "/proc/$p/cgroup")" "$(cat "/proc/$PID/cgroup")"
done
each_mount | while read -r m; do
	[ ! -e "$m/cgd-x/pay/tasks" ] || cmp -s "$m/cgd-x/pay/tasks" "$m/cgd-x/pay/cgroup.procs" || echo "$m"
done >"$W/wrong"
[ ! -s "$W/wrong" ] || fail "tasks and cgroup.procs differ in $(tr '\n' ' ' <"$W/wrong")"
down
wait "$ATTACHED"
gone cgd-x
end

begin cgroup-dirs-inner
conf "$DIRS" 'lxc.cgroup.dir.container.inner = deep' 'lxc.cap.drop = sys_admin'
m=$(cg_mount pids) && echo 'lxc.cgroup.pids.max = 77' >>"$W/conf"
up
want_all "$PID" cgd-x/pay/deep
if [ -n "$m" ]; then
	at=$(places "$PID" | sed -n 's/^[^ ]*pids[^ ]* //p')
	want_eq 'the limit outside' "$(cat "$m${at%/deep}/pids.max")" 77
	want_eq 'inside' "$(cat "$m$at/pids.max")" max
	run lxc-cgroup -n $NAME -P "$LXCPATH" pids.max 66
	want_status 0
	want_eq 'the limit outside' "$(cat "$m${at%/deep}/pids.max")" 66
fi
down
gone cgd-x
end

begin cgroup-dirs-inner-alone
conf 'lxc.cgroup.dir.container.inner = deep' 'lxc.cap.drop = sys_admin'
up
want_all "$PID" lxc/$NAME/deep
down
gone $NAME
end

# A monitor that was killed leaves them to the next command of that name.
begin cgroup-dirs-of-a-killed-monitor
conf "$DIRS" 'lxc.cgroup.dir.container.inner = deep'
up
kill -9 "$MONITOR"
wait "$BG"
run lxc-stop -n $NAME -P "$LXCPATH" -k
gone cgd-x
end

begin cgroup-dirs-of-somebody-else
for which in pay mon; do
	each_mount | while read -r m; do
		! mkdir -p "$m/cgd-x/$which" 2>/dev/null || break
	done
	run lxc-start -n $NAME -F -f "$W/conf" -P "$LXCPATH" -- /bin/busybox true
	want_status 1
	want_one_line
	want_err_has "there is a cgroup" "cgd-x/$which' already"
	each_mount | while read -r m; do
		rmdir "$m/cgd-x/$which" 2>/dev/null && echo "$which"
	done >"$W/had"
	want_eq "somebody else's" "$(cat "$W/had")" "$which"
	each_mount | while read -r m; do
		rmdir "$m/cgd-x" 2>/dev/null
	done
done
gone cgd-x
end

begin cgroup-dirs-monitor-in-its-container
conf 'lxc.cgroup.dir.container = cgd-x' 'lxc.cgroup.dir.monitor = cgd-x/mon'
run lxc-start -n $NAME -F -f "$W/conf" -P "$LXCPATH" -- /bin/busybox true
want_status 1
want_err_has "$W/conf:7: lxc.cgroup.dir.monitor" "'cgd-x/mon' lies in the container's 'cgd-x'"
gone cgd-x
end

begin cgroup-dirs-pivot
conf "$DIRS" 'lxc.cgroup.dir.monitor.pivot = cgd-p' "lxc.hook.post-stop = cp /proc/self/cgroup $W/pivot"
up
want_all "$MONITOR" cgd-x/mon
down
gone cgd-x
if [ -s "$W/pivot" ]; then
	grep -v ':/[^.]*cgd-p$' "$W/pivot" | while IFS=: read -r _ c _; do
		[ -n "$c" ] && m=$(cg_mount "${c%%,*}") || m=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
		[ -z "$m" ] || echo "$c"
	done >"$W/wrong"
	[ ! -s "$W/wrong" ] || fail "the monitor did not go there in $(tr '\n' ' ' <"$W/wrong")"
fi
each_mount | while read -r m; do
	wait_until 5 rmdir "$m/cgd-p" || echo "$m"
done >"$W/wrong"
[ ! -s "$W/wrong" ] || fail "not there, or in use: $(tr '\n' ' ' <"$W/wrong")"
end

# The second life finds what the first one left.
begin cgroup-dirs-reboot
conf "$DIRS" 'lxc.cgroup.dir.monitor.pivot = cgd-p'
rm -f "$R/once"
up sh -c '[ -e /once ] && exec busybox sleep 1000; : >/once; while [ ! -e /go ]; do usleep 10000; done; exec busybox reboot -f'
want_all "$PID" cgd-x/pay/inner
FIRST=$PID
: >"$R/go"
is_again()
{
	is_running $NAME && [ "$(init_pid $NAME)" != "$FIRST" ]
}
if wait_until 15 is_again; then
	PID=$(init_pid $NAME)
	want_all "$PID" cgd-x/pay/inner
	want_all "$MONITOR" cgd-x/mon
	down
elif is_running $NAME; then
	down
	fail 'did not come again'
else
	wait "$BG"
fi
rm -f "$R/once" "$R/go"
gone cgd-x
each_mount | while read -r m; do
	wait_until 2 rmdir "$m/cgd-p"
done
end

# Where directories begin: with who starts it, or with process 1.
begin cgroup-relative
m=$(each_mount | head -n 1)
mkdir "$m/cgd-caller"
# A cpuset takes no process before it has been given what to run on.
for f in cpuset.cpus cpuset.mems cpus mems; do
	[ ! -f "$m/cgd-caller/$f" ] || cat "$m/$f" >"$m/cgd-caller/$f"
done
for relative in 1 0 ''; do
	conf 'lxc.cap.drop = sys_admin'
	[ -z "$relative" ] || echo "lxc.cgroup.relative = $relative" >>"$W/conf"
	in_background sh -c "echo \$\$ >$m/cgd-caller/cgroup.procs && exec lxc-start -n $NAME -F -f $W/conf -P $LXCPATH -- /bin/busybox sleep 1000"
	wait_until 10 is_running $NAME || fail "not running: $(first_line "$W/bg.err")"
	PID=$(init_pid $NAME)
	have=$(places "$PID" | grep -c "/cgd-caller/lxc/$NAME\$")
	if grep -q "^$m cgroup2" /proc/mounts; then
		: # who has processes can have no cgroups below it there
	elif [ "$relative" = 0 ]; then
		want_eq "in the caller's of the first hierarchy" "$have" 0
	else
		want_eq "in the caller's of the first hierarchy" "$have" 1
	fi
	down
done
rmdir "$m/cgd-caller" || fail "the caller's cannot be removed"
gone $NAME
end
finish
