# SPDX-License-Identifier: MIT
# owns: lxc-autostart: which containers it starts and stops, in what order, and what its exit status tells
# never: leaves one running
# boards: one

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
end

if lxc-wait --help 2>&1 | grep -q -e --ready; then
# What another depends on goes before it, whatever its order, group and lxc.start.auto.
begin autostart-depends
container d1 "lxc.start.auto = 1" "lxc.group = dep" "lxc.start.order = 1" "lxcbox.depends = d3 d2"
container d2 "lxc.start.auto = 1" "lxc.group = dep" "lxc.start.order = 2" "lxcbox.depends = d4"
container d3 "lxc.start.order = 9"
container d4 "lxc.start.auto = 1" "lxc.group = dep" "lxc.start.order = 3"
autostart -L -g dep
want_out "d3 0
d4 0
d2 0
d1 0"
autostart -L -s -g dep
want_out "d1
d2
d4"
: >"$W/log/log"
autostart -g dep
want_status 0
said 4
case $(grep '^+' "$W/log/log" | tr '\n' ' ') in
"+ d3 + d4 + d2 + d1 " | "+ d4 + d3 + d2 + d1 " | "+ d4 + d2 + d3 + d1 ") ;;
*) fail "begun as $(tr '\n' ' ' <"$W/log/log")" ;;
esac
: >"$W/log/log"
autostart -s -g dep -t 10
want_status 0
said 3
want_eq order "$(tr '\n' ' ' <"$W/log/log")" "- d1 - d2 - d4 "
LXCPATH=$P is_running d3 || fail "d3 was not asked for"
autostart -k -A -a
want_status 0
end

# Before it is ready nobody who depends on it begins; nobody else waits for it.
begin autostart-ready
container e1 "lxc.start.auto = 1" "lxc.group = rdy" "lxcbox.depends = e2"
container e2 "lxc.start.auto = 1" "lxc.group = rdy" "lxcbox.ready = fd:3" "lxc.init.cmd = /bin/busybox sh -c 'echo + e2 >>/log/log; while [ ! -e /log/go ]; do /bin/busybox usleep 20000; done; echo ! e2 >>/log/log; echo >&3; while :; do /bin/busybox usleep 20000; done'"
container e3 "lxc.start.auto = 1" "lxc.group = rdy"
: >"$W/log/log"
in_background lxc-autostart -P "$P" -g rdy
said 2
want_eq "without e1" "$(sort "$W/log/log" | tr '\n' ' ')" "+ e2 + e3 "
: >"$W/log/go"
wait "$BG"
want_eq status $? 0
said 4
want_eq "and then" "$(tail -n 2 "$W/log/log" | tr '\n' ' ')" "! e2 + e1 "
autostart -k -g rdy
rm "$W/log/go"
end

begin autostart-depends-on-what-fails
container e2 "lxc.start.auto = 1" "lxc.group = rdy" "lxcbox.ready = fd:3" "lxcbox.ready.timeout = 1"
container e4 "lxc.start.auto = 1" "lxc.group = rdy" "lxcbox.depends = e1"
container e5 "lxc.start.auto = 1" "lxc.group = rdy" "lxcbox.depends = nobody"
autostart -g rdy
want_status 2
want_err_has "lxc-autostart: e2: the container has not become ready (lxcbox.ready)" \
	"lxc-autostart: e1: not started: it depends on 'e2', which has failed" \
	"lxc-autostart: e4: not started: it depends on 'e1', which has failed" \
	"lxc-autostart: e5: not started: it depends on 'nobody', which does not exist"
LXCPATH=$P is_running e3 || fail "e3 does not run"
autostart -k -g rdy
want_status 0
end

begin autostart-circle
container f1 "lxc.start.auto = 1" "lxc.group = circle" "lxcbox.depends = f2"
container f2 "lxc.start.auto = 1" "lxc.group = circle" "lxcbox.depends = f3"
container f3 "lxc.start.auto = 1" "lxc.group = circle" "lxcbox.depends = f1"
container f4 "lxc.start.auto = 1" "lxc.group = circle"
container f5 "lxc.start.auto = 1" "lxc.group = self" "lxcbox.depends = f5"
autostart -g circle
want_status 2
want_err_has "lxc-autostart: f3: not started: lxcbox.depends goes in a circle: f1 -> f2 -> f3 -> f1" \
	"lxc-autostart: f1: not started: it depends on 'f2', which has failed"
want_eq lines "$(wc -l <"$W/err")" 3
LXCPATH=$P is_running f4 || fail "f4 does not run"
for c in f1 f2 f3; do
	run lxc-start -n $c -P "$P"
	want_status 0
done
autostart -k -g circle
want_status 0
for c in f1 f2 f3 f4; do
	LXCPATH=$P is_running $c && fail "$c runs"
done
autostart -g self
want_status 1
want_err_has "f5 -> f5"
end
else
	skip autostart-depends "not in this build (CONFIG_READINESS)"
fi

begin autostart-reboot
container g1 "lxc.start.auto = 1" "lxc.group = rb" "lxc.signal.reboot = SIGUSR1" "lxc.init.cmd = /bin/busybox sh -c 'echo + g1 >>/log/log; trap \"/bin/busybox reboot -f\" USR1; while :; do /bin/busybox usleep 20000; done'"
container g2 "lxc.start.auto = 1" "lxc.group = rb"
run lxc-start -n g1 -P "$P"
# It runs before it has said so.
wait_until 10 grep -q g1 "$W/log/log" || fail "g1 says nothing"
: >"$W/log/log"
autostart -r -g rb -t 10
want_status 0
said 1
want_eq lives "$(cat "$W/log/log")" "+ g1"
LXCPATH=$P is_running g2 && fail "g2 runs, which did not before"
autostart -L -r -g rb
want_out "g1 0
g2 0"
autostart -k -g rb
autostart -r -k
want_status 1
end

begin autostart-leaves-none
for NAME in c1 c2 c3 c4 bad worse good p1 p2 p3 p4 d1 d2 d3 d4 e1 e2 e3 e4 f1 f2 f3 f4 g1; do
	want_nothing_left
done
end

finish
