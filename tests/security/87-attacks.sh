# SPDX-License-Identifier: MIT
# owns: that a container under configs/stb.conf reaches its host by none of the ways that need no hardware (attack.c), and what is
#       left open under common.conf and container1.conf; docs/guide.md has the same lists with the reasons
# never: takes an attack for closed that its kernel knows nothing of, nor one that would not succeed without confinement
# limit: 900 s

. "$T/lib.sh"
NAME=attacks
R=$W/root
CONFIG=$T/data/config
SETTINGS="kernel/dmesg_restrict=1 user/max_user_namespaces=0 kernel/kptr_restrict=1"

[ -x "$T/bin/attack" ] || { echo "skip attacks: no $T/bin/attack"; exit 0; }

# The host's own settings are a product's; on a board they are made as docs/guide.md advises, the build machine keeps its own.
settings()
{
	for set in $SETTINGS; do
		file=/proc/sys/${set%=*}
		[ -n "$SLOW" ] && [ -w "$file" ] || continue
		was="$was ${set%=*}=$(cat "$file")"
		echo "${set#*=}" >"$file"
	done
}
was=
settings
trap 'for set in $was; do echo "${set#*=}" >"/proc/sys/${set%=*}"; done' EXIT

setting()
{
	cat "/proc/sys/$1" 2>/dev/null
}

# documented TEXT: what docs/guide.md says is open under it
documented()
{
	awk -F'|' -v what=" $1 " '$2 == what { print $3 }' "$T/data/guide.md"
}

# What the host's settings leave open to every process, whatever its container.
by_host=
[ "$(setting user/max_user_namespaces)" = 0 ] || [ ! -e /proc/self/ns/user ] ||
	by_host=$(documented '`stb.conf` and a host that lets everybody make user namespaces')
[ "$(setting kernel/dmesg_restrict)" = 1 ] || by_host="$by_host S-SYSLOG-READ"
[ "$(setting kernel/unprivileged_bpf_disabled)" != 0 ] || by_host="$by_host S-BPF-SOCKET-FILTER"
[ "$(setting vm/unprivileged_userfaultfd)" != 1 ] || by_host="$by_host S-USERFAULTFD"
STB_OPEN="$(documented '`stb.conf`') $by_host"

tree()
{
	fresh_root bin sbin etc dev proc sys tmp nodes
	mkdir "$R/etc/init.d"
	ln -s ../bin/busybox "$R/sbin/init"
	ln -s busybox "$R/bin/sh"
	# Nodes that somebody else has made are no way either.
	n=0
	for node in "c 1 1" "c 1 2" "c 10 130" "c 90 0" "b 7 0" "b 8 0" "b 179 0" "b 31 0"; do
		n=$((n + 1))
		# shellcheck disable=SC2086
		mknod -m 666 "$R/nodes/$n" $node
	done
	cat >"$R/etc/inittab" <<-'IN'
		::sysinit:/etc/init.d/rcS
		::respawn:/bin/busybox sleep 1000
		::shutdown:/bin/busybox touch /was-shut-down
	IN
	cat >"$R/etc/init.d/rcS" <<-'IN'
		#!/bin/sh
		/bin/attack $(/bin/busybox cat /etc/options) >/said.new
		/bin/busybox mv /said.new /said
	IN
	chmod 755 "$R/etc/init.d/rcS"
	printf '%s\n' "$OPTIONS" >"$R/etc/options"
}

# conf LINE...: these lines first, then the tree
conf()
{
	tree
	: >"$W/conf"
	for line; do
		echo "$line" >>"$W/conf"
	done
	cat >>"$W/conf" <<-END
		lxc.uts.name = $NAME
		lxc.rootfs.path = $R
		$NO_CONSOLE
		$BUSYBOX_ENTRY
		lxc.mount.entry = $T/bin/attack bin/attack none bind,ro,create=file 0 0
	END
}

# judged FILE OPEN...: nothing but these (patterns) is open there; and it is all of it
judged()
{
	file=$1
	shift
	found=
	while read -r id verdict _; do
		[ "$verdict" = OPEN ] || continue
		id=${id%:}
		for known; do
			# shellcheck disable=SC2254
			case $id in
			$known) continue 2 ;;
			esac
		done
		found="$found $id"
	done <"$file"
	grep ' OPEN' "$file" >"$W/out"
	[ -z "$found" ] || fail "open:$found"
	grep -q '^U-OPEN-BY-HANDLE: ' "$file" || fail "ended early: $(tail -n 1 "$file")"
}

# proven FILE VERDICT NAME...
proven()
{
	file=$1
	verdict=$2
	shift 2
	for id; do
		case $(grep "^$id: " "$file") in
		"$id: $verdict"*) ;;
		*) fail "$(grep "^$id: " "$file" || echo "$id: not tried"), wanted $verdict" ;;
		esac
	done
}

command_of()
{
	# shellcheck disable=SC2086
	timed 120 lxc-start -F -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -- /bin/attack $OPTIONS
	want_status 0
	cp "$W/out" "$W/said"
}

