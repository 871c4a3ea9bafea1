# SPDX-License-Identifier: MIT
# owns: lxc.mount.auto: what proc and sys let a container write and read, with a network of its own and with the host's
# never: writes to a file of /proc or /sys: opening it for writing tells enough
# boards: one

. "$T/lib.sh"
R=$W/root
NAME=automount

# conf LINE...: a container that keeps every capability, so that only the mounts stand between it and the host
conf()
{
	write_conf "$NO_CONSOLE" "$BUSYBOX_ENTRY" "$@"
}

start()
{
	run $PRE lxc-start --name=automount --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox "$@"
}

# What can be opened for writing below a directory that is no process's, deny by default: the list is the kernel's own. Root may
# also open what nobody may write to (0444), which has nothing to write to.
cat >"$W/writable" <<'END'
/bin/busybox find "$1" -maxdepth "$2" -path '/proc/[0-9]*' -prune -o -type f -perm /222 -print | while read -r f; do
	echo -n 2>/dev/null >>"$f" && echo "$f"
done
true
END

# seen FILE...: says of each file whether it opens for writing, and whether it has something to read
cat >"$W/seen" <<'END'
for f; do
	[ -e "$f" ] || continue
	w=closed
	echo -n 2>/dev/null >>"$f" && w=open
	r=empty
	[ -z "$(/bin/busybox dd if="$f" bs=1 count=1 2>/dev/null)" ] || r=text
	echo "$f $w $r"
done
END

with_scripts()
{
	conf "$@" "lxc.mount.entry = $W/writable writable none bind,ro,create=file" "lxc.mount.entry = $W/seen seen none bind,ro,create=file"
}

MASKED="/proc/kcore /proc/keys /proc/kmsg /proc/timer_list /proc/sched_debug /proc/slabinfo /proc/vmallocinfo"

all()
{
	begin "automount-proc-mixed-nothing-writable$V"
	with_scripts "lxc.mount.auto = proc:mixed" "lxc.network.type = empty"
	start sh /writable /proc 5
	want_status 0
	want_eq "writable beside sys/net" "$(grep -v '^/proc/sys/net/' "$W/out" | head -n 3)" ""
	grep -q '^/proc/sys/net/' "$W/out" || fail "/proc/sys/net is not writable in a network of its own"
	end

	begin "automount-proc-is-mixed$V"
	with_scripts "lxc.mount.auto = proc" "lxc.network.type = none"
	start sh /writable /proc 5
	want_status 0
	want_out ""
	end

	begin "automount-proc-names$V"
	with_scripts "lxc.mount.auto = proc:mixed" "lxc.network.type = empty"
	start sh /seen /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sysrq-trigger /proc/irq/default_smp_affinity \
		/proc/mtrr $MASKED /proc/uptime
	want_status 0
	has "$W/out" "/proc/sys/kernel/core_pattern closed text" "/proc/uptime open text"
	want_eq "open for writing" "$(grep -v -e uptime $(for f in $MASKED; do echo "-e $f "; done) "$W/out" | grep ' open ')" ""
	for f in $MASKED; do
		[ ! -e "$f" ] || has "$W/out" "$f open empty"
	done
	end

	begin "automount-proc-rw$V"
	with_scripts "lxc.mount.auto = proc:rw"
	start sh /seen /proc/sys/kernel/core_pattern /proc/sys/kernel/panic
	has "$W/out" "/proc/sys/kernel/panic open text"
	start sh -c '/bin/busybox grep " /proc/" /proc/mounts'
	want_out ""
	end

	begin "automount-proc-is-the-containers$V"
	conf "lxc.mount.auto = proc:mixed"
	start sh -c 'echo /proc/[0-9]*; /bin/busybox cat /proc/1/comm'
	want_out "/proc/1
busybox"
	end

	begin "automount-sys-mixed$V"
	with_scripts "lxc.mount.auto = sys:mixed" "lxc.network.type = empty"
	start sh /writable /sys/devices/virtual/net/lo 1
	want_status 0
	grep -q /sys/devices/virtual/net/lo/mtu "$W/out" || fail "virtual/net is not writable in a network of its own"
	start sh -c '/bin/busybox sh /writable /sys 1; /bin/busybox sh /writable /sys/kernel 3;
		/bin/busybox sh /writable /sys/devices/system 3; /bin/busybox sh /writable /sys/block 3; [ -d /sys/kernel ] && echo looked'
	want_out looked
	end

	begin "automount-sys-with-the-hosts-network$V"
	with_scripts "lxc.mount.auto = sys" "lxc.network.type = none"
	start sh -c '/bin/busybox sh /writable /sys/devices/virtual/net 3; [ -d /sys/devices/virtual/net ] && echo looked'
	want_out looked
	end

	begin "automount-sys-ro$V"
	with_scripts "lxc.mount.auto = sys:ro" "lxc.network.type = empty"
	start sh -c '/bin/busybox sh /writable /sys/devices/virtual/net 3; [ -d /sys/devices/virtual/net ] && echo looked'
	want_out looked
	end

	begin "automount-sys-rw$V"
	with_scripts "lxc.mount.auto = sys:rw" "lxc.network.type = empty"
	start sh -c '/bin/busybox sh /writable /sys/devices/virtual/net 3'
	grep -q /sys/devices/virtual/net/lo/mtu "$W/out" || fail "not writable"
	end

	begin "automount-entry-wins-over-protection$V"
	with_scripts "lxc.mount.auto = proc:mixed" "lxc.mount.entry = /proc/sys/kernel proc/sys/kernel none bind 0 0"
	start sh /seen /proc/sys/kernel/panic
	want_out "/proc/sys/kernel/panic open text"
	end

	begin "automount-nothing-asked-nothing-mounted$V"
	mkdir -p "$R/proc" "$R/sys"
	conf
	start sh -c 'echo /proc/* /sys/*'
	want_out "/proc/* /sys/*"
	end

	begin "automount-later-word-wins$V"
	with_scripts "lxc.mount.auto = proc:rw sys:rw" "lxc.mount.auto = proc:mixed"
	start sh /seen /proc/sys/kernel/panic
	want_out "/proc/sys/kernel/panic closed text"
	end
}

mkdir -p "$R"
PRE=
V=
all
PRE=$T/bin/enosys
V=-3.10
all
finish
