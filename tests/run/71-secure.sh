# SPDX-License-Identifier: MIT
# owns: what the first process of a container inherits, and what not: signals, limits, priorities, ids, capabilities
# never: takes the word of the command for it; /proc is read from inside

. "$T/lib.sh"
R=$W/root
NAME=secure

conf()
{
	fresh_root bin
	write_conf "$NO_CONSOLE" "lxc.autodev = 1" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$PROBE_ENTRY" "$@"
}

# start COMMAND...: as init of a container made by conf; $PRE: what the caller is to be run by
start()
{
	run ${PRE:-} lxc-start --name=secure --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- "$@"
}

# value FIELD: of /proc/self/status as printed by the container
value()
{
	sed -n "s/^$1:[ 	]*//p" "$W/out"
}

status()
{
	start /bin/busybox cat /proc/self/status
}

# want_caps MASK: all sets of the first process
want_caps()
{
	for set in CapBnd CapPrm CapEff; do
		want_eq "$set" "$(value $set)" "$1"
	done
	want_eq CapInh "$(value CapInh)" 0000000000000000
	case $(value CapAmb) in
	'' | 0000000000000000) ;;
	*) fail "CapAmb is $(value CapAmb)" ;;
	esac
}

# A caller that leaves everything it can: the container must not notice.
begin inherit-nothing
conf
cat >"$W/dirty" <<-'END'
	#!/bin/sh
	exec 2>/dev/null
	trap '' INT QUIT PIPE HUP USR1 USR2 TERM CHLD TTOU TTIN
	umask 000
	ulimit -n 300
	ulimit -c unlimited
	echo 300 >/proc/self/oom_score_adj
	echo -500 >/proc/self/oom_score_adj
	exec 9<"$0"
	cd /proc
	exec nice -n -7 "$@"
END
chmod +x "$W/dirty"
PRE=$W/dirty
start /bin/busybox sh -c '
	b=/bin/busybox
	$b cat /proc/self/status /proc/self/limits
	echo "oom $($b cat /proc/self/oom_score_adj)"
	echo "personality $($b cat /proc/self/personality)"
	echo "umask $(umask)"
	echo "nice $($b awk "{ print \$19 }" /proc/self/stat)"
	echo "cwd $(pwd)"
	echo "fds" $($b ls /proc/$$/fd)'
PRE=
want_status 0
for set in SigBlk SigIgn; do
	case $(value $set) in
	*[1-9a-f]*) fail "$set is $(value $set)" ;;
	esac
done
# Every program of 32-bit ARM has ADDR_LIMIT_32BIT (arch/arm/kernel/elf.c).
case $(uname -m) in
arm*) persona=00800000 ;;
*) persona=00000000 ;;
esac
want_out_has "oom 0" "personality $persona" "umask 0022" "nice 0" "cwd /" "fds 0 1 2" "SigIgn"
# A hard limit is raised only by who has sys_resource (24); here that may be a sandbox's root.
nofile="1024 4096"
[ $((0x$(sed -n 's/^CapEff:[ 	]*//p' /proc/self/status) & 1 << 24)) != 0 ] || nofile="300 300"
want_eq "nofile" "$(sed -n 's/^Max open files *//p' "$W/out" | tr -s ' ' | cut -d' ' -f1,2)" "$nofile"
want_eq "core" "$(sed -n 's/^Max core file size *//p' "$W/out" | tr -s ' ' | cut -d' ' -f1)" 0
end

begin inherit-affinity
if taskset -c 0 true 2>/dev/null && [ "$(grep -c '^processor' /proc/cpuinfo)" -gt 1 ]; then
	status
	all=$(value Cpus_allowed)
	PRE="taskset 1"
	status
	PRE=
	want_eq "Cpus_allowed" "$(value Cpus_allowed)" "$all"
	end
else
	skip inherit-affinity "one processor"
fi

begin inherit-scheduler
if chrt -r 5 true 2>/dev/null; then
	PRE="chrt -r 5"
	start /bin/busybox sh -c 'echo policy $(/bin/busybox awk "{ print \$41 }" /proc/1/stat)'
	PRE=
	want_out "policy 0"
	end
else
	skip inherit-scheduler "no real-time scheduling here"
fi

