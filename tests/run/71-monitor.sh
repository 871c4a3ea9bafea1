# SPDX-License-Identifier: MIT
# owns: what a monitor can do once its container runs: the capabilities that set-up, undo and container need, no core
# never: takes less for enough: the same container is rebooted, stopped and leaves nothing

. "$T/lib.sh"
R=$W/root
NAME=monitor
LXCPATH=$W/lxcpath

conf()
{
	fresh_root bin
	write_conf "$NO_CONSOLE" "lxc.autodev = 1" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
}

# started LINE...: a daemon; $MONITOR and $INIT
started()
{
	conf "$@"
	cat >"$W/life" <<-'END'
		#!/bin/busybox sh
		/bin/busybox grep Cap /proc/1/status >>/lives
		trap '/bin/busybox reboot -f' HUP
		while :; do /bin/busybox sleep 0.1; done
	END
	chmod +x "$W/life"
	echo "lxc.mount.entry = $W/life life none bind,ro,create=file" >>"$W/conf"
	run lxc-start --name=monitor -d --rcfile="$W/conf" --lxcpath="$W/lxcpath" -p "$W/pid" -- /life
	want_status 0
	read -r MONITOR <"$W/pid"
	INIT=$(init_pid monitor)
}

value()
{
	sed -n "s/^$2:[ 	]*//p" "/proc/$1/status"
}

lives()
{
	[ "$(grep -c CapBnd "$R/lives")" -ge "$1" ]
}

stop()
{
	lxc-stop --name=monitor --lxcpath="$W/lxcpath" -k
	want_nothing_left
}

mask=$(sed -n 's/^CapPrm:[ 	]*//p' /proc/self/status)

started "lxc.cap.drop = sys_module sys_time sys_rawio syslog net_raw sys_admin mknod"
if [ "$(value "$MONITOR" CapEff)" = "$mask" ]; then
	stop
	skip monitor-caps "not in this build"
	finish
fi

# sys_module 16, sys_rawio 17, sys_time 25, syslog 34, net_raw 13 go; sys_admin 21 and mknod 27 are for the next life.
begin monitor-caps
less=$(printf '%016x' $((0x$mask & ~(1 << 13 | 1 << 16 | 1 << 17 | 1 << 25 | 1 << 34))))
# The starter has its answer a moment before.
has_less()
{
	[ "$(value "$MONITOR" CapBnd)" = "$less" ]
}
wait_until 5 has_less
for set in CapBnd CapPrm CapEff; do
	want_eq "$set" "$(value "$MONITOR" $set)" "$less"
done
want_eq CapInh "$(value "$MONITOR" CapInh)" 0000000000000000
want_eq "soft limit of cores" "$(sed -n 's/^Max core file size *\([^ ]*\) .*/\1/p' "/proc/$MONITOR/limits")" 0
end

# A further life has what the first one had.
begin monitor-caps-and-reboot
wait_until 10 lives 1 || fail "does not live"
first=$(cat "$R/lives")
if lxc-start --features 2>/dev/null | grep -q . && kill -HUP "$INIT" && wait_until 10 lives 2; then
	want_eq "the second life" "$(sed 1,5d "$R/lives")" "$first"
fi
stop
end

# Who has dropped nothing needs all for the next life.
begin monitor-caps-all
started
want_eq CapEff "$(value "$MONITOR" CapEff)" "$mask"
stop
end

begin monitor-no-new-privs
started "lxc.no_new_privs = 1"
has_nnp()
{
	[ "$(value "$MONITOR" NoNewPrivs)" = 1 ]
}
wait_until 5 has_nnp || fail "NoNewPrivs is not set"
stop
end

# Hooks are the administrator's: they count on what root may.
begin monitor-caps-with-hooks
conf "lxc.hook.post-stop = /bin/true"
if lxc-start --name=monitor --plan --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/true >/dev/null 2>&1; then
	started "lxc.cap.drop = sys_module" "lxc.no_new_privs = 1" "lxc.hook.post-stop = /bin/busybox grep CapEff /proc/self/status >$W/hook; true"
	stop
	has "$W/hook" "$mask"
fi
end

finish
