# SPDX-License-Identifier: MIT
# owns: what the host answers and routes for containers: veth in router mode, l2proxy, VLANs of a bridge's ports
# never: leaves a bridge, a sysctl or a route
# profile: full

. "$T/lib.sh"
NAME=nethost
BR=nhbr0
R=$W/root

printf 'lxc.net.0.type = veth\nlxc.net.0.l2proxy = 1\n' >"$W/conf"
lxc-start -n $NAME -f "$W/conf" -F -- /bin/true 2>&1 | grep -q 'CONFIG_NET_L2PROXY is off' && {
	skip net-host 'CONFIG_NET_L2PROXY is off in this build'
	finish
}
brctl addbr $BR 2>/dev/null || {
	skip net-host 'this kernel has no bridges'
	finish
}
ifconfig $BR 10.77.0.1 netmask 255.255.255.0 up
route add default gw 10.77.0.9 dev $BR
ip_forward=$(cat /proc/sys/net/ipv4/ip_forward)
ip6_forward=$(cat /proc/sys/net/ipv6/conf/all/forwarding 2>/dev/null)
restore()
{
	for c in $NAME ${NAME}2 ${NAME}3; do
		lxc-stop -k -n $c 2>/dev/null
	done
	echo "$ip_forward" >/proc/sys/net/ipv4/ip_forward
	[ -z "$ip6_forward" ] || echo "$ip6_forward" >/proc/sys/net/ipv6/conf/all/forwarding
	ifconfig $BR down
	brctl delbr $BR
}
trap restore EXIT
fresh_root bin proc dev tmp

# start NAME LINE...: with a veth
start()
{
	c=$1
	shift
	{
		echo "lxc.uts.name = $c"
		echo "lxc.rootfs.path = $R"
		echo "lxc.rootfs.options = ro"
		echo "$BUSYBOX_ENTRY"
		echo "lxc.mount.entry = proc proc proc nosuid,nodev,noexec 0 0"
		echo "lxc.console.path = none"
		echo "lxc.net.0.type = veth"
		echo "lxc.net.0.flags = up"
		for line; do
			echo "$line"
		done
	} >"$W/$c.conf"
	run lxc-start -n "$c" -f "$W/$c.conf" -- /bin/busybox sleep 1000
}
: >"$R/bin/busybox"

in_it()
{
	run lxc-attach -n "$1" -- /bin/busybox $2
}

stop()
{
	lxc-stop -k -n "$1"
	want_nothing_left
}

ROUTER="lxc.net.0.veth.mode = router"
ADDRESS="lxc.net.0.ipv4.address = 10.88.0.2/32"

# The gateway is nowhere: the host answers for it, by a route that leads elsewhere.
begin net-router
echo 0 >/proc/sys/net/ipv4/ip_forward
start $NAME "$ROUTER" "$ADDRESS" "lxc.net.0.ipv4.gateway = 169.254.7.1" "lxc.net.0.veth.pair = nhveth0"
want_status 0
want_eq "forwarding of the device" "$(cat /proc/sys/net/ipv4/conf/nhveth0/forwarding)" 1
want_eq "forwarding of the bridge" "$(cat /proc/sys/net/ipv4/conf/$BR/forwarding)" 0
has /proc/net/route "nhveth0	"
in_it $NAME "route -n"
want_out_has 169.254.7.1
in_it $NAME "ping -c 1 -W 5 10.77.0.1"
want_status 0
run ping -c 1 -W 5 10.88.0.2
want_status 0
stop $NAME
grep nhveth0 /proc/net/route && fail "a route is left"
want_eq "device" "$(ls -d /sys/class/net/nhveth0 2>/dev/null)" ''
end

begin net-router-ipv6
if [ -n "$ip6_forward" ]; then
	echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
	start $NAME "$ROUTER" "lxc.net.0.ipv6.address = fd88::2/128" "lxc.net.0.ipv6.gateway = fe80::1:1" "lxc.net.0.veth.pair = nhveth0"
	want_failure
	want_err_has "$NAME.conf:" 'lxc.net.0.veth.mode: needs net.ipv6.conf.all.forwarding = 1 on the host'
	want_nothing_left
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	start $NAME "$ROUTER" "lxc.net.0.ipv6.address = fd88::2/128" "lxc.net.0.ipv6.gateway = fe80::1:1" "lxc.net.0.veth.pair = nhveth0"
	want_status 0
	want_eq "proxy_ndp" "$(cat /proc/sys/net/ipv6/conf/nhveth0/proxy_ndp)" 1
	grep -q '^fd880000000000000000000000000002 80 .* nhveth0$' /proc/net/ipv6_route || fail "no route to the container"
	stop $NAME
	echo "$ip6_forward" >/proc/sys/net/ipv6/conf/all/forwarding
	end
else
	skip net-router-ipv6 'this kernel has no IPv6'
fi

