# SPDX-License-Identifier: MIT
# owns: scenarios A1 and A2: what rcS has mounted, and what lxc-checkconfig says about this kernel
# never: starts a container

. "$T/lib.sh"

# options MOUNTPOINT: of the last mount there, with commas around
options()
{
	echo ",$(awk -v m="$1" '$2 == m { o = $4 } END { print o }' /proc/mounts),"
}

want_options()
{
	opts_at=$1
	opts=$(options "$1")
	shift
	for o; do
		case $opts in
		*",$o,"*) ;;
		*) fail "$opts_at is mounted '$opts', wanted $o" ;;
		esac
	done
}

begin a1-seed-is-the-reference
for f in "$SEED" "$T/data/container1.conf"; do
	want_eq "sha256 of $f" "$(sha256sum "$f" | cut -d' ' -f1)" 86aa208fb6fc1bb8c453b97208c76c44841ca2a119c1b2de9de80f5108ab8e0b
done
end

if [ "$LAYOUT" = comounted ]; then
	begin a1-mounts
	want_options /proc rw nosuid nodev noexec
	want_options /sys nosuid nodev noexec
	want_options /dev/pts nosuid noexec
	want_options /sys/fs/cgroup nosuid nodev noexec
	end

	begin a1-all-controllers-comounted
	n=0
	for c in $(awk '!/^#/ && $4 == 1 { print $1 }' /proc/cgroups); do
		want_options /sys/fs/cgroup "$c"
		n=$((n + 1))
	done
	[ "$n" -ge 12 ] || fail "only $n controllers in /proc/cgroups"
	for c in cpuset cpu cpuacct blkio memory devices freezer net_cls perf_event net_prio pids; do
		grep -q "^$c	" /proc/cgroups || fail "no controller $c"
	done
	end

	begin a1-mkdir-by-hand
	run mkdir -p /sys/fs/cgroup/lxc/container1
	want_status 0
	[ -f /sys/fs/cgroup/lxc/container1/devices.list ] || fail "no devices.list in it"
	run rmdir /sys/fs/cgroup/lxc/container1 /sys/fs/cgroup/lxc
	want_status 0
	end

	begin a1-bridge
	run brctl show
	want_out_has lxcbr0
	[ "$(cat /sys/class/net/lxcbr0/bridge/forward_delay)" = 0 ] || fail "forward delay is not 0"
	end
else
	skip a1-mounts "the image's own mounts are made on the boards only"
	skip a1-all-controllers-comounted "only a board has every controller on one hierarchy"
	skip a1-mkdir-by-hand "only a board has every controller on one hierarchy"
	skip a1-bridge "the bridge is rcS's, on the boards only"
fi

begin a2-checkconfig
run lxc-checkconfig
want_status 0
want_out_has "User namespace: enabled" "Network namespace: enabled" "Cgroup device" "Cgroup sched" \
	"Cgroup cpu account" "Cgroup memory" "Veth pair device" "Macvlan" "Vlan" "Bridges" "File capabilities" \
	"Multiple /dev/pts instances" "clone_children"
end

begin a2-checkconfig-from-a-file
zcat /proc/config.gz 2>/dev/null >"$W/config" || printf 'CONFIG_%s=y\n' NAMESPACES UTS_NS IPC_NS PID_NS USER_NS NET_NS \
	CGROUPS CGROUP_DEVICE CGROUP_SCHED CGROUP_CPUACCT MEMCG CPUSETS VETH MACVLAN VLAN_8021Q BRIDGE >"$W/config"
sed 's/^CONFIG_NET_NS=y/# CONFIG_NET_NS is not set/; s/^CONFIG_PID_NS=y/# CONFIG_PID_NS is not set/' "$W/config" >"$W/lacking"
CONFIG=$W/lacking run lxc-checkconfig
want_out_has "Network namespace: missing"
[ "$STATUS" -ne 0 ] || fail "exit status 0 although pid namespaces are missing"
end

begin a2-checkconfig-needs-no-programs
PATH=/nowhere
/usr/bin/lxc-checkconfig >"$W/out" 2>"$W/err"
STATUS=$?
PATH=$T/bin:/sbin:/bin:/usr/sbin:/usr/bin
want_status 0
want_out_has "User namespace: enabled"
end

finish
