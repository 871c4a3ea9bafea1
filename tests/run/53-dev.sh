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
	start sh -c '/bin/busybox stat -c "%n %t:%T" /dev/console /dev/lxc/console /dev/tty1 /dev/lxc/tty1'
	tr -d '\r' <"$W/out" >"$W/out2"
	want_eq "terminals" "$(grep -c ' 88:' "$W/out2")" 4
	want_eq "kinds of terminals" "$(sed 's/.* //' "$W/out2" | sort -u | grep -c .)" 2
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
