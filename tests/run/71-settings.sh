# SPDX-License-Identifier: MIT
# owns: kernel settings of a container: lxc.sysctl, lxc.proc, clocks, cores, keyring; the host's stay as they are
# never: takes the word of the command for it; /proc is read from inside and from outside
# boards: one
# profile: full

. "$T/lib.sh"
R=$W/root
NAME=settings
LXCPATH=$W/lxcpath

conf()
{
	fresh_root bin
	write_conf "$NO_CONSOLE" "lxc.autodev = 1" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$PROBE_ENTRY" "$@"
}

start()
{
	run ${PRE:-} lxc-start --name=settings --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- "$@"
}

# refused TEXT...: the start fails with these words, once, and leaves nothing
refused()
{
	start /bin/busybox echo started
	want_failure
	want_out ""
	want_one_line
	want_err_has "$@"
	want_nothing_left
}

# has_key KEY: this build acts on it
has_key()
{
	echo "$1 = $2" >"$W/try.conf"
	! lxc-start --name=settings --plan --rcfile="$W/try.conf" --lxcpath="$W/lxcpath" -- /bin/true 2>&1 | grep -q 'CONFIG_'
}

# background: the container of $W/conf with a sleep, its first process is $init then
background()
{
	in_background lxc-start --name=settings --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox sleep 1000
	wait_until 20 is_running settings || fail "does not run: $(first_line "$W/bg.err")"
	init=$(init_pid settings)
}

stop()
{
	lxc-stop --name=settings --lxcpath="$W/lxcpath" -k >/dev/null 2>&1
	wait "$BG" 2>/dev/null
}

attach()
{
	run lxc-attach --name=settings --lxcpath="$W/lxcpath" -- "$@"
}

# ---- lxc.sysctl

if has_key lxc.sysctl.net.core.somaxconn 77; then
	begin sysctl
	forward=$(cat /proc/sys/net/ipv4/ip_forward)
	range=$(cat /proc/sys/net/ipv4/ip_local_port_range)
	sem=$(cat /proc/sys/kernel/sem 2>/dev/null)
	conf "lxc.net.0.type = empty" "lxc.sysctl.net.ipv4.ip_local_port_range = 2000 3000" \
		"lxc.sysctl.net.ipv4.conf.all.log_martians = 1" "lxc.sysctl.net/ipv4/conf/lo/forwarding = 1" \
		"lxc.sysctl.kernel.domainname = inside.example"
	[ -z "$sem" ] || echo "lxc.sysctl.kernel.sem = 111 32001 101 103" >>"$W/conf"
	[ -z "$sem" ] || echo "lxc.sysctl.kernel.msgmax = 0x2345" >>"$W/conf"
	start /bin/busybox sh -c 'cd /proc/sys
		for f in net/ipv4/ip_local_port_range net/ipv4/conf/all/log_martians net/ipv4/conf/lo/forwarding kernel/domainname \
			kernel/sem kernel/msgmax; do
			[ ! -e $f ] || echo $(/bin/busybox cat $f)
		done'
	want_status 0
	want_out "2000 3000
1
1
inside.example${sem:+
111 32001 101 103
9029}"
	want_eq "the host's range" "$(cat /proc/sys/net/ipv4/ip_local_port_range)" "$range"
	want_eq "the host's forwarding" "$(cat /proc/sys/net/ipv4/ip_forward)" "$forward"
	want_eq "the host's semaphores" "$(cat /proc/sys/kernel/sem 2>/dev/null)" "$sem"
	end

	# LXC writes them all: these would be the host's.
	begin sysctl-of-the-host
	for s in kernel.panic kernel.core_pattern vm.swappiness fs.file-max kernel.shmmaxx kernel.sem.x network.x user.max_net_namespaces; do
		conf "lxc.net.0.type = empty" "lxc.sysctl.$s = 1"
		refused "$W/conf:9: lxc.sysctl: '$s' "
	done
	end

	begin sysctl-of-a-shared-namespace
	conf "lxc.net.0.type = none" "lxc.sysctl.net.core.somaxconn = 99"
	refused "lxc.sysctl: 'net.core.somaxconn' would change another's: the container has no net namespace of its own"
	conf "lxc.net.0.type = empty" "lxc.namespace.keep = ipc" "lxc.sysctl.kernel.shmmax = 99"
	refused "lxc.sysctl: 'kernel.shmmax' would change another's: the container has no ipc namespace of its own"
	end

	begin sysctl-unknown
	conf "lxc.net.0.type = empty" "lxc.sysctl.net.ipv4.no_such_thing = 1"
	refused "$W/conf:9: lxc.sysctl.net.ipv4.no_such_thing: this kernel has no such setting"
	end

	begin sysctl-bad-value
	conf "lxc.net.0.type = empty" "lxc.sysctl.net.ipv4.ip_local_port_range = 9000 20"
	refused "$W/conf:9: lxc.sysctl.net.ipv4.ip_local_port_range: cannot set '9000 20'"
	end

	# The kernel takes what it can of it and cuts the rest: what holds is not what was asked for.
	begin sysctl-reads-back-otherwise
	conf "lxc.net.0.type = empty" \
		"lxc.sysctl.kernel.domainname = a-name-that-is-longer-than-what-the-kernel-keeps-of-a-domain-name.example"
	refused "$W/conf:9: lxc.sysctl.kernel.domainname: "
	end

	# Root of a user namespace sets what is its own, and its limits of namespaces are not the host's.
	begin sysctl-in-a-user-namespace
	if has_key lxc.idmap "u 0 100000 65536" && [ -e /proc/self/ns/user ]; then
		conf "lxc.net.0.type = empty" "lxc.idmap = u 0 100000 65536" "lxc.idmap = g 0 100000 65536" \
			"lxc.sysctl.net.ipv4.ip_local_port_range = 2000 3000" "lxc.sysctl.kernel.domainname = inside.example"
		[ ! -e /proc/sys/user/max_net_namespaces ] || echo "lxc.sysctl.user.max_net_namespaces = 3" >>"$W/conf"
		chown -R 100000:100000 "$R"
		host=$(cat /proc/sys/user/max_net_namespaces 2>/dev/null)
		start /bin/busybox sh -c 'cd /proc/sys; echo $(/bin/busybox cat net/ipv4/ip_local_port_range); /bin/busybox cat kernel/domainname
			[ ! -e user/max_net_namespaces ] || /bin/busybox cat user/max_net_namespaces'
		want_status 0
		want_out "2000 3000
