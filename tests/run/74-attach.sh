# SPDX-License-Identifier: MIT
# owns: lxc-attach: where the program runs, as whom, with what environment, terminal and exit status
# never: relies on more of the rootfs than BusyBox, or on a terminal of the machine

. "$T/lib.sh"
R=$W/root
NAME=attach
LXCPATH=$W/lxc
A="lxc-attach -n attach -P $W/lxc"
export SHELL=/bin/sh

# up LINE...: the container runs, with these lines
up()
{
	fresh_root bin etc proc
	write_conf "$NO_CONSOLE" "lxc.pts = 16" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
	run lxc-start -n attach -f "$W/conf" -P "$W/lxc" -- /bin/busybox sleep 1000
	want_status 0
	INIT=$(init_pid attach)
}

down()
{
	lxc-stop -n attach -P "$W/lxc" -k
	want_nothing_left
}

# inside COMMAND...: BusyBox's, in the container
inside()
{
	run $A -- /bin/busybox "$@"
}

# looks_for SECONDS, shows_up SECONDS: the program "sleep SECONDS", not who asked for it; its pid is in $W/pid
looks_for()
{
	ps -o pid,args | awk -v s="$1" '$2 == "/bin/busybox" && $3 == "sleep" && $4 == s { print $1 }' >"$W/pid"
	[ -s "$W/pid" ]
}

shows_up()
{
	wait_until 10 looks_for "$1"
}

# field FILE NAME: its value in a file like /proc/PID/status
field()
{
	awk -v n="$2:" '$1 == n { print $2 }' "$1"
}

begin attach-namespaces
up
for ns in mnt pid uts ipc net cgroup user time; do
	[ -e /proc/self/ns/$ns ] || continue
	inside readlink /proc/self/ns/$ns
	want_status 0
	want_eq "$ns" "$(cat "$W/out")" "$(readlink "/proc/$INIT/ns/$ns")"
done
inside hostname
want_out attach
inside cat /proc/self/status
want_eq "in the pid namespace it is" "$([ "$(field "$W/out" Pid)" -gt 1 ] && echo a child)" "a child"
want_eq "its parent" "$(field "$W/out" PPid)" 0
end

begin attach-root-and-directory
inside pwd
want_out /
inside ls /
want_out_has bin etc proc
# A directory of that name is taken, as LXC does.
mkdir -p "$R$W"
run sh -c "cd $W && exec $A -- /bin/busybox pwd"
want_out "$W"
end

begin attach-cgroups
$A -- /bin/busybox sleep 100 &
BG=$!
shows_up 100 || fail "the program does not show up"
pid=$(cat "$W/pid")
want_eq "cgroups" "$(cat "/proc/$pid/cgroup")" "$(cat "/proc/$INIT/cgroup")"
end

# A signal to lxc-attach reaches the program, whose end is told.
begin attach-signal-is-passed-on
kill -TERM $BG
wait $BG
want_eq "status" $? 143
end

begin attach-status
inside sh -c 'exit 7'
want_status 7
inside sh -c '/bin/busybox kill -9 $$'
want_status 137
run $A -- /bin/nope
want_status 127
want_err_has "cannot execute '/bin/nope' in the container: No such file or directory"
want_one_line
run $A -- /etc
want_status 126
want_one_line
end

begin attach-stdio
echo "to be read" >"$W/in"
run sh -c "$A -- /bin/busybox sh -c '/bin/busybox cat; echo error >&2' <$W/in"
want_out "to be read"
want_err_has error
run sh -c "$A -- /bin/busybox seq 1 20000 | tail -n 1"
want_out 20000
run sh -c "$A -- /bin/busybox ls -l /proc/self/fd | grep -c ' [0-9]* -> '"
[ "$(cat "$W/out")" -le 4 ] || fail "descriptors: $(cat "$W/out")"
end

begin attach-environment
SECRET=1 TERM=vt52 run $A -- /bin/busybox env
want_out_has container=lxc HOME=/root PATH=/
grep -q 'SECRET\|vt52' "$W/out" && fail "the caller's: $(grep 'SECRET\|TERM' "$W/out")"
SECRET=1 OTHER=2 run $A --clear-env --keep-var SECRET -v A=1 --set-var "B=x y" -- /bin/busybox env
want_out_has SECRET=1 A=1 "B=x y"
grep -q OTHER "$W/out" && fail "OTHER was not asked for"
SECRET=1 run $A --keep-env -- /bin/busybox env
want_out_has SECRET=1 container=lxc
run $A -v novalue -- /bin/busybox true
want_status 1
want_err_has "'novalue' is not NAME=VALUE"
end

begin attach-user
inside id -u
want_out 0
run $A -u 1000 -g 1001 -- /bin/busybox sh -c 'echo $(/bin/busybox id -u) $(/bin/busybox id -g) $(/bin/busybox id -G)'
want_out "1000 1001 1001"
run $A -u 1000 -- /bin/busybox grep CapEff /proc/self/status
want_out "CapEff:	0000000000000000"
end

