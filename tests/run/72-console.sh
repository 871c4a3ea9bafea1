# SPDX-License-Identifier: MIT
# owns: the console: a pty in place of the caller's terminal, what goes through it, its log
# never: trusts a terminal of the machine; script(1) makes one where one is needed
# boards: one

. "$T/lib.sh"
R=$W/root
NAME=console

conf()
{
	fresh_root bin
	cp /bin/busybox "$R/bin/busybox"
	write_conf "lxc.autodev = 1" "$PROC_ENTRY" "$@"
}

START="lxc-start --name=console --foreground --rcfile=$W/conf --lxcpath=$W/lxcpath -- /bin/busybox"

# on_terminal COMMAND: as a user who types it; what the terminal shows is in $W/typescript
on_terminal()
{
	rm -f "$W/typescript"
	run script -q -c "$1" "$W/typescript"
	tr -d '\r' <"$W/typescript" | grep -v '^Script ' >"$W/out"
}

begin console-is-another-terminal
conf
cat >"$W/inside" <<-'END'
	#!/bin/sh
	b=/bin/busybox
	echo "inside $($b stat -L -c %t:%T /proc/self/fd/0)"
	for fd in 0 1 2; do $b readlink /proc/$$/fd/$fd; done
	$b stty size
	[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo terminals
	echo session $($b cut -d" " -f6,7 /proc/self/stat)
END
cp "$W/inside" "$R/inside"
on_terminal "stty rows 31 cols 97; echo outside \$(stat -L -c %t:%T /proc/self/fd/0); $START sh /inside; echo status \$?"
want_out_has terminals "31 97" "status 0"
in=$(sed -n 's/^inside //p' "$W/out")
out=$(sed -n 's/^outside //p' "$W/out")
[ -n "$in" ] && [ "$in" != "$out" ] || fail "the caller's terminal ($out) is inside ($in)"
grep -q '^session 1 [1-9]' "$W/out" || fail "no session and terminal of its own: $(grep '^session' "$W/out")"
end

begin console-status-is-passed-on
on_terminal "$START sh -c 'exit 23'; echo status \$?"
want_out_has "status 23"
end

# The terminal is as it was, also when the container was killed.
begin console-terminal-is-restored
on_terminal "stty -a >$W/before; $START true; stty -a >$W/after"
want_eq "stty" "$(cat "$W/after")" "$(cat "$W/before")"
on_terminal "stty -a >$W/before; $START sh -c 'kill -9 1; sleep 1; /bin/busybox nosuchapplet'; stty -a >$W/after"
want_eq "stty after a failure" "$(cat "$W/after")" "$(cat "$W/before")"
end

begin console-carries-everything
conf
on_terminal "$START seq 1 20000"
seq 1 20000 >"$W/wanted"
cmp -s "$W/out" "$W/wanted" || fail "$(wc -l <"$W/out") of 20000 lines, the last one '$(tail -n 1 "$W/out")'"
end

# /dev/console is the same pty, whatever fd 1 is.
begin console-device
run $START sh -c 'echo to the console >/dev/console; [ -c /dev/console ] && echo to the output'
want_status 0
want_out_has "to the console" "to the output"
end

begin console-log
conf "lxc.console.logfile = $W/console.log"
echo "from before" >"$W/console.log"
chmod 600 "$W/console.log"
run lxc-start --name=console --daemon --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- \
	/bin/busybox sh -c 'echo line one; echo line two >/dev/console; exec /bin/busybox sleep 30'
want_status 0
wait_until 20 grep -q "line two" "$W/console.log"
has "$W/console.log" "from before" "line one" "line two"
run lxc-stop -k -n console --lxcpath="$W/lxcpath"
want_status 0
rm "$W/console.log"
run lxc-start --name=console --foreground --console-log="$W/console.log" --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- \
	/bin/busybox sh -c 'echo logged >/dev/console'
want_status 0
has "$W/console.log" logged
want_eq mode "$(stat -c %a "$W/console.log")" 600
end

begin console-log-is-never-a-link
echo victim >"$W/victim"
mkfifo "$W/fifo"
ln -s "$W/victim" "$W/link"
for f in link fifo .; do
	conf "lxc.console.logfile = $W/$f"
	run $START true
	want_failure
	want_err_has "$W/$f"
	want_one_line
done
want_eq victim "$(cat "$W/victim")" victim
end

# A full disk costs lines of the log and nothing else.
begin console-log-full
mkdir -p "$W/small"
if mount -t tmpfs -o size=4k tmpfs "$W/small" 2>/dev/null; then
	conf "lxc.console.logfile = $W/small/log"
	on_terminal "$START seq 1 5000; echo status \$?"
	want_out_has "status 0" 5000
	umount "$W/small" || fail "the log is still open"
	end
else
	skip console-log-full "no tmpfs here"
fi

# A daemon's console has no reader; a container that writes to it must not wait for one.
begin console-without-reader
conf
run lxc-start --name=console --daemon --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- \
	/bin/busybox sh -c '/bin/busybox seq 1 50000; echo >/done; exec /bin/busybox sleep 30'
want_status 0
wait_until 40 [ -e "$R/done" ]
[ -e "$R/done" ] || fail "the container hangs in a write to its console"
run lxc-stop -k -n console --lxcpath="$W/lxcpath"
end

# What is typed arrives, one line at a time, and its end too.
begin console-input
conf
rm -f "$W/typescript"
{
	echo first
	echo second
	wait_until 20 grep -q "got first" "$W/typescript"
} | timeout $((LIMIT * HANGS)) script -q -c "$START sh -c 'read a; read b; echo got \$a and \$b'" "$W/typescript" >/dev/null 2>"$W/err"
has "$W/typescript" "got first and second"
end

begin d5-console-none
conf "lxc.pts = 0" "lxc.tty = 0" "lxc.console = none"
run $START sh -c 'for f in /dev/console /dev/tty1 /dev/pts/ptmx; do [ ! -e $f ] || echo $f; done; echo seen'
want_status 0
want_out seen
end

finish
