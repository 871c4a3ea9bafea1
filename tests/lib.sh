# SPDX-License-Identifier: MIT
# owns: what every run test shares: named results, captured commands, who owns which cgroup, snapshots of the machine
# never: needs more than BusyBox ash and its applets; the same scripts run on the boards and natively
#
# A script is a row of
#	begin a3-hostname
#	run lxc-start …
#	want_status 0
#	want_out container1
#	end
# and end prints "ok a3-hostname" or "not ok a3-hostname: the first thing that was not as wanted".

T=${T:-/test}			# the tests: run/, data/, bin/
W=${W:-/var/work}		# this script's own directory, removed after it; not in /tmp, where device nodes are dead
LIMIT=${LIMIT:-20}		# seconds that one command may take when nothing else runs on the machine
HANGS=4				# what takes so many times as long is ended
SLOW=				# 1 on a board, which an emulator plays: sweeps take a sample
[ "${LAYOUT:-native}" = native ] || SLOW=1
STATUS=0
N_FAILED=0
TEST=
WHY=

SEED=/opt/lxc/container1.conf
ROOT=/opt/lxc/container1

begin()
{
	[ -z "$TEST" ] || end
	TEST=$1
	WHY=
	: >"$W/out"
	: >"$W/err"
}

# fail WHY: the first one counts
fail()
{
	[ -n "$WHY" ] || WHY=$*
}

end()
{
	if [ -z "$WHY" ]; then
		echo "ok $TEST"
	else
		echo "not ok $TEST: $WHY"
		N_FAILED=$((N_FAILED + 1))
		[ ! -s "$W/out" ] || sed -n '1,15s/^/# out: /p' "$W/out"
		[ ! -s "$W/err" ] || sed -n '1,15s/^/# err: /p' "$W/err"
	fi
	TEST=
}

# The last line of every script: 10 says that what failed has been told.
finish()
{
	[ -z "$TEST" ] || end
	[ "$N_FAILED" -eq 0 ] || exit 10
	exit 0
}

skip()
{
	echo "skip ${TEST:-$1}: $2"
	TEST=
}

