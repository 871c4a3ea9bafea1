# SPDX-License-Identifier: MIT
# owns: an error in each system call of a start and a stop in turn; a start that says 0 has exactly the configured confinement
# never: takes an error as handled because something was said: nothing may be left of a start that failed
# boards: one
# limit: 900 s
#
# Call N fails with one of ERRNOS, in turn; one by which the container is confined (mounts, capabilities, ids, limits, what is
# written: stepkill knows them) with each of CONFINING. Calls of the container's interface come a second time, with one. ALL=1: each call with each of ERRNOS. STEP=N: only each N-th call. Emulated
# boards take a sample instead: a call of every kind (by its number; not the same one on each board), and each STEP-th.

. "$T/lib.sh"
. "$T/fault/sweep.inc"

EPERM=1 EIO=5 ENOMEM=12 EINVAL=22 EMFILE=24
ERRNOS=${ERRNOS:-"$EPERM $EIO $ENOMEM $EINVAL $EMFILE"}
CONFINING=${CONFINING:-"$EPERM $ENOMEM $EINVAL $EIO"}
SAMPLE=$SLOW
STEP=${STEP:-${SLOW:+40}}
STEP=${STEP:-1}
[ -z "$ALL" ] || STEP=1 SAMPLE=
START=${START:-$(uname -m | wc -c)}

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
	[ -z "$PIDS_AT" ] || cat "$PIDS_AT/lxc/$NAME/pids.max"
	cat "/proc/$pid/limits" "/proc/$pid/oom_score_adj" "/proc/$pid/uid_map" "/proc/$pid/gid_map"
	cat "/proc/$pid/timens_offsets" 2>/dev/null
	[ ! -e "/proc/$pid/sessionid" ] || cat "/proc/$pid/sessionid"
	for ns in mnt pid uts ipc net user time cgroup; do
		[ "$(readlink "/proc/$pid/ns/$ns")" != "$(readlink /proc/self/ns/$ns)" ] || echo "the host's $ns"
	done
	for fd in "/proc/$pid"/fd/*; do
		echo "fd ${fd##*/}"
	done
	if [ -n "$PAIR" ]; then
		awk 'NR > 2 { print $1 }' "/proc/$pid/net/dev"
		# One to the gateway alone is made where the kernel says that it is not reached.
		awk '$4 != "0005"' "/proc/$pid/net/route"
		ls -d "/sys/class/net/$BR/brif/$PAIR"
	fi
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

# traced_start OPTION...: of stepkill, with ROLE and N last
traced_start()
{
	stepkill -d -t $LIMIT -o "$D/report" "$@" lxc-start -n "$NAME" -f "$D/conf" --lxcpath="$ROOT" -d -- \
		/bin/sh -c "busybox sleep 1000; :" "$NAME" >"$D/out" 2>&1 </dev/null
}

# traced_stop OPTION...: the same with an lxc-stop of what has just been started
traced_stop()
{
	lxc_start -d -p "$D/pid" -- /bin/sh -c "busybox sleep 1000; :" "$NAME" || bad "lxc-start before it: $(first_line "$D/out")"
	read -r monitor <"$D/pid"
	stepkill -t $LIMIT -p "$monitor" -o "$D/report" "$@" lxc-stop -k -n "$NAME" --lxcpath="$ROOT" >"$D/out" 2>&1 </dev/null
}

