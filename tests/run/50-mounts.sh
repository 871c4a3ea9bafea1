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

	begin "mounts-fstab-by-every-way-of-writing-it$V"
	long=$(awk 'BEGIN { for (i = 0; i < 3000; i++) printf "#/" }')
	{
		printf '\t # comment %s\n \t\n' "$long"
		printf '%s\t \tcrlf none bind,create=dir 0 0\r\n' "$SRC"
		printf '%s/with\\040blank no\\134options/a\\040b tmpfs\n' "$SRC"
		printf '  %s last none bind,create=dir' "$SRC"
	} >"$W/fstab.d"
	ln -sf fstab.d "$W/fstab"
	mkdir -p "$R/no\\options/a b"
	conf "lxc.mount.fstab = $W/fstab"
	mountinfo
	for at in /crlf '/no\134options/a\040b' /last; do
		[ -n "$(flags "$at")" ] || fail "nothing on $at"
	done
	want_eq "order" "$(awk '$5 ~ "^/(crlf|no|last)" { printf "%s ", substr($5, 2, 2) }' "$W/out")" "cr no la "
	rm -r "$R/no\\options"
	end

	begin "mounts-fstab-that-is-none$V"
	conf "lxc.mount = $W/fstab"
	rm -f "$W/fstab"
	printf '%s one none bind,create=dir\n\000\n%s two none bind,create=dir\n' "$SRC" "$SRC" >"$W/fstab"
	start true
	want_failure
	want_err_has "$W/conf:6: lxc.mount.fstab: '$W/fstab' has a NUL byte"
	rm "$W/fstab"
	mkfifo "$W/fstab"
	timed 5 lxc-start --name=mounts --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox true
	want_failure
	want_err_has "$W/conf:6: lxc.mount.fstab: '$W/fstab' is not a regular file"
	rm "$W/fstab"
	end

	begin "mounts-atime-family$V"
	mount -t tmpfs -o nodev,noatime none "$SRC/kept"
	conf "lxc.mount.entry = $SRC/kept a none bind,strictatime,create=dir" "lxc.mount.entry = $SRC/kept b none bind,relatime,nodiratime,create=dir" \
		"lxc.mount.entry = $SRC/kept c none bind,create=dir" "lxc.mount.entry = none d tmpfs noatime,lazytime,create=dir" \
		"lxc.mount.entry = none e tmpfs strictatime,nosuid,create=dir"
	mountinfo
	want_eq strictatime "$(flags /a)" rw,nodev
	want_eq relatime "$(flags /b)" rw,nodev,nodiratime,relatime
	want_eq kept "$(flags /c)" rw,nodev,noatime
	want_eq noatime "$(flags /d)" rw,noatime
	want_eq "strictatime of a tmpfs" "$(flags /e)" rw,nosuid
	case $(uname -r) in
	[6-9].* | 4.[2-9]* | 5.*) grep -q ' /d .* tmpfs none rw,.*lazytime\|/d .* tmpfs none rw,lazytime' "$W/out" || fail "no lazytime" ;;
	esac
	umount "$SRC/kept"
	end

	begin "mounts-negations$V"
	mount -t tmpfs -o ro,nosuid,nodev,noexec none "$SRC/kept"
	conf "lxc.mount.entry = $SRC/kept a none bind,suid,dev,exec,create=dir" "lxc.mount.entry = $SRC/kept b none bind,defaults,create=dir" \
		"lxc.mount.entry = $SRC c none bind,ro,noexec,rw,exec,create=dir"
	mountinfo
	want_eq "/a" "$(flags /a)" ro,relatime
	want_eq "/b" "$(flags /b)" ro,nosuid,nodev,noexec,relatime
	case $(flags /c) in
	rw*noexec* | ro*) fail "/c is $(flags /c)" ;;
	esac
	umount "$SRC/kept"
	end

	begin "mounts-remount-keeps-flags$V"
	conf "lxc.mount.entry = none m tmpfs nosuid,nodev,create=dir" "lxc.mount.entry = none m none remount,bind,ro" \
		"lxc.mount.entry = none n tmpfs nosuid,noexec,create=dir" "lxc.mount.entry = none n tmpfs remount,exec,size=8k"
	mountinfo
	want_eq "/m" "$(flags /m)" ro,nosuid,nodev,relatime
	want_eq "/n" "$(flags /n)" rw,nosuid,relatime
	grep -q ' /n .*size=8k' "$W/out" || fail "no new size"
	conf "lxc.mount.entry = $SRC m none remount,bind,ro,create=dir"
	start cat /m/file
	want_out text
	conf "lxc.mount.entry = none m none remount,bind,ro,create=dir"
	start true
	want_failure
	want_err_has "$W/conf:6: mount on 'm': nothing is mounted there"
	end

	begin "mounts-all-kinds-of-propagation$V"
	mkdir -p "$SRC/sub"
	mount -t tmpfs none "$SRC/sub"
	mount --make-shared "$SRC/sub"
	conf "lxc.mount.entry = $SRC a none rbind,create=dir,private" "lxc.mount.entry = $SRC b none rbind,create=dir,rprivate" \
		"lxc.mount.entry = $SRC c none rbind,create=dir,rshared" "lxc.mount.entry = $SRC d none rbind,create=dir,rslave" \
		"lxc.mount.entry = $SRC e none rbind,create=dir,unbindable" "lxc.mount.entry = $SRC f none rbind,create=dir,runbindable" \
		"lxc.mount.entry = none g tmpfs create=dir,shared"
	mountinfo
	want_eq peers "$(awk '$5 ~ "^/[a-g](/|$)" { printf "%s:", $5; for (i = 7; $i != "-"; i++) printf "%s ", $i }' "$W/out" |
		sed 's/:[0-9][0-9]* / /g')" "/a:/a/sub:master /b:/b/sub:/c:shared /c/sub:shared master /d:/d/sub:master /e:unbindable /e/sub:master /f:unbindable /f/sub:unbindable /g:shared "
	umount "$SRC/sub"
	end

	begin "mounts-what-is-mounted-on-the-host-arrives$V"
	mount --bind "$SRC" "$SRC"
	mount --make-shared "$SRC"
	conf "lxc.mount.entry = $SRC s none rbind,create=dir" "lxc.mount.entry = $SRC p none rbind,private,create=dir"
	run $PRE lxc-start -d --name=mounts --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox sleep 1000
	want_status 0
	mount -t tmpfs none "$SRC/sub"
	run lxc-attach --name=mounts --lxcpath="$W/lxcpath" -- /bin/busybox awk '$5 ~ "/sub" { print $5 }' /proc/self/mountinfo
	want_out /s/sub
	umount "$SRC/sub"
	run lxc-attach --name=mounts --lxcpath="$W/lxcpath" -- /bin/busybox mount -t tmpfs none /s/sub
	! grep -q " $SRC/sub " /proc/self/mountinfo || fail "a mount of the container has come to the host"
	run lxc-stop -k --name=mounts --lxcpath="$W/lxcpath"
	umount "$SRC"
	end

	begin "mounts-kinds-of-sources$V"
	mkfifo "$SRC/fifo"
	mknod "$SRC/node" c 1 3
	ln -s file "$SRC/link"
	conf "lxc.mount.entry = $SRC/fifo k/fifo none bind,create=file" "lxc.mount.entry = $SRC/node k/node none bind,create=file" \
		"lxc.mount.entry = $SRC/link k/link none bind,create=file" "lxc.mount.entry = $SRC/../src/file k/dots none bind,create=file"
	start stat -c '%n %F' /k/fifo /k/node /k/link /k/dots
	want_out "/k/fifo fifo
