# SPDX-License-Identifier: MIT
# owns: a second command of the same name at every moment of a start and of a stop, while the first stands still there
# never: asks which of the two wins; both must end, one container or none be there, and nothing be left at the end
# boards: one
# limit: 600 s
#
# STEP=N: each N-th system call stop. An emulated board takes few: to stand still at all of them is for the build machine.

. "$T/lib.sh"
. "$T/fault/sweep.inc"

STEP=${STEP:-${SLOW:+67}}
STEP=${STEP:-10}
PAUSE=${PAUSE:-${SLOW:+1000}}
PAUSE=${PAUSE:-200}

bad()
{
	N_BAD=$((N_BAD + 1))
	[ -n "$BAD" ] || BAD="at stop $N: $*"
	purge
}

# containers: how many have their first process running
containers()
{
	processes
	n_containers=0
	for p in $PIDS; do
		{ read -r line <"/proc/$p/cmdline"; } 2>/dev/null
		case $line in
		/bin/sh-cbusybox*) n_containers=$((n_containers + 1)) ;;
		esac
	done
}

# first MODE: the command that stands still at stop N
first()
{
	rm -f "$D/stands"
	case $1 in
	start) stepkill -m "$D/stands" -d -w "$PAUSE" -t $LIMIT -o "$D/report" "$ROLE" "$N" lxc-start -n "$NAME" -f "$D/conf" --lxcpath="$ROOT" -d -- \
		/bin/sh -c "busybox sleep 1000; :" "$NAME" ;;
	stop) stepkill -m "$D/stands" -p "$MONITOR" -w "$PAUSE" -t $LIMIT -o "$D/report" "$ROLE" "$N" lxc-stop -k -n "$NAME" --lxcpath="$ROOT" ;;
	esac >"$D/first" 2>&1 </dev/null
	echo $? >"$D/first.status"
}

# The first one stands still at its point, or will never be there.
stands()
{
	[ -e "$D/stands" ] || [ -s "$D/first.status" ]
}

goes_on()
{
	[ ! -e "$D/stands" ]
}

# meet: in turn the second command comes on the way to the point, at the point, and when the first goes on from there
meet()
{
	if [ $((N / STEP % 3)) -eq 0 ]; then
		usleep 20000
		return
	fi
	meet_n=0
	while ! stands && [ "$meet_n" -lt 1000 ]; do
		meet_n=$((meet_n + 1))
		usleep 10000
	done
	[ $((N / STEP % 3)) -ne 1 ] || return
	meet_n=0
	while ! goes_on && [ "$meet_n" -lt 1000 ]; do
		meet_n=$((meet_n + 1))
		usleep 5000
	done
}

# race FIRST ROLE SECOND
race()
{
	ROLE=$2
	N_BAD=0
	BAD=
	points=0
	# How far there is to go.
	N=0
	if [ "$1" = stop ]; then
		lxc_start -d -p "$D/pid" -- /bin/sh -c "busybox sleep 1000; :" "$NAME" || bad "lxc-start: $(first_line "$D/out")"
		read -r MONITOR <"$D/pid"
	fi
	first "$1"
	lxc_stop -k
	total=$(sed -n "s/.*$ROLE \([0-9]*\).*/\1/p" "$D/report" | tail -n 1)
	N=1
	while [ "$N" -lt "$total" ]; do
		if [ "$1" = stop ]; then
			lxc_start -d -p "$D/pid" -- /bin/sh -c "busybox sleep 1000; :" "$NAME" || bad "lxc-start before it: $(first_line "$D/out")"
			read -r MONITOR <"$D/pid"
		fi
		rm -f "$D/stands" "$D/first.status"
		first "$1" &
		meet
		case $3 in
		start)
			lxc_start -d -- /bin/sh -c "busybox sleep 1000; :" "$NAME"
			second=$?
			[ "$second" -eq 0 ] || bad "the second lxc-start ended with $second: $(first_line "$D/out")"
			;;
		stop)
			lxc_stop -k
			second=$?
			case $second in
			0 | 2) ;;
			*) bad "the second lxc-stop ended with $second: $(tail -n 1 "$D/out")" ;;
			esac
			;;
		info)
			now
			from=$NOW
			WHY=
			timeout $((4 * HANGS)) lxc-info -n "$NAME" --lxcpath="$ROOT" --rcfile="$D/conf" >"$D/out" 2>&1 </dev/null || bad "lxc-info ended with $?: $(first_line "$D/out")"
			within 4 "$from" lxc-info
			[ -z "$WHY" ] || bad "$WHY"
			;;
		esac
		wait $!
		read -r status <"$D/first.status"
		read -r _ _ _ _ result <"$D/report"
		# Where the second was faster the first never comes to that point.
		[ "$status" -eq 1 ] || points=$((points + 1))
		[ "$status" -le 1 ] || bad "the first command did not end in time"
		# A start that was stopped meanwhile says so; a stop that found it stopped is content.
		case $1$3$result in
		startstop*) ;;
		start*0 | stop*0 | stop*2) ;;
		*) bad "the first command ended with $result: $(first_line "$D/first")" ;;
		esac
		# A shell that has just forked counts twice.
		for again in 1 2 3 4 5 6 7 8 9 10; do
			containers
			[ "$n_containers" -gt 1 ] || break
			usleep 100000
		done
		[ "$n_containers" -le 1 ] || bad "$n_containers containers"
		lxc_stop -k
		case $? in
		0 | 2) ;;
		*) bad "the last lxc-stop ended with $?: $(first_line "$D/out")" ;;
		esac
		! left || bad "left:$LEFT"
		[ "$N_BAD" -lt 10 ] || break
		N=$((N + STEP))
	done
	purge
	if [ "$N_BAD" -eq 0 ] && [ "$points" -gt 0 ]; then
		echo "ok fault-race-$1-$ROLE-$3 ($points points)"
	else
		echo "not ok fault-race-$1-$ROLE-$3: $N_BAD of $points points: $BAD"
	fi
}

(
	be_worker "fault-$$-a"
	race start monitor stop
	race start command start
	race stop command stop
	race start monitor info
) >"$W/a.log" &
be_worker "fault-$$-b"
{
	race start monitor start
	race start child stop
	race stop monitor start
	race stop monitor stop
} >"$W/b.log"
wait
cat "$W/a.log" "$W/b.log"
! grep -q '^not ok' "$W/a.log" "$W/b.log" || exit 10
