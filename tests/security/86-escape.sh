# SPDX-License-Identifier: MIT
# owns: ways out of a container that a set-top box's configuration must close: fresh proc and sysfs, remounts, cgroup mounts and
#       their release_agent, the old root, a chroot
# never: counts a way as closed because the kernel has no such file: what was tried is printed by the container

. "$T/lib.sh"
R=$W/root
NAME=escape

conf()
{
	fresh_root bin m
	write_conf "$NO_CONSOLE" "lxc.autodev = 1" "lxc.mount.auto = proc:mixed sys:ro" "$BUSYBOX_ENTRY" "$@"
}

start()
{
	run lxc-start -F -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -- "$@"
}

STB="lxc.cap.drop = mac_admin mac_override mknod net_raw setfcap setpcap sys_boot sys_module sys_nice sys_pacct sys_rawio sys_resource sys_time sys_admin"

begin escape-mounts-of-a-set-top-box
conf "$STB"
start /bin/busybox sh -c '
	b=/bin/busybox
	try() { what=$1; shift; if "$@" 2>/m/why; then $b echo "$what: done"; else $b echo "$what: refused"; fi; }
	try remount-proc-sys $b mount -o remount,rw,bind /proc/sys
	try remount-proc $b mount -o remount,rw /proc
	try remount-sys $b mount -o remount,rw /sys
	try fresh-proc $b mount -t proc proc /m
	try fresh-sysfs $b mount -t sysfs sysfs /m
	try cgroup $b mount -t cgroup -o all cgroup /m
	try cgroup2 $b mount -t cgroup2 cgroup2 /m
	try devtmpfs $b mount -t devtmpfs dev /m
	try umount-proc-sys $b umount /proc/sys
	try umount-root $b umount -l /
	try tmpfs $b mount -t tmpfs tmpfs /m
	try namespace $b unshare -m true
	try pivot $b pivot_root / /m'
want_status 0
! grep -q ': done' "$W/out" || fail "$(grep ': done' "$W/out" | tr '\n' ' ')"
want_eq "ways tried" "$(grep -c ': refused' "$W/out")" 13
end

begin escape-kernel-files
conf "$STB"
start /bin/busybox sh -c '
	b=/bin/busybox
	for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/kernel/poweroff_cmd /proc/sys/kernel/hotplug \
		/proc/sys/kernel/usermodehelper/bset /proc/sys/fs/binfmt_misc/register /proc/sys/vm/panic_on_oom /proc/sysrq-trigger \
		/proc/irq/default_smp_affinity /proc/mtrr /proc/kcore /proc/kmem /proc/timer_list /proc/keys /proc/bus/pci/00/00.0 \
		/sys/kernel/uevent_helper /sys/kernel/kexec_crash_size /sys/power/state /sys/class/gpio/export \
		/sys/bus/pci/rescan /sys/module/printk/parameters/time; do
		$b [ -e $f ] || continue
		# /dev/null in its place takes everything.
		if $b [ -c $f ]; then $b echo "$f: hidden"; continue; fi
		if (: >>$f) 2>/dev/null; then $b echo "$f: writable"; else $b echo "$f: closed"; fi
	done
	$b find /sys -type f -perm /222 2>/dev/null | while read -r f; do
		(: >>$f) 2>/dev/null && $b echo "$f: writable"
	done'
! grep -q ': writable' "$W/out" || fail "$(grep ': writable' "$W/out" | head -n 5 | tr '\n' ' ')"
want_out_has "/proc/sys/kernel/core_pattern: closed"
end

# With sys_admin kept (LXC's default): no hierarchy that can be mounted inside shows a release_agent that can be written.
begin escape-release-agent
conf
awk '$3 == "cgroup" { print $4 }' /proc/mounts | sed 's/\(^\|,\)\(rw\|ro\|relatime\|nosuid\|nodev\|noexec\|noatime\)//g; s/^,//; s/,\(release_agent\|clone_children\)[^,]*//g' |
	sort -u >"$R/hierarchies"
start /bin/busybox sh -c '
	b=/bin/busybox
	while read -r h; do
		case $h in name=*) h=none,$h ;; esac
		$b mount -t cgroup -o $h cgroup /m 2>/dev/null || continue
		$b echo "mounted $h"
		for f in $($b find /m -name release_agent); do
			if (: >>$f) 2>/dev/null; then $b echo "$h: $f: writable"; fi
		done
		$b umount /m
	done </hierarchies
	$b echo ended'
want_out_has ended
! grep -q ': writable' "$W/out" || fail "$(grep ': writable' "$W/out" | tr '\n' ' ')"
end

begin escape-chroot-and-old-root
conf
mkdir -p "$R/jail/bin" "$R/jail/dev"
cp /bin/busybox "$R/jail/bin/busybox"
touch "$R/inside"
start /bin/busybox sh -c '
	b=/bin/busybox
	cd /
	$b chroot /jail /bin/busybox sh -c "cd ../../../../../..; /bin/busybox ls -a ." >/m/jail
	$b ls -a /../../.. >/m/up
	$b cat /proc/self/mountinfo >/m/mountinfo
	$b ls /m/../..'
want_status 0
want_out_has inside
for f in jail up; do
	! grep -qxE 'opt|run|test' "$R/m/$f" || fail "the host's tree is seen: $(tr '\n' ' ' <"$R/m/$f")"
done
! grep -qE ' /(old|put_old|\.lxcbox|mnt)[ /]' "$R/m/mountinfo" || fail "an old root is mounted"
end

finish
