# SPDX-License-Identifier: MIT
# owns: lxcbox net: the host's bridge of /etc/default/lxc-net made, made again, changed, told, taken back, whoever was killed
# never: leaves the image's own network down

. "$T/lib.sh"

N=lxcbr9
NET=$W/lxc-net
FAKE=/usr/local/sbin/udhcpd

# write_net LINE...: $NET is a file of the bridge $N with these lines
write_net()
{
	{
		echo "USE_LXC_BRIDGE=\"true\""
		echo "LXC_BRIDGE='$N'"
		for line; do
			echo "$line"
		done
	} >"$NET"
}

up()
{
	run lxcbox net up -f "$NET"
}

down()
{
	run lxcbox net down "$@"
	want_status 0
	nothing_of_it
}

# nothing_of_it: no bridge, directory, server or setting is left
nothing_of_it()
{
	[ ! -d "/sys/class/net/$N" ] || fail "the bridge is left"
	[ ! -d /run/lxcbox/.net ] || fail "/run/lxcbox/.net is left: $(ls /run/lxcbox/.net | tr '\n' ' ')"
	[ -z "$(servers)" ] || fail "a server is left: $(servers)"
	want_eq ip_forward "$(cat /proc/sys/net/ipv4/ip_forward)" "$FORWARD"
	want_eq "forwarding of IPv6" "$(cat /proc/sys/net/ipv6/conf/all/forwarding)" "$FORWARD6"
}

# servers: pids of udhcpd
servers()
{
	for p in /proc/[0-9]*; do
		tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep -q '[u]dhcpd' && echo "${p#/proc/}"
	done
}

is_promisc()
{
	[ $(($(cat "/sys/class/net/$N/flags") & 256)) -ne 0 ]
}

delay()
{
	cat "/sys/class/net/$N/bridge/forward_delay"
}

# answers ADDRESS: it is this host's
answers()
{
	case $1 in
	*:*) ping6 -c 1 -W 2 "$1" ;;
	*) ping -c 1 -W 2 "$1" ;;
	esac >/dev/null 2>&1 || fail "$1 does not answer"
}

is_silent()
{
	! ping -c 1 -W 1 "$1" >/dev/null 2>&1 || fail "$1 still answers"
}

# What rcS has made is made again at the end.
image=
if [ -d /run/lxcbox/.net ]; then
	image=1
	lxcbox net down
fi
FORWARD=$(cat /proc/sys/net/ipv4/ip_forward)
FORWARD6=$(cat /proc/sys/net/ipv6/conf/all/forwarding)

begin bridge-wrong-files
write_net "LXC_BRIDG=x" "LXC_ADDR=10.0.3" 'LXC_DOMAIN=$(touch '"$W/ran"')' "[ -f /x ] && touch $W/ran" "LXC_DHCP_MAX=0"
up
want_status 1
want_err_has "lxcbox net: $NET:3: LXC_BRIDG: unknown variable" "$NET:4: LXC_ADDR: bad value '10.0.3' (an IPv4 address)" \
	"$NET:5: LXC_DOMAIN: '\$' outside of quotes" "$NET:6: not NAME=VALUE" "$NET:7: LXC_DHCP_MAX: bad value '0' (a number from 1 to 65535)"
[ ! -e "$W/ran" ] || fail "the file was run"
nothing_of_it
NET=$W/none up
want_status 1
want_err_has "cannot read '$W/none'"
NET=$W up
want_status 1
want_err_has "'$W' is a directory"
end

begin bridge-not-wanted
write_net USE_LXC_BRIDGE=false
up
want_status 0
want_out "USE_LXC_BRIDGE of '$NET' is false: nothing is made"
nothing_of_it
end

begin bridge-command-line
for words in "" "left" "up down"; do
	# shellcheck disable=SC2086
	run lxcbox net $words
	want_status 2
done
run lxcbox net status
want_status 1
want_out "State:          DOWN"
run lxcbox net down
want_status 0
end

begin bridge-up
write_net LXC_ADDR=10.77.0.1 LXC_NETMASK=255.255.255.0 LXC_DHCP_RANGE=10.77.0.2,10.77.0.99 LXCBOX_PROMISC=true LXC_IPV6_ADDR=fd00:77::1 \
	LXC_IPV6_MASK=64 LXC_IPV6_NETWORK=fd00:77::/64 LXC_IPV6_NAT=true LXC_DOMAIN=box.example
up
want_status 0
[ -d "/sys/class/net/$N/bridge" ] || fail "no bridge"
want_eq "forward delay" "$(delay)" 0
want_eq "hardware address" "$(cat "/sys/class/net/$N/address")" 00:16:3e:00:00:00
is_promisc || fail "not promiscuous"
answers 10.77.0.1
answers fd00:77::1
want_eq ip_forward "$(cat /proc/sys/net/ipv4/ip_forward)" 1
want_eq "forwarding of IPv6" "$(cat /proc/sys/net/ipv6/conf/all/forwarding)" 1
has /run/lxcbox/.net/dhcp.conf "start 10.77.0.2" "end 10.77.0.99" "option router 10.77.0.1" "option subnet 255.255.255.0" \
	"option domain box.example"
run lxcbox net status
want_status 0
pid=$(servers)
want_out "Bridge:         $N
State:          UP
File:           $NET
Hwaddr:         00:16:3e:00:00:00
IP:             10.77.0.1/24
IP:             fd00:77::1/64
Masquerade:     10.77.0.0/24 fd00:77::/64
DHCP:           udhcpd (process $pid)"
end