begin prlimit
conf "lxc.prlimit.nofile = 99:123" "lxc.prlimit.core = unlimited" "lxc.prlimit.fsize = 3000000000"
start /bin/busybox cat /proc/self/limits
want_status 0
for l in "open files 99 123" "core file size unlimited unlimited" "file size 3000000000 3000000000"; do
	tr -s ' ' <"$W/out" | grep -q "^Max $l " || fail "no '$l' in $(tr -s ' ' <"$W/out" | grep "^Max ${l%% [0-9u]*}")"
done
end

# Numbers of limits are others on MIPS: each by what /proc calls it, one at a time.
begin prlimit-names
while read -r name value words; do
	# Raised from 0: only by who has sys_resource (24); here that may be a sandbox's root.
	case $name in
	nice | rtprio) [ $((0x$(sed -n 's/^CapEff:[ 	]*//p' /proc/self/status) & 1 << 24)) != 0 ] || continue ;;
	esac
	conf "lxc.prlimit.$name = $value"
	start /bin/busybox cat /proc/self/limits
	want_status 0
	tr -s ' ' <"$W/out" | grep -q -i "^Max $words $value $value" || fail "$name: no '$words $value' in limits"
done <<-'END'
	as 1000000000 address space
	core 11 core file size
	cpu 1000 cpu time
	data 1000000000 data size
	fsize 10000000 file size
	locks 11 file locks
	memlock 1000000 locked memory
	msgqueue 11 msgqueue size
	nice 33 nice priority
	nofile 33 open files
	nproc 5000 processes
	rss 1000000000 resident set
	rtprio 33 realtime priority
	rttime 11000000 realtime timeout
	sigpending 33 pending signals
	stack 1000000 stack size
END
end

begin ids
conf "lxc.init.uid = 1000" "lxc.init.gid = 1001" "lxc.init.groups = 1002,1003"
start /bin/busybox sh -c '/bin/busybox cat /proc/self/status; echo ran'
want_status 0
want_eq Uid "$(value Uid | tr '\t' ' ')" "1000 1000 1000 1000"
want_eq Gid "$(value Gid | tr '\t' ' ')" "1001 1001 1001 1001"
want_eq Groups "$(value Groups | sed 's/ *$//')" "1002 1003"
want_eq CapEff "$(value CapEff)" 0000000000000000
want_eq CapPrm "$(value CapPrm)" 0000000000000000
end

# setuid and setgid are dropped too: the ids must have been changed before.
begin ids-and-drop
conf "lxc.init.uid = 1000" "lxc.cap.drop = setuid setgid sys_admin setpcap"
status
want_status 0
want_eq Uid "$(value Uid | tr '\t' ' ')" "1000 1000 1000 1000"
want_eq "bits of CapBnd" "$((0x$(value CapBnd) & 0x2001c0))" 0
end

begin groups-of-the-caller
conf
PRE="setpriv --groups 4,5,6"
if $PRE true 2>/dev/null; then
	status
	want_eq Groups "$(value Groups | sed 's/ *$//')" ""
	end
else
	# BusyBox's setpriv has no such option: without a caller with groups there is at least none that appears.
	PRE=
	status
	want_eq Groups "$(value Groups | sed 's/ *$//')" ""
	end
fi
PRE=

mask=$(sed -n 's/^CapBnd:[ 	]*//p' /proc/self/status)

begin d3-drop
conf "lxc.cap.drop = mac_admin mac_override mknod net_raw setfcap setpcap sys_boot sys_module sys_nice sys_pacct" \
	"lxc.cap.drop = sys_rawio sys_resource sys_time sys_admin"
status
want_status 0
# setpcap 8, net_raw 13, sys_module 16, sys_rawio 17, sys_pacct 20, sys_admin 21, sys_boot 22, sys_nice 23,
# sys_resource 24, sys_time 25, mknod 27, setfcap 31, mac_override 32, mac_admin 33
want_caps "$(printf '%016x' $((0x$mask & ~0x38bf32100)))"
end

begin d3-keep
conf "lxc.cap.keep = sys_boot"
status
want_status 0
want_caps 0000000000400000
end

