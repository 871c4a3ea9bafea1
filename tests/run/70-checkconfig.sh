# SPDX-License-Identifier: MIT
# owns: lxc-checkconfig: the running kernel's configuration, a file of the caller's, no configuration at all
# never: needs zcat, awk or bash for the command itself
# boards: one

. "$T/lib.sh"

# checkconfig FILE: the report on a configuration of our own
checkconfig()
{
	run env CONFIG="$1" lxc-checkconfig
}

begin a2-checkconfig
run env PATH=/nowhere "$(command -v lxc-checkconfig)"
want_status 0
want_out_has "Namespaces: enabled" "Utsname namespace: enabled" "Ipc namespace: enabled" "Pid namespace: enabled" \
	"User namespace: enabled" "Network namespace: enabled" "Multiple /dev/pts instances: enabled" "Cgroups: enabled" \
	"Cgroup clone_children flag: enabled" "Cgroup device: enabled" "Cgroup sched: enabled" \
	"Cgroup cpu account: enabled" "Cgroup memory controller: enabled" "Veth pair device: enabled" \
	"Macvlan: enabled" "Bridges: enabled" "File capabilities: enabled"
[ ! -f /proc/config.gz ] || want_out_has "Kernel configuration found at /proc/config.gz"
end

# What the configuration says and what the kernel itself says must be the same, where the kernel can be asked.
cp "$W/out" "$W/by-config"
begin checkconfig-without-configuration
: >"$W/empty"
run unshare -m sh -c 'for f in /proc/config.gz /boot/config-$(uname -r) /lib/modules/$(uname -r)/config /boot/config; do
	[ ! -f "$f" ] || mount --bind "$0/empty" "$f" || exit 9; done; exec lxc-checkconfig' "$W"
want_status 0
want_out_has "asking the running kernel $(uname -r)" "Namespaces: enabled" "Pid namespace: enabled" "Cgroup device: enabled" \
	"Unix98 ptys: enabled" "Tmpfs: enabled" "Proc: enabled" "Unix domain sockets: enabled" "Signalfd: enabled"
for title in "Namespaces" "Utsname namespace" "Ipc namespace" "Pid namespace" "User namespace" "Network namespace" \
	"Time namespace" "Multiple /dev/pts instances" "Cgroups" "Cgroup namespace" "Cgroup device" "Cgroup sched" \
	"Cgroup cpu account" "Cgroup cpuset" "Cgroup freezer" "Cgroup pids" "Seccomp filter" "Bpf" \
	"Session keyrings"; do
	want_eq "$title" "$(sed -n "s/^$title: //p" "$W/out")" "$(sed -n "s/^$title: //p" "$W/by-config")"
done
end

begin checkconfig-file
cat >"$W/config" <<-'END'
	#
	# Linux/mips 3.10.14 Kernel Configuration
	#
	CONFIG_NAMESPACES=y
	CONFIG_UTS_NS=y
	CONFIG_IPC_NS=y
	CONFIG_PID_NS=y
	# CONFIG_USER_NS is not set
	CONFIG_NET_NS_OLD=y
	CONFIG_CGROUPS=y
	CONFIG_CGROUP_MEM_RES_CTLR=y
	CONFIG_UNIX98_PTYS=y
	CONFIG_TMPFS=y
	CONFIG_PROC_FS=y
	CONFIG_UNIX=y
	CONFIG_SIGNALFD=y
	CONFIG_VETH=m
	OTHER_CONFIG_MACVLAN=y
	CONFIG_BRIDGE=n
END
checkconfig "$W/config"
want_status 0
want_out_has "found at $W/config" "Pid namespace: enabled" "User namespace: missing" "Network namespace: missing" \
	"Multiple /dev/pts instances: missing" "Cgroup namespace: missing" "Cgroup clone_children flag: enabled" \
	"Cgroup device: missing" "Cgroup memory controller: enabled" "Veth pair device: enabled, module" \
	"Macvlan: missing" "Bridges: missing" "File capabilities: enabled"
! grep -q "$(printf '\033')" "$W/out" || fail "colours without a terminal"
end

begin checkconfig-newer-kernel
sed -i 's/3\.10\.14/6.1.55/' "$W/config"
checkconfig "$W/config"
want_out_has "Multiple /dev/pts instances: enabled" "Cgroup namespace: enabled"
end

# Each one that is required alone makes the exit status.
begin checkconfig-required-is-missing
cp "$W/config" "$W/good"
for s in NAMESPACES UTS_NS IPC_NS PID_NS CGROUPS UNIX98_PTYS TMPFS PROC_FS UNIX SIGNALFD; do
	sed "s/^CONFIG_$s=y/# CONFIG_$s is not set/" "$W/good" >"$W/config"
	checkconfig "$W/config"
	want_status 1
	[ "$(grep -c 'missing (required)' "$W/out")" = 1 ] || fail "$s: $(grep 'missing (required)' "$W/out")"
done
sed 's/^CONFIG_PID_NS=y/# CONFIG_PID_NS is not set/' "$W/good" >"$W/config"
checkconfig "$W/config"
want_status 1
want_out_has "Pid namespace: missing (required)"
end

begin checkconfig-compressed
if command -v gzip >/dev/null; then
	checkconfig "$W/config"
	grep -v ' found at ' "$W/out" >"$W/plain"
	gzip -c "$W/config" >"$W/config.gz"
	checkconfig "$W/config.gz"
	want_status 1
	want_eq "the report" "$(grep -v ' found at ' "$W/out")" "$(cat "$W/plain")"
	dd if="$W/config.gz" of="$W/cut.gz" bs=100 count=1 2>/dev/null
	checkconfig "$W/cut.gz"
	want_status 1
	want_err_has "'$W/cut.gz'" damaged
	want_one_line
	end
else
	skip checkconfig-compressed "no gzip here"
fi

begin checkconfig-bad-files
for f in "$W/nosuch" "$W" /dev/zero "$W/empty" "$T/lib.sh"; do
	checkconfig "$f"
	want_status 1
	want_err_has "$f"
	want_one_line
done
run lxc-checkconfig argument
want_failure
want_err_has argument
end

finish
