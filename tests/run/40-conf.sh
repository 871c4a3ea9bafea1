# SPDX-License-Identifier: MIT
# owns: scenarios D3, D4 and D5: capabilities, proc and sys, console off
# never: takes the runtime's word for it: a process inside says what it has

. "$T/lib.sh"

CONF=$W/conf

# What this machine's own PID 1 may have at most: the kernel's last capability decides.
full=0
i=$(cat /proc/sys/kernel/cap_last_cap)
while [ "$i" -ge 0 ]; do
	full=$((full | (1 << i)))
	i=$((i - 1))
done
# The machine the tests run on may lack some itself.
full=$((full & 0x$(awk '/^CapBnd/ { print $2 }' /proc/self/status)))

# want_caps MASK: all of the sets are this, the inheritable one empty
want_caps()
{
	hex=$(printf '%016x' "$1")
	want_status 0
	want_out_has "CapPrm: $hex" "CapEff: $hex" "CapBnd: $hex" "CapInh: 0000000000000000"
}

begin d3-nothing-dropped
seed_with "$CONF" "$PROBE_ENTRY"
start_seed -- /bin/probe caps
want_caps "$full"
end

begin d3-drop
seed_with "$CONF" "$PROBE_ENTRY" \
	'lxc.cap.drop = mac_admin mac_override mknod net_raw setfcap setpcap sys_boot sys_module' \
	'lxc.cap.drop = sys_nice sys_pacct sys_rawio sys_resource sys_time sys_admin'
start_seed -- /bin/probe caps , mknod c 1 3
mask=0
for n in 33 32 27 13 31 8 22 16 23 20 17 24 25 21; do
	mask=$((mask | (1 << n)))
done
want_caps $((full & ~mask))
want_out_has "mknod c 1:3: EPERM"
end

begin d3-keep
seed_with "$CONF" "$PROBE_ENTRY" 'lxc.cap.keep = sys_boot'
start_seed -- /bin/probe caps
want_caps $((1 << 22))
end

begin d3-keep-none
seed_with "$CONF" "$PROBE_ENTRY" 'lxc.cap.keep = none'
start_seed -- /bin/probe caps
want_caps 0
end

begin d3-execute-is-confined-too
seed_with "$CONF" "$PROBE_ENTRY" 'lxc.cap.keep = sys_boot'
run lxc-execute --name=container1 --rcfile="$CONF" --lxcpath="$ROOT" -- /bin/probe caps
want_caps $((1 << 22))
end

begin d3-unknown-capability
seed_with "$CONF" 'lxc.cap.drop = sys_admin sys_amdin'
start_seed hostname
want_status 1
want_one_line
want_err_has "$CONF:$(wc -l <"$CONF")" "lxc.cap.drop" "sys_amdin"
end

begin d4-proc-and-sys-entries
seed_with "$CONF" "$PROBE_ENTRY" 'lxc.mount.entry = proc proc proc nodev,noexec,nosuid 0 0' \
	'lxc.mount.entry = sysfs sys sysfs nodev,noexec,nosuid 0 0'
start_seed -- /bin/probe cat /proc/self/mountinfo , stat /sys/kernel
want_status 0
for at in "/proc proc" "/sys sysfs"; do
	got=$(awk -v at="${at% *}" -v type="${at#* }" '$5 == at && $0 ~ " - " type " " { print $6 }' "$W/out")
	for o in nodev noexec nosuid; do
		case ",$got," in
		*",$o,"*) ;;
		*) fail "${at% *} is mounted '$got', wanted $o" ;;
		esac
	done
done
grep -q '^stat /sys/kernel: mode' "$W/out" || fail "no /sys/kernel inside"
end

begin d4-mount-auto
seed_with "$CONF" "$PROBE_ENTRY" 'lxc.mount.auto = proc:mixed sys:ro'
start_seed -- /bin/probe write /proc/sys/kernel/core_pattern x , write /proc/sysrq-trigger h , \
	write /sys/kernel/uevent_helper x , cat /proc/self/mountinfo , open /proc/self/status r
want_status 0
want_out_has "write /proc/sys/kernel/core_pattern: EROFS" "open /proc/self/status: ok"
# What this kernel lacks proves nothing; the boards have both.
for f in /proc/sysrq-trigger /sys/kernel/uevent_helper; do
	[ ! -f $f ] || want_out_has "write $f: EROFS"
done
got=$(awk '$5 == "/sys" { print $6 }' "$W/out" | tail -n 1)
case $got in
ro,*) ;;
*) fail "/sys is mounted '$got', wanted ro" ;;
esac
end

begin d5-console-off
seed_with "$CONF" "$PROBE_ENTRY" 'lxc.pts = 0' 'lxc.tty = 0' 'lxc.console = none'
start_seed -- /bin/probe hostname , stat /dev/tty1 , fds
want_status 0
want_out_has container1 "stat /dev/tty1: ENOENT" "fds: 0 1 2"
end

rm -f "$ROOT/bin/probe"
finish
