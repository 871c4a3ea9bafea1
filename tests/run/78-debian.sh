# SPDX-License-Identifier: MIT
# owns: Debian as a system container, with systemd and with sysvinit as its init: boots, is worked in, serves the host and who comes
#	by the host's port (scenario B4), reboots, stops, powers off
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

# Whoever is not on the bridge: a container at the other end of a link of its own.
start_wire()
{
	mkdir -p "$P/wire/rootfs/bin"
	cat >"$P/wire/config" <<-END
		lxc.rootfs.path = dir:$P/wire/rootfs
		$BUSYBOX_ENTRY
		lxc.net.0.type = veth
		lxc.net.0.veth.pair = vwire
		lxc.net.0.flags = up
		lxc.net.0.ipv4.address = 10.88.0.2/24
	END
	run lxc-start -n wire -P "$P" /bin/busybox sleep 1000
	want_status 0
	ifconfig vwire 10.88.0.1 netmask 255.255.255.0 up
}

# fetches ADDRESS COMMAND...: what nginx says first
fetches()
{
	fetches_from=$1
	shift
	wait_until $((5 * HANGS)) "$@" wget -q -T 5 -O /dev/null "http://$fetches_from/" || fail "nothing comes from $fetches_from"
	run "$@" wget -q -T 5 -O - "http://$fetches_from/"
	want_out_has "Welcome to nginx!"
}

# of_host COMMAND...: a program of the tree in the host's namespaces
of_host()
{
	run chroot "$R" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

start()
{
	run lxc-start -n "$NAME" -P "$P"
	want_status 0
}

printf 'LXC_BRIDGE=lxcbrd\nLXC_ADDR=10.77.0.1\n' >"$W/lxc-net"
run lxcbox net up -f "$W/lxc-net"
[ "$STATUS" = 0 ] || fail "no bridge"
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
		lxc.net.0.type = veth
		lxc.net.0.link = lxcbrd
		lxc.net.0.flags = up
		lxc.net.0.ipv4.address = 10.77.0.10/24
		lxc.net.0.ipv4.gateway = auto
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

	begin "$NAME-nginx-and-sshd"
	inside service nginx start
	want_status 0
	inside service ssh start
	want_status 0
	fetches 10.77.0.10 env
	run sh -c 'nc -w 5 10.77.0.10 22 </dev/null | head -n 1'
	want_out_has SSH-2.0-OpenSSH
	inside su - guest -c 'mkdir -m 700 .ssh; ssh-keygen -q -t ed25519 -N "" -f .ssh/key; cp .ssh/key.pub .ssh/authorized_keys'
	want_status 0
	cp "$R/home/guest/.ssh/key" "$R/root/key"
	of_host ssh -i /root/key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null guest@10.77.0.10 'id -un; hostname'
	want_out "guest
debian"
	end

	begin "$NAME-port-by-iptables"
	start_wire
	of_host iptables -t nat -A PREROUTING -i vwire -p tcp --dport 8080 -j DNAT --to-destination 10.77.0.10:80
	want_status 0
	fetches 10.88.0.1:8080 lxc-attach -n wire -P "$P" -- /bin/busybox
	of_host iptables -t nat -F PREROUTING
	want_status 0
	lxc-stop -k -n wire -P "$P"
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
lxcbox net down

finish