# now: $NOW, in hundredths of a second since the boot
now()
{
	read -r NOW _ </proc/uptime
	NOW=$((${NOW%.*} * 100 + 1${NOW#*.} - 100))
}

# slack: $SLACK, how many times as long as on an idle machine a thing may take just now: what a loop takes by the time that it has
# a processor, or the processes that wanted one in the last minute by the processors. An emulator tells nothing of its own wait.
slack()
{
	SLACK=4
	[ -z "$SLOW" ] || return 0
	read -r _ _ _ _ _ _ _ _ _ _ _ _ _ slack_user slack_sys _ </proc/self/stat
	now
	slack_from=$NOW
	slack_i=0
	while [ "$slack_i" -lt 100000 ]; do
		slack_i=$((slack_i + 1))
	done
	now
	slack_user=$((-slack_user - slack_sys))
	read -r _ _ _ _ _ _ _ _ _ _ _ _ _ slack_i slack_sys _ </proc/self/stat
	slack_user=$((slack_user + slack_i + slack_sys))
	[ "$slack_user" -gt 0 ] || slack_user=1
	SLACK=$((((NOW - slack_from) * 2 + slack_user) / (slack_user * 2)))
	read -r slack_load _ </proc/loadavg
	slack_load=$((${slack_load%.*} / $(grep -c '^cpu[0-9]' /proc/stat)))
	[ "$SLACK" -ge "$slack_load" ] || SLACK=$slack_load
	# What held it up may be over when it is asked.
	[ "$SLACK" -ge 2 ] || SLACK=2
}

# within SECONDS FROM WHAT: since then (a $NOW) no more than that has gone by
within()
{
	now
	within_took=$((NOW - $2))
	[ "$within_took" -gt $(($1 * 100)) ] || return 0
	slack
	[ "$within_took" -le $(($1 * 100 * SLACK)) ] || fail "$3 took $((within_took * 10)) ms, wanted $1 s at the most"
}

# run COMMAND...: leaves $STATUS, $W/out and $W/err
run()
{
	now
	run_from=$NOW
	timeout -k 2 $((LIMIT * HANGS)) "$@" >"$W/out" 2>"$W/err" </dev/null
	STATUS=$?
	case $STATUS in
	124 | 143) fail "'$1 $2' took more than $((LIMIT * HANGS)) s (or was ended)" ;;
	*) within "$LIMIT" "$run_from" "'$1 $2'" ;;
	esac
	return 0
}

# timed SECONDS COMMAND...: and no longer
timed()
{
	timed_limit=$LIMIT
	LIMIT=$1
	shift
	run "$@"
	LIMIT=$timed_limit
}

# in_background COMMAND...: leaves $BG (its pid), $W/bg.out and $W/bg.err; the caller ends it
in_background()
{
	# Here and not only by the redirection, which is the child's: nobody may read what the last one said.
	: >"$W/bg.out"
	: >"$W/bg.err"
	"$@" >"$W/bg.out" 2>"$W/bg.err" </dev/null &
	BG=$!
}

first_line()
{
	head -n 1 "$1" | cut -c1-160
}

want_status()
{
	[ "$STATUS" -eq "$1" ] || fail "exit status $STATUS, wanted $1: $(first_line "$W/err")"
}

want_failure()
{
	[ "$STATUS" -ne 0 ] || fail "exit status 0, wanted a failure"
	[ "$STATUS" -lt 126 ] || fail "exit status $STATUS: died of a signal or was not there"
}

# want_out TEXT: exactly this on standard output
want_out()
{
	[ "$(cat "$W/out")" = "$1" ] || fail "printed '$(first_line "$W/out")', wanted '$1'"
}

# has FILE TEXT...: the file has each of these texts, taken literally
has()
{
	has_file=$1
	shift
	for text; do
		grep -q -F -e "$text" "$has_file" || {
			fail "'$text' is missing in ${has_file##*/}: $(first_line "$has_file")"
			return 0
		}
	done
}

want_out_has()
{
	has "$W/out" "$@"
}

want_err_has()
{
	has "$W/err" "$@"
}

# want_one_line: the error is told once
want_one_line()
{
	[ "$(grep -c . "$W/err")" -eq 1 ] || fail "$(grep -c . "$W/err") lines on standard error, wanted 1"
}

want_eq()
{
	[ "$2" = "$3" ] || fail "$1 is '$2', wanted '$3'"
}

# wait_until SECONDS COMMAND...: polls ten times a second
wait_until()
{
	wait_n=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		wait_n=$((wait_n - 1))
		[ "$wait_n" -gt 0 ] || return 1
		usleep 100000
	done
}

# cg_mount CONTROLLER: where its hierarchy is mounted; status 1 when nowhere
cg_mount()
{
	awk -v c="$1" '$3 == "cgroup" {
		n = split($4, o, ",")
		for (i = 1; i <= n; i++)
			if (o[i] == c) {
				print $2
				found = 1
				exit
			}
	}
	END { exit !found }' /proc/mounts
}

# cg_dir CONTROLLER NAME: the container's cgroup there (the runtime's pattern is lxc/NAME)
cg_dir()
{
	cg_m=$(cg_mount "$1") || return 1
	echo "$cg_m/lxc/$2"
}

# cg_of_processes DIR: where the processes of a container with that cgroup are: in one below it, if they may write to it
cg_of_processes()
{
	[ ! -d "$1/inner" ] && echo "$1" || echo "$1/inner"
}

# state NAME: what lxc-info says; the seed's LXCPATH lies in its rootfs, so only the monitor can answer
state()
{
	lxc-info --name="$1" --lxcpath="${LXCPATH:-$ROOT}" -s -H 2>/dev/null
}

