# SPDX-License-Identifier: MIT
# owns: limits, device rules, the names and the end of a container's cgroups, on whatever hierarchies this machine has
# never: needs a certain way of mounting them: the container's directories are looked up in /proc/PID/cgroup

. "$T/lib.sh"
R=$W/root
LXCPATH=$W/lxcpath
NAME=cgt

# conf LINE...: a container on $R that has BusyBox, proc and these; the first line of these is 6
conf()
{
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
}

start()
{
	run lxc-start --name=$NAME --foreground --rcfile="$W/conf" --lxcpath="$LXCPATH" -- /bin/busybox "$@"
}

# up: the container sleeps in the background; leaves $PID, its first process
up()
{
	in_background lxc-start --name=$NAME --foreground --rcfile="$W/conf" --lxcpath="$LXCPATH" -- /bin/busybox "${@:-sleep}" 1000
	wait_until 10 is_running $NAME || fail "not running: $(first_line "$W/bg.err")"
	PID=$(init_pid $NAME)
	[ -n "$PID" ] || fail 'no first process'
}

down()
{
	run lxc-stop --name=$NAME --lxcpath="$LXCPATH" -k
	want_status 0
	wait "$BG"
}

# procs CONTROLLER: where $PID is in that hierarchy, by what the kernel says; status 1 when not mounted
procs()
{
	place_m=$(cg_mount "$1") || return 1
	place_p=$(awk -F: -v c="$1" '{ n = split($2, o, ","); for (i = 1; i <= n; i++) if (o[i] == c) print $3 }' "/proc/$PID/cgroup")
	echo "$place_m$place_p"
}

# place CONTROLLER: the container's directory there, which is above that of its processes if it may write to that
place()
{
	place_p=$(procs "$1") || return 1
	echo "${place_p%/inner}"
}

# want_file CONTROLLER FILE VALUE
want_file()
{
	want_eq "$2" "$(cat "$(place "$1")/$2" 2>&1)" "$3"
}

# gone NAME: no directory of that name is left in any hierarchy
gone()
{
	left=$(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts | while read -r m; do find "$m" -type d -name "$1" 2>/dev/null; done)
	[ -z "$left" ] || fail "left: $(echo "$left" | tr '\n' ' ')"
}

mkdir -p "$R"

if [ -z "$(cg_mount devices)" ]; then
	skip cgroup "no devices controller of cgroup v1 (LAYOUT ${LAYOUT:-?})"
	finish
fi

begin cgroup-every-hierarchy
conf
up
in_all=$(awk -F: '$2 != "" { print $2 }' "/proc/$PID/cgroup" | while IFS=, read -r c rest; do
	cg_mount "$c" >/dev/null || continue
	case $(place "$c") in */lxc/$NAME) ;; *) echo "$c" ;; esac
done)
want_eq 'not in its own cgroup of' "$in_all" ''
for c in devices memory pids; do
	p=$(procs $c) || continue
	grep -q "^$PID\$" "$p/cgroup.procs" || fail "$c: the first process is not in $p"
	want_eq "$c: tasks" "$(cat "$p/tasks")" "$(cat "$p/cgroup.procs")"
	want_eq "$c: notify_on_release" "$(cat "$p/notify_on_release")$(cat "$(place $c)/notify_on_release")" 00
done
down
gone $NAME
end

begin cgroup-devices-order
conf 'lxc.cgroup.devices.deny = a' 'lxc.cgroup.devices.allow = c 1:3 rwm # null' 'lxc.cgroup.devices.allow = c 1:5 r' \
	'lxc.cgroup.devices.allow = c 1:5 w' 'lxc.cgroup.devices.allow = c 1:8 rwm' 'lxc.cgroup.devices.allow = b *:* m' \
	'lxc.cgroup.devices.deny = c 1:8 w' 'lxc.cgroup.devices.deny = c 1:3 m'
up
want_eq devices.list "$(sort "$(place devices)/devices.list" | tr '\n' ,)" 'b *:* m,c 1:3 rw,c 1:5 rw,c 1:8 rm,'
down
end

# The kernel takes such a rule and does nothing: access that the file forbids would stay.
begin cgroup-devices-without-effect
conf 'lxc.cgroup.devices.deny = a' 'lxc.cgroup.devices.allow = c 1:* rwm' 'lxc.cgroup.devices.deny = c 1:1 rwm'
start true
want_failure
want_one_line
want_err_has "$W/conf:8: lxc.cgroup.devices.deny" "'c 1:1 rwm' would have no effect" "'c 1:* rwm'"
gone $NAME
end

begin cgroup-devices-without-deny-all
conf 'lxc.cgroup.devices.deny = c 1:5 w'
mknod "$R/zero" c 1 5
start sh -c 'busybox head -c 1 /zero | busybox wc -c; echo x >/zero || echo no'
want_out_has 1 no
rm -f "$R/zero"
end

begin cgroup-unknown-controller
conf 'lxc.cgroup.devices.deny = c 1:5 w' 'lxc.cgroup.nosuch.limit = 1'
start true
want_failure
want_one_line
want_err_has "$W/conf:7: lxc.cgroup.nosuch.limit" "controller 'nosuch' is not mounted"
gone $NAME
end

begin cgroup-unknown-file
conf 'lxc.cgroup.devices.nosuch = 1'
start true
want_failure
want_err_has "$W/conf:6:" devices.nosuch
gone $NAME
end

