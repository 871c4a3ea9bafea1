# SPDX-License-Identifier: MIT
# owns: lxc.log.syslog: what the daemon hears, and that it makes no difference whether there is one
# never: leaves a socket at /dev/log that was not there

. "$T/lib.sh"
R=$W/root
NAME=syslog
LXCPATH=$W/lxcpath

conf()
{
	fresh_root bin
	write_conf "$NO_CONSOLE" "lxc.autodev = 1" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
}

start()
{
	run lxc-start --name=syslog --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- "$@"
}

daemon()
{
	: >"$W/heard"
	logd /dev/log >>"$W/heard" &
	LOGD=$!
	wait_until 10 test -S /dev/log || fail "no daemon"
}

no_daemon()
{
	kill "$LOGD" 2>/dev/null
	wait "$LOGD" 2>/dev/null
	rm -f /dev/log
}

begin syslog
conf "lxc.log.syslog = LOCAL3" "lxc.log.level = INFO"
if ! lxc-start --name=syslog --plan --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/true >/dev/null 2>"$W/err"; then
	want_err_has "$W/conf:7: lxc.log.syslog: not in this build (CONFIG_LOG_SYSLOG is off)"
	finish
fi
if [ -e /dev/log ]; then
	skip syslog "somebody else listens at /dev/log"
	finish
fi
PATH=$PATH:$T/bin
daemon
start /bin/busybox echo started
want_status 0
want_out started
# 19 is local3, 6 INFO.
wait_until 5 grep -q '^<158>lxc-start\[[0-9]*\]: syslog: .*network: ' "$W/heard" || fail "heard '$(first_line "$W/heard")'"
! grep -q '^<159>' "$W/heard" || fail "heard DEBUG: $(grep -m 1 '^<159>' "$W/heard")"
end

begin syslog-error-and-level
conf "lxc.log.syslog = daemon" "lxc.mount.entry = $W/nothing mnt none bind,create=dir"
: >"$W/heard"
start /bin/busybox true
want_failure
wait_until 5 grep -q '^<27>lxc-start\[[0-9]*\]: syslog: .*nothing' "$W/heard" || fail "heard '$(first_line "$W/heard")'"
want_eq "lines below ERROR" "$(grep -vc '^<27>' "$W/heard")" 0
end

# A file as well, and what the monitor says long after the daemon was another one.
begin syslog-daemon-anew
conf "lxc.log.syslog = daemon" "lxc.log.level = INFO" "lxc.log.file = $W/log"
in_background lxc-start --name=syslog --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox sleep 1000
wait_until 20 is_running syslog || fail "does not run: $(first_line "$W/bg.err")"
no_daemon
daemon
lxc-stop --name=syslog --lxcpath="$W/lxcpath" -k
wait "$BG" 2>/dev/null
wait_until 5 test -s "$W/heard" || fail "the second daemon heard nothing"
[ -s "$W/log" ] || fail "no log file"
no_daemon
end

# I12: nobody there, or nobody who listens, changes nothing.
begin syslog-without-a-daemon
conf "lxc.log.syslog = daemon" "lxc.log.level = TRACE"
start /bin/busybox echo started
want_status 0
want_out started
end

begin syslog-that-is-full
daemon
kill -STOP "$LOGD"
for n in 1 2 3; do
	start /bin/busybox echo started
	want_status 0
	want_out started
done
kill -CONT "$LOGD"
no_daemon
end

# The container's own /dev/log is not the host's: nothing of the host is said there.
begin syslog-not-inside
conf "lxc.log.syslog = daemon" "lxc.log.level = TRACE" "lxc.mount.entry = $T/bin/logd bin/logd none bind,ro,create=file"
in_background lxc-start --name=syslog --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/logd /dev/log
wait_until 20 is_running syslog || fail "does not run: $(first_line "$W/bg.err")"
run lxc-attach --name=syslog --lxcpath="$W/lxcpath" -l TRACE -- /bin/busybox echo attached
want_out attached
lxc-stop --name=syslog --lxcpath="$W/lxcpath" -k
wait "$BG" 2>/dev/null
want_eq "what the container heard" "$(cat "$W/bg.out")" ""
end

finish