# The shell and home of the container's own list; a list that is a link is none.
begin attach-shell
ln -s busybox "$R/bin/sh"
printf 'root:x:0:0:root:/:/bin/ash\nme:x:1000:1000:me:/tmp:/bin/missing\n' >"$R/etc/passwd"
ln -s busybox "$R/bin/ash"
run sh -c "echo 'echo \$0 \$HOME' | $A"
want_out "/bin/ash /"
run sh -c "echo 'echo \$0 \$HOME' | $A -u 1000"
want_out "/bin/sh /tmp"
mv "$R/etc/passwd" "$R/etc/real"
ln -s real "$R/etc/passwd"
run sh -c "echo 'echo \$0 \$HOME' | $A"
want_out "/bin/sh /root"
rm "$R/etc/passwd"
mkfifo "$R/etc/passwd"
run sh -c "echo 'echo \$0' | $A"
want_out "/bin/sh"
end
down

begin attach-has-no-more-than-init
up "lxc.cap.drop = sys_admin mknod sys_time setpcap" "lxc.no_new_privs = 1" "lxc.prlimit.nofile = 77:99" "lxc.environment = CONF=1"
inside cat /proc/self/status
for f in CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs; do
	want_eq "$f" "$(field "$W/out" $f)" "$(field "/proc/$INIT/status" $f)"
done
inside cat /proc/self/limits
want_eq "limits" "$(cat "$W/out")" "$(cat "/proc/$INIT/limits")"
run sh -c "ulimit -S -n 50; umask 077; exec $A -- /bin/busybox sh -c 'ulimit -n; umask'"
want_out "77
0022"
inside env
want_out_has CONF=1
end

begin attach-elevated
run $A -e -- /bin/busybox cat /proc/self/status
want_eq "CapBnd" "$(field "$W/out" CapBnd)" "$(field /proc/self/status CapBnd)"
want_eq "NoNewPrivs" "$(field "$W/out" NoNewPrivs)" 0
run $A -eCGROUP -- /bin/busybox cat /proc/self/status
want_eq "CapBnd with the cgroup kept" "$(field "$W/out" CapBnd)" "$(field "/proc/$INIT/status" CapBnd)"
run $A -eNOTHING -- /bin/busybox true
want_status 1
want_err_has "unknown privilege 'NOTHING' (CGROUP CAP LSM, joined with |)"
end

begin attach-some-namespaces
run $A -s 'UTSNAME|NETWORK' -- /bin/busybox sh -c 'readlink /proc/self/ns/mnt; hostname'
want_out "$(readlink /proc/self/ns/mnt)
attach"
run $A -s 'PID' -R -- /bin/busybox sh -c 'readlink /proc/1/exe; grep -c . /proc/self/mountinfo'
want_status 0
grep -q busybox "$W/out" || fail "/proc is not that of the container: $(cat "$W/out")"
run $A -s 'UTS' -- /bin/busybox true
want_status 1
want_err_has "unknown namespace 'UTS'"
end

# Each of 0 to 2 that is a terminal becomes one of the container's.
begin attach-terminal
run script -q -c "stty rows 21 cols 77; $A -- /bin/busybox sh -c '/bin/busybox tty; /bin/busybox stty size; echo status'" "$W/typescript"
tr -d '\r' <"$W/typescript" >"$W/out"
want_out_has "21 77" status /dev/pts/
run script -q -c "$A -- /bin/busybox sh -c 'exit 23'; echo status \$?" "$W/typescript"
tr -d '\r' <"$W/typescript" >"$W/out"
want_out_has "status 23"
run script -q -c "stty -a >$W/before; $A -- /bin/busybox sh -c '/bin/busybox stty raw -echo; kill -9 \$\$'; stty -a >$W/after" "$W/typescript"
want_eq "stty" "$(cat "$W/after")" "$(cat "$W/before")"
run script -q -c "$A -L $W/pty.log -- /bin/busybox echo logged" "$W/typescript"
has "$W/pty.log" logged
run $A -L "$W/pty.log" -- /bin/busybox true
want_status 1
want_err_has "there is no terminal whose output could be logged"
end

# The container ends under it.
begin attach-container-ends
in_background $A -- /bin/busybox sleep 777
shows_up 777 || fail "the program does not show up"
lxc-stop -n attach -P "$W/lxc" -k
wait $BG
want_eq "status" $? 137
want_nothing_left
end

begin attach-not-running
inside true
want_status 1
want_err_has "lxc-attach: attach: the container is not running"
want_one_line
run lxc-attach -n ../x -P "$W/lxc" -- /bin/busybox true
want_status 1
end

begin attach-frozen
up
m=$(cg_mount freezer) || m=
if [ -n "$m" ]; then
	echo FROZEN >"$m/lxc/attach/freezer.state"
	timed 5 $A -- /bin/busybox true
	want_status 1
	want_err_has "the container is FROZEN"
	want_one_line
	echo THAWED >"$m/lxc/attach/freezer.state"
fi
down
end

finish
