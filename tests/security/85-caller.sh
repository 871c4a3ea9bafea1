# SPDX-License-Identifier: MIT
# owns: callers in a bad way: descriptors closed, limits tiny, masks odd, an environment full of secrets, signals on the way
# never: asks that such a start works, only that it works as always or fails by name and leaves nothing
# boards: one

. "$T/lib.sh"
R=$W/root
NAME=caller

conf()
{
	fresh_root bin out
	write_conf "$NO_CONSOLE" "lxc.autodev = 1" "$BUSYBOX_ENTRY" "$PROBE_ENTRY"
}

START="lxc-start -F -n $NAME -f $W/conf --lxcpath=$W/lxc"

for closed in '<&-' '>&-' '2>&-' '<&- >&-' '>&- 2>&-' '<&- >&- 2>&-'; do
	begin "caller-closed $closed"
	TEST=$(echo "$TEST" | tr -d ' &' | tr '<>' 'io')
	conf
	run sh -c "$START -- /bin/busybox sh -c 'echo said >/out/f; /bin/probe fds >/out/fds' $closed"
	want_status 0
	want_eq "what the container wrote" "$(cat "$R/out/f")" said
	want_eq "its descriptors" "$(cat "$R/out/fds")" "fds: 0 1 2"
	want_nothing_left
	end
done

for limit in '-f 0' '-f 1' '-v 1000' '-v 3000' '-s 16' '-d 0' '-u 1' '-c unlimited' '-t 1' '-l 0'; do
	begin "caller-limit$(echo "$limit" | tr -d ' -')"
	conf
	run sh -c "ulimit $limit; exec $START -- /bin/busybox echo works"
	case $STATUS$limit in
	0*) want_out works ;;
	*-f\ 0) ;;
	*)
		if [ "$STATUS" -gt 128 ]; then
			# Out of stack, for one: what a monitor that died left is for the next command.
			run lxc-stop -k -n $NAME --lxcpath="$W/lxc"
		else
			[ -s "$W/err" ] || fail "status $STATUS and nothing said"
		fi
		;;
	esac
	want_nothing_left
	end
done

for mask in 000 777 022; do
	begin "caller-umask-$mask"
	conf
	in_background sh -c "umask $mask; exec $START -o $W/log.$mask -p $W/pid.$mask -- /bin/probe wait"
	wait_until 10 grep -q ready "$W/bg.out" || fail "does not run: $(first_line "$W/bg.err")"
	for d in /run/lxcbox /run/lxcbox/$NAME@*; do
		want_eq "mode of $d" "$(stat -c %a "$d")" 700
	done
	want_eq "mode of the socket" "$(stat -c %a /run/lxcbox/$NAME@*/sock)" 600
	for f in "$W/log.$mask" "$W/pid.$mask" /run/lxcbox/$NAME@*/record; do
		[ ! -e "$f" ] || [ $((0$(stat -c %a "$f") & 022)) -eq 0 ] || fail "$f can be written by others"
	done
	run lxc-stop -k -n $NAME --lxcpath="$W/lxc"
	want_status 0
	wait "$BG"
	want_nothing_left
	end
done

begin caller-environment
conf
LD_PRELOAD=/x SECRET=word PATH="$PATH:/secret" run $START -- /bin/busybox env
want_status 0
! grep -qE 'SECRET|LD_PRELOAD|/secret|HOME=/root' "$W/out" || fail "inside: $(grep -E 'SECRET|LD_|secret|HOME' "$W/out" | tr '\n' ' ')"
want_out_has container=lxc
run env SECRET=word lxc-execute -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox env
! grep -q SECRET "$W/out" || fail "SECRET is inside of lxc-execute"
end

begin caller-working-directory-gone
conf
run sh -c "mkdir $W/gone; cd $W/gone; rmdir $W/gone; exec $START -- /bin/busybox pwd"
want_status 0
want_out /
want_nothing_left
end

# A signal at any moment of a start: it ends, one way or the other, and leaves nothing.
begin caller-signals-during-start
conf
for sig in INT TERM HUP QUIT; do
	for delay in 0 2000 4000 8000 16000; do
		in_background $START -- /bin/busybox sleep 3
		usleep "$delay"
		kill -$sig "$BG" 2>/dev/null
		usleep 1000
		run lxc-stop -k -n $NAME --lxcpath="$W/lxc"
		case $STATUS in
		0 | 2) ;;
		*) fail "lxc-stop after SIG$sig ended with $STATUS: $(first_line "$W/err")" ;;
		esac
		wait "$BG"
		want_nothing_left
	done
done
end

finish