begin bridge-up-again
cp /run/lxcbox/.net/record "$W/record"
up
want_status 0
cmp -s "$W/record" /run/lxcbox/.net/record || fail "it has made something: $(diff "$W/record" /run/lxcbox/.net/record | tail -n 1)"
want_eq "the server" "$(servers)" "$pid"
# What has gone meanwhile is told, and made again.
kill -9 "$pid"
wait_until 5 test ! -d "/proc/$pid" || fail "process $pid is still there"
ifconfig "$N" 0.0.0.0
run lxcbox net status
want_status 1
want_out_has "State:          INCOMPLETE" "Missing:        10.77.0.1/24"
up
want_status 0
answers 10.77.0.1
if [ "$FORWARD" -eq 0 ]; then
	echo 0 >/proc/sys/net/ipv4/ip_forward
	run lxcbox net status
	want_status 1
	want_out_has "State:          INCOMPLETE" "Missing:        /proc/sys/net/ipv4/ip_forward"
	up
	want_status 0
	want_eq "ip_forward once more" "$(cat /proc/sys/net/ipv4/ip_forward)" 1
fi
run lxcbox net status
want_status 0
end

begin bridge-changed
index=$(cat "/sys/class/net/$N/ifindex")
write_net LXC_ADDR=10.78.0.1 LXC_NETWORK=
up
want_status 0
answers 10.78.0.1
is_silent 10.77.0.1
is_promisc && fail "still promiscuous"
want_eq "servers" "$(servers)" ""
want_eq ip_forward "$(cat /proc/sys/net/ipv4/ip_forward)" "$FORWARD"
want_eq "index of the bridge" "$(cat "/sys/class/net/$N/ifindex")" "$index"
N=lxcbr8
write_net
up
want_status 1
want_err_has "the bridge 'lxcbr9' is up: take it down first"
N=lxcbr9
end

begin bridge-down
down
down
end

begin bridge-fails-half-way
mkdir -p "${FAKE%/*}"
printf '#!/bin/sh\necho "no good" >&2\nexit 3\n' >"$FAKE"
chmod +x "$FAKE"
write_net LXC_DHCP_RANGE=10.0.3.2,10.0.3.9
up
want_status 1
want_err_has "udhcpd has ended at once (status 3): no good"
nothing_of_it
write_net LXCBOX_UPLINK=nothing9
up
want_status 1
want_err_has "$NET:3: LXCBOX_UPLINK: there is no interface 'nothing9'"
nothing_of_it
brctl addbr lxcbr8
write_net LXCBOX_UPLINK=lxcbr8
up
want_status 1
want_err_has "$NET:3: LXCBOX_UPLINK: cannot put 'lxcbr8' on the bridge"
nothing_of_it
ifconfig lxcbr8 10.79.0.1
up
want_err_has "$NET:3: LXCBOX_UPLINK: 'lxcbr8' has an address"
nothing_of_it
ifconfig lxcbr8 down
brctl delbr lxcbr8
end

# A server that never gets ready, so that everything else is there by then; and where it is killed earlier.
begin bridge-killed
printf '#!/bin/sh\n: >%s/began\nexec sleep 1000\n' "$W" >"$FAKE"
write_net LXC_DHCP_RANGE=10.0.3.2,10.0.3.9 LXC_IPV6_ADDR=fd00:77::1 LXC_IPV6_MASK=64 LXCBOX_PROMISC=true
in_background lxcbox net up -f "$NET"
wait_until 10 test -e "$W/began" || fail "the server has not begun"
kill -9 "$BG"
wait "$BG" 2>/dev/null
run lxcbox net status
want_status 1
want_out_has "State:          INCOMPLETE"
server=$(sed -n 's/^server	\([0-9]*\).*/\1/p' /run/lxcbox/.net/record)
[ -d "/proc/$server" ] || fail "no server to be ended"
down
[ ! -d "/proc/$server" ] || fail "its server runs on"
rm -f "$FAKE"
write_net LXC_IPV6_ADDR=fd00:77::1 LXC_IPV6_MASK=64 LXCBOX_PROMISC=true
for us in 0 500 1000 2000 4000 8000 16000; do
	case $SLOW$us in
	1500 | 11000 | 12000 | 18000) continue ;;
	1*) us=$((us * 8)) ;;
	esac
	in_background lxcbox net up -f "$NET"
	usleep $us
	kill -9 "$BG" 2>/dev/null
	wait "$BG" 2>/dev/null
	# Half of them go on from there.
	[ $((us / 1000 % 3)) -eq 0 ] || up
	down
done
end

begin bridge-was-there
brctl addbr "$N"
brctl setfd "$N" 7
ifconfig "$N" 10.80.0.1 up
mac=$(cat "/sys/class/net/$N/address")
write_net LXC_ADDR=10.77.0.1 LXCBOX_PROMISC=true LXC_NETMASK=255.255.255.0
up
want_status 0
want_eq "forward delay" "$(delay)" 0
want_eq "hardware address" "$(cat "/sys/class/net/$N/address")" "$mac"
is_promisc || fail "not promiscuous"
answers 10.77.0.1
answers 10.80.0.1
run lxcbox net status
want_status 0
want_out_has "Bridge:         $N (was there before)"
run lxcbox net down
want_status 0
is_promisc && fail "still promiscuous"
want_eq "forward delay" "$(delay)" 700
answers 10.80.0.1
is_silent 10.77.0.1
ifconfig "$N" down
brctl delbr "$N"
nothing_of_it
write_net LXC_BRIDGE=lo
up
want_status 1
want_err_has "$NET:3: LXC_BRIDGE: the interface 'lo' is there and not a bridge"
[ ! -d /run/lxcbox/.net ] || fail "/run/lxcbox/.net is left"
end

[ -z "$image" ] || lxcbox net up
finish
