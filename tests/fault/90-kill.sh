# SPDX-License-Identifier: MIT
# owns: SIGKILL of the command, the monitor and the child at every system call of start, execute and stop
# never: counts a point as passed before one start and one stop of that name worked at the first try and left nothing
# limit: 900 s
#
# STEP=1: entry and exit of each call; 2 (natively): one of them, since nothing but the process's own memory changes between
# the exit of a call and the entry of the next; boards take a sample. MODES="start execute": only these.

. "$T/lib.sh"
. "$T/fault/sweep.inc"

STEP=${STEP:-${SLOW:+397}}
STEP=${STEP:-2}
MODES=${MODES:-start daemon execute stop kill frozen beside ending net}

bad()
{
	N_BAD=$((N_BAD + 1))
	[ -n "$BAD" ] || BAD="at stop $N (call ${CALL:-?}): $*"
	other_stop
	purge
}

# other_stop, other_start: the container of the same name in another LXCPATH
other_stop()
{
	timeout $LIMIT lxc-stop -k -n "$NAME" --lxcpath="$D" >"$D/out" 2>&1 </dev/null
}

other_start()
{
	timeout $LIMIT lxc-start -d -n "$NAME" -f "$D/other.conf" --lxcpath="$D" -- /bin/sh -c "busybox sleep 1000; :" "$NAME" >"$D/out" 2>&1 </dev/null
}

# It may have come by the cgroup that the killed one had, or was about to have; the end of that one must not be its own.
verify_other()
{
	if ! other_start; then
		bad "lxc-start in another LXCPATH: $(first_line "$D/out")"
		return
	fi
	init=$(lxc-info -n "$NAME" --lxcpath="$D" -p -H)
	lxc_stop -k
	case $? in
	0 | 2) kill -0 "$init" 2>/dev/null || bad "lxc-stop has ended the container of the same name in another LXCPATH" ;;
	*) bad "lxc-stop ended with $?: $(first_line "$D/out")" ;;
	esac
	other_stop
	status=$?
	[ "$status" -eq 0 ] || bad "lxc-stop of the other ended with $status: $(first_line "$D/out")"
	! left || bad "left$LEFT"
}

# What a killed start or stop left must not be in the way of anything that follows.
verify()
{
	case $MODE in
	beside | ending)
		verify_other
		return
		;;
	esac
	# A stop alone must clean up too; after one that was killed the container may run or not.
	if [ $((N / STEP % 4)) -eq 0 ] || [ "$MODE$ROLE" = stopcommand ] || [ "$MODE$ROLE" = killcommand ]; then
		lxc_stop -k
		case $? in
		0 | 2) ;;
		*)
			bad "lxc-stop ended with $?: $(first_line "$D/out")"
			return
			;;
		esac
		if left; then
			bad "lxc-stop left$LEFT"
			return
		fi
	fi
	lxc_start -d -- /bin/sh -c "busybox sleep 1000; :" "$NAME"
	status=$?
	if [ "$status" -ne 0 ]; then
		bad "the next lxc-start ended with $status: $(first_line "$D/out")"
		return
	fi
	lxc_stop -k
	status=$?
	if [ "$status" -ne 0 ]; then
		bad "lxc-stop ended with $status: $(first_line "$D/out")"
		return
	fi
	! left || bad "after lxc-start and lxc-stop: $LEFT"
}

step()
{
	stepkill -t $LIMIT -o "$D/report" "$@" >"$D/out" 2>&1 </dev/null
}

# The command of a mode, with the fault in it; status 1 when it has fewer stops.
faulty()
{
	conf="-n $NAME -f $D/conf --lxcpath=$ROOT"
	# shellcheck disable=SC2086
	case $MODE in
	start | beside) step "$ROLE" "$N" lxc-start -F $conf /bin/echo "$NAME" ;;
	daemon | net) step -d "$ROLE" "$N" lxc-start -d $conf -- /bin/sh -c "busybox sleep 1000; :" "$NAME" ;;
	execute) step "$ROLE" "$N" lxc-execute $conf -- /bin/echo "$NAME" ;;
	stop | kill | ending)
		lxc_start -d -p "$D/pid" -- /bin/sh -c "busybox sleep 1000; :" "$NAME" || bad "lxc-start before it: $(first_line "$D/out")"
		read -r monitor <"$D/pid"
		set -- -n "$NAME" --lxcpath="$ROOT"
		[ "$MODE" != kill ] || set -- "$@" -k
		step -p "$monitor" "$ROLE" "$N" lxc-stop "$@"
		;;
	esac
}

