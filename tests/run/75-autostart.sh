# SPDX-License-Identifier: MIT
# owns: lxc-autostart: which containers it starts and stops, in what order, and what its exit status tells
# never: leaves one running

. "$T/lib.sh"
R=$W/root
NAME=auto
P=$W/lxc

fresh_root bin
printf '#!/bin/sh\nexit 0\n' >"$R/init"

# container NAME LINE...: it notes on the host when its first process begins and ends
container()
{
	name=$1
	shift
	mkdir -p "$P/$name" "$R/log"
	{
		echo "lxc.uts.name = $name"
		# An image that nobody writes may have several containers.
		echo "lxc.rootfs.path = $R"
		echo "lxc.rootfs.options = ro"
		echo "lxc.console.path = none"
		echo "lxc.autodev = 0"
		echo "lxc.mount.entry = /bin/busybox bin/busybox none bind,ro 0 0"
		echo "lxc.mount.entry = $W/log log none bind 0 0"
		echo "lxc.signal.halt = SIGTERM"
		echo "lxc.init.cmd = /bin/busybox sh -c 'echo + $name >>/log/log; trap \"echo - $name >>/log/log; exit\" TERM; while :; do /bin/busybox usleep 20000; done'"
		for line; do
			echo "$line"
		done
	} >"$P/$name/config"
}

autostart()
{
	run lxc-autostart -P "$P" "$@"
}

said()
{
	wait_until 5 sh -c "[ \$(grep -c . $W/log/log) -ge $1 ]" || fail "the log has $(grep -c . "$W/log/log") lines, wanted $1"
}

: >"$R/bin/busybox"
mkdir -p "$W/log"
: >"$W/log/log"
container c1 "lxc.start.auto = 1" "lxc.start.order = 20"
container c2 "lxc.start.auto = 1" "lxc.start.order = 10" "lxc.start.delay = 1"
container c3 "lxc.start.auto = 1" "lxc.group = onboot web"
container c4 "lxc.start.auto = 1" "lxc.group = web" "lxc.start.order = -5"
container c5 "lxc.start.order = 1"
container c6 "lxc.start.auto = 0" "lxc.group = onboot"

begin autostart-list
autostart -L
want_out "c2 1
c1 0"
autostart -L -A
want_out "c5 0
c2 1
c1 0"
autostart -L -g onboot,
want_out "c3 0
c2 1
c1 0"
autostart --list --groups web -g onboot
want_out "c4 0
c3 0"
autostart -L -a
want_out "c4 0
c3 0
c2 1
c1 0"
autostart -L -s -a
want_out "c1
c2
c3
c4"
autostart -L -g nothing
want_out ""
want_status 0
end

begin autostart-starts-in-order
now
from=$NOW
autostart
want_status 0
said 2
want_eq "order" "$(tr '\n' ' ' <"$W/log/log")" "+ c2 + c1 "
now
[ $((NOW - from)) -ge 100 ] || fail "no second went by between them"
for c in c1 c2; do
	LXCPATH=$P is_running $c || fail "$c does not run"
done
LXCPATH=$P is_running c3 && fail "c3 has a group"
end

# What runs is left alone, and is no failure.
begin autostart-again
autostart -g ,web
want_status 0
want_eq "errors" "$(cat "$W/err")" ""
said 4
grep -c '+ c1' "$W/log/log" >"$W/out"
want_out 1
end

begin autostart-stops-in-reverse
: >"$W/log/log"
autostart -s -a -t 10
want_status 0
said 4
want_eq "order" "$(tr '\n' ' ' <"$W/log/log")" "- c1 - c2 - c3 - c4 "
for c in c1 c2 c3 c4; do
	LXCPATH=$P is_running $c && fail "$c runs"
done
end

begin autostart-kill
: >"$W/log/log"
autostart -g web
want_status 0
said 2
: >"$W/log/log"
autostart -k -g web
want_status 0
want_eq "clean ends" "$(cat "$W/log/log")" ""
LXCPATH=$P is_running c3 && fail "c3 runs"
end

# One that fails is named, and stops no other.
begin autostart-failure
container bad "lxc.start.auto = 1" "lxc.group = f" "lxc.init.cmd = /bin/missing"
container worse "lxc.start.auto = 1" "lxc.group = f" "lxc.nonsense = 1"
container good "lxc.start.auto = 1" "lxc.group = f"
autostart -g f
want_status 2
want_err_has "lxc-autostart: bad: " "'/bin/missing'" "lxc-autostart: worse: $P/worse/config:" "lxc.nonsense: unknown key"
LXCPATH=$P is_running good || fail "the good one does not run"
autostart -k -g f
want_status 0
rm -r "$P/good"
autostart -g f
want_status 1
end

begin autostart-bad-options
autostart c1
want_status 1
want_err_has "unexpected argument 'c1'"
autostart -k -s
want_status 1
run lxc-autostart -P "$W/nowhere"
want_status 0
end

# Those of one order begin at once: each takes its time, together they do not take the sum.
begin autostart-at-once
for c in p1 p2 p3 p4; do
	container $c "lxc.start.auto = 1" "lxc.group = many"
done
autostart -g many
want_status 0
for c in p1 p2 p3 p4; do
	LXCPATH=$P is_running $c || fail "$c does not run"
done
autostart -k -g many
want_status 0
for NAME in c1 c2 c3 c4 bad worse good p1 p2 p3 p4; do
	want_nothing_left
done
end

finish
