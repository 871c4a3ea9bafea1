# SPDX-License-Identifier: MIT
# owns: that a container which runs has exactly what its configuration says: what the kernel tells of its first process, asked from
#       outside and from inside, beside one table
# never: asks lxcbox what it has done; one name for the facts of both sides, so that they cannot differ unseen
#
# exact NAME LINE... -- FACT=VALUE...    a container with these lines; each fact must have this value, outside and inside
#	status.F    a field of /proc/1/status                limits.F    "soft:hard" of "Max F" in /proc/1/limits
#	ns.N        own, or host                             uid_map, gid_map, oom_score_adj    the file
#	mount.PATH  "FLAGS TYPE" of what is mounted there; "none"           mounts    every mount point, in order
#	cgroup.C    path in the hierarchy of a controller; control.FILE    what is in the container's FILE there; both from outside
# A value "*" only wants the fact to be there, and equal on both sides.
# profile: full

. "$T/lib.sh"
NAME=exact
R=$W/root
FILES="status limits mountinfo uid_map gid_map oom_score_adj"
NAMESPACES="mnt pid uts ipc net user cgroup"
OWNER=

# copy PID-DIRECTORY TO: what the kernel says, from outside
copy()
{
	mkdir -p "$2"
	for f in $FILES cgroup; do
		cat "$1/$f" >"$2/$f"
	done
	for n in $NAMESPACES; do
		[ ! -e "$1/ns/$n" ] || echo "$n $(readlink "$1/ns/$n")"
	done >"$2/ns"
}

# fact DIRECTORY NAME: its value there
fact()
{
	case $2 in
	status.*) sed -n "s/^${2#*.}:[ 	]*//p" "$1/status" | tr '\t' ' ' | sed 's/ *$//' ;;
	limits.*) sed -n "s/^Max ${2#*.}  *//p" "$1/limits" | awk '{ print $1 ":" $2 }' ;;
	ns.*)
		if [ "$(grep "^${2#*.} " "$1/ns")" = "$(grep "^${2#*.} " "$W/host/ns")" ]; then
			echo host
		else
			echo own
		fi
		;;
	mount.*)
		awk -v at="${2#*.}" '$5 == at {
			for (i = 7; $i != "-"; i++)
				;
			n = split($6, o, ",")
			flags = o[1]
			for (k = 2; k <= n; k++)
				if (o[k] ~ /^no(suid|dev|exec)$/)
					flags = flags "," o[k]
			found = flags " " $(i + 1)
		}
		END { print found == "" ? "none" : found }' "$1/mountinfo"
		;;
	mounts) awk '{ printf "%s%s", sep, $5; sep = " " }' "$1/mountinfo" ;;
	control.*)
		cat "$(cg_dir "$(echo "${2#*.}" | cut -d. -f1)" $NAME)/${2#*.}"
		;;
	cgroup.*) awk -F: -v c="${2#*.}" '{ n = split($2, o, ","); for (i = 1; i <= n; i++) if (o[i] == c) print $3 }' "$1/cgroup" ;;
	*) tr -s ' \t' ' ' <"$1/$2" | sed 's/^ //; s/ *$//' ;;
	esac
}

exact()
{
	begin "exact-$1"
	shift
	fresh_root bin facts
	chmod 777 "$R/facts"
	ln -s busybox "$R/bin/sh"
	if [ -n "$OWNER" ]; then
		mkdir "$R/proc" "$R/dev"
		: >"$R/bin/busybox"
		chown -hR "$OWNER:$OWNER" "$R"
	fi
	write_conf "$NO_CONSOLE" "$BUSYBOX_ENTRY"
	while [ "$1" != -- ]; do
		echo "$1" >>"$W/conf"
		shift
	done
	shift
	run lxc-start -d -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -p "$W/pidfile" -- /bin/sh -c '
		cd /facts || exit 1
		for f in '"$FILES"'; do /bin/busybox cat /proc/1/$f >$f; done
		for n in '"$NAMESPACES"'; do
			[ ! -e /proc/1/ns/$n ] || echo "$n $(/bin/busybox readlink /proc/1/ns/$n)"
		done >ns
		>done
		exec /bin/busybox sleep 1000'
	if grep -qE 'not (supported by this version|in this build)' "$W/err"; then
		skip "$TEST" "$(sed 's/.*\(lxc[a-z]*\.[a-z]*[a-z._]*: not .*\)/\1/' "$W/err" | head -n 1)"
		return
	fi
	want_status 0
	wait_until 20 test -e "$R/facts/done" || fail "the container says nothing: $(first_line "$W/err")"
	pid=$(LXCPATH=$W/lxc init_pid $NAME)
	if [ -n "$pid" ] && [ -e "$R/facts/done" ]; then
		copy "/proc/$pid" "$W/outside"
		for pair; do
			name=${pair%%=*}
			value=$(fact "$W/outside" "$name")
			[ "${pair#*=}" = "*" ] || want_eq "$name from outside" "$value" "${pair#*=}"
			[ -n "$value" ] || [ -z "${pair#*=}" ] || fail "$name is not there"
			case $name in
			cgroup.* | control.*) continue ;;
			esac
			want_eq "$name from inside" "$(fact "$R/facts" "$name")" "$value"
		done
		cp "$W/outside/mountinfo" "$W/err"
	fi
	lxc-stop -k -n $NAME --lxcpath="$W/lxc" 2>/dev/null
	wait_until 5 nothing_left || fail "left $left_paths"
	end
}

