# SPDX-License-Identifier: MIT
# owns: mount entries: targets, flags read back, optional, create, relative, fstab, propagation; with the newest calls of the
#       kernel and with those of 3.10 (tests/payload/enosys.c)
# never: leaves a mount on the host: everything is below $W

. "$T/lib.sh"
R=$W/root
NAME=mounts
SRC=$W/src

# conf LINE...: a container on $R that has BusyBox, proc and these
conf()
{
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
}

start()
{
	run $PRE lxc-start --name=mounts --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox "$@"
}

# flags PATH: the options of the last mount there, from the container's mountinfo in $W/out
flags()
{
	want=$1 awk '$5 == ENVIRON["want"] { f = $6 } END { print f }' "$W/out"
}

want_flags()
{
	want_path=$1
	got=,$(flags "$1"),
	shift
	for f; do
		case $got in
		*,$f,*) ;;
		*) fail "$want_path is '$got', wanted $f" ;;
		esac
	done
}

mountinfo()
{
	start cat /proc/self/mountinfo
	want_status 0
}

# The first line of the conf's own entries is 6.
all()
{
	begin "mounts-bind-flags$V"
	conf "lxc.mount.entry = $SRC a none bind,ro,nosuid,nodev,noexec,create=dir 0 0" \
		"lxc.mount.entry=$SRC $R/b none bind,create=dir" \
		"lxc.mount.entry = $SRC c none bind,noatime,nodiratime,create=dir"
	mountinfo
	want_flags /a ro nosuid nodev noexec
	want_flags /b rw
	want_flags /c noatime nodiratime
	end

	begin "mounts-bind-keeps-flags-of-source$V"
	mount -t tmpfs -o nosuid,nodev,noexec none "$SRC/kept"
	conf "lxc.mount.entry = $SRC/kept a none bind,ro,create=dir 0 0" \
		"lxc.mount.entry = $SRC/kept b none bind,create=dir 0 0"
	mountinfo
	want_flags /a ro nosuid nodev noexec
	want_flags /b rw nosuid nodev noexec
	umount "$SRC/kept"
	end

	begin "mounts-rbind-ro-is-recursive$V"
	mount -t tmpfs -o noexec none "$SRC/sub"
	mkdir "$SRC/sub/a b" "$SRC/sub/deep"
	mount -t tmpfs -o nosuid none "$SRC/sub/a b"
	mount -t tmpfs none "$SRC/sub/deep"
	mount -t tmpfs none "$SRC/sub/deep"
	conf "lxc.mount.entry = $SRC tree none rbind,ro,create=dir 0 0" "lxc.mount.entry = $SRC rw none rbind,create=dir"
	mountinfo
	want_flags /tree ro
	want_flags /tree/sub ro noexec
	want_flags '/tree/sub/a\040b' ro nosuid
	want_flags /tree/sub/deep ro
	want_flags '/rw/sub/a\040b' rw nosuid
	start touch /rw/sub/deep/file
	want_status 0
	start touch "/tree/sub/a b/file"
	want_failure
	want_err_has "Read-only file system"
	umount "$SRC/sub/deep" && umount "$SRC/sub/deep" && umount "$SRC/sub/a b" && umount "$SRC/sub"
	end

	begin "mounts-bind-alone-takes-no-submounts$V"
	mount -t tmpfs none "$SRC/sub"
	conf "lxc.mount.entry = $SRC a none bind,ro,create=dir 0 0"
	mountinfo
	want_eq "mount below it" "$(flags /a/sub)" ""
	umount "$SRC/sub"
	end

	begin "mounts-order$V"
	mkdir -p "$SRC/one" "$SRC/two"
	echo 1 >"$SRC/one/which"
	echo 2 >"$SRC/two/which"
	conf "lxc.mount.entry = $SRC/one x none bind,create=dir" "lxc.mount.entry = $SRC/two x none bind,create=dir"
	start cat /x/which
	want_out 2
	end

	begin "mounts-absolute-target-is-inside$V"
	mkdir -p "$R/tmp"
	conf "lxc.mount.entry = tmpfs /tmp tmpfs nosuid,nodev,noexec,mode=1777,size=64k 0 0"
	mountinfo
	want_flags /tmp nosuid nodev noexec
	end

	begin "mounts-create$V"
	conf "lxc.mount.entry = $SRC made/by/dir none bind,create=dir 0 0" \
		"lxc.mount.entry = $SRC/file made/by/file none bind,create=file 0 0"
	start cat /made/by/file
	want_status 0
	want_out text
	[ -d "$R/made/by/dir" ] && [ -f "$R/made/by/file" ] || fail "targets were not made"
	rm -r "$R/made"
	end

	begin "mounts-remount$V"
	conf "lxc.mount.entry = none m tmpfs create=dir" "lxc.mount.entry = none m none remount,bind,ro,nosuid"
	mountinfo
	want_flags /m ro nosuid
	end

	begin "mounts-relative-source$V"
	mkdir -p "$R/mine"
	echo inside >"$R/mine/file"
	conf "lxc.mount.entry = mine there none bind,relative,create=dir"
	start cat /there/file
	want_out inside
	end

	begin "mounts-propagation$V"
	conf "lxc.mount.entry = $SRC p none bind,rprivate,create=dir" "lxc.mount.entry = $SRC s none bind,shared,create=dir"
	mountinfo
	want_eq "private mount has peers" "$(awk '$5 == "/p" { print $7 }' "$W/out")" -
	case $(awk '$5 == "/s" { print $7 }' "$W/out") in
	shared:*) ;;
	*) fail "not shared" ;;
	esac
	end

	begin "mounts-below-the-rootfs-come-along$V"
	mkdir -p "$R/data"
	mount -t tmpfs none "$R/data"
	echo data >"$R/data/file"
	conf
	start cat /data/file
	want_out data
	umount "$R/data"
	end

	begin "mounts-rootfs-options$V"
	mkdir -p "$R/dev" "$R/proc"
	mount -t tmpfs none "$R/data"
	conf "lxc.rootfs.options = ro,nosuid"
	mountinfo
	want_flags / ro nosuid
	want_flags /data ro nosuid
	umount "$R/data"
	end

	begin "mounts-propagate-nothing-to-the-host$V"
	conf "lxc.mount.entry = none inside tmpfs create=dir"
	cp /proc/self/mountinfo "$W/before"
	start sh -c '/bin/busybox mount -t tmpfs none /inside; /bin/busybox cat /proc/self/mountinfo' 
	want_flags /inside rw
	cmp -s /proc/self/mountinfo "$W/before" || fail "the host's mounts have changed"
	end

	begin "mounts-fstab$V"
	mkdir -p "$SRC/with blank"
	echo blank >"$SRC/with blank/file"
	printf '# comment\n\n%s/with\\040blank\tfs/a\\040b none bind,create=dir 0 0\n' "$SRC" >"$W/fstab"
	conf "lxc.mount = $W/fstab"
	start cat "/fs/a b/file"
	want_out blank
	echo "$SRC/nothing x none bind,create=dir" >>"$W/fstab"
	start true
	want_failure
	want_one_line
	want_err_has "$W/fstab:4:" "$SRC/nothing" "No such file"
	rm "$W/fstab"
	start true
	want_failure
	want_err_has "$W/conf:6:" "$W/fstab" "No such file"
	end

	begin "mounts-optional$V"
	conf "lxc.mount.entry = $SRC/nothing x none bind,optional,create=dir" "lxc.mount.entry = $SRC nowhere none bind,optional" \
		"lxc.mount.entry = none y nofilesystem optional,create=dir"
	start echo well
	want_status 0
	want_out well
	end

	begin "mounts-source-missing$V"
	conf "lxc.mount.entry = $SRC/nothing x none bind,create=dir 0 0"
	start true
	want_failure
	want_one_line
	want_err_has "mounts:" "$W/conf:6:" "source: '$SRC/nothing': No such file"
	end

	begin "mounts-target-missing$V"
	conf "lxc.mount.entry = $SRC nowhere none bind 0 0"
	start true
	want_failure
	want_one_line
	want_err_has "$W/conf:6:" "'nowhere': No such file" "create=dir"
	end

	begin "mounts-file-on-directory$V"
	conf "lxc.mount.entry = $SRC/file tmp none bind 0 0"
	start true
	want_failure
	want_one_line
	want_err_has "$W/conf:6:" "target is a directory, unlike its source"
	end

	begin "mounts-unknown-filesystem$V"
	conf "lxc.mount.entry = none tmp nofilesystem rw 0 0"
	start true
	want_failure
	want_err_has "$W/conf:6:" "'nofilesystem' is not in this kernel"
	end

	begin "mounts-data-of-a-bind$V"
	conf "lxc.mount.entry = $SRC tmp none bind,size=5 0 0"
	start true
	want_failure
	want_err_has "$W/conf:6:" "'size=5'"
	end

	begin "mounts-bad-data$V"
	conf "lxc.mount.entry = none tmp tmpfs size=none 0 0"
	start true
	want_failure
	want_err_has "$W/conf:6:" "'size=none'" "Invalid argument"
	end
}

mkdir -p "$R" "$SRC/sub" "$SRC/kept"
echo text >"$SRC/file"
PRE=
V=
all
PRE=$T/bin/enosys
V=-3.10
all

begin mounts-rootfs-kinds
conf
for kind in overlay:/lower:/upper loop:/image nosuch:/x /nowhere "$SRC/file"; do
	sed "s,^lxc.rootfs = .*,lxc.rootfs = $kind," "$W/conf" >"$W/conf2"
	run lxc-start --name=mounts --foreground --rcfile="$W/conf2" --lxcpath="$W/lxcpath" -- /bin/true
	want_failure
	want_one_line
	want_err_has "$W/conf2:2: lxc.rootfs"
done
ln -s "$R" "$W/a:b"
sed "s,^lxc.rootfs = .*,lxc.rootfs.path = dir:$W/a:b," "$W/conf" >"$W/conf2"
run lxc-start --name=mounts --foreground --rcfile="$W/conf2" --lxcpath="$W/lxcpath" -- /bin/busybox echo colon
want_out colon
end
finish
