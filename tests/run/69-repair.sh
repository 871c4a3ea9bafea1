# SPDX-License-Identifier: MIT
# owns: lxc-ls --repair: what monitors that were killed have left goes, what lives stays
# never: leaves a container, a link or a cgroup
# profile: full

. "$T/lib.sh"
R=$W/root
NAME=mended
P=$W/lxc
LXCPATH=$P
lxc-ls --help 2>&1 | grep -q -e --repair || {
	skip repair "CONFIG_LS_REPAIR is off in this build"
	finish
}

fresh_root bin dev
cp /bin/busybox "$R/bin/busybox"
for name in mended living; do
	mkdir -p "$P/$name"
	cat >"$P/$name/config" <<-END
		lxc.uts.name = $name
		lxc.rootfs.path = $R
		lxc.rootfs.options = ro
		lxc.console.path = none
		lxc.autodev = 0
	END
done
SLEEP="/bin/busybox sleep 1000"

# monitor NAME: its pid by the record
monitor()
{
	sed -n 's/^monitor	\([0-9]*\)	.*/\1/p' /run/lxcbox/"$1"@*/record
}

# kill_monitor NAME: the container dies with it, and everything else is left
kill_monitor()
{
	kill_pid=$(init_pid "$1")
	kill -9 "$(monitor "$1")"
	wait_until 10 sh -c "! [ -d /proc/$kill_pid ]" || fail "the container outlives its monitor"
}

begin repair-nothing
run lxc-ls --repair
want_status 0
want_out ""
end

begin repair-killed-monitor
for n in mended living; do
	# shellcheck disable=SC2086
	run lxc-start -P "$P" $n -- $SLEEP
	want_status 0
done
kill_monitor mended
nothing_left && fail "the killed monitor has left nothing to repair"
run lxc-ls --repair
want_status 0
want_out "mended: undone what was left"
want_nothing_left
is_running living || fail "a container that runs was repaired away"
run lxc-ls --repair
want_out ""
# shellcheck disable=SC2086
run lxc-start -P "$P" mended -- $SLEEP
want_status 0
run lxc-stop -P "$P" -k mended
want_status 0
end

# Of the LXCPATH that is named.
begin repair-of-one-lxcpath
# shellcheck disable=SC2086
run lxc-start -P "$P" mended -- $SLEEP
kill_monitor mended
run lxc-ls --repair -P "$W/nowhere"
want_status 0
want_out ""
run lxc-ls --repair -P "$P/"
want_out "mended: undone what was left"
want_nothing_left
end

# A start that holds the name and has not got far yet is not a leftover; a stopped one may be.
begin repair-leaves-what-is-held
held=/run/lxcbox/held@0123456789abcdef
mkdir -m 700 "$held"
in_background sh -c "exec 9<$held && flock 9 && exec sleep 1000"
wait_until 5 sh -c "! flock -n $held true" || fail "not locked"
run lxc-ls --repair
want_status 0
want_out ""
[ -d "$held" ] || fail "a directory that somebody holds is gone"
kill "$BG"
wait "$BG" 2>/dev/null
wait_until 5 flock -n "$held" true || fail "still locked"
run lxc-ls --repair
want_out "held: undone what was left"
[ ! -d "$held" ] || fail "a directory that nobody holds is still there"
end

begin repair-claims-and-fifos
claims=$(ls -A /run/lxcbox | grep -c '^\.[0-9a-f]')
ln -s "gone@0123456789abcdef:/some/root" /run/lxcbox/.00000000deadbeef.0
run lxc-ls --repair
want_out "claims of containers that are gone: 1 removed"
want_eq "claims of those that live" "$(ls -A /run/lxcbox | grep -c '^\.[0-9a-f]')" "$claims"
if lxc-monitor --help >/dev/null 2>&1; then
	in_background lxc-monitor -P "$P"
	wait_until 5 test -p "/run/lxcbox/.watch/$BG" || fail "no fifo of a listener"
	mkfifo -m 600 /run/lxcbox/.watch/999999
	run lxc-ls --repair
	want_out "fifos of listeners that are gone: 1 removed"
	[ -p "/run/lxcbox/.watch/$BG" ] || fail "the fifo of one who listens is gone"
	kill "$BG"
	wait "$BG" 2>/dev/null
fi
end

# Only what lxcbox has made (the sticky bit), where nobody is, and nobody claims.
begin repair-cgroups
m=$(cg_mount freezer || cg_mount memory || cg_mount pids || cg_mount cpu) || m=
base=$(awk -F : '$2 ~ /freezer/ { print $3 }' /proc/self/cgroup)
[ -d "$m${base%/}/lxc" ] || m=
if [ -z "$m" ]; then
	skip repair-cgroups "no cgroup v1 hierarchy of containers"
else
	c=$m${base%/}/lxc
	mkdir "$c/left" "$c/foreign" "$c/busy"
	chmod 1755 "$c/left" "$c/busy"
	# A cpuset takes no process before it has been given what to run on.
	for f in cpuset.cpus cpuset.mems; do
		[ ! -f "$c/busy/$f" ] || cat "$m/$f" >"$c/busy/$f"
	done
	sleep 1000 &
	busy=$!
	echo $busy >"$c/busy/cgroup.procs" || fail "a process cannot be put into $c/busy"
	run lxc-ls --repair
	want_status 0
	want_out "cgroup $c/left: removed"
	[ -d "$c/foreign" ] || fail "a cgroup that lxcbox has not made is gone"
	[ -d "$c/busy" ] || fail "a cgroup with a process is gone"
	[ -d "/proc/$busy" ] || fail "a process was killed"
	is_running living || fail "a container that runs was killed"
	kill $busy
	wait $busy 2>/dev/null
	wait_until 5 rmdir "$c/busy"
	rmdir "$c/foreign"
	end
fi

begin repair-one-that-fails
run lxc-stop -P "$P" -k living
want_status 0
# shellcheck disable=SC2086
run lxc-start -P "$P" mended -- $SLEEP
record=$(echo /run/lxcbox/mended@*)/record
kill_monitor mended
cp "$record" "$W/record"
rm "$record"
mkdir "$record"
run lxc-ls --repair
want_status 1
want_one_line
want_err_has "lxc-ls: mended: "
rmdir "$record"
cp "$W/record" "$record"
run lxc-ls --repair
want_status 0
want_out "mended: undone what was left"
want_nothing_left
end
finish