# sweep MODE ROLE
sweep()
{
	MODE=$1
	ROLE=$2
	N=1
	N_BAD=0
	BAD=
	points=0
	while :; do
		CALL=
		faulty
		status=$?
		if [ "$status" -eq 1 ]; then
			read -r _ _ _ _ result <"$D/report"
			[ "$result" -eq 0 ] || bad "not reached, and status $result: $(first_line "$D/out")"
			break
		fi
		[ "$status" -ge 2 ] || read -r _ _ _ CALL _ <"$D/report"
		points=$((points + 1))
		case $status in
		0) verify ;;
		124) bad "the command did not end within $LIMIT s" ;;
		*)
			bad "stepkill ended with $status: $(first_line "$D/out")"
			break
			;;
		esac
		[ "$N_BAD" -lt 20 ] || break
		N=$((N + STEP))
	done
	# The last one was not killed.
	timeout $((2 * LIMIT)) lxc-stop -k -n "$NAME" --lxcpath="$ROOT" >/dev/null 2>&1 </dev/null
	if [ "$points" -eq 0 ]; then
		echo "not ok fault-kill-$ROLE-$MODE: no point was reached: $(cat "$D/report")"
	elif [ "$N_BAD" -eq 0 ]; then
		echo "ok fault-kill-$ROLE-$MODE ($points points)"
	else
		echo "not ok fault-kill-$ROLE-$MODE: $N_BAD of $points points: $BAD"
	fi
}

# The monitor of a frozen container killed: neither its end nor the next start may hang or leave the frozen process.
frozen()
{
	freezer=$(cg_mount freezer) || {
		echo "skip fault-kill-monitor-frozen: no freezer controller is mounted"
		return
	}
	N_BAD=0
	BAD=
	MODE=frozen
	for N in $STEP $((4 * STEP)); do
		lxc_start -d -p "$D/pid" -- /bin/sh -c "busybox sleep 1000; :" "$NAME"
		read -r monitor <"$D/pid"
		echo FROZEN >"$freezer/lxc/$NAME/freezer.state" || bad "cannot be frozen"
		kill -9 "$monitor"
		verify
	done
	if [ "$N_BAD" -eq 0 ]; then
		echo "ok fault-kill-monitor-frozen"
	else
		echo "not ok fault-kill-monitor-frozen: $BAD"
	fi
}

# with_interfaces: a pair, and what the host lends where it can make something to lend; a sample, since all else is tried without
with_interfaces()
{
	lent=faultlent
	if ip link add $lent type veth >/dev/null 2>&1; then
		:
	elif brctl addbr faultbr && vconfig add faultbr 9; then
		lent=faultbr.9
	else
		lent=
	fi >/dev/null 2>&1
	printf 'lxc.net.0.type = veth\nlxc.net.0.flags = up\nlxc.net.0.ipv4.address = 10.99.0.2/24\n' >>"$D/conf"
	[ -z "$lent" ] || printf 'lxc.net.1.type = phys\nlxc.net.1.link = %s\nlxc.net.1.name = mine\n' $lent >>"$D/conf"
	STEP=$((STEP * 12))
	set -- /sys/class/net/*
	BASE_LINKS=$*
}

without_interfaces()
{
	ip link del faultlent || { vconfig rem faultbr.9; brctl delbr faultbr; }
} >/dev/null 2>&1

# worker NAME MODE:ROLE...
worker()
{
	be_worker "$1"
	shift
	[ "${1%:*}" != net ] || with_interfaces
	for job; do
		case " $MODES " in
		*" ${job%:*} "*) ;;
		*) continue ;;
		esac
		case $job in
		frozen:*) frozen ;;
		*) sweep "${job%:*}" "${job#*:}" ;;
		esac
	done
}

worker fault-$$-a start:command execute:child daemon:command daemon:child stop:monitor kill:command ending:monitor >"$W/a.log" &
worker fault-$$-b start:child execute:command daemon:monitor stop:command kill:monitor frozen:monitor beside:command >"$W/b.log"
wait
worker fault-$$-c net:monitor net:child net:command >"$W/c.log"
without_interfaces
cat "$W/a.log" "$W/b.log" "$W/c.log"
! grep -q '^not ok' "$W/a.log" "$W/b.log" "$W/c.log" || exit 10
