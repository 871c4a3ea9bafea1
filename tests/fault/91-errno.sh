# SPDX-License-Identifier: MIT
# owns: an error in each system call of a start and a stop in turn; a start that says 0 has exactly the configured confinement
# never: takes an error as handled because something was said: nothing may be left of a start that failed
# limit: 900 s
#
# Call N fails with one of ERRNOS, in turn; ALL=1: with each of them. STEP=N: only each N-th call.

. "$T/lib.sh"
. "$T/fault/sweep.inc"

EPERM=1 EIO=5 ENOMEM=12 EMFILE=24
ERRNOS=${ERRNOS:-"$EPERM $EIO $ENOMEM $EMFILE"}
STEP=${STEP:-1}

# What is true of the running container, as the kernel tells it to the host; numbers that differ each time are left out.
confinement()
{
	pid=$(lxc-info -n "$NAME" --lxcpath="$ROOT" -p -H 2>/dev/null)
	if [ -z "$pid" ]; then
		echo "no pid"
		return
	fi
	sed -n -e '/^Cap/p' -e '/^NoNewPrivs/p' -e '/^Seccomp:/p' -e '/^[UG]id/p' -e '/^Groups/p' -e '/^Umask/p' \
		"/proc/$pid/status"
	# Where no node can be made the host's is bound over a file; this is as it should be.
	awk '$5 ~ "^/dev/[a-z0-9]+$" && / - devtmpfs | - tmpfs dev / { next }
		{ $1 = $2 = $3 = "mount"; sub(/ (shared|master):[0-9]+/, ""); print }' "/proc/$pid/mountinfo"
	sort "/proc/$pid/cgroup"
	cat "$DEVICES/lxc/$NAME/devices.list"
	cat "$MEMORY/lxc/$NAME/memory.limit_in_bytes"
	cat "/proc/$pid/limits" "/proc/$pid/oom_score_adj" "/proc/$pid/sessionid"
	for ns in mnt pid uts ipc cgroup; do
		[ "$(readlink "/proc/$pid/ns/$ns")" != "$(readlink /proc/self/ns/$ns)" ] || echo "the host's $ns"
	done
	for fd in "/proc/$pid"/fd/*; do
		echo "fd ${fd##*/}"
	done
	tr '\0' '\n' <"/proc/$pid/environ"
}

# check STATUS: of lxc-start
check()
{
	if [ "$1" -eq 0 ]; then
		confinement >"$D/now" 2>&1
		if ! cmp -s "$D/base" "$D/now"; then
			bad "status 0, but $(diff "$D/base" "$D/now" | sed -n '/^[-+][^-+]/p' | sort -k 1.2 | head -n 6 | tr '\n' '|')"
			return
		fi
		lxc_stop -k || bad "lxc-stop ended with $?: $(first_line "$D/out")"
	else
		lines=$(wc -l <"$D/out")
		[ "$lines" -eq 1 ] || bad "status $1 and $lines lines on standard error: $(head -n 2 "$D/out" | tr '\n' '|')"
	fi
	! left || bad "status $1, and there is left:$LEFT"
}

bad()
{
	N_BAD=$((N_BAD + 1))
	echo "# $ROLE call $N (number ${CALL:-?}) errno $ERR: $*" >>"$D/bad"
	[ -n "$BAD" ] || BAD="call $N (number ${CALL:-?}) with errno $ERR: $*"
	purge
}

# sweep ROLE FIRST_ERRNO...
sweep()
{
	ROLE=$1
	N=1
	N_BAD=0
	BAD=
	points=0
	refused=0
	: >"$D/bad"
	while :; do
		turn=0
		for ERR in $ERRNOS; do
			turn=$((turn + 1))
			[ -n "$ALL" ] || [ $((N % 4 + 1)) -eq "$turn" ] || continue
			CALL=
			stepkill -d -t $LIMIT -e "$ERR" -o "$D/report" "$ROLE" "$N" \
				lxc-start -n "$NAME" -f "$D/conf" --lxcpath="$ROOT" -d -- \
				/bin/sh -c "busybox sleep 1000; :" "$NAME" >"$D/out" 2>&1 </dev/null
			case $? in
			0) ;;
			1) break 2 ;;
			124)
				bad "the command did not end within $LIMIT s"
				continue
				;;
			*)
				bad "stepkill ended with an error: $(first_line "$D/out")"
				break 2
				;;
			esac
			read -r _ _ _ CALL status <"$D/report"
			points=$((points + 1))
			[ "$status" -eq 0 ] || refused=$((refused + 1))
			check "$status"
		done
		N=$((N + STEP))
	done
	purge
	if [ "$points" -eq 0 ]; then
		echo "not ok fault-errno-$ROLE: no call was reached: $(first_line "$D/out")"
	elif [ "$N_BAD" -eq 0 ]; then
		echo "ok fault-errno-$ROLE ($points calls, $refused starts refused)"
	else
		echo "not ok fault-errno-$ROLE: $N_BAD of $points: $BAD"
		cat "$D/bad"
	fi
}

