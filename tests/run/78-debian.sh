# SPDX-License-Identifier: MIT
# owns: Debian as a system container, with systemd and with sysvinit as its init: boots, is worked in, reboots, stops, powers off
# never: writes to the tree itself: each has a layer of its own above it
# needs: debian
# only: host

. "$T/lib.sh"
P=$W/lxc
LXCPATH=$P

if [ ! -d /debian ]; then
	skip debian "no file tree of Debian: $(tail -n 1 "$T/no-debian" 2>/dev/null)"
	finish
fi

# inside COMMAND...: in the container
inside()
{
	run lxc-attach -n "$NAME" -P "$P" -- "$@"
}

# says TEXT COMMAND...: the command inside has it in its first line
says()
{
	says_text=$1
	shift
	case $(lxc-attach -n "$NAME" -P "$P" -- "$@" 2>&1 </dev/null | head -n 1) in
	*"$says_text"*) ;;
	*) return 1 ;;
	esac
}

# on_console N: the console has asked for a login so often
on_console()
{
	[ "$(grep -c 'debian login:' "$W/console.$NAME")" -ge "$1" ]
}

# wait_for_boot N: multi-user, all of it, and for the N-th time a getty on the console and on the first terminal
wait_for_boot()
{
	wait_until $((30 * HANGS)) on_console "$1" || fail "no login on the console: $(tail -n 3 "$W/console.$NAME" | tr '\n' ' ')"
	if [ "$INIT" = systemd ]; then
		wait_until $((20 * HANGS)) says running systemctl is-system-running || fail "systemd is $(lxc-attach -n "$NAME" -P "$P" -- systemctl is-system-running)"
	else
		wait_until $((20 * HANGS)) says "N 2" runlevel || fail "runlevel '$(lxc-attach -n "$NAME" -P "$P" -- runlevel)'"
	fi
	wait_until $((10 * HANGS)) has_getty tty1 || fail "no getty on tty1"
}

has_getty()
{
	if [ "$INIT" = systemd ]; then
		says active systemctl is-active "getty@$1"
	else
		lxc-attach -n "$NAME" -P "$P" -- sh -c 'for p in /proc/[0-9]*; do tr "\0" " " <$p/cmdline; echo; done' </dev/null 2>/dev/null |
			grep -q "getty.* $1 "
	fi
}

# What the configuration gives, seen from inside and from the cgroup.
has_of_its_configuration()
{
	pid=$(init_pid "$NAME")
	awk '{ print $5, $6, $(NF - 2) }' "/proc/$pid/mountinfo" | grep -e '^/proc' -e '^/sys ' -e '^/dev ' -e '^/dev/lxc' -e '^/dev/tty' -e '^/dev/pts'
	grep -E '^(Cap|NoNewPrivs|Seccomp:)' "/proc/$pid/status"
	sort "$(cg_dir devices "$NAME")/devices.list"
	tr '\0' '\n' <"/proc/$pid/environ"
	cat "$(cg_dir memory "$NAME")/memory.limit_in_bytes"
	for ns in mnt pid uts ipc net cgroup; do
		[ "$(readlink "/proc/$pid/ns/$ns")" != "$(readlink "/proc/self/ns/$ns")" ] && echo "its own $ns"
	done
	nsenter -t "$pid" -u hostname
}

rebooted()
{
	[ "$(state "$NAME")" = RUNNING ] && [ "$(init_pid "$NAME")" != "$1" ]
}

start()
{
	run lxc-start -n "$NAME" -P "$P"
	want_status 0
}

for INIT in systemd sysvinit; do
	NAME=debian-$INIT
	R=$P/$NAME/rootfs
	mkdir -p "$R" "$W/upper.$INIT" "$W/work.$INIT"
	mount -t overlay -o "lowerdir=/debian/$INIT,upperdir=$W/upper.$INIT,workdir=$W/work.$INIT" overlay "$R" || {
		skip "$NAME" "no overlay here"
		continue
	}
	cat >"$P/$NAME/config" <<-END
		lxc.include = $T/data/debian.common.conf
		lxc.rootfs.path = dir:$R
		lxc.uts.name = debian
		lxc.arch = linux64
		lxc.net.0.type = empty
		lxc.net.0.flags = up
		lxc.cgroup.memory.limit_in_bytes = 1G
		lxc.console.logfile = $W/console.$NAME
	END

	begin "$NAME-boots"
	: >"$W/console.$NAME"
	start
	wait_for_boot 1
	inside cat /proc/1/comm
	want_out "$([ $INIT = systemd ] && echo systemd || echo init)"
	inside hostname
	want_out debian
	want_eq "the host's name" "$(hostname)" stb
	if [ $INIT = systemd ]; then
		inside systemctl --failed --no-legend --plain
		want_out ""
		inside systemd-detect-virt
		want_out lxc
	fi
	has_of_its_configuration >"$W/had"
	has "$W/had" container=lxc "container_ttys=tty1 tty2" 1073741824 "c 136:* rwm" "its own cgroup" "/dev/lxc/tty1"
	end

	begin "$NAME-sees-its-own-processes"
	inside sh -c 'for p in /proc/[0-9]*; do cat $p/comm 2>/dev/null; done'
	want_status 0
	grep -q -e lxc-start -e busybox "$W/out" && fail "processes of the host: $(tr '\n' ' ' <"$W/out")"
	inside cat /proc/self/cgroup
	grep -q "lxc/$NAME" "$W/out" && fail "where it is in the host's cgroups"
	end

	begin "$NAME-account"
	inside useradd -m -s /bin/sh guest
	want_status 0
	inside sh -c 'echo guest:word | chpasswd'
	want_status 0
	inside su - guest -c 'id -un; pwd; touch mine'
	want_out "guest
/home/guest"
	inside stat -c %U /home/guest/mine
	want_out guest
	end

	begin "$NAME-reboots-from-inside"
	pid=$(init_pid "$NAME")
	lxc-attach -n "$NAME" -P "$P" -- reboot >/dev/null 2>&1 </dev/null
	wait_until $((30 * HANGS)) rebooted "$pid" || fail "it has not rebooted: $(state "$NAME")"
	wait_for_boot 2
	has_of_its_configuration >"$W/has"
	cmp -s "$W/had" "$W/has" || fail "it has not what it had: $(diff "$W/had" "$W/has" | grep '^[-+<>]' | head -n 3 | tr '\n' ' ')"
	inside id -un guest
	want_out guest
	end

	begin "$NAME-reboots-by-lxc-stop"
	timed 60 lxc-stop -r -n "$NAME" -P "$P"
	want_status 0
	wait_for_boot 3
	end

	begin "$NAME-freezes"
	timed 10 lxc-freeze -n "$NAME" -P "$P"
	want_status 0
	want_eq state "$(state "$NAME")" FROZEN
	timed 10 lxc-unfreeze -n "$NAME" -P "$P"
	want_status 0
	inside true
	want_status 0
	end

	begin "$NAME-stops-clean"
	timed 30 lxc-stop -n "$NAME" -P "$P" --nokill
	want_status 0
	want_nothing_left
	if [ $INIT = systemd ]; then
		has "$W/console.$NAME" "Halting system"
	else
		has "$W/console.$NAME" "Will now halt"
	fi
	end

	begin "$NAME-powers-off"
	start
	wait_for_boot 4
	in_background lxc-wait -n "$NAME" -P "$P" -s STOPPED -t 60
	lxc-attach -n "$NAME" -P "$P" -- poweroff >/dev/null 2>&1 </dev/null
	wait "$BG"
	want_eq "status of lxc-wait" $? 0
	want_nothing_left
	end
	umount "$R"
done

finish
