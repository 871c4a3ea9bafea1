# SPDX-License-Identifier: MIT
# owns: scenarios A3, A4, A5 and A7: the seed container, used as it stands
# never: changes container1.conf; a variation is a copy with lines added

. "$T/lib.sh"

execute()
{
	run lxc-execute --name=container1 --rcfile="${CONF:-$SEED}" --lxcpath="$ROOT" "$@"
}

begin a3-hostname
start_seed hostname
want_status 0
want_out container1
end

begin a3-again
start_seed hostname
want_status 0
want_out container1
end

begin a3-by-applet-of-lxcbox
run lxcbox start --name=container1 --foreground --rcfile="$SEED" --lxcpath="$ROOT" hostname
want_status 0
want_out container1
end

begin a3-short-options
run lxc-start -n container1 -F -f "$SEED" -P "$ROOT" hostname
want_status 0
want_out container1
end

begin a3-mounts-as-configured
CONF=$W/conf
seed_with "$CONF" "$PROBE_ENTRY"
start_seed -- /bin/probe mount proc /tmp proc , cat /tmp/self/mountinfo
want_status 0
for target in /bin/sh /bin/busybox /bin/echo /bin/ls /bin/mount /lib; do
	got=$(awk -v t="$target" '$5 == t { print $6 }' "$W/out")
	case ",$got," in
	*,ro,nosuid,nodev,*) ;;
	*) fail "$target is mounted '$got', wanted ro,nosuid,nodev" ;;
	esac
done
got=$(awk '$5 == "/tmp" && / - tmpfs / { print $6 }' "$W/out")
case $got in
*nosuid,nodev,noexec*) ;;
*) fail "/tmp is mounted '$got', wanted nosuid,nodev,noexec" ;;
esac
unset CONF
rm -f "$ROOT/bin/probe"
end

begin a3-config-planted-in-the-rootfs
mkdir -p "$ROOT/container1"
cp "$SEED" "$ROOT/container1/config"
run lxc-start --name=container1 --foreground --lxcpath="$ROOT" hostname
want_status 1
want_err_has "$ROOT/container1/config" "rootfs"
want_one_line
rm -r "$ROOT/container1"
end

begin a3-exit-status
start_seed -- /bin/sh -c 'exit 7'
want_status 7
start_seed -- /bin/sh -c 'kill -9 $$; busybox sleep 5'
# PID 1 of a namespace cannot kill itself with SIGKILL, so it sleeps and ends with 0.
want_status 0
start_seed -- /bin/no-such-program
[ "$STATUS" -ne 0 ] || fail "exit status 0 for a program that is not there"
want_err_has "/bin/no-such-program" "No such file"
end

begin a4-boot-info-stop
in_background lxc-start --name=container1 --foreground --rcfile="$SEED" --lxcpath="$ROOT"
wait_until 10 grep -q . "$W/bg.out"
wait_until 10 grep -q -F "LXC container1 /etc/init.d/rcS" "$W/bg.out" || fail "rcS of the container printed nothing"
wait_until 5 is_running container1 || fail "state is '$(state container1)', wanted RUNNING"
run lxc-info --name=container1 --lxcpath="$ROOT"
want_status 0
want_out_has "container1" "RUNNING" "PID:"
pid=$(init_pid container1)
want_eq "program of PID $pid" "$(readlink "/proc/$pid/exe")" /bin/busybox
run lxc-ls --lxcpath="$ROOT" --active -1
want_out_has container1
run lxc-stop --name=container1 --lxcpath="$ROOT"
want_status 0
wait_until 5 is_stopped container1 || fail "still running after lxc-stop"
wait "$BG"
[ ! -d "/proc/$pid" ] || fail "init is still there"
cp "$W/bg.out" "$W/out"
cp "$W/bg.err" "$W/err"
end

begin a4-daemon
run lxc-start --name=container1 --daemon --rcfile="$SEED" --lxcpath="$ROOT"
want_status 0
is_running container1 || fail "state is '$(state container1)' after lxc-start -d returned"
run lxc-stop --name=container1 --lxcpath="$ROOT" --kill
want_status 0
is_stopped container1 || fail "running after lxc-stop -k returned"
run lxc-stop --name=container1 --lxcpath="$ROOT" --kill
want_status 2
end

begin a4-init-cmd
CONF=$W/conf
seed_with "$CONF" 'lxc.init_cmd = /bin/echo from init_cmd'
start_seed
want_status 0
want_out "from init_cmd"
unset CONF
end

begin a5-execute-shell
execute -- /bin/sh -c 'mount -t proc none /proc && hostname'
want_status 0
want_out container1
end

begin a5-execute-typed-shell
printf 'mount -t proc none /proc\nhostname\necho $PPID\nexit 5\n' >"$W/typed"
timeout "$LIMIT" lxc-execute --name=container1 --rcfile="$SEED" --lxcpath="$ROOT" /bin/sh <"$W/typed" >"$W/out" 2>"$W/err"
STATUS=$?
want_status 5
want_out "container1
1"
end

begin a5-second-process
CONF=$W/conf
seed_with "$CONF" "$PROBE_ENTRY"
execute -- /bin/probe ids
want_status 0
case $(cat "$W/out") in
"pid 1 "*) fail "the command is PID 1 itself" ;;
*" ppid 1 "*) ;;
*) fail "parent is not PID 1: $(cat "$W/out")" ;;
esac
end

begin a5-reaps-orphans
execute -- /bin/probe orphan
want_status 0
want_out "orphan: reaped"
end

begin a5-exit-status
execute -- /bin/probe exit 7
want_status 7
execute -- /bin/probe kill 9
want_status 137
end

begin a5-forwards-signals
in_background lxc-execute --name=container1 --rcfile="$CONF" --lxcpath="$ROOT" -- /bin/probe wait
wait_until 10 grep -q ready "$W/bg.out" || fail "the command never started"
kill -TERM "$BG"
wait "$BG"
STATUS=$?
cp "$W/bg.out" "$W/out"
cp "$W/bg.err" "$W/err"
want_status 55
want_out_has "signal 15"
end

begin a5-no-more-descriptors-than-three
exec 7</proc/self/status 8</dev/null
execute -- /bin/probe fds
exec 7<&- 8<&-
want_status 0
want_out "fds: 0 1 2"
unset CONF
rm -f "$ROOT/bin/probe"
end

begin a7-log-of-a-failed-start
seed_with "$W/conf" 'lxc.mount.entry=/no/such/source tmp none bind 0 0'
line=$(wc -l <"$W/conf")
run lxc-start --name=container1 --foreground --rcfile="$W/conf" --lxcpath="$ROOT" --logfile="$W/a.txt" \
	--logpriority=debug hostname
want_status 1
want_err_has "$W/conf:$line" "/no/such/source" "No such file or directory"
want_one_line
[ -s "$W/a.txt" ] || fail "no log"
has "$W/a.txt" "$W/conf:$line" "/no/such/source" "No such file or directory"
[ "$(wc -l <"$W/a.txt")" -gt 3 ] || fail "the log has $(wc -l <"$W/a.txt") lines: nothing to understand a start from"
end

begin a7-without-a-log
run lxc-start --name=container1 --foreground --rcfile="$W/conf" --lxcpath="$ROOT" hostname
want_status 1
want_err_has "$W/conf:$line" "/no/such/source" "No such file or directory"
want_one_line
end

finish
