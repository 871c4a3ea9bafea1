# SPDX-License-Identifier: MIT
# owns: lxc-console: ttys and the console, logins, the way out, who may have which, the log with its limit, the ring buffer
# never: trusts a terminal of the machine; script(1) makes one where one is needed, fed through a fifo
# boards: one

. "$T/lib.sh"
R=$W/root
NAME=term
P="--lxcpath=$W/lxc"
SCRIPT_PID=

# What the first process does: commands that it reads in /cmd, one after the other, so that a test can let it write at any time.
conf()
{
	fresh_root bin etc
	cp /bin/busybox "$R/bin/busybox"
	for link in sh seq cat stty getty login ls id tty sleep true stat; do
		ln -s busybox "$R/bin/$link"
	done
	cat >"$R/rc" <<-'END'
		#!/bin/sh
		export PATH=/bin
		b=/bin/busybox
		while :; do
			if [ -e /cmd ]; then
				$b mv /cmd /cmd.now
				. /cmd.now
				>/done
			fi
			$b usleep 20000
		done
	END
	write_conf "lxc.autodev = 1" "lxc.signal.halt = SIGKILL" "$PROC_ENTRY" "$@"
}

start()
{
	run lxc-start -d -n $NAME -f "$W/conf" "$P" -p "$W/pid" -- /bin/busybox sh /rc
	want_status 0
	read -r MONITOR <"$W/pid" || fail "no monitor"
}

stop()
{
	run lxc-stop -k -n $NAME "$P"
	want_status 0
}

is_running_here()
{
	[ "$(lxc-info -n $NAME "$P" -s -H 2>/dev/null)" = RUNNING ]
}

init_pid_here()
{
	lxc-info -n $NAME "$P" -p -H 2>/dev/null
}

is_gone()
{
	! is_running_here
}

# visit ARG...: a client that comes and leaves at once
visit()
{
	printf '\001q' >"$W/leave"
	lxc-console -q -n $NAME "$P" "$@" <"$W/leave" >"$W/out" 2>"$W/err"
	STATUS=$?
}

is_free()
{
	visit "$@"
	[ "$STATUS" -eq 0 ]
}

# inside COMMANDS: the first process does them; does not wait
inside()
{
	rm -f "$R/done"
	echo "$1" >"$R/cmd.new"
	mv "$R/cmd.new" "$R/cmd"
}

inside_done()
{
	inside "$1"
	wait_until 40 test -e "$R/done" || fail "the container hangs in '$1'"
}

# on_terminal COMMAND: as a user at a terminal of 31 rows and 97 columns; type_in is what he types, $W/typescript what he sees
on_terminal()
{
	rm -f "$W/keys" "$W/typescript" "$W/tty" "$W/status"
	mkfifo "$W/keys"
	echo "tty >$W/tty; stty rows 31 cols 97; stty -a >$W/before; $1; echo \$? >$W/status.new; stty -a >$W/after; mv $W/status.new $W/status" \
		>"$W/user"
	script -q -c "sh $W/user" "$W/typescript" <"$W/keys" >/dev/null 2>&1 &
	SCRIPT_PID=$!
	exec 5>"$W/keys"
}

type_in()
{
	# shellcheck disable=SC2059
	printf "$1" >&5
}

sees()
{
	wait_until 20 grep -q -e "$1" "$W/typescript" || fail "'$1' is not seen: $(tail -c 200 "$W/typescript" | tr '\r\n' '  ')"
}

# ended STATUS: the command on the terminal ends by itself with it, and the terminal is as it was
ended()
{
	wait_until 20 test -e "$W/status" || fail "the command on the terminal does not end: $(tail -c 200 "$W/typescript" | tr '\r\n' '  ')"
	[ ! -e "$W/status" ] || {
		want_eq "exit status" "$(cat "$W/status")" "$1"
		want_eq "the terminal" "$(cat "$W/after")" "$(cat "$W/before")"
	}
	exec 5>&-
	[ -e "$W/status" ] || kill -9 "$SCRIPT_PID"
	wait "$SCRIPT_PID" 2>/dev/null
}

# pid_of COMMAND-LINE-PART: of the lxc-console on the terminal
console_pid()
{
	for proc in /proc/[0-9]*; do
		case $(tr '\0' ' ' <"$proc/cmdline" 2>/dev/null) in
		lxc-console*"$1"*) echo "${proc#/proc/}" ;;
		esac
	done
}