inside.example${host:+
3}"
		want_eq "the host's" "$(cat /proc/sys/user/max_net_namespaces 2>/dev/null)" "$host"
	fi
	end

	# CVE-2025-52881: what a container, or a mount of the configuration, puts over /proc is not what is written to.
	begin sysctl-not-by-a-path-inside
	conf "lxc.net.0.type = empty" "lxc.sysctl.net.core.somaxconn = 77" "lxc.mount.entry = $W/victim proc/sys none bind,ro"
	rm -rf "$W/victim"
	mkdir -p "$W/victim/net/core" "$W/other"
	echo untouched >"$W/victim/net/core/somaxconn"
	background
	want_eq "the file over it" "$(cat "$W/victim/net/core/somaxconn")" untouched
	want_eq "inside" "$(nsenter -t "$init" -n cat /proc/sys/net/core/somaxconn)" 77
	stop
	end

	# The same where the host's own /proc is covered: there it is the private proc that is written to, or nothing.
	begin sysctl-covered-proc
	conf "lxc.net.0.type = empty" "lxc.sysctl.net.core.somaxconn = 77"
	cat >"$W/cover" <<-'END'
		#!/bin/sh
		mount --make-rprivate / 2>/dev/null || mount -o private,rec none / 2>/dev/null
		mount -o bind "$VICTIM/net/core/somaxconn" /proc/sys/net/core/somaxconn || exit 77
		exec "$@"
	END
	chmod +x "$W/cover"
	export VICTIM="$W/victim"
	PRE="unshare -m $W/cover"
	start /bin/busybox cat /proc/sys/net/core/somaxconn
	PRE=
	[ "$STATUS" -ne 0 ] || want_out 77
	[ "$STATUS" -eq 0 ] || want_err_has "something is mounted over it"
	want_eq "the file over it" "$(cat "$W/victim/net/core/somaxconn")" untouched
	end
	rm -rf "$W/victim" "$W/other"
else
	skip sysctl "not in this build"
fi

# ---- lxc.proc

if has_key lxc.proc.oom_score_adj 1; then
	begin proc
	conf "lxc.proc.oom_score_adj = 123"
	[ ! -e /proc/self/coredump_filter ] || echo "lxc.proc.coredump_filter = 0x7" >>"$W/conf"
	own=$(cat /proc/self/oom_score_adj)
	background
	want_eq "oom_score_adj" "$(cat "/proc/$init/oom_score_adj")" 123
	[ ! -e /proc/self/coredump_filter ] || want_eq "coredump_filter" "$(cat "/proc/$init/coredump_filter")" 00000007
	want_eq "the monitor's" "$(cat "/proc/$BG/oom_score_adj")" "$own"
	# Who attaches is no other than the first process.
	attach /bin/busybox sh -c 'cat=/bin/busybox\ cat; $cat /proc/self/oom_score_adj; [ ! -e /proc/1/coredump_filter ] || {
		[ "$($cat /proc/self/coredump_filter)" = "$($cat /proc/1/coredump_filter)" ] && echo same; }'
	want_status 0
	want_out "123$([ ! -e /proc/self/coredump_filter ] || printf '\nsame')"
	stop
	want_nothing_left
	end

	begin proc-refused
	conf "lxc.proc.no_such_file = 1"
	refused "$W/conf:8: lxc.proc.no_such_file: this kernel has no such file of a process"
	conf "lxc.proc.oom_score_adj = 5000"
	refused "$W/conf:8: lxc.proc.oom_score_adj: cannot set '5000'"
	# Not by links of the process's own.
	conf "lxc.proc.exe = x"
	refused "$W/conf:8: lxc.proc.exe: cannot set 'x'"
	end

	# What does not last to the exec is no success: the slack of timers is what every container begins with.
	if [ -e /proc/self/timerslack_ns ]; then
		begin proc-does-not-last
		conf "lxc.proc.timerslack_ns = 60000"
		start /bin/busybox sleep 5
		want_failure
		want_err_has "$W/conf:8: lxc.proc.timerslack_ns: '60000' did not take effect: it reads '50000'"
		want_nothing_left
		end
	else
		skip proc-does-not-last "no timerslack_ns here"
	fi
