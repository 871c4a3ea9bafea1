# SPDX-License-Identifier: MIT
# owns: lxcbox.mask and lxcbox.readonly: what is hidden, what stays, what is read-only; deny by default in /proc and /sys
# never: counts a file as hidden that this kernel does not have
# boards: one

. "$T/lib.sh"
R=$W/root
NAME=mask

# conf LINE...: a container that keeps every capability, so that only the mounts stand between it and the host
conf()
{
	write_conf "$NO_CONSOLE" "$BUSYBOX_ENTRY" "lxc.mount.auto = proc:mixed sys:mixed" "lxc.network.type = empty" "$@"
}

start()
{
	run $PRE lxc-start --name=mask --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox "$@"
}

# Every name below a directory but processes: those that have something to say.
cat >"$W/visible" <<'END'
b=/bin/busybox
for d; do
	for f in "$d"/*; do
		case $f in /proc/[0-9]*) continue ;; esac
		if $b [ -L "$f" ]; then continue
		elif $b [ -d "$f" ]; then $b [ -z "$($b ls "$f")" ] || echo "$f"
		elif $b [ ! -c "$f" ]; then echo "$f"
		fi
	done
done
END

STAYS="cgroups cpuinfo devices diskstats filesystems loadavg meminfo misc net pressure stat swaps sys sysvipc tty uptime version vmstat"

# kept DIR NAME...: those of the names that are there on this kernel and have something to say, as $W/visible prints them
kept()
{
	kept_dir=$1
	shift
	for n in $(echo "$@" | tr ' ' '\n' | sort); do
		f=$kept_dir/$n
		[ -e "$f" ] && [ ! -L "$f" ] || continue
		[ ! -d "$f" ] || [ -n "$(ls "$f")" ] || continue
		echo "$f"
	done
}

all()
{
	begin "mask-proc-deny-by-default$V"
	conf "lxcbox.mask = proc" "lxc.mount.entry = $W/visible visible none bind,ro,create=file"
	start sh /visible /proc
	want_status 0
	# shellcheck disable=SC2086
	want_eq "seen in /proc" "$(sort "$W/out")" "$(kept /proc $STAYS | sort)"
	has "$W/out" /proc/meminfo /proc/uptime
	end

	begin "mask-proc-keeps-processes$V"
	start sh -c 'echo $$; /bin/busybox readlink /proc/self; [ -r /proc/1/status ] && echo 0 >/proc/self/oom_score_adj && echo written'
	want_out "1
2
written"
	end

	begin "mask-sys-deny-by-default$V"
	conf "lxcbox.mask = sys" "lxc.mount.entry = $W/visible visible none bind,ro,create=file"
	start sh /visible /sys /sys/devices /sys/devices/virtual /sys/fs
	want_status 0
	kept /sys block class dev devices fs >"$W/want"
	kept /sys/devices system virtual >>"$W/want"
	kept /sys/devices/virtual mem misc net tty >>"$W/want"
	want_eq "seen in /sys" "$(grep -v '^/sys/fs/cgroup$' "$W/out" | sort)" "$(sort "$W/want")"
	has "$W/out" /sys/class /sys/devices/virtual/net
	start sh -c 'for f in /sys/firmware/* /sys/kernel/* /sys/module/* /sys/bus/* /sys/power/*; do [ ! -e $f ] || echo $f; done'
	want_out ""
	end

	begin "mask-exceptions$V"
	conf "lxcbox.mask = proc sys" "lxcbox.mask = !/proc/cmdline !/sys/kernel /proc/meminfo"
	start sh -c '[ -s /proc/meminfo ] || /bin/busybox cat /proc/meminfo; /bin/busybox cat /proc/cmdline; /bin/busybox ls /sys/kernel'
	want_eq "what stays" "$(cat "$W/out")" "$(cat /proc/cmdline; ls /sys/kernel)"
	conf "lxcbox.mask = sys !/sys/kernel/mm"
	start true
	want_failure
	want_one_line
	want_err_has "$W/conf:7: lxcbox.mask: '!/sys/kernel/mm' lies in '/sys/kernel', which is hidden"
	end

	begin "mask-paths$V"
	mkdir -p "$R/etc/secrets" "$R/data"
	echo 1 >"$R/etc/secrets/key"
	echo 2 >"$R/etc/file"
	echo 3 >"$R/data/file"
	conf "lxc.mount.entry = $R/data opt none bind,create=dir" "lxcbox.mask = /etc/secrets /etc/file /opt/file /no/such"
	start sh -c 'echo /etc/secrets/*; /bin/busybox cat /etc/file /opt/file; /bin/busybox cat /data/file
		echo x 2>/dev/null >/etc/secrets/new; /bin/busybox rmdir /etc/secrets 2>/dev/null; echo x >/etc/file; echo $?'
	want_out "/etc/secrets/*
3
0"
	want_eq "the file itself" "$(cat "$R/etc/file")" 2
	[ -f "$R/etc/secrets/key" ] || fail "the hidden directory itself was changed"
	end

	begin "mask-devices-of-the-runtime$V"
	conf "lxcbox.mask = /dev/full"
	start sh -c '/bin/busybox stat -c %t:%T /dev/full /dev/null'
	want_out "1:3
1:3"
	end

	begin "mask-link-is-refused$V"
	ln -s /etc "$R/link"
	conf "lxcbox.mask = /link/file"
	start true
	want_failure
	want_one_line
	want_err_has "$W/conf:7: lxcbox.mask: 'link/file': 'link' is a symbolic link"
	rm "$R/link"
	end

	begin "mask-readonly$V"
	mkdir -p "$R/data/sub"
	mount -t tmpfs -o nosuid none "$R/data/sub"
	conf "lxcbox.readonly = /etc/file /data /no/such"
	start sh -c 'for f in /etc/file /data/new /data/sub/new /etc/new; do (: >$f) 2>/dev/null && echo $f
		done; /bin/busybox cat /proc/self/mountinfo'
	want_eq "written" "$(grep '^/' "$W/out" | tr '\n' ' ')" "/etc/new "
	want_eq "flags" "$(awk '$5 == "/data/sub" { f = $6 } END { print f }' "$W/out" | cut -d, -f1-2)" "ro,nosuid"
	umount "$R/data/sub"
	rm -f "$R/etc/new"
	end

	begin "mask-cannot-be-taken-away-without-sys-admin$V"
	conf "lxcbox.mask = proc sys" "lxc.cap.drop = sys_admin"
	start sh -c 'b=/bin/busybox
		$b umount /proc/cmdline 2>/dev/null && echo umount
		$b umount -l /sys/kernel 2>/dev/null && echo umount-sys
		$b mount -o remount,rw /sys/kernel 2>/dev/null && echo remount
		$b mkdir /p && $b mount -t proc proc /p 2>/dev/null && echo fresh-proc
		$b unshare -U -r -m -p -f $b sh -c "/bin/busybox mount -t proc proc /p" 2>/dev/null && echo fresh-proc-in-a-user-namespace
		$b unshare -U -r -m $b umount /proc/cmdline 2>/dev/null && echo umount-in-a-user-namespace
		$b [ -s /proc/cmdline ] || $b cat /proc/cmdline; echo tried'
	want_out tried
	# Where there are user namespaces, nothing but what lies on /proc is in the way.
	if [ -e /proc/self/ns/user ] && [ -z "$SLOW" ]; then
		write_conf "$NO_CONSOLE" "$BUSYBOX_ENTRY" "$PROC_ENTRY" "lxc.cap.drop = sys_admin"
		start unshare -U -r -m -p -f /bin/busybox mount -t proc proc /p
		want_status 0
	fi
	rmdir "$R/p"
	end
}

mkdir -p "$R"
PRE=
V=
all
PRE=$T/bin/enosys
V=-3.10
all

begin mask-attach-sees-the-same
conf "lxcbox.mask = proc"
run lxc-start -d --name=mask --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox sleep 1000
want_status 0
run lxc-attach --name=mask --lxcpath="$W/lxcpath" -- /bin/busybox cat /proc/cmdline
want_status 0
want_out ""
run lxc-stop -k --name=mask --lxcpath="$W/lxcpath"
end
finish