copy /proc/self "$W/host"
ALL=$(fact "$W/host" status.CapBnd)
CAPS="chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast
	net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice
	sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm
	block_suspend audit_read perfmon bpf checkpoint_restore"

# mask NAME...: these capabilities as the kernel shows a set, of those that we have ourselves
mask()
{
	mask_bits=0
	mask_n=0
	for c in $CAPS; do
		case " $* " in
		*" $c "*) mask_bits=$((mask_bits | 1 << mask_n)) ;;
		esac
		mask_n=$((mask_n + 1))
	done
	printf '%016x' $((mask_bits & 0x$ALL))
}

without()
{
	mask_bits=$(mask "$@")
	printf '%016x' $((0x$ALL & ~0x$mask_bits))
}

P="lxc.mount.auto = proc:rw"
E=lxc.mount.entry
WHOLE="0 0 4294967295"
[ "$(fact "$W/host" uid_map)" = "$WHOLE" ] || WHOLE=$(fact "$W/host" uid_map)
NOFILE="1024:4096"
[ $((0x$(fact "$W/host" status.CapEff) & 1 << 24)) != 0 ] || NOFILE="*"

exact nothing-asked "$P" -- \
	status.CapBnd="$ALL" status.CapEff="$ALL" status.CapPrm="$ALL" status.CapInh=0000000000000000 status.NoNewPrivs=0 status.Seccomp="*" \
	"status.Uid=0 0 0 0" "status.Gid=0 0 0 0" status.Groups= \
	ns.mnt=own ns.pid=own ns.uts=own ns.ipc=own ns.user=host uid_map="$WHOLE" gid_map="$WHOLE" oom_score_adj=0 \
	"limits.open files=$NOFILE" "limits.core file size=*" "mount./=*" "mount./proc=rw,nosuid,nodev,noexec proc" mount./sys=none

exact drop "$P" "lxc.cap.drop = sys_admin mknod net_raw" "lxc.cap.drop = sys_time" -- \
	status.CapBnd="$(without sys_admin mknod net_raw sys_time)" status.CapEff="$(without sys_admin mknod net_raw sys_time)" \
	status.CapPrm="$(without sys_admin mknod net_raw sys_time)" status.CapInh=0000000000000000 status.NoNewPrivs=0

exact keep "$P" "lxc.cap.keep = kill sys_boot" -- \
	status.CapBnd="$(mask kill sys_boot)" status.CapEff="$(mask kill sys_boot)" status.CapPrm="$(mask kill sys_boot)"

exact keep-nothing "$P" "lxc.cap.keep = none" "lxc.no_new_privs = 1" -- \
	status.CapBnd=0000000000000000 status.CapEff=0000000000000000 status.CapPrm=0000000000000000 status.NoNewPrivs=1

exact ids "$P" "lxc.init.uid = 1000" "lxc.init.gid = 1001" "lxc.init.groups = 1002,1003" -- \
	"status.Uid=1000 1000 1000 1000" "status.Gid=1001 1001 1001 1001" "status.Groups=1002 1003" status.CapEff=0000000000000000 \
	status.CapPrm=0000000000000000 status.CapBnd="$ALL"

exact limits "$P" "lxc.prlimit.nofile = 99:123" "lxc.prlimit.core = 0" "lxc.prlimit.nproc = 77" "lxc.prlimit.fsize = 3000000000" \
	"lxc.prlimit.as = unlimited" -- "limits.open files=99:123" "limits.core file size=0:0" "limits.processes=77:77" \
	"limits.file size=3000000000:3000000000" "limits.address space=unlimited:unlimited"

exact namespaces-kept "$P" "lxc.namespace.keep = net ipc" -- ns.net=host ns.ipc=host ns.uts=own ns.mnt=own ns.pid=own
exact namespaces-asked-for "$P" "lxc.net.0.type = empty" -- ns.net=own ns.ipc=own ns.uts=own ns.mnt=own ns.pid=own
exact network-of-the-host "$P" "lxc.net.0.type = none" -- ns.net=host ns.uts=own