begin b3-login-on-a-getty
conf "lxc.tty.max = 2"
mkdir -p "$R/root"
echo "root:$(cryptpw -m sha256 secret abcdefgh):0:0:root:/root:/bin/sh" >"$R/etc/passwd"
echo "root:x:0:" >"$R/etc/group"
start
inside 'while :; do getty -L 115200 tty1 vt100; done & while :; do getty -L 115200 tty2 vt100; done &'
on_terminal "lxc-console -n $NAME $P"
sees "Connected to tty 1"
sees "exit the console"
type_in '\n'
sees "login:"
type_in 'root\n'
sees "assword:"
type_in 'secret\n'
sees "# "
type_in 'tty; stty size; id -u\n'
sees "/dev/tty1"
sees "31 97"
grep -q secret "$W/typescript" && fail "the password is echoed"

# A new size arrives while it is connected.
stty -F "$(cat "$W/tty")" rows 44 cols 132
type_in 'stty size\n'
sees "44 132"
stty -F "$(cat "$W/tty")" rows 31 cols 97
type_in '\001q'
ended 0

# The session goes on, and the next one finds it.
on_terminal "lxc-console -n $NAME $P -t 1"
type_in 'echo still here $((6*7))\n'
sees "still here 42"
type_in '\001q'
ended 0
end

begin lxc-console-escape
stop
conf "lxc.tty.max = 2"
start
inside 'cat <>/dev/tty1 >&0 2>&0 &'
on_terminal "lxc-console -n $NAME $P -e ^b"
sees "Ctrl+b q"
type_in '\001q\n'
sees "\\^Aq"
type_in 'twice\002\002\n'
sees "twice^B"
type_in '\002q'
ended 0
for bad in "" ab ^ab 1; do
	run lxc-console -n $NAME "$P" -e "$bad"
	want_status 1
	want_err_has "bad escape '$bad'"
done
stop
end

begin lxc-console-which-tty
conf "lxc.tty.max = 2"
start
run lxc-console -n $NAME "$P" -t 3
want_status 1
want_err_has "there is no tty 3: lxc.tty.max is 2"
for bad in -1 x 99999999999; do
	run lxc-console -n $NAME "$P" -t "$bad"
	want_status 1
done
# The first that is free, then the next, then none; each of them is free again once it is left.
on_terminal "lxc-console -n $NAME $P"
sees "Connected to tty 1"
run lxc-console -n $NAME "$P" -t 1
want_status 1
want_err_has "tty 1 is busy"
lxc-console -n $NAME "$P" <"$W/keys" >"$W/second" 2>&1 &
second=$!
wait_until 20 grep -q "Connected to tty 2" "$W/second" || fail "the second tty: $(first_line "$W/second")"
run lxc-console -n $NAME "$P"
want_status 1
want_err_has "all 2 ttys are busy"
want_one_line
kill -9 $second
wait $second 2>/dev/null
wait_until 5 is_free -t 2 || fail "tty 2 is busy although its client was killed"
type_in '\001q'
ended 0
visit -t 1
want_status 0
stop
run lxc-console -n $NAME "$P"
want_status 1
want_err_has "not running"
want_one_line
conf
start
run lxc-console -n $NAME "$P"
want_status 1
want_err_has "there is no tty 1: lxc.tty.max is 0"
stop
conf "lxc.console.path = none" "lxc.tty.max = 1"
start
run lxc-console -n $NAME "$P" -t 0
want_status 1
want_err_has "lxc.console.path is none"
visit -t 1
want_status 0
stop
end

# A pipe: what it gives is typed, its end is told, and it is over when all has been said.
begin lxc-console-by-pipe
conf "lxc.tty.max = 1"
start
inside '(while :; do cat >>/got; echo over; done) <>/dev/tty1 >&0 2>&0 &'
printf 'one\ntwo' | lxc-console -q -n $NAME "$P" -t 1 >"$W/out" 2>"$W/err"
want_eq status $? 0
want_out_has one two over
wait_until 5 grep -q two "$R/got"
want_eq "what arrived" "$(cat "$R/got")" "one
two"
[ ! -s "$W/err" ] || fail "said '$(first_line "$W/err")' with -q"
# Without input it shows what comes until nobody wants it any more.
mkfifo "$W/pipe"
lxc-console -q -n $NAME "$P" -t 0 </dev/null >"$W/pipe" 2>"$W/err" &
pid=$!
exec 6<"$W/pipe"
usleep 300000
inside 'echo first; sleep 1; echo second'
read -r line <&6
want_eq "the first line" "$(echo "$line" | tr -d '\r')" first
read -r line <&6
want_eq "the second line" "$(echo "$line" | tr -d '\r')" second
exec 6<&-
inside 'echo third'
wait_until 20 test ! -d /proc/$pid || fail "it goes on without a reader"
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
stop
end