# stops ROLE: the same in lxc-stop and in the monitor that it talks to. Whatever was said, nothing is left after one stop more.
stops()
{
	ROLE=$1
	N=1
	N_BAD=0
	BAD=
	points=0
	: >"$D/bad"
	while :; do
		# shellcheck disable=SC2086
		ERR=$(echo $ERRNOS | cut -d' ' -f $((N % 4 + 1)))
		CALL=
		lxc_start -d -p "$D/pid" -- /bin/sh -c "busybox sleep 1000; :" "$NAME" || bad "lxc-start before it: $(first_line "$D/out")"
		read -r monitor <"$D/pid"
		stepkill -t $LIMIT -e "$ERR" -p "$monitor" -o "$D/report" "$ROLE" "$N" \
			lxc-stop -k -n "$NAME" --lxcpath="$ROOT" >"$D/out" 2>&1 </dev/null
		case $? in
		0) ;;
		124)
			bad "lxc-stop did not end within $LIMIT s"
			;;
		*) break ;;
		esac
		read -r _ _ _ CALL status <"$D/report"
		points=$((points + 1))
		case $status in
		0 | 2) ;;
		*) [ "$(grep -c . "$D/out")" -eq 1 ] || bad "status $status and $(grep -c . "$D/out") lines on standard error" ;;
		esac
		lxc_stop -k
		case $? in
		0 | 2) ;;
		*) bad "the next lxc-stop ended with $?: $(first_line "$D/out")" ;;
		esac
		! left || bad "status $status, and there is left:$LEFT"
		N=$((N + STEP))
	done
	purge
	if [ "$points" -eq 0 ]; then
		echo "not ok fault-errno-stop-$ROLE: no call was reached: $(cat "$D/report")"
	elif [ "$N_BAD" -eq 0 ]; then
		echo "ok fault-errno-stop-$ROLE ($points calls)"
	else
		echo "not ok fault-errno-stop-$ROLE: $N_BAD of $points: $BAD"
		cat "$D/bad"
	fi
}

worker()
{
	be_worker "$1"
	shift
	cat >>"$D/conf" <<-'END'
		lxc.mount.auto = proc:mixed sys:ro
		lxc.cgroup.memory.limit_in_bytes = 64M
		lxc.cap.drop = sys_admin mknod net_raw
		lxc.no_new_privs = 1
		lxc.prlimit.nofile = 100:200
	END
	timeout $LIMIT lxc-start -n "$NAME" -f "$D/conf" --lxcpath="$ROOT" -d -- /bin/sh -c "busybox sleep 1000; :" "$NAME" >"$D/out" 2>&1 </dev/null ||
		bad "cannot start: $(first_line "$D/out")"
	confinement >"$D/base" 2>&1
	lxc_stop -k
	for role; do
		case $role in
		stop-*) stops "${role#stop-}" ;;
		*) sweep "$role" ;;
		esac
	done
}

DEVICES=$(cg_mount devices) && MEMORY=$(cg_mount memory) || {
	echo "skip fault-errno: no devices or memory controller is mounted"
	exit 0
}
stepkill -e 1 -o /dev/null command 0 true >/dev/null 2>&1
if [ $? -eq 3 ]; then
	for role in child command monitor stop-command stop-monitor; do
		echo "skip fault-errno-$role: the result of a call cannot be replaced on $(uname -m)"
	done
	exit 0
fi
worker "fault-$$-a" child >"$W/a.log" &
worker "fault-$$-b" command monitor stop-command stop-monitor >"$W/b.log"
wait
cat "$W/a.log" "$W/b.log"
! grep -q '^not ok' "$W/a.log" "$W/b.log" || exit 10
