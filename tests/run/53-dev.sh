# SPDX-License-Identifier: MIT
# owns: /dev of a container: nodes, links, the private devpts, console and ttys, with lxc.autodev and with a static /dev
# never: writes to a device of the host

. "$T/lib.sh"
R=$W/root
NAME=dev

conf()
{
	write_conf "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
}

start()
{
	run $PRE lxc-start --name=dev --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox "$@"
}

fresh()
{
	rm -rf "$R"
	mkdir -p "$R"
}

NODES='for f in null zero full random urandom tty; do /bin/busybox stat -c "%n %t:%T %a %F" /dev/$f; done'

all()
{
	begin "dev-nodes$V"
	fresh
	conf "lxc.console = none" "lxc.autodev = 1"
	start sh -c "$NODES"
	want_out "/dev/null 1:3 666 character special file
/dev/zero 1:5 666 character special file
/dev/full 1:7 666 character special file
/dev/random 1:8 666 character special file
/dev/urandom 1:9 666 character special file
/dev/tty 5:0 666 character special file"
	start sh -c 'for f in fd stdin stdout stderr ptmx; do /bin/busybox readlink /dev/$f; done'
	want_out "/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts/ptmx"
	start sh -c 'echo /dev/*; /bin/busybox stat -c "%a %u:%g" /dev'
	want_out "/dev/fd /dev/full /dev/null /dev/ptmx /dev/pts /dev/random /dev/stderr /dev/stdin /dev/stdout /dev/tty /dev/urandom /dev/zero
755 0:0"
	end

	begin "dev-nodes-under-any-umask$V"
	(
		umask 077
		start sh -c "$NODES; /bin/busybox stat -c '%n %a' /dev /dev/pts"
		echo "$STATUS" >"$W/status"
	)
	[ "$(grep -c ' 666 ' "$W/out")" -eq 6 ] || fail "modes: $(first_line "$W/out")"
	has "$W/out" "/dev 755" "/dev/pts 755"
	end

	begin "dev-size$V"
	conf "lxc.console = none" "lxc.autodev.tmpfs.size = 65536"
	start sh -c '/bin/busybox grep " /dev " /proc/mounts'
	want_out_has "size=64k"
	end

	begin "dev-entry-before-nodes$V"
	echo mine >"$W/mine"
	conf "lxc.console = none" "lxc.mount.entry = $W/mine dev/null none bind,create=file" \
		"lxc.mount.entry = $W/mine dev/own none bind,create=file"
	start cat /dev/null /dev/own
	want_out "mine
mine"
	end

	begin "dev-leaves-the-rootfs-as-it-was$V"
	fresh
	mkdir -p "$R/dev" "$R/bin" "$R/proc"
	touch "$R/bin/busybox"
	find "$R" | sort >"$W/tree"
	conf "lxc.tty = 2"
	start true
	want_status 0
	conf "lxc.autodev = 0" "lxc.console = none"
	start true
	want_status 0
	find "$R" | sort | cmp -s - "$W/tree" || fail "$(find "$R" | sort | diff "$W/tree" - | grep '^[<>]')"
	end

	begin "dev-devpts-is-private$V"
	conf "lxc.console = none"
	start sh -c 'echo /dev/pts/*; /bin/busybox grep devpts /proc/mounts'
	has "$W/out" "/dev/pts/ptmx" "gid=5,mode=620,ptmxmode=666,max=1024" nosuid noexec
	[ "$(head -n 1 "$W/out")" = /dev/pts/ptmx ] || fail "ptys of somebody else: $(first_line "$W/out")"
	end

	begin "dev-pts-max$V"
	conf "lxc.console = none" "lxc.pts = 7" "lxc.tty = 2"
	start grep devpts /proc/mounts
	want_out_has "max=9"
	end

	begin "dev-pts-none$V"
	conf "lxc.console = none" "lxc.pts = 0"
	start sh -c 'echo /dev/pt*; /bin/busybox grep -c devpts /proc/mounts'
	want_out "/dev/pt*
0"
	end

	begin "dev-console-none$V"
	conf "lxc.console = none"
	start sh -c '[ -e /dev/console ] || echo absent'
	want_out absent
	end

	begin "dev-console-and-ttys$V"
	conf "lxc.tty = 2"
	start sh -c 'for f in console tty1 tty2 tty3; do [ ! -e /dev/$f ] || /bin/busybox stat -c "%n %t" /dev/$f; done'
	tr -d '\r' <"$W/out" >"$W/out2"
	want_eq "terminals" "$(cat "$W/out2")" "/dev/console 88
/dev/tty1 88
/dev/tty2 88"
	start env
	want_out_has "container_ttys=tty1 tty2"
	end

	begin "dev-tty-dir$V"
	conf "lxc.tty = 1" "lxc.devttydir = lxc"
	start sh -c '/bin/busybox stat -L -c "%n %t:%T" /dev/console /dev/lxc/console /dev/tty1 /dev/lxc/tty1'
	tr -d '\r' <"$W/out" >"$W/out2"
	want_eq "terminals" "$(grep -c ' 88:' "$W/out2")" 4
	want_eq "kinds of terminals" "$(sed 's/.* //' "$W/out2" | sort -u | grep -c .)" 2
	# A package may put something else in place of what is no mount.
	start sh -c '/bin/busybox readlink /dev/tty1; /bin/busybox readlink /dev/console; /bin/busybox rm /dev/tty1 && echo gone'
	tr -d '\r' <"$W/out" >"$W/out2"
	want_eq "links" "$(tr '\n' ' ' <"$W/out2")" "lxc/tty1 gone "
	end

	begin "dev-tty-dir-static$V"
	fresh
	mkdir -p "$R/dev"
	: >"$R/dev/tty1"
	conf "lxc.tty = 2" "lxc.devttydir = lxc" "lxc.autodev = 0" "lxc.pts = 0"
	for again in 1 2; do
		start sh -c 'for f in console tty1 tty2; do /bin/busybox stat -L -c "%n %t" /dev/$f; done; /bin/busybox readlink /dev/tty1
			/bin/busybox readlink /dev/tty2'
		tr -d '\r' <"$W/out" >"$W/out2"
		want_eq "terminals" "$(tr '\n' ' ' <"$W/out2")" "/dev/console 88 /dev/tty1 88 /dev/tty2 88 lxc/tty2 "
	done
	ln -sf /etc/passwd "$R/dev/tty2"
	start true
	want_failure
	want_err_has "'dev/tty2' is a symbolic link"
	end

	begin "dev-has-no-more-rights-than-it-needs$V"
	fresh
	conf "lxc.console = none"
	printf '#!/bin/busybox echo\n' >"$R/x"
	script='/bin/busybox cp /x /dev/x; /bin/busybox chmod 755 /dev/x; /dev/x runs || echo $?'
	start sh -c '/bin/busybox grep " /dev " /proc/mounts; '"$script"
	has "$W/out" nosuid, noexec, nr_inodes=4096, mode=755
	want_eq "a program in /dev" "$(tail -n 1 "$W/out")" 126
	conf "lxc.console = none" "lxc.mount.entry = none dev none bind,remount,exec"
	start sh -c "$script"
	want_out "/dev/x runs"
	end

	begin "dev-shm-and-mqueue-by-entries$V"
	conf "lxc.console = none" "lxc.mount.entry = tmpfs dev/shm tmpfs nosuid,nodev,noexec,create=dir,mode=1777 0 0" \
		"lxc.mount.entry = mqueue dev/mqueue mqueue rw,relatime,create=dir,optional 0 0"
	start sh -c 'echo x >/dev/shm/x && /bin/busybox awk "\$2 ~ /shm/ { print \$2, \$3 }" /proc/mounts'
	want_out "/dev/shm tmpfs"
	end

	# D5
	begin "dev-without-any-terminal$V"
	conf "lxc.pts = 0" "lxc.tty = 0" "lxc.console = none"
	start sh -c 'echo /dev/*; /bin/busybox grep -c devpts /proc/mounts'
	want_out "/dev/fd /dev/full /dev/null /dev/random /dev/stderr /dev/stdin /dev/stdout /dev/tty /dev/urandom /dev/zero
0"
	end

	begin "dev-kmsg-has-no-effect$V"
	conf "lxc.console = none" "lxc.kmsg = 1"
	start sh -c '[ -e /dev/kmsg ] || echo absent'
	want_out absent
	want_err_has "$W/conf:6: lxc.kmsg" "no effect"
	end

	begin "dev-is-a-file$V"
	fresh
	echo mine >"$R/dev"
	for how in "lxc.autodev = 1" "lxc.autodev = 0"; do
		conf "$how"
		start true
		want_failure
		want_one_line
		want_err_has "Not a directory"
		want_eq "the file" "$(cat "$R/dev")" mine
	done
	end

	begin "dev-is-full-of-traps$V"
	fresh
	mkdir -p "$R/dev/null" "$R/dev/pts" "$R/dev/lxc"
	echo mine >"$R/dev/zero"
	mknod "$R/dev/full" b 7 9
	mkfifo "$R/dev/console"
	ln -s /etc "$R/dev/shm"
	find "$R" | sort >"$W/tree"
	conf "lxc.tty = 1" "lxc.mount.entry = tmpfs dev/shm tmpfs nosuid,create=dir"
	start sh -c "$NODES; /bin/busybox stat -c '%n %t' /dev/console"
	tr -d '\r' <"$W/out" >"$W/out2"
	want_eq "devices" "$(grep -c 'character special' "$W/out2")" 6
	has "$W/out2" "/dev/full 1:7" "/dev/console 88"
	# What is not covered is as it was: only targets were made.
	find "$R" | sort | grep -v -e "^$R/bin" -e "^$R/proc" >"$W/tree2"
	grep -v -e "^$R/bin" -e "^$R/proc" "$W/tree" | cmp -s - "$W/tree2" || fail "the rootfs has changed"
	end

	begin "dev-static-full-of-traps$V"
	conf "lxc.autodev = 0"
	rm "$R/dev/console"
	mkdir "$R/dev/console"
	start true
	want_failure
	want_one_line
	want_err_has "terminal 'console'"
	rmdir "$R/dev/console"
	mkfifo "$R/dev/console"
	start sh -c '/bin/busybox stat -c "%n %t" /dev/console'
	tr -d '\r' <"$W/out" >"$W/out2"
	want_eq "console" "$(cat "$W/out2")" "/dev/console 88"
	end

	begin "dev-static$V"
	fresh
	mkdir -p "$R/dev/pts"
	touch "$R/dev/console"
	mknod -m 600 "$R/dev/null" c 1 3
	mknod -m 666 "$R/dev/ptmx" c 5 2
	conf "lxc.autodev = 0"
	start sh -c 'echo /dev/*; /bin/busybox stat -c "%n %t" /dev/console /dev/null; /bin/busybox grep -c " /dev/pts " /proc/mounts;
		/bin/busybox awk "\$5 == \"/dev/ptmx\" { print \$4 }" /proc/self/mountinfo'
	tr -d '\r' <"$W/out" >"$W/out2"
	want_eq "static /dev" "$(cat "$W/out2")" "/dev/console /dev/null /dev/ptmx /dev/pts
/dev/console 88
/dev/null 1
1
/ptmx"
	end

	begin "dev-static-without-dev$V"
	fresh
	conf "lxc.autodev = 0" "lxc.console = none"
	start sh -c '[ -e /dev ] || echo none'
	want_out none
	[ ! -e "$R/dev" ] || fail "/dev was made in the rootfs"
	end
}

PRE=
V=
all
PRE=$T/bin/enosys
V=-3.10
all
finish
