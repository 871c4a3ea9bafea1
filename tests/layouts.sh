# SPDX-License-Identifier: MIT
# owns: the ways in which the machines of the field have cgroups mounted, to be tried one per boot
# never: mounts anything but cgroup file systems and the tmpfs they stand in

enabled_controllers()
{
	awk '!/^#/ && $4 == 1 { print $1 }' /proc/cgroups
}

# cg_mnt DIR OPTIONS: one v1 hierarchy
cg_mnt()
{
	mkdir -p "$1" && mount -t cgroup -o "nodev,noexec,nosuid,$2" cgroup "$1"
}

# each_separate WITHOUT: every controller but those (a list with blanks) on a hierarchy of its own
each_separate()
{
	mount -t tmpfs -o mode=755 cgroup_root /sys/fs/cgroup
	for c in $(enabled_controllers); do
		case " $1 " in
		*" $c "*) ;;
		*) cg_mnt "/sys/fs/cgroup/$c" "$c" || return 1 ;;
		esac
	done
}

cgroup_layout()
{
	all=$(enabled_controllers | tr '\n' ',')
	all=${all%,}
	case $1 in
	none) ;;
	comounted) cg_mnt /sys/fs/cgroup "$all" ;;
	elsewhere) cg_mnt /cgroup "$all" ;;
	separate) each_separate '' ;;
	partial) each_separate 'memory blkio pids cpuset freezer' ;;
	nodevices) each_separate 'devices' ;;
	memory) cg_mnt /cgroup memory ;;
	noprefix)
		each_separate 'cpuset' && cg_mnt /sys/fs/cgroup/cpuset cpuset,noprefix ;;
	named)
		each_separate '' && cg_mnt /sys/fs/cgroup/systemd none,name=systemd ;;
	hybrid)
		each_separate 'pids rdma' && mkdir /sys/fs/cgroup/unified &&
			mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified ;;
	v2) mount -t cgroup2 -o nodev,noexec,nosuid cgroup2 /sys/fs/cgroup ;;
	*) return 1 ;;
	esac
}