is_running()
{
	[ "$(state "$1")" = RUNNING ]
}

is_stopped()
{
	! is_running "$1"
}

init_pid()
{
	lxc-info --name="$1" --lxcpath="${LXCPATH:-$ROOT}" -p -H 2>/dev/null
}

# seed_with FILE LINE...: the seed configuration with lines added, as FILE
seed_with()
{
	seed_file=$1
	shift
	cp "$SEED" "$seed_file"
	for line; do
		echo "$line" >>"$seed_file"
	done
}

# write_conf LINE...: $W/conf is a container $NAME on $R, with these lines from the third on
write_conf()
{
	{
		echo "lxc.utsname = $NAME"
		echo "lxc.rootfs = $R"
		for line; do
			echo "$line"
		done
	} >"$W/conf"
}

NO_CONSOLE="lxc.console = none"
PROC_ENTRY="lxc.mount.entry = proc proc proc nosuid,nodev,noexec,create=dir 0 0"
BUSYBOX_ENTRY="lxc.mount.entry = /bin/busybox bin/busybox none bind,ro,create=file 0 0"

# fresh_root DIR...: $R is empty but for these
fresh_root()
{
	rm -rf "$R"
	mkdir -p "$R"
	(cd "$R" && mkdir "$@")
}

# nothing_left: of the container $NAME there is no directory, record or cgroup; else they are $left_paths
nothing_left()
{
	left_paths=$(
		ls -d /run/lxcbox/"$NAME"@* 2>/dev/null
		awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts | while read -r m; do
			ls -d "$m"/lxc/"$NAME"* 2>/dev/null
		done
	)
	[ -z "$left_paths" ]
}

# want_nothing_left: within two seconds, or 20 looks
want_nothing_left()
{
	wait_until 2 nothing_left || fail "left $(echo "$left_paths" | head -n 3 | tr '\n' ' ')"
}

# The payload inside a container: a line that binds it, and where it then is.
PROBE_ENTRY="lxc.mount.entry=$T/bin/probe bin/probe none bind,ro,create=file 0 0"

# start_seed ARG...: the seed container in the foreground with a command, as the scenarios write it
start_seed()
{
	run lxc-start --name=container1 --foreground --rcfile="${CONF:-$SEED}" --lxcpath="$ROOT" "$@"
}

# --- the machine before and after ---------------------------------------------------------------------------------

# snapshot: everything that a container could leave behind, one thing a line, sorted. No process is made that
# could show up in it but the pipeline's own, which has ended by the time the list of processes is read.
snapshot()
{
	awk '{ print "mount", $5, $4, $NF }' /proc/self/mountinfo
	awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts | sort -u | while read -r m; do
		find "$m" -mindepth 1 -type d | sed 's/^/cgroup /'
	done
	ls /sys/class/net | sed 's/^/link /'
	for d in /run/lxcbox /var/lib/lxc /opt/lxc /etc/lxc; do
		[ ! -d "$d" ] || find "$d" -mindepth 1 -xdev ! -path /run/lxcbox/rootfs | sed 's/^/file /'
	done
	find /tmp /run /dev -xdev -maxdepth 1 ! -path /run/lxcbox ! -path "$W" | sed 's/^/file /'
	awk 'NR > 1 { print "shm", $2 }' /proc/sysvipc/shm 2>/dev/null
	for p in /proc/[0-9]*; do
		pid=${p#/proc/}
		[ "$pid" != $$ ] || continue
		# Children of kthreadd are the kernel's threads: dozens, for which a program would be run.
		{ read -r _ _ _ ppid _ <"$p/stat"; } 2>/dev/null || continue
		[ "$ppid" != $$ ] && [ "$ppid" != 2 ] || continue
		# One that has ended meanwhile has no executable.
		exe=$(readlink "$p/exe" 2>/dev/null) || continue
		echo "process $pid $exe"
	done
}