begin lxc-console-of-the-console
conf "lxc.console.logfile = $W/log" "lxc.console.buffer.size = 4096"
rm -f "$W/log"
start
on_terminal "lxc-console -n $NAME $P -t 0"
sees "Connected to tty 0"
inside 'while read line; do echo "read <$line>"; stty size; done'
type_in 'hello\n'
sees "read <hello>"
sees "31 97"
stty -F "$(cat "$W/tty")" rows 20 cols 60
new_size()
{
	type_in 'again\n'
	usleep 200000
	grep -q "20 60" "$W/typescript"
}
wait_until 10 new_size || fail "the new size does not arrive"
stty -F "$(cat "$W/tty")" rows 31 cols 97
run lxc-console -n $NAME "$P" -t 0
want_status 1
want_err_has "the console is busy"
type_in '\001q'
ended 0
has "$W/log" "read <hello>" "read <again>"
run lxc-console -n $NAME "$P" --show-log
want_status 0
want_out_has "read <hello>" "read <again>"
stop
end

# Each way in which a session can end gives the terminal back.
begin lxc-console-ends
conf "lxc.tty.max = 1"
start
for tty in 0 1; do
	for how in TERM HUP INT; do
		on_terminal "lxc-console -n $NAME $P -t $tty"
		sees "Connected to tty $tty"
		kill -$how "$(console_pid "-t $tty")"
		case $how in
		TERM) ended 0 ;;
		HUP) ended 129 ;;
		INT) ended 130 ;;
		esac
	done
	# The container stops under it.
	on_terminal "lxc-console -n $NAME $P -t $tty"
	sees "Connected to tty $tty"
	stop
	ended 0
	start
	# It reboots, or dies with its monitor.
	on_terminal "lxc-console -n $NAME $P -t $tty"
	sees "Connected to tty $tty"
	kill -9 "$MONITOR"
	ended 0
	wait_until 10 is_gone || fail "the container outlives its monitor"
	start
done
# Killed it cannot put the terminal back, but the tty is free again.
on_terminal "lxc-console -n $NAME $P -t 1; stty sane; stty rows 31 cols 97"
sees "Connected to tty 1"
kill -9 "$(console_pid "-t 1")"
wait_until 20 test -e "$W/status"
exec 5>&-
wait "$SCRIPT_PID" 2>/dev/null
wait_until 5 is_free -t 1 || fail "the tty stays busy"
stop
end

# The terminal itself goes away.
begin lxc-console-terminal-gone
conf "lxc.tty.max = 1"
start
on_terminal "lxc-console -n $NAME $P -t 1"
sees "Connected to tty 1"
pid=$(console_pid "-t 1")
kill -9 "$SCRIPT_PID"
wait "$SCRIPT_PID" 2>/dev/null
exec 5>&-
wait_until 10 test ! -d "/proc/$pid" || fail "it goes on without a terminal"
stop
end

begin lxc-console-of-a-frozen-container
conf "lxc.tty.max = 1"
if cg_mount freezer >/dev/null; then
	start
	inside 'cat <>/dev/tty1 >&0 2>&0 &'
	run lxc-freeze -n $NAME "$P"
	want_status 0
	on_terminal "lxc-console -n $NAME $P -t 1"
	sees "Connected to tty 1"
	type_in 'echoed by the kernel\n'
	sees "echoed by the kernel"
	type_in '\001q'
	ended 0
	run lxc-unfreeze -n $NAME "$P"
	stop
	end
else
	skip lxc-console-of-a-frozen-container "no freezer here"
fi

# A reboot makes new terminals: who had one is told its end, and the next life's are free.
begin lxc-console-reboot
conf "lxc.tty.max = 1" "lxc.console.buffer.size = 4096"
start
inside_done 'echo the first life'
on_terminal "lxc-console -n $NAME $P -t 1"
sees "Connected to tty 1"
first=$(init_pid_here)
inside '$b reboot -f'
ended 0
next_life()
{
	is_running_here && [ "$(init_pid_here)" != "$first" ]
}
wait_until 20 next_life || fail "it does not run again"
inside_done 'echo the second life'
visit -t 1
want_status 0
run lxc-console -n $NAME "$P" --show-log
want_out_has "the first life" "the second life"
stop
end

