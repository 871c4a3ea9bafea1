# SPDX-License-Identifier: MIT
# owns: D4: the whole mount table of a container, line by line: order, roots, options, propagation, types; from inside and
#       from outside, and for lxc-attach
# never: looks for single lines: one that is too many is a fault, too

. "$T/lib.sh"
R=$W/root
NAME=table
SRC=$W/src

# The table of a process, without what differs each time: numbers of mounts, devices and peers, the path of this directory, and
# what only the host knows of a file system (its source and options) but for tmpfs and devpts.
table()
{
	sed "s,$W,W,g" | awk '{
		n = split($0, f, " ")
		peers = ""
		for (i = 7; f[i] != "-"; i++) {
			sub(/:.*/, "", f[i])
			peers = peers " " f[i]
		}
		line = f[4] " " f[5] " " f[6] peers
		type = f[i + 1]
		if (type == "tmpfs" && f[4] == "/" || type == "devpts" || type == "proc" || type == "sysfs")
			line = line " " type " " f[i + 3]
		# How times are kept is up to the host.
		gsub(/,relatime|,noatime|,nodiratime/, "", line)
		gsub(/,inode64|,inode32|,huge=[a-z]*|,noswap/, "", line)
		print line
	}'
}

conf()
{
	write_conf "$NO_CONSOLE" "lxc.network.type = empty" "$@"
}

# compare NAME: inside, from outside and by attach, with $W/want
compare()
{
	begin "table-$1$V"
	run $PRE lxc-start -d --name=table --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox sleep 1000
	want_status 0
	pid=$(LXCPATH=$W/lxcpath init_pid table)
	table <"/proc/$pid/mountinfo" >"$W/outside"
	# The root of a bind of the rootfs is where the tree lies on its file system.
	base=$(sed -n '1s, .*,,p' "$W/outside")
	sed "s,BASE,${base%/root}," "$W/want" >"$W/want2"
	cmp -s "$W/want2" "$W/outside" || fail "from outside: $(diff "$W/want2" "$W/outside" | grep '^[-+<>][^-+]' | head -n 9 | tr '\n' ';')"
	run lxc-attach --name=table --lxcpath="$W/lxcpath" -- /bin/busybox cat "/proc/self/mountinfo"
	table <"$W/out" >"$W/inside"
	cmp -s "$W/want2" "$W/inside" || fail "by attach: $(diff "$W/want2" "$W/inside" | grep '^[-+<>][^-+]' | head -n 9 | tr '\n' ';')"
	run lxc-stop -k --name=table --lxcpath="$W/lxcpath"
	end
}

all()
{
	# D4, as the scenarios have it
	conf "lxc.mount.entry = proc proc proc nodev,noexec,nosuid 0 0" "lxc.mount.entry = sysfs sys sysfs nodev,noexec,nosuid 0 0" \
		"$BUSYBOX_ENTRY" "lxc.autodev = 0" "lxc.pts = 0"
	cat >"$W/want" <<-END
		BASE/root / rw
		/ /proc rw,nosuid,nodev,noexec proc rw
		/ /sys rw,nosuid,nodev,noexec sysfs rw
		BUSYBOX /bin/busybox ro
	END
	busybox_root
	compare entries

	# sys:ro is read-only for this container alone, so not the file system itself
	conf "lxc.mount.auto = sys:ro" "$BUSYBOX_ENTRY" "$PROC_ENTRY" "lxc.mount.entry = none d tmpfs ro,size=4k,mode=700,nosuid,create=dir" \
		"lxc.mount.entry = $SRC tree none rbind,ro,nodev,create=dir" "lxc.mount.entry = $SRC/sub priv none bind,rprivate,create=dir" \
		"lxc.mount.entry = $SRC/sub peer none bind,shared,create=dir" "lxc.mount.entry = none peer none bind,remount,nosuid"
	cat >"$W/want" <<-END
		BASE/root / rw
		/ /dev rw,nosuid,noexec tmpfs rw,size=492k,nr_inodes=4096,mode=755
		/ /sys ro,nosuid,nodev,noexec sysfs rw
		BUSYBOX /bin/busybox ro
		/ /proc rw,nosuid,nodev,noexec proc rw
		/ /d ro,nosuid tmpfs ro,size=4k,mode=700
		BASE/src /tree ro,nodev
		/ /tree/sub ro,nosuid,nodev,noexec tmpfs rw,size=64k
		/ /priv rw,nosuid,noexec tmpfs rw,size=64k
		/ /peer rw,nosuid,noexec shared tmpfs rw,size=64k
		/ /dev/pts rw,nosuid,noexec devpts rw,gid=5,mode=620,ptmxmode=666,max=1024
	END
	busybox_root
	compare options

	conf "lxc.mount.auto = proc:mixed" "$BUSYBOX_ENTRY" "lxc.autodev = 0" "lxc.pts = 0" "lxcbox.mask = /proc/uptime /proc/fs" \
		"lxcbox.readonly = /etc"
	# What this kernel has in /proc and can be written to, in the kernel's order.
	{
		echo "BASE/root / rw"
		echo "/ /proc rw,nosuid,nodev,noexec proc rw"
		list_proc
		echo "/sys/net /proc/sys/net rw,nosuid,nodev,noexec proc rw"
		echo "BUSYBOX /bin/busybox ro"
		echo "BASE/root/etc /etc ro"
		echo "/null /proc/uptime ro,nosuid,noexec"
		echo "/ /proc/fs ro,nosuid,nodev,noexec tmpfs ro,size=4k,nr_inodes=2,mode=555"
	} >"$W/want"
	busybox_root
	compare protection
}

busybox_root()
{
	f=$(stat -c %m /bin/busybox 2>/dev/null) || f=/
	# The file's place on its file system: the mount's root, and the rest of the path.
	root=$(awk -v at="$f" '$5 == at { r = $4 } END { print r }' /proc/self/mountinfo)
	b=/bin/busybox
	[ "$f" = / ] || b=${b#"$f"}
	[ "$root" = / ] && root=
	sed -i "s,BUSYBOX,$root$b," "$W/want"
}

MASKED=" kcore keys kmsg kallsyms kpagecount kpageflags kpagecgroup latency_stats sched_debug slabinfo timer_list timer_stats vmallocinfo "

list_proc()
{
	find /proc -mindepth 1 -maxdepth 1 | while read -r f; do
		n=${f#/proc/}
		case $n in [0-9]*) continue ;; esac
		case $MASKED in
		*" $n "*) echo "/null $f ro,nosuid,noexec"; continue ;;
		esac
		[ ! -L "$f" ] || continue
		if [ -d "$f" ] || [ -n "$(find "$f" -prune -type f -perm /222)" ]; then
			echo "/$n $f ro,nosuid,nodev,noexec proc rw"
		fi
	done
}

mkdir -p "$R/proc" "$R/sys" "$R/etc" "$SRC/sub"
mount -t tmpfs -o nosuid,noexec,size=64k none "$SRC/sub"
mount --make-private "$SRC/sub"
PRE=
V=
all
PRE=$T/bin/enosys
V=-3.10
all
umount "$SRC/sub"
finish