# A source with a flag of its own and a mount below it: what is asked for is true of both, and what was there stays.
mkdir -p "$W/src"
mount -t tmpfs -o nosuid src "$W/src"
mkdir "$W/src/below"
mount -t tmpfs below "$W/src/below"
exact mounts "$P" "$E = tmpfs tmp tmpfs nosuid,nodev,noexec,size=64k,create=dir 0 0" "$E = tmpfs over tmpfs ro,create=dir 0 0" \
	"$E = $W/src one none bind,ro,create=dir 0 0" "$E = $W/src all none rbind,ro,nodev,noexec,create=dir 0 0" \
	"$E = $W/src free none rbind,create=dir 0 0" "$E = /nowhere at none bind,optional,create=dir 0 0" -- \
	"mount./tmp=rw,nosuid,nodev,noexec tmpfs" "mount./over=ro tmpfs" "mount./one=ro,nosuid tmpfs" mount./one/below=none \
	"mount./all=ro,nosuid,nodev,noexec tmpfs" "mount./all/below=ro,nodev,noexec tmpfs" "mount./free=rw,nosuid tmpfs" \
	"mount./free/below=rw tmpfs" mount./at=none
umount "$W/src/below"
umount "$W/src"

exact automounts "lxc.mount.auto = proc:mixed sys:ro" "lxc.net.0.type = empty" -- \
	"mount./proc=rw,nosuid,nodev,noexec proc" "mount./proc/sys=ro,nosuid,nodev,noexec proc" \
	"mount./proc/sys/net=rw,nosuid,nodev,noexec proc" "mount./sys=ro,nosuid,nodev,noexec sysfs"

# Root inside is nobody outside: its capabilities are those of its own namespace, all that there are but for what is dropped.
if lxcbox --features | grep -q '^user namespaces: yes' && [ -e /proc/self/ns/user ]; then
	last=$(cat /proc/sys/kernel/cap_last_cap)
	full=$(printf '%016x' $((((1 << last) - 1) * 2 + 1)))
	kept=$ALL
	ALL=$full
	OWNER=100000
	exact idmap "$P" "lxc.idmap = u 0 100000 65536" "lxc.idmap = g 0 100000 65536" "lxc.cap.drop = mknod net_raw" -- \
		"uid_map=0 100000 65536" "gid_map=0 100000 65536" ns.user=own ns.mnt=own ns.pid=own status.CapInh=0000000000000000 \
		status.CapBnd="$(without mknod net_raw)" status.CapEff="$(without mknod net_raw)" status.Groups=
	OWNER=
	ALL=$kept
else
	skip exact-idmap "no user namespaces in this build or kernel"
fi

# In every hierarchy that is mounted, and nowhere else.
set --
for c in $(awk 'NR > 1 && $4 == 1 { print $1 }' /proc/cgroups); do
	! cg_mount "$c" >/dev/null || set -- "$@" "cgroup.$c=$(fact "$W/host" "cgroup.$c" | sed 's,/$,,')/lxc/$NAME"
done
if [ $# -gt 0 ]; then
	exact cgroups "$P" "lxc.cap.drop = sys_admin" -- "$@"
	# Who can mount its own cgroups is one directory further down than what limits it.
	for pair; do
		shift
		set -- "$@" "$pair/inner"
	done
	[ ! -e /proc/self/ns/cgroup ] || exact cgroups-of-one-that-mounts "$P" -- "$@"
else
	skip exact-cgroups "no controller of cgroup v1 is mounted"
fi
set --
lines=
if cg_mount memory >/dev/null; then
	set -- "$@" control.memory.limit_in_bytes=33554432
	lines="lxc.cgroup.memory.limit_in_bytes = 32M"
fi
if cg_mount pids >/dev/null; then
	set -- "$@" control.pids.max=55
	lines="$lines
lxc.cgroup.pids.max = 55"
fi
if cg_mount devices >/dev/null; then
	set -- "$@" "control.devices.list=c 1:3 rwm
b 8:* r"
	lines="$lines
lxc.cgroup.devices.deny = a
lxc.cgroup.devices.allow = c 1:3 rwm
lxc.cgroup.devices.allow = b 8:* r"
fi
if [ $# -gt 0 ]; then
	exact cgroup-lines "$P" "$lines" -- "$@"
else
	skip exact-cgroup-lines "no controller of cgroup v1 is mounted"
fi

# All of a file of ours.
if cg_mount pids >/dev/null && cg_mount devices >/dev/null; then
	exact stb "lxc.include = $T/data/config/stb.conf" -- status.NoNewPrivs=1 status.CapInh=0000000000000000 \
		status.CapBnd="$(mask chown dac_override fowner fsetid kill setgid setuid net_bind_service sys_chroot sys_boot)" \
		status.CapEff="$(mask chown dac_override fowner fsetid kill setgid setuid net_bind_service sys_chroot sys_boot)" \
		"limits.core file size=0:0" ns.net=own ns.mnt=own ns.pid=own ns.ipc=own ns.uts=own control.pids.max=256 \
		"mount./proc/sys=ro,nosuid,nodev,noexec proc" "mount./sys=ro,nosuid,nodev,noexec sysfs" oom_score_adj=0 \
		"control.devices.list=c 1:3 rw
c 1:5 rw
c 1:7 rw
c 1:8 rw
c 1:9 rw
c 5:0 rw
c 5:1 rw
c 5:2 rw
c 136:* rw"
else
	skip exact-stb "no pids or devices controller of cgroup v1 is mounted"
fi

finish