# Nothing but bytes comes out: what acts on a terminal is passed on as it is, and nowhere else.
begin lxc-console-hostile-bytes
conf "lxc.tty.max = 1" "lxc.console.buffer.size = 4096"
start
inside_done '$b printf "\\033]0;title\\007\\033[6n\\000\\377end\\n" >/dev/console'
run lxc-console -n $NAME "$P" --show-log
want_eq "bytes" "$(od -An -c "$W/out" | tr -d ' \n')" '033]0;title\a033[6n\0377end\r\n'
stop
end

# ---- those who do not read ----

# A stopped client holds the console up for a few seconds at most, then it is let go; the log and the ring miss nothing.
begin lxc-console-stopped-client
conf "lxc.tty.max = 1" "lxc.console.buffer.size = 8192" "lxc.console.logfile = $W/log"
rm -f "$W/log"
start
on_terminal "lxc-console -n $NAME $P -t 0"
sees "Connected to tty 0"
pid=$(console_pid "-t 0")
kill -STOP "$pid"
grep VmData "/proc/$MONITOR/status" >"$W/vm"
inside 'seq 1 40000; echo all said'
wait_until 60 test -e "$R/done" || fail "a stopped client stops the container"
seq 1 40000 >"$W/wanted"
echo "all said" >>"$W/wanted"
tr -d '\r' <"$W/log" | cmp -s - "$W/wanted" || fail "the log has $(wc -l <"$W/log") lines of 40001"
want_eq "memory" "$(grep VmData "/proc/$MONITOR/status")" "$(cat "$W/vm")"
run lxc-console -n $NAME "$P" --show-log
tail -c 8192 "$W/log" | cmp -s - "$W/out" || fail "the ring has other bytes than the end of the log"
kill -CONT "$pid"
ended 1
sees "let go: the output was not taken"
# On a tty it holds up only who writes there.
on_terminal "lxc-console -n $NAME $P -t 1"
sees "Connected to tty 1"
pid=$(console_pid "-t 1")
kill -STOP "$pid"
inside_done 'seq 1 40000 >/dev/tty1 &
	echo the console goes on'
case $(lxc-info -n $NAME "$P" -s -H) in
RUNNING) ;;
*) fail "the monitor does not answer" ;;
esac
kill -CONT "$pid"
sees 40000
type_in '\001q'
ended 0
stop
end

# ---- the log and its limit ----

size()
{
	stat -c %s "$1" 2>/dev/null
}

begin console-log-limit
conf "lxc.console.logfile = $W/log" "lxc.console.size = 4096"
rm -f "$W/log"
start
inside_done 'seq 1 20000; echo the end'
[ "$(size "$W/log")" -le 4096 ] || fail "$(size "$W/log") bytes, wanted 4096 at most"
has "$W/log" "the end"
[ ! -e "$W/log.1" ] || fail "it was rotated"
stop
end

begin console-log-rotate
conf "lxc.console.logfile = $W/log" "lxc.console.size = 8192" "lxc.console.rotate = 1"
rm -f "$W/log" "$W/log.1"
echo victim >"$W/victim"
ln -s "$W/victim" "$W/log.1"
start
inside_done 'seq 1 20000; echo the end'
want_eq "size of the one before" "$(size "$W/log.1")" 8192
[ "$(size "$W/log")" -le 8192 ] || fail "$(size "$W/log") bytes, wanted 8192 at most"
want_eq victim "$(cat "$W/victim")" victim
[ ! -L "$W/log.1" ] || fail "the link is still there"
want_eq mode "$(stat -c %a "$W/log")" 600
{ seq 1 20000; echo "the end"; } >"$W/wanted"
cat "$W/log.1" "$W/log" | tr -d '\r' >"$W/got"
tail -c "$(size "$W/got")" "$W/wanted" | cmp -s - "$W/got" || fail "bytes are lost between both files"
stop
end