# errnos_of N: $TRY
errnos_of()
{
	case "$MARKED" in
	*" $1 "*)
		TRY=$CONFINING
		return
		;;
	esac
	# shellcheck disable=SC2086
	set -- "$1" $ERRNOS
	shift $((1 + $1 % ($# - 1)))
	TRY=$1
}

# new_calls start|stop: $CALLS are those that the container's interface brings with it; a sample of them on emulated boards
new_calls()
{
	for kind in without with; do
		cp "$D/$kind.conf" "$D/conf"
		"traced_$1" -e 1 -l "$D/calls" "$ROLE" 0
		purge
		awk '{ print $2 }' "$D/calls" >"$D/$kind.calls"
	done
	CALLS=$(diff -U 100000 "$D/without.calls" "$D/with.calls" | awk -v step="${SLOW:+8}" '
		NR > 3 && !/^-/ { n++ }
		NR > 3 && /^\+/ && (step < 2 || m++ % step == 0) { print n }' | tr '\n' ' ')
}

# begin_calls start|stop: $CALLS are the numbers to try, when they are a sample; $MARKED those that confine, when they are not
begin_calls()
{
	N=$((1 - STEP))
	N_BAD=0
	BAD=
	points=0
	: >"$D/bad"
	MARKED=
	if [ -n "$PAIR" ]; then
		new_calls "$1"
		return
	fi
	[ -n "$SAMPLE" ] || [ "$1" = start ] || return
	"traced_$1" -e 1 -l "$D/calls" "$ROLE" 0
	purge
	if [ -z "$SAMPLE" ]; then
		MARKED=" $(awk 'NF > 2 { print $1 }' "$D/calls" | tr '\n' ' ')"
		return
	fi
	CALLS=$(awk -v step="$STEP" -v start="$START" '
		{ at[$2, n[$2]++] = $1 }
		NR % step == start % step { print $1 }
		END { for (k in n) print at[k, start % n[k]] }' "$D/calls" | sort -n -u | tr '\n' ' ')
}

# next_call: $N; status 1 after the last of a sample
next_call()
{
	CALL=
	if [ -z "$SAMPLE" ]; then
		N=$((N + STEP))
	else
		[ -n "$CALLS" ] || return 1
		N=${CALLS%% *}
		CALLS=${CALLS#* }
	fi
}

# end_calls NAME [TEXT]
end_calls()
{
	purge
	if [ "$points" -eq 0 ]; then
		echo "not ok $1: no call was reached: $(cat "$D/report") $(first_line "$D/out")"
	elif [ "$N_BAD" -eq 0 ]; then
		echo "ok $1 ($points calls$2)"
	else
		echo "not ok $1: $N_BAD of $points: $BAD"
		cat "$D/bad"
	fi
}

# starts ROLE
starts()
{
	ROLE=$1
	refused=0
	begin_calls start
	while next_call; do
		errnos_of "$N"
		[ -z "$ALL" ] || TRY=$ERRNOS
		for ERR in $TRY; do
			traced_start -e "$ERR" "$ROLE" "$N"
			case $? in
			0) ;;
			1)
				# Not every start makes the same number of calls.
				purge
				[ -n "$SAMPLE" ] || break 2
				continue
				;;
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
	done
	end_calls "fault-errno-$ROLE${PAIR:+-net}" ", $refused starts refused"
}

# stops ROLE: the same in lxc-stop and in the monitor that it talks to. Whatever was said, nothing is left after one stop more.
stops()
{
	ROLE=$1
	begin_calls stop
	while next_call; do
		errnos_of "$N"
		ERR=$TRY
		traced_stop -e "$ERR" "$ROLE" "$N"
		case $? in
		0) ;;
		1)
			purge
			[ -n "$SAMPLE" ] || break
			continue
			;;
		124)
			bad "lxc-stop did not end within $LIMIT s"
			;;
		*)
			bad "stepkill ended with an error: $(first_line "$D/out")"
			break
			;;
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
	done
	end_calls "fault-errno-stop-$ROLE${PAIR:+-net}"
}

# add LINE...: those that this build acts on; the others are refused by name
add()
{
	for line; do
		! timeout $LIMIT lxc-start -n "$NAME" -f "$D/conf" --lxcpath="$ROOT" --plan -s "$line" >"$D/out" 2>&1 </dev/null ||
			echo "$line" >>"$D/conf"
	done
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
	printf '2\ndenylist\n[all]\nswapon errno 1\n' >"$D/profile"
	[ -z "$PIDS_AT" ] || add "lxc.cgroup.pids.max = 100"
	add "lxcbox.mask = /proc/version" "lxcbox.readonly = /proc/bus" "lxc.net.0.type = empty" "lxc.proc.oom_score_adj = 10" \
		"lxc.seccomp.profile = $D/profile"
	roles "$@"
	[ -z "$BR" ] || with_interface "$@"
}

# roles ROLE...: as the container is configured now
roles()
{
	timeout $LIMIT lxc-start -n "$NAME" -f "$D/conf" --lxcpath="$ROOT" -d -- /bin/sh -c "busybox sleep 1000; :" "$NAME" >"$D/out" 2>&1 </dev/null ||
		bad "cannot start: $(first_line "$D/out")"
	confinement >"$D/base" 2>&1
	lxc_stop -k
	for role; do
		case $role in
		stop-*) stops "${role#stop-}" ;;
		*) starts "$role" ;;
		esac
	done
}

# with_interface ROLE...: once more with a port of the bridge, and only the calls that are new then. The command makes none of them.
with_interface()
{
	PAIR=veth${NAME#fault-}
	SAMPLE=1
	for role; do
		shift
		[ "${role#stop-}" = command ] || set -- "$@" "$role"
	done
	cp "$D/conf" "$D/without.conf"
	sed -i '/^lxc.net.0.type/d' "$D/conf"
	cat >>"$D/conf" <<-END
		lxc.net.0.type = veth
		lxc.net.0.link = $BR
		lxc.net.0.veth.pair = $PAIR
		lxc.net.0.flags = up
		lxc.net.0.ipv4.address = 10.99.1.2/24
		lxc.net.0.ipv4.gateway = auto
	END
	cp "$D/conf" "$D/with.conf"
	roles "$@"
}

DEVICES=$(cg_mount devices) && MEMORY=$(cg_mount memory) || {
	echo "skip fault-errno: no devices or memory controller is mounted"
	exit 0
}
PIDS_AT=$(cg_mount pids)
PAIR=
BR=errnobr
{ brctl addbr $BR && ifconfig $BR 10.99.1.1 netmask 255.255.255.0 up; } 2>/dev/null || {
	echo "skip fault-errno-net: this kernel has no bridges"
	BR=
}
worker "fault-$$-a" child >"$W/a.log" &
worker "fault-$$-b" command monitor stop-command stop-monitor >"$W/b.log"
wait
[ -z "$BR" ] || { ifconfig $BR down; brctl delbr $BR; }
cat "$W/a.log" "$W/b.log"
! grep -q '^not ok' "$W/a.log" "$W/b.log" || exit 10