/k/node character special file
/k/link regular file
/k/dots regular file"
	rm -r "$R/k" "$SRC/fifo" "$SRC/node" "$SRC/link"
	end

	begin "mounts-own-descriptors-are-no-sources$V"
	for source in /proc/self/fd/3 /proc/thread-self/fd /dev/fd/0; do
		conf "lxc.mount.entry = $source k none bind,create=file"
		start true
		want_failure
		want_err_has "$W/conf:6: lxc.mount.entry: '$source' is a descriptor of lxcbox itself"
	done
	end

	# CVE-2024-42472: what the container can write to, it can make a link of.
	begin "mounts-links-below-writable-sources$V"
	mkdir -p "$SRC/vol/real"
	echo good >"$SRC/vol/real/file"
	ln -s /etc "$SRC/vol/evil"
	ln -s real "$SRC/vol/deep"
	ln -s vol "$SRC/current"
	conf "lxc.mount.entry = $SRC/vol data none bind,create=dir" "lxc.mount.entry = $SRC/vol/real sub none bind,create=dir"
	start cat /sub/file
	want_out good
	for entry in "$SRC/vol/evil" "$SRC/vol/deep/file"; do
		conf "lxc.mount.entry = $entry x none bind,ro,create=dir" "lxc.mount.entry = $SRC/vol data none rbind,create=dir"
		start true
		want_failure
		want_one_line
		want_err_has "$W/conf:6: mount on 'x': source: " "is a symbolic link"
	done
	# By the host's own links, and where it may only read.
	conf "lxc.mount.entry = $SRC/current/real/file linked none bind,create=file" "lxc.mount.entry = $SRC/current data none bind,create=dir"
	start cat /linked
	want_out good
	conf "lxc.mount.entry = $SRC/vol/deep/file linked none bind,create=file" "lxc.mount.entry = $SRC/vol data none bind,ro,create=dir"
	start cat /linked
	want_out good
	conf "lxc.mount.entry = $SRC/current/real/file linked none bind,create=file,x-lxcbox.nofollow"
	start true
	want_failure
	want_err_has "$W/conf:6: mount on 'linked': source: " "is a symbolic link"
	conf "lxc.mount.entry = $SRC/vol/real/file linked none bind,create=file,x-lxcbox.nofollow"
	start cat /linked
	want_out good
	rm -r "$SRC/vol" "$SRC/current" "$R/x" "$R/linked"
	end

	begin "mounts-target-of-another-kind$V"
	mkdir -p "$R/isdir"
	: >"$R/isfile"
	conf "lxc.mount.entry = $SRC isfile none bind,create=dir"
	start true
	want_failure
	want_one_line
	want_err_has "$W/conf:6: mount on 'isfile': target is not a directory, unlike its source"
	conf "lxc.mount.entry = $SRC/file isdir none bind,create=file"
	start true
	want_failure
	want_err_has "$W/conf:6: mount on 'isdir': target is a directory, unlike its source"
	conf "lxc.mount.entry = none isfile tmpfs create=dir"
	start true
	want_failure
	want_err_has "$W/conf:6: mount on 'isfile'" "Not a directory"
	end

	begin "mounts-on-proc-and-over-the-root$V"
	conf "lxc.mount.entry = tmpfs proc tmpfs nosuid,create=dir" "lxc.cap.drop = sys_admin"
	start sh -c '/bin/busybox ls /proc; echo empty'
	want_out empty
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