if cg_mount memory >/dev/null; then
	begin cgroup-memory
	conf 'lxc.cgroup.memory.limit_in_bytes = 16M'
	up
	want_file memory memory.limit_in_bytes 16777216
	down
	end

	begin cgroup-memory-hog-dies-alone
	mknod "$R/zero" c 1 5
	start sh -c 'busybox dd if=/zero of=/zero bs=48M count=1; echo status $?'
	want_out 'status 137'
	rm -f "$R/zero"
	end

	begin cgroup-memory-bad-value
	conf 'lxc.cgroup.memory.limit_in_bytes = much'
	start true
	want_failure
	want_one_line
	want_err_has "$W/conf:6: lxc.cgroup.memory.limit_in_bytes" "'much'" 'Invalid argument'
	gone $NAME
	end

	begin cgroup-memory-unknown-file
	conf 'lxc.cgroup.memory.nosuch = 1'
	start true
	want_failure
	want_err_has "$W/conf:6: lxc.cgroup.memory.nosuch" "this kernel has no 'memory.nosuch'"
	gone $NAME
	end

	if [ -f "$(cg_mount memory)/memory.memsw.limit_in_bytes" ]; then
		begin cgroup-memory-before-memsw
		conf 'lxc.cgroup.memory.memsw.limit_in_bytes = 32M' 'lxc.cgroup.memory.limit_in_bytes = 16M'
		up
		want_file memory memory.memsw.limit_in_bytes 33554432
		down
		end
	else
		skip cgroup-memory-before-memsw 'the kernel counts no swap'
	fi
else
	skip cgroup-memory "no memory controller"
fi

if cg_mount pids >/dev/null; then
	begin cgroup-pids
	conf 'lxc.cgroup.pids.max = 4'
	start sh -c 'for i in 1 2 3 4 5 6; do busybox sleep 1000 & done; echo no'
	want_failure
	want_err_has fork
	end

	begin cgroup-fork-bomb-ends
	conf 'lxc.cgroup.pids.max = 120' "lxc.mount.entry = $T/bin/forkbomb bin/forkbomb none bind,ro,create=file 0 0"
	up sh -c '/bin/forkbomb & exec busybox sleep 1000'
	many()
	{
		[ "$(cat "$(place pids)/pids.current")" -ge 100 ]
	}
	wait_until 20 many || fail "the bomb has only $(cat "$(place pids)/pids.current") processes"
	now
	from=$NOW
	down
	within 10 "$from" stop
	gone $NAME
	end
else
	skip cgroup-pids "no pids controller"
fi

if cg_mount cpuset >/dev/null; then
	begin cgroup-cpuset
	cpus=$(cg_mount cpuset)/cpuset.cpus
	name=cpuset.cpus
	[ -f "$cpus" ] || name=cpus
	conf 'lxc.cgroup.cpuset.cpus = 0'
	up
	want_file cpuset $name 0
	want_eq allowed "$(awk '$1 == "Cpus_allowed_list:" { print $2 }' "/proc/$PID/status")" 0
	down
	end
else
	skip cgroup-cpuset "no cpuset controller"
fi

if cg_mount cpu >/dev/null; then
	begin cgroup-cpu-shares
	conf 'lxc.cgroup.cpu.shares = 256'
	up
	want_file cpu cpu.shares 256
	down
	end
fi

# A host whose init wants to hear of empty cgroups: the container must not be able to have its program run.
begin cgroup-notify-on-release
conf
m=$(cg_mount devices)
echo 1 >"$m/notify_on_release"
up
want_file devices notify_on_release 0
want_eq 'notify_on_release of its processes' "$(cat "$(procs devices)/notify_on_release")" 0
down
echo 0 >"$m/notify_on_release"
end

begin cgroup-name-taken
conf
m=$(cg_mount devices)
mkdir -p "$m/lxc/$NAME"
up
case $(place devices) in */lxc/$NAME-1) ;; *) fail "it is in $(place devices)" ;; esac
down
[ -d "$m/lxc/$NAME" ] || fail "somebody else's directory was removed"
rmdir "$m/lxc/$NAME"
rmdir "$m/lxc" 2>/dev/null
gone "$NAME*"
end

begin cgroup-dir
conf 'lxc.cgroup.dir = e-test/mine'
up
case $(place devices) in */e-test/mine/lxc.payload.$NAME) ;; *) fail "it is in $(place devices)" ;; esac
down
gone e-test
end

begin cgroup-dir-of-somebody-else-stays
mkdir "$m/e-test"
up
down
[ -d "$m/e-test" ] || fail 'a directory that was there before is gone'
[ ! -d "$m/e-test/mine" ] || fail 'a directory that was made is left'
rmdir "$m/e-test"
gone e-test
end

begin cgroup-made-inside-goes-too
conf
up
p=$(place devices)
d=$p
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	d=$d/a-name-that-is-not-short
	mkdir "$d" "$d.2"
done
down
gone "$NAME"
end

if cg_mount freezer >/dev/null; then
	begin cgroup-frozen-is-killed
	conf
	up
	p=$(place freezer)
	mkdir "$p/mine"
	echo FROZEN >"$p/mine/freezer.state"
	echo FROZEN >"$p/freezer.state"
	wait_until 5 grep -q FROZEN "$p/freezer.state" || fail "cannot be frozen"
	now
	from=$NOW
	down
	within 5 "$from" stop
	[ ! -d "/proc/$PID" ] || fail 'the first process is still there'
	gone $NAME
	end
else
	skip cgroup-frozen-is-killed 'no freezer controller'
fi
finish