else
	skip proc "not in this build"
fi

# ---- clocks

uptime_of()
{
	cut -d. -f1 </proc/uptime
}

if ! has_key lxc.time.offset.boot 1s; then
	skip time-offset "not in this build"
elif [ -e /proc/self/ns/time ]; then
	begin time-offset
	conf "lxc.time.offset.boot = 1000h" "lxc.time.offset.monotonic = 1500ms"
	background
	now=$(uptime_of)
	attach /bin/busybox sh -c '/bin/busybox cut -d. -f1 /proc/uptime'
	inside=$(cat "$W/out")
	[ "$((inside - now))" -ge 3599990 ] && [ "$((inside - now))" -le 3600090 ] || fail "uptime inside is $inside, outside $now"
	want_eq "offsets of the first process" "$(tr -s ' ' <"/proc/$init/timens_offsets")" "monotonic 1 500000000
boottime 3600000 0"
	[ "$(readlink "/proc/$init/ns/time")" != "$(readlink /proc/self/ns/time)" ] || fail "no time namespace of its own"
	# The monitor, and whatever it runs on the host, has the host's clocks.
	want_eq "the monitor's clocks" "$(readlink "/proc/$BG/ns/time_for_children")" "$(readlink /proc/self/ns/time)"
	attach /bin/busybox readlink /proc/self/ns/time
	want_out "$(readlink "/proc/$init/ns/time")"
	stop
	want_nothing_left
	end

	begin time-offset-in-the-past
	conf "lxc.time.offset.boot = -1500ms"
	start /bin/busybox cat /proc/self/timens_offsets
	want_status 0
	tr -s ' ' <"$W/out" >"$W/offsets"
	has "$W/offsets" "boottime -2 500000000"
	conf "lxc.time.offset.boot = -1000000h"
	refused "$W/conf:8: lxc.time.offset.boot: the clock would be before 0 or out of range"
	end

	begin time-offset-and-reboot
	if has_key lxc.signal.reboot SIGHUP; then
		conf "lxc.time.offset.boot = 1000h"
		cat >"$W/life" <<-'END'
			#!/bin/busybox sh
			/bin/busybox tr -s ' ' </proc/self/timens_offsets
			[ ! -e /again ] || exit 0
			>/again
			/bin/busybox reboot -f
		END
		chmod +x "$W/life"
		echo "lxc.mount.entry = $W/life life none bind,ro,create=file" >>"$W/conf"
		start /life
		want_eq "offsets of two lives" "$(grep -c '^boottime 3600000 0' "$W/out")" 2
	fi
	end

	begin time-offset-kept
	conf "lxc.namespace.keep = time" "lxc.time.offset.boot = 1h"
	refused "$W/conf:9: lxc.time.offset: the time namespace is not the container's own"
	end
else
	begin time-offset-refused
	conf "lxc.time.offset.boot = 1h"
	refused "$W/conf:8: this kernel has no time namespaces"
	end
fi

# ---- cores

begin sched-core
if has_key lxc.sched.core 1; then
	conf "lxc.sched.core = 1"
	start /bin/busybox echo started
	if [ "$STATUS" -eq 0 ]; then
		# Then the kernel has it, or no CPU shares a core with another.
		want_out started
	else
		want_err_has "$W/conf:8: lxc.sched.core: this kernel has no core scheduling (CONFIG_SCHED_CORE, Linux 5.14)"
		want_out ""
		want_nothing_left
	fi
	end
else
	skip sched-core "not in this build"
fi

# ---- keyring

begin keyring-session
run probe with-key lxcbox-test probe key lxcbox-test
if [ "$STATUS" -ne 99 ]; then
	PRE="probe with-key lxcbox-test"
	conf "lxc.keyring.session = 0"
	start /bin/probe key lxcbox-test
	want_status 0
	want_out "key lxcbox-test: found"
	conf "lxc.keyring.session = 1"
	start /bin/probe key lxcbox-test
	want_out "key lxcbox-test: none"
	PRE=
	end
else
	skip keyring-session "no keys here"
fi

finish