# Neighbours that are answered for are the lines with flags 0xc.
answered()
{
	awk -v d=$BR '$3 == "0xc" && $6 == d { print $1 }' /proc/net/arp | tr '\n' ' '
}

begin net-l2proxy
echo 0 >/proc/sys/net/ipv4/conf/$BR/forwarding
start $NAME "$ROUTER" "$ADDRESS" "lxc.net.0.ipv4.address = 10.88.0.3/32" "lxc.net.0.link = $BR" "lxc.net.0.l2proxy = 1"
want_failure
want_one_line
want_err_has "needs net.ipv4.conf.$BR.forwarding = 1 on the host"
want_eq "answered" "$(answered)" ''
echo 1 >/proc/sys/net/ipv4/conf/$BR/forwarding
start $NAME "$ROUTER" "$ADDRESS" "lxc.net.0.ipv4.address = 10.88.0.3/32" "lxc.net.0.link = $BR" "lxc.net.0.l2proxy = 1"
want_status 0
want_eq "answered" "$(answered)" '10.88.0.3 10.88.0.2 '
want_eq "ports of the bridge" "$(ls /sys/class/net/$BR/brif)" ''
stop $NAME
want_eq "answered later" "$(answered)" ''
end

begin net-l2proxy-after-a-crash
start $NAME "$ROUTER" "$ADDRESS" "lxc.net.0.link = $BR" "lxc.net.0.l2proxy = 1"
want_status 0
want_eq "answered" "$(answered)" '10.88.0.2 '
kill -9 "$(pgrep -f "lxc-start -n $NAME" | head -n 1)"
wait_until 5 is_stopped $NAME
run lxc-stop -k -n $NAME
want_nothing_left
want_eq "answered later" "$(answered)" ''
end

begin net-host-refused
start $NAME "lxc.net.0.l2proxy = 1"
want_failure
want_err_has "$NAME.conf:9: lxc.net.0.l2proxy: lxc.net.0.link is missing"
start $NAME "lxc.net.0.veth.vlan.id = 7"
want_failure
want_err_has "$NAME.conf:9: lxc.net.0.veth.vlan.id: only the port of a bridge has VLANs (lxc.net.0.link, mode bridge)"
start $NAME "$ROUTER" "lxc.net.0.link = $BR" "lxc.net.0.veth.vlan.tagged.id = 7"
want_failure
want_err_has "$NAME.conf:11: lxc.net.0.veth.vlan.tagged.id: only the port of a bridge has VLANs"
start $NAME "lxc.net.0.link = $BR" "lxc.net.0.veth.vlan.id = 7" "lxc.net.0.veth.vlan.tagged.id = 8" "lxc.net.0.veth.vlan.tagged.id = 7"
want_failure
want_err_has "$NAME.conf:12: lxc.net.0.veth.vlan.tagged.id: VLAN 7 is untagged already"
want_nothing_left
end

filtering=/sys/class/net/$BR/bridge/vlan_filtering
[ -f "$filtering" ] || {
	skip net-bridge-vlans 'this kernel filters no VLANs on bridges'
	finish
}
begin net-bridge-vlans-need-a-filter
start $NAME "lxc.net.0.link = $BR" "lxc.net.0.veth.vlan.id = 7"
want_failure
want_one_line
want_err_has "$NAME.conf:7: lxc.net.0" "the bridge '$BR' does not filter VLANs (vlan_filtering)"
want_eq "ports of the bridge" "$(ls /sys/class/net/$BR/brif)" ''
want_nothing_left
end

# Two of one VLAN hear each other, the third, and the bridge's own, do not.
begin net-bridge-vlans
echo 1 >"$filtering"
start $NAME "lxc.net.0.link = $BR" "lxc.net.0.ipv4.address = 10.77.0.7/24" "lxc.net.0.veth.vlan.id = 7"
want_status 0
start ${NAME}2 "lxc.net.0.link = $BR" "lxc.net.0.ipv4.address = 10.77.0.8/24" "lxc.net.0.veth.vlan.id = 7" "lxc.net.0.veth.vlan.tagged.id = 9"
want_status 0
start ${NAME}3 "lxc.net.0.link = $BR" "lxc.net.0.ipv4.address = 10.77.0.9/24" "lxc.net.0.veth.vlan.id = none" "lxc.net.0.veth.vlan.tagged.id = 7"
want_status 0
in_it $NAME "ping -c 1 -W 10 10.77.0.8"
want_status 0
in_it $NAME "ping -c 1 -W 1 10.77.0.9"
[ "$STATUS" -ne 0 ] || fail "a port that has the VLAN tagged answers untagged"
in_it $NAME "ping -c 1 -W 1 10.77.0.1"
[ "$STATUS" -ne 0 ] || fail "the bridge's own VLAN is heard"
for c in $NAME ${NAME}2 ${NAME}3; do
	lxc-stop -k -n $c
done
want_nothing_left
end

finish