# By number, as by name; one that no kernel has yet is nobody's.
begin caps-by-number
conf "lxc.cap.drop = 21 SYS_MODULE" "lxc.cap.drop = 16 63"
status
want_status 0
want_caps "$(printf '%016x' $((0x$mask & ~0x210000)))"
conf "lxc.cap.keep = 22 CHOWN"
status
want_caps 0000000000400001
end

begin cap-unknown
conf "lxc.cap.drop = sys_amdin"
status
want_failure
want_err_has "$W/conf:8: lxc.cap.drop: " "sys_amdin"
conf "lxc.cap.keep = 64"
status
want_failure
want_err_has "$W/conf:8: lxc.cap.keep: " "64"
conf "lxc.cap.drop = none"
status
want_failure
want_err_has "$W/conf:8: lxc.cap.drop: " "none"
conf "lxc.cap.drop = chown" "lxc.cap.keep = kill"
status
want_failure
end

begin cap-keep-none
conf "lxc.cap.keep = sys_boot" "lxc.cap.keep = none"
status
want_status 0
want_caps 0000000000000000
end

begin cap-all
conf
status
want_caps "$mask"
end

begin cap-inheritable-of-the-caller
if setpriv --inh-caps +chown --ambient-caps +chown true 2>/dev/null; then
	PRE="setpriv --inh-caps +chown --ambient-caps +chown"
	status
	PRE=
	want_status 0
	want_caps "$mask"
	end
else
	skip cap-inheritable-of-the-caller "no setpriv here"
fi

# What was dropped does not come back by an exec of a program of root's.
begin cap-stays-dropped
conf "lxc.cap.drop = chown"
start /bin/busybox sh -c '/bin/busybox sh -c "/bin/busybox cat /proc/self/status"; >/f; /bin/busybox chown 5 /f || echo refused'
want_out_has refused
want_caps "$(printf '%016x' $((0x$mask & ~1)))"
end

# Who attaches has what the first process has, whatever its caller has left.
begin attach-equals-init
conf "lxc.cap.drop = sys_admin net_raw 16" "lxc.no_new_privs = 1" "lxc.prlimit.nofile = 55"
in_background lxc-start --name=secure --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox sleep 1000
LXCPATH=$W/lxcpath wait_until 20 is_running secure || fail "does not run: $(first_line "$W/bg.err")"
init=$(LXCPATH=$W/lxcpath init_pid secure)
grep -E '^(Cap|NoNew|Seccomp:|Sig(Blk|Ign)|Groups)' "/proc/$init/status" >"$W/want"
for by in "" "setpriv --inh-caps +chown --ambient-caps +chown" "setpriv --groups 4,5,6" "probe with-key lxcbox-test"; do
	[ -z "$by" ] || $by true 2>/dev/null || continue
	run $by lxc-attach --name=secure --lxcpath="$W/lxcpath" -- /bin/busybox grep -E '^(Cap|NoNew|Seccomp:|Sig(Blk|Ign)|Groups)' /proc/self/status
	want_status 0
	want_eq "status after '$by'" "$(cat "$W/out")" "$(cat "$W/want")"
	run $by lxc-attach --name=secure --lxcpath="$W/lxcpath" -- /bin/busybox cat /proc/self/limits
	want_eq "limits" "$(cat "$W/out")" "$(cat "/proc/$init/limits")"
	run $by lxc-attach --name=secure --lxcpath="$W/lxcpath" -- /bin/probe key lxcbox-test
	[ "$STATUS" -eq 99 ] || want_out "key lxcbox-test: none"
done
lxc-stop --name=secure --lxcpath="$W/lxcpath" -k
wait "$BG" 2>/dev/null
end

begin no-new-privs
conf "lxc.no_new_privs = 1"
status
want_eq NoNewPrivs "$(value NoNewPrivs)" 1
conf
status
want_eq "NoNewPrivs without the line" "$(value NoNewPrivs)" 0
end

begin keyring
run probe with-key lxcbox-test probe key lxcbox-test
if [ "$STATUS" -ne 99 ]; then
	want_out "key lxcbox-test: found"
	conf
	PRE="probe with-key lxcbox-test"
	start /bin/probe key lxcbox-test
	PRE=
	want_status 0
	want_out "key lxcbox-test: none"
	end
else
	skip keyring "no keys here"
fi

finish