# A full disk costs bytes of the log; once there is room it goes on.
begin console-log-full-disk
mkdir -p "$W/small"
if mount -t tmpfs -o size=64k tmpfs "$W/small" 2>/dev/null; then
	conf "lxc.console.logfile = $W/small/log" "lxc.console.size = 1048576" "lxc.console.rotate = 1" "lxc.console.buffer.size = 4096"
	start
	inside_done 'seq 1 30000; echo said'
	run lxc-console -n $NAME "$P" --show-log
	want_out_has said
	[ "$(size "$W/small/log")" -le 65536 ] || fail "more than there is room for"
	: >"$W/small/log"
	inside_done 'echo there is room again'
	has "$W/small/log" "there is room again"
	stop
	umount "$W/small" || fail "the log is still open"
	end
else
	skip console-log-full-disk "no tmpfs here"
fi

# ---- the ring buffer ----

begin console-ring
conf "lxc.console.buffer.size = auto"
start
inside_done 'seq 1 30000; echo the end'
{ seq 1 30000; echo "the end"; } | sed 's/$/\r/' | tail -c 131072 >"$W/wanted"
run lxc-console -n $NAME "$P" --show-log --clear-log
want_status 0
cmp -s "$W/out" "$W/wanted" || fail "$(size "$W/out") bytes, not the last 131072"
run lxc-console -n $NAME "$P" --show-log
want_status 0
want_out ""
inside_done 'echo more'
run lxc-console -n $NAME "$P" --clear-log
want_out ""
run lxc-console -n $NAME "$P" --show-log
want_out ""
# It comes to an end also while the container goes on writing.
inside 'seq 1 2000000'
timed 10 lxc-console -n $NAME "$P" --show-log
want_status 0
[ "$(size "$W/out")" -le 131072 ] || fail "$(size "$W/out") bytes"
stop
run lxc-console -n $NAME "$P" --show-log
want_status 1
want_err_has "not running"
conf
start
run lxc-console -n $NAME "$P" --show-log
want_status 1
want_err_has "lxc.console.buffer.size"
stop
end

# Everybody at once: the caller of a start in the foreground, a client, the log and the ring.
begin console-everybody-at-once
conf "lxc.console.buffer.size = 4096" "lxc.console.logfile = $W/log"
rm -f "$W/log"
on_terminal "lxc-start -F -n $NAME -f $W/conf $P -- /bin/busybox sh /rc"
wait_until 10 is_running_here || fail "it does not start"
lxc-console -n $NAME "$P" -t 0 </dev/null >"$W/client" 2>&1 &
client=$!
wait_until 5 grep -q Connected "$W/client" || fail "the client does not come in"
inside_done 'echo for everybody'
sees "for everybody"
wait_until 5 grep -q "for everybody" "$W/client" || fail "the client does not see it"
has "$W/log" "for everybody"
run lxc-console -n $NAME "$P" --show-log
want_out_has "for everybody"
inside 'stty size >/size; exit 7'
ended 7
wait $client
want_eq "exit status of the client" $? 0
want_eq "size" "$(cat "$R/size")" "31 97"
end

# ---- what the configuration says ----

begin console-and-ttys-in-all-combinations
for pts in 0 8; do
	for tty in 0 2; do
		for console in none pty; do
			for dir in "" lxc; do
				conf "lxc.pty.max = $pts" "lxc.tty.max = $tty" "lxc.tty.dir = $dir"
				[ $console = pty ] || echo "lxc.console.path = none" >>"$W/conf"
				start
				inside_done 'for f in console tty1 tty2 tty3 lxc/console lxc/tty1; do
					[ -c /dev/$f ] && $b printf "$f "
				done >/seen; [ -e /dev/pts/ptmx ] && $b printf "pts" >>/seen'
				wanted=
				[ $console = none ] || wanted="console "
				[ $tty = 0 ] || wanted="${wanted}tty1 tty2 "
				[ -z "$dir" ] || {
					[ $console = none ] || wanted="${wanted}lxc/console "
					[ $tty = 0 ] || wanted="${wanted}lxc/tty1 "
				}
				[ $pts = 0 ] || wanted="${wanted}pts"
				want_eq "pts=$pts tty=$tty console=$console dir=$dir" "$(cat "$R/seen")" "$wanted"
				for n in 0 1; do
					visit -t $n
					if [ $n = 0 ] && [ $console = none ]; then
						want_status 1
					elif [ $n = 1 ] && [ $tty = 0 ]; then
						want_status 1
					else
						want_status 0
					fi
				done
				stop
			done
		done
	done
done
end

finish
