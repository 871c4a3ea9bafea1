# SPDX-License-Identifier: MIT
# owns: lxcbox net with dnsmasq, where one is installed: a lease, a name, a network of IPv6 that is told; its own file; its end
# never: leaves a server, a bridge or the stand-in that starts the build machine's dnsmasq
# only: host

. "$T/lib.sh"
BR=lxcbr7
NET=$W/lxc-net
ROOTS=$W/roots
LXCPATH=$ROOTS
HERE=/usr/local/sbin/dnsmasq

[ -d "$T/dnsmasq" ] || {
	skip dnsmasq "no dnsmasq on the build machine: package dnsmasq-base"
	finish
}
# Its libraries are not this image's, nor are its users.
mkdir -p "${HERE%/*}"
cat >$HERE <<END
#!/bin/sh
exec $(ls "$T"/dnsmasq/ld-*) --library-path $T/dnsmasq $T/dnsmasq/dnsmasq --user=root --group=root "\$@"
END
chmod +x $HERE

# server: its process, by the record
server()
{
	sed -n 's/^server	\([0-9]*\).*/\1/p' /run/lxcbox/.net/record 2>/dev/null | tail -n 1
}

write_net()
{
	printf '%s\n' "LXC_BRIDGE=$BR" LXC_ADDR=10.76.0.1 LXC_DHCP_RANGE=10.76.0.50,10.76.0.50 LXC_DOMAIN=box.example LXC_DHCP_PING=false "$@" >"$NET"
}

inside()
{
	run lxc-attach -n leased -P "$ROOTS" -- /bin/busybox "$@"
}

# The one address that the kernel has made of what it was told.
has_told()
{
	lxc-attach -n leased -P "$ROOTS" -- /bin/busybox ifconfig lan0 </dev/null 2>/dev/null | grep -q "fd00:76:"
}

begin dnsmasq-up
write_net LXC_IPV6_ADDR=fd00:76::1 LXC_IPV6_MASK=64
run lxcbox net up -f "$NET"
want_status 0
pid=$(server)
run lxcbox net status
want_status 0
want_out_has "State:          UP" "DHCP:           dnsmasq (process ${pid:-none})"
run lxcbox net up -f "$NET"
want_status 0
want_eq "the server after up again" "$(server)" "$pid"
end

begin dnsmasq-lease
mkdir -p "$ROOTS/leased/bin" "$ROOTS/leased/tmp"
cat >"$ROOTS/leased/tmp/lease" <<'END'
#!/bin/busybox sh
[ "$1" = bound ] || exit 0
/bin/busybox ifconfig "$interface" "$ip" netmask "$subnet"
echo "$ip $subnet $router $domain $dns" >/tmp/got
END
chmod +x "$ROOTS/leased/tmp/lease"
cat >"$W/leased.conf" <<END
lxc.rootfs.path = $ROOTS/leased
$NO_CONSOLE
$PROC_ENTRY
$BUSYBOX_ENTRY
lxc.net.0.type = veth
lxc.net.0.link = $BR
lxc.net.0.name = lan0
lxc.net.0.flags = up
END
run lxc-start -n leased -P "$ROOTS" -f "$W/leased.conf" -- /bin/busybox sleep 1000
want_status 0
inside udhcpc -i lan0 -n -q -f -t 5 -T 1 -x hostname:leased -s /tmp/lease
want_status 0
want_eq lease "$(cat "$ROOTS/leased/tmp/got" 2>/dev/null)" "10.76.0.50 255.255.255.0 10.76.0.1 box.example 10.76.0.1"
run ping -c 1 -W 3 10.76.0.50
want_status 0
# It answers for the names of those that it has given an address.
inside nslookup leased.box.example 10.76.0.1
want_out_has 10.76.0.50
wait_until 10 has_told || fail "no address of fd00:76::/64"
lxc-stop -k -n leased -P "$ROOTS"
NAME=leased
want_nothing_left
end

begin dnsmasq-down
run lxcbox net down
want_status 0
[ -n "$pid" ] && [ ! -d "/proc/$pid" ] || fail "process '$pid' runs on"
[ ! -d /run/lxcbox/.net ] && [ ! -d /sys/class/net/$BR ] || fail "something is left"
end

begin dnsmasq-own-file
echo "dhcp-option=option:ntp-server,10.76.0.9" >"$W/own.conf"
write_net "LXC_DHCP_CONFILE=$W/own.conf"
run lxcbox net up -f "$NET"
want_status 0
tr '\0' ' ' <"/proc/$(server)/cmdline" >"$W/out"
want_out_has "-C $W/own.conf "
run lxcbox net down
want_status 0
echo "no such word" >"$W/own.conf"
run lxcbox net up -f "$NET"
want_status 1
want_err_has "dnsmasq has ended at once" "$W/own.conf"
[ ! -d /run/lxcbox/.net ] && [ ! -d /sys/class/net/$BR ] || fail "something is left"
end

rm $HERE
finish