# Those that no kernel is without; natively and on the boards.
EVERYWHERE="K-CORE-PATTERN K-POWEROFF-CMD K-PANIC K-WALK-PROC K-WALK-SYS M-PROC-SYS-RW M-PROC-RW M-SYS-RW M-NEW-PROC M-NEW-SYSFS
	M-NEW-DEVTMPFS M-NEW-CGROUP M-NEW-TMPFS M-BIND M-SHARED M-PIVOT M-FSOPEN M-OPEN-TREE M-SETATTR D-MEM D-KMEM D-PORT D-KMSG D-TTY0
	D-WATCHDOG D-MTD D-LOOP D-SDA D-MTDBLOCK D-MMC D-NODES S-SETTIMEOFDAY S-ADJTIMEX S-SWAPON S-BPF S-PERF S-FANOTIFY
	S-OPEN-BY-HANDLE S-PACKET S-RAW S-NET-ADMIN S-UNSHARE-MNT S-UNSHARE-NET S-UNSHARE-PID S-SETNS-MNT S-NICE"

# Each of them succeeds when nothing is in its way, or the rest would prove nothing.
OPTIONS=
begin attacks-succeed-without-confinement
conf "lxc.mount.auto = proc:rw sys:rw" "lxc.net.0.type = none" "lxc.autodev = 1"
command_of
# shellcheck disable=SC2086
proven "$W/said" OPEN $EVERYWHERE
end

OPTIONS=-n
begin attacks-stb-at-the-boot
conf "lxc.include = $CONFIG/stb.conf"
run lxc-start -d -n $NAME -f "$W/conf" --lxcpath="$W/lxc"
want_status 0
wait_until $((HANGS * 60)) test -e "$R/said" || fail "the container's rcS did not come to its end"
[ ! -e "$R/said" ] || judged "$R/said" $STB_OPEN
# shellcheck disable=SC2086
proven "$R/said" closed $EVERYWHERE S-DESCRIPTORS S-FOREIGN S-CHROOT S-CWD
end

begin attacks-stb-by-attach
timed 120 lxc-attach -n $NAME --lxcpath="$W/lxc" -- /bin/attack -n
want_status 0
cp "$W/out" "$W/said"
judged "$W/said" $STB_OPEN
# shellcheck disable=SC2086
proven "$W/said" closed $EVERYWHERE S-DESCRIPTORS S-FOREIGN
end

# The strictest set under which it boots, and ends as well: by its own halt, killed by nobody.
begin attacks-stb-halts
timed 60 lxc-stop -n $NAME --lxcpath="$W/lxc" --nokill -t 50
want_status 0
[ -e "$R/was-shut-down" ] || fail "its init did not shut down"
lxc-stop -k -n $NAME --lxcpath="$W/lxc" 2>/dev/null
end

OPTIONS=
begin attacks-stb-on-the-hosts-network
conf "lxc.include = $CONFIG/stb.conf" "lxc.net.0.type = none"
command_of
judged "$W/said" $STB_OPEN
# shellcheck disable=SC2086
proven "$W/said" closed $EVERYWHERE
end

# What a host's settings leave open, a profile of system calls closes.
OPTIONS=-n
begin attacks-stb-with-seccomp
conf "lxc.include = $CONFIG/stb.conf" "lxc.seccomp.profile = $CONFIG/stb.seccomp"
run lxc-start -n $NAME -f "$W/conf" --lxcpath="$W/lxc" --plan
if grep -q 'not in this build' "$W/err"; then
	skip attacks-stb-with-seccomp "CONFIG_SECCOMP is off in this build"
else
	command_of
	judged "$W/said"
	# shellcheck disable=SC2086
	proven "$W/said" closed $EVERYWHERE S-USER-KEYRING S-UNSHARE-USER S-CLONE-USER S-SYSLOG-READ U-LIMITS
	end
fi

# What keeps sys_admin is no promise; but devices, files outside of mounts and the runtime's own doors stay closed.
OPTIONS=-n
begin attacks-common
conf "lxc.include = $CONFIG/common.conf" "lxc.net.0.type = empty"
command_of
# shellcheck disable=SC2046
judged "$W/said" $(documented '`common.conf`')
proven "$W/said" closed K-CORE-PATTERN K-POWEROFF-CMD D-MEM D-SDA D-MMC D-LOOP D-WATCHDOG D-NODES S-DESCRIPTORS S-FOREIGN S-CHROOT S-CWD \
	S-SETTIMEOFDAY
end

OPTIONS=
begin attacks-container1
seed_with "$W/kept" "lxc.mount.auto = proc:mixed sys:mixed" "lxc.mount.entry = $T/bin/attack bin/attack none bind,ro,create=file 0 0"
tree
cp -a "$R/nodes" "$ROOT/nodes"
CONF=$W/kept
LIMIT=120
start_seed -- /bin/attack
LIMIT=20
rm -rf "$ROOT/nodes" "$ROOT/bin/attack"
cp "$W/out" "$W/said"
# shellcheck disable=SC2046
judged "$W/said" $(documented '`container1.conf`')
proven "$W/said" closed K-CORE-PATTERN K-POWEROFF-CMD D-KMEM D-SDA D-MMC D-LOOP D-WATCHDOG S-DESCRIPTORS S-FOREIGN S-CHROOT S-CWD
end

finish
