# SPDX-License-Identifier: MIT
# owns: interfaces of containers (lxc.net): every kind made, reached, told and taken back; scripts; what is lent comes back
# never: needs more on the host than brctl, vconfig, ifconfig and ping
# profile: full

. "$T/lib.sh"
P=$W/lxc
LXCPATH=$P
BR=netbr
N=10.77.0

# conf_of NAME LINE...: $P/NAME/config, a container that sleeps, with these lines
conf_of()
{
	conf_dir=$P/$1
	shift
	mkdir -p "$conf_dir/root/bin" "$conf_dir/root/proc" "$conf_dir/root/dev" "$conf_dir/root/lib"
	: >"$conf_dir/root/bin/busybox"
	{
		printf '%s\n' "lxc.rootfs.path = $conf_dir/root" "$NO_CONSOLE" "$PROC_ENTRY" "lxc.init.cmd = /bin/busybox sleep 1000" \
			"lxc.mount.entry = /bin/busybox bin/busybox none bind,ro 0 0" "lxc.mount.entry = /lib lib none bind,ro 0 0"
		printf '%s\n' "$@"
	} >"$conf_dir/config"
}

inside()
{
	inside_name=$1
	shift
	run lxc-attach -n "$inside_name" -P "$P" -- /bin/busybox "$@"
}

start()
{
	run lxc-start -n "$1" -P "$P"
	want_status 0
}

stop()
{
	run lxc-stop -k -n "$1" -P "$P"
	want_status 0
}

links()
{
	ls /sys/class/net | tr '\n' ' '
}

# want_links: as many as before, of the same names
want_links()
{
	want_eq "the host's interfaces" "$(links)" "$LINKS"
}

hwaddr()
{
	cat "/sys/class/net/$1/address"
}

# hwaddr_in NAME INTERFACE: as it is inside
hwaddr_in()
{
	lxc-attach -n "$1" -P "$P" -- /bin/busybox ifconfig "$2" 2>/dev/null </dev/null | sed -n 's/.*HWaddr \([0-9A-F:]*\).*/\1/p'
}

has_option()
{
	"$1" --help 2>&1 | grep -q -e "$2"
}

# lacks: true when what failed just now is not in this build or this kernel, which is told
lacks()
{
	if grep -q -e 'CONFIG_NET_[A-Z]* is off' "$W/err"; then
		skip "$TEST" "$(sed -n 's/.*\(CONFIG_NET_[A-Z]* is off\).*/\1/p' "$W/err" | head -n 1)"
	elif grep -q -e 'Unknown device type' "$W/err"; then
		skip "$TEST" "this kernel has no such kind of interface"
	else
		return 1
	fi
}

monitor_of()
{
	sed -n 's/^monitor	\([0-9]*\)	.*/\1/p' /run/lxcbox/"$1"@*/record
}

brctl addbr $BR || echo "not ok net-bridge: brctl cannot make a bridge"
brctl setfd $BR 0
ifconfig $BR $N.1 netmask 255.255.255.0 up
LINKS=$(links)

# ---- veth ----

[ -d /proc/sys/net/ipv6 ] && V6=1 || V6=

conf_of net1 "lxc.net.0.type = veth" "lxc.net.0.link = $BR" "lxc.net.0.flags = up" "lxc.net.0.name = lan0" "lxc.net.0.mtu = 1400" \
	"lxc.net.0.hwaddr = 02:00:5e:00:00:x0" "lxc.net.0.ipv4.address = $N.2/24" "lxc.net.0.ipv4.gateway = auto" "lxc.net.2.type = veth"
conf_of net2 "lxc.network.type = veth" "lxc.network.link = $BR" "lxc.network.flags = up" "lxc.network.ipv4 = $N.3/24" \
	"lxc.network.veth.pair = host3" ${V6:+"lxc.network.ipv6 = fd00:77::3/64"}

begin net-veth
ifconfig $BR mtu 1450
start net1
start net2
inside net1 ifconfig lan0
want_out_has "$N.2" "$N.255" "MTU:1400" UP "HWaddr 02:00:5E:00:00:"
inside net1 route -n
want_out_has "0.0.0.0         $N.1"
# Without flags = up it is down, its name is the first that is nobody's, its address has LXC's beginning.
inside net1 ifconfig eth0
want_out_has "HWaddr 10:66:6A"
hwaddr1=$(hwaddr_in net1 eth0)
grep -q UP "$W/out" && fail "eth0 is up"
inside net1 ifconfig lo
want_out_has 127.0.0.1 UP
# Without mtu that of the bridge, which was asked when it had net1 already.
inside net2 ifconfig eth0
want_out_has "$N.3" "MTU:$(cat /sys/class/net/$BR/mtu)" UP
[ "$(cat /sys/class/net/$BR/mtu)" -ne 1500 ] || fail "the bridge has 1500 all the same"
run ping -c 1 -w 5 $N.2
want_status 0
inside net1 ping -c 1 -w 5 $N.1
want_status 0
inside net1 ping -c 1 -w 5 $N.3
want_status 0
[ -d "/sys/class/net/$BR/brif/host3" ] || fail "host3 is not on the bridge"
end

begin net-told
run lxc-info -n net1 -P "$P" -c lxc.net.0.veth.pair
end1=$(sed -n 's/^lxc.net.0.veth.pair = \(veth......\)$/\1/p' "$W/out")
[ -d "/sys/class/net/$BR/brif/${end1:-none}" ] || fail "'$end1' is not on the bridge: $(cat "$W/out")"
run lxc-info -n net1 -P "$P"
if grep -q '^IP:' "$W/out"; then
	want_out_has "$N.2" "$end1"
	grep -q '^ TX bytes: *[1-9]' "$W/out" || fail "nothing has been sent: $(grep bytes "$W/out")"
fi
if has_option lxc-info --ips; then
	run lxc-info -n net2 -P "$P" -i -H
	want_out "$N.3${V6:+
fd00:77::3}"
	run lxc-info -n net2 -P "$P" -S -H
	want_out_has "Link: " host3
	received=$(sed -n 's/^ RX bytes: *//p' "$W/out")
	[ "${received:-0}" -gt 0 ] || fail "net2 has answered, and received '$received' bytes"
fi
if has_option lxc-info --json; then
	run lxc-info -n net2 -P "$P" --json
	awk -f "$T/json.awk" "$W/out" >"$W/flat" || fail "$(tail -n 1 "$W/flat")"
	has "$W/flat" "addresses.0	$N.3" "links.0.name	host3"
	[ "$(sed -n 's/^links.0.rx_bytes	//p' "$W/flat")" -ge "${received:-1}" ] || fail "as JSON: $(grep bytes "$W/flat")"
	[ -z "$V6" ] || has "$W/flat" "addresses.1	fd00:77::3"
fi
if lxc-ls --help >/dev/null 2>&1; then
	run lxc-ls -f -P "$P" -F NAME,IPV4,IPV6
	want_out_has "$N.2" "$N.3" ${V6:+fd00:77::3}
fi
end

begin net-no-name-outlives-a-stop
hwaddr2=$(hwaddr_in net2 eth0)
stop net1
stop net2
want_links
end

# Nobody has to learn it again: who knew the last life's finds this one at once.
begin net-hwaddr-stays
start net2
start net1
want_eq "hardware address of the next life" "$(hwaddr_in net2 eth0)" "${hwaddr2:-none}"
want_eq "that of net1" "$(hwaddr_in net1 eth0)" "${hwaddr1:-none}"
[ "$hwaddr1" != "$hwaddr2" ] || fail "two containers have $hwaddr1"
run ping -c 1 -w 3 $N.3
want_status 0
inside net1 ping -c 1 -w 3 $N.3
want_status 0
stop net1
stop net2
want_links
end

# What one has that the container's namespace holds does not leave it: who kills the first process ends it all.
begin net-veth-of-a-killed-monitor
start net2
kill -9 "$(monitor_of net2)"
run lxc-stop -k -n net2 -P "$P"
start net2
stop net2
want_links
end

begin net-veth-router
conf_of net3 "lxc.net.0.type = veth" "lxc.net.0.veth.mode = router" "lxc.net.0.flags = up" "lxc.net.0.ipv4.address = 10.78.0.2/32" \
	"lxc.net.0.ipv4.gateway = dev" "lxc.net.0.veth.ipv4.route = 10.78.0.2/32" "lxc.net.0.veth.pair = host3" \
	"lxc.net.0.veth.n_rxqueues = 2" "lxc.net.0.veth.n_txqueues = 3"
run lxc-start -n net3 -P "$P"
if grep -q 'CONFIG_NET_L2PROXY is off' "$W/err"; then
	skip net-veth-router 'CONFIG_NET_L2PROXY is off in this build'
else
	want_status 0
	route -n >"$W/routes"
	has "$W/routes" 10.78.0.2
	run ping -c 1 -w 5 10.78.0.2
	want_status 0
	want_eq "queues of the host's end" "$(ls /sys/class/net/host3/queues | tr '\n' ' ')" "rx-0 rx-1 tx-0 tx-1 tx-2 "
	stop net3
	want_links
	end
fi

# A gateway that no network of the container has, one that is the address of the bridge, none where the bridge has none; a broadcast address.
begin net-gateways
conf_of gate1 "lxc.net.0.type = veth" "lxc.net.0.link = $BR" "lxc.net.0.flags = up" "lxc.net.0.ipv4.address = $N.5/25 $N.99" \
	"lxc.net.0.ipv4.gateway = 10.99.99.1"
if [ -n "$V6" ]; then
	echo 0 >/proc/sys/net/ipv6/conf/$BR/accept_dad
	ifconfig $BR add fd00:77::1/64
	printf '%s\n' "lxc.net.0.ipv6.address = fd00:77::5/64" "lxc.net.0.ipv6.gateway = auto" >>"$P/gate1/config"
fi
start gate1
inside gate1 ifconfig eth0
want_out_has "inet addr:$N.5  Bcast:$N.99  Mask:255.255.255.128"
inside gate1 route -n
want_out_has "0.0.0.0         10.99.99.1      0.0.0.0         UG" "10.99.99.1      0.0.0.0         255.255.255.255 UH"
inside gate1 cat /proc/net/ipv6_route
[ -z "$V6" ] || want_out_has "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000077000000000000000000000001"
stop gate1
ifconfig $BR 0.0.0.0
conf_of gate3 "lxc.net.0.type = veth" "lxc.net.0.link = $BR" "lxc.net.0.flags = up" "lxc.net.0.ipv4.address = $N.6/24" \
	"lxc.net.0.ipv4.gateway = auto"
run lxc-start -n gate3 -P "$P"
want_failure
want_err_has "$P/gate3/config:8: lxc.net.0: '$BR' has no IPv4 address that could be the gateway"
ifconfig $BR $N.1 netmask 255.255.255.0 up
want_links
end

# "none" shares the host's network only where it is alone.
begin net-none-beside-another
conf_of none1 "lxc.net.0.type = none" "lxc.net.1.type = veth" "lxc.net.1.link = $BR" "lxc.net.1.veth.pair = host7" \
	"lxc.net.1.ipv4.address = $N.7/24" "lxc.net.1.flags = up"
start none1
pid=$(init_pid none1)
[ "$(readlink "/proc/${pid:-none}/ns/net")" != "$(readlink /proc/self/ns/net)" ] || fail "it has the host's network"
run ping -c 1 -w 5 $N.7
want_status 0
stop none1
conf_of none2 "lxc.net.0.type = none"
start none2
pid=$(init_pid none2)
want_eq "network of none alone" "$(readlink "/proc/${pid:-none}/ns/net")" "$(readlink /proc/self/ns/net)"
stop none2
want_links
end

# Each life has its own.
begin net-reboot
conf_of net4 "lxc.net.0.type = veth" "lxc.net.0.link = $BR" "lxc.net.0.flags = up" "lxc.net.0.ipv4.address = $N.4/24"
sed -i '/^lxc.init.cmd/d' "$P/net4/config"
run lxc-start -n net4 -P "$P" -- /bin/busybox sh -c '
	test -e /lives && exec /bin/busybox sleep 1000; : >/lives; exec /bin/busybox reboot -f'
want_status 0
if wait_until 20 lxc-attach -n net4 -P "$P" -- /bin/busybox ping -c 1 -w 2 $N.1; then
	[ -e "$P/net4/root/lives" ] || fail "it has not rebooted"
	want_eq "ports of the bridge" "$(ls "/sys/class/net/$BR/brif" | wc -l)" 1
	stop net4
elif lxcbox --list | grep -q '^lxc-autostart$'; then
	fail "the second life has no network"
fi
want_links
end

# ---- what is not there, or another's ----

begin net-name-of-the-pair-is-taken
conf_of net5 "lxc.net.0.type = veth" "lxc.net.0.veth.pair = $BR"
run lxc-start -n net5 -P "$P"
want_failure
want_err_has "$P/net5/config:7: lxc.net.0: cannot make the pair '$BR' and 'eth0': File exists"
want_links
end

begin net-bridge-is-missing
conf_of net5 "lxc.net.0.type = veth" "lxc.net.0.link = nosuch"
run lxc-start -n net5 -P "$P"
want_failure
want_err_has "$P/net5/config:8: lxc.net.0: there is no interface 'nosuch'"
conf_of net5 "lxc.net.0.type = veth" "lxc.net.0.link = lo"
run lxc-start -n net5 -P "$P"
want_failure
want_err_has "$P/net5/config:8: lxc.net.0: 'lo' is not a bridge"
want_links
end

# ---- macvlan, vlan, ipvlan: of the bridge itself, which is an interface as any while it has a port ----

run lxc-start -n net2 -P "$P"
LINKS=$(links)
begin net-macvlan
conf_of mac1 "lxc.net.0.type = macvlan" "lxc.net.0.link = $BR" "lxc.net.0.macvlan.mode = bridge" "lxc.net.0.flags = up" \
	"lxc.net.0.hwaddr = 02:00:5e:00:01:01" "lxc.net.0.ipv4.address = 10.79.0.1/24"
conf_of mac2 "lxc.net.0.type = macvlan" "lxc.net.0.link = $BR" "lxc.net.0.macvlan.mode = bridge" "lxc.net.0.flags = up" \
	"lxc.net.0.ipv4.address = 10.79.0.2/24"
run lxc-start -n mac1 -P "$P"
if ! lacks; then
	want_status 0
	start mac2
	inside mac2 ping -c 1 -w 5 10.79.0.1
	want_status 0
	# The address is free at once, although the namespace dies when the kernel has time.
	stop mac1
	start mac1
	inside mac2 ping -c 1 -w 5 10.79.0.1
	want_status 0
	stop mac1
	# Without a mode, private: two of one link do not hear each other.
	sed -i '/macvlan.mode/d' "$P/mac1/config"
	start mac1
	inside mac2 ping -c 1 -W 1 10.79.0.1
	[ "$STATUS" -ne 0 ] || fail "a private one answers another"
	stop mac1
	stop mac2
	want_links
	end
fi

begin net-vlan
conf_of vlan1 "lxc.net.0.type = vlan" "lxc.net.0.link = $BR" "lxc.net.0.vlan.id = 7" "lxc.net.0.flags = up" \
	"lxc.net.0.ipv4.address = 10.80.0.2/24"
run lxc-start -n vlan1 -P "$P"
if ! lacks; then
	want_status 0
	inside vlan1 cat /proc/net/vlan/config
	want_out_has "eth0" "7"
	inside vlan1 ifconfig eth0
	want_out_has 10.80.0.2 UP
	stop vlan1
	# The number is free at once.
	start vlan1
	stop vlan1
	want_links
	end
fi

begin net-ipvlan
conf_of ip1 "lxc.net.0.type = ipvlan" "lxc.net.0.link = $BR" "lxc.net.0.ipvlan.mode = l2" "lxc.net.0.ipvlan.isolation = bridge" \
	"lxc.net.0.flags = up" "lxc.net.0.ipv4.address = 10.81.0.1/24"
conf_of ip2 "lxc.net.0.type = ipvlan" "lxc.net.0.link = $BR" "lxc.net.0.ipvlan.mode = l2" "lxc.net.0.flags = up" \
	"lxc.net.0.ipv4.address = 10.81.0.2/24"
run lxc-start -n ip1 -P "$P"
if ! lacks; then
	want_status 0
	start ip2
	inside ip2 ping -c 1 -w 5 10.81.0.1
	want_status 0
	stop ip1
	start ip1
	stop ip1
	stop ip2
	want_links
	end
fi

# ---- phys: what the host lends is an end of a pair, or a VLAN of the bridge where there is no ip ----

lend()
{
	LENT=$BR.9
	OTHER=$BR.8
	if ! vconfig add $BR 9 >/dev/null 2>&1; then
		LENT=netlent0
		OTHER=netlent1
		# BusyBox gives the other end a name of its own choice.
		ip link add $LENT type veth >/dev/null 2>&1 && ip link set veth0 name $OTHER || LENT=
	else
		vconfig add $BR 8 >/dev/null 2>&1
	fi
	# A bridge without ports has no address that could be set again, nor has its VLAN.
	[ -z "$LENT" ] || ifconfig "$LENT" hw ether 02:00:5e:00:03:01 2>/dev/null || ip link set "$LENT" address 02:00:5e:00:03:01
	LINKS=$(links)
}

# take_back NAME: it is no more
take_back()
{
	ip link del "$1" >/dev/null 2>&1 || { vconfig rem "$1" && vconfig rem "$OTHER"; } >/dev/null 2>&1
	LENT=
}

stop net2
lend
if [ -n "$LENT" ]; then
	HWADDR=$(hwaddr "$LENT")
	MTU=$(cat "/sys/class/net/$LENT/mtu")
fi

# want_back: under its name, as it was
want_back()
{
	want_links
	want_eq "its hardware address" "$(hwaddr "$LENT")" "$HWADDR"
	want_eq "its mtu" "$(cat "/sys/class/net/$LENT/mtu")" "$MTU"
}

begin net-phys
conf_of phys1 "lxc.net.0.type = phys" "lxc.net.0.link = ${LENT:-none}" "lxc.net.0.name = wan" "lxc.net.0.flags = up" \
	"lxc.net.0.mtu = 1300" "lxc.net.0.hwaddr = 02:00:5e:00:02:01" "lxc.net.0.ipv4.address = 10.82.0.2/24"
if [ -z "$LENT" ]; then
	skip net-phys "neither ip nor vconfig: nothing to lend"
	skip net-phys-of-a-killed-monitor "nothing to lend"
	skip net-phys-name-is-taken "nothing to lend"
	skip net-phys-many "nothing to lend"
else
	start phys1
	[ ! -d "/sys/class/net/$LENT" ] || fail "it is still on the host"
	inside phys1 ifconfig wan
	want_out_has 10.82.0.2 UP MTU:1300 "02:00:5E:00:02:01"
	# Whatever the container calls it.
	inside phys1 ifconfig wan down
	lxc-attach -n phys1 -P "$P" -- /bin/busybox ip link set wan name mine >/dev/null 2>&1
	stop phys1
	want_back
	# The first process dies of itself.
	start phys1
	kill -9 "$(init_pid phys1)"
	wait_until 10 test -d "/sys/class/net/$LENT" || fail "it has not come back"
	wait_until 10 is_stopped phys1
	want_back
	end

	begin net-phys-of-a-killed-monitor
	start phys1
	kill -9 "$(monitor_of phys1)"
	run lxc-stop -k -n phys1 -P "$P"
	run lxc-start -n phys1 -P "$P"
	want_status 0
	stop phys1
	want_back
	end

	begin net-phys-name-is-taken
	start phys1
	brctl addbr "$LENT"
	stop phys1
	brctl delbr "$LENT"
	back=$(ls /sys/class/net | grep '^dev[0-9]')
	want_eq "its hardware address" "$(hwaddr "${back:-lo}")" "$HWADDR"
	want_eq "interfaces" "$(links | wc -w)" "$(echo "$LINKS" | wc -w)"
	take_back "$back"
	end

	begin net-phys-many
	lend
	conf_of phys2 "lxc.net.0.type = phys" "lxc.net.0.link = ${LENT%?}+"
	start phys2
	inside phys2 ifconfig -a
	want_out_has "$LENT" "$OTHER"
	stop phys2
	want_links
	take_back "$LENT"
	end
fi
LINKS=$(links)

# ---- scripts ----

begin net-scripts
cat >"$W/script" <<E
#!/bin/sh
echo "\$* type=\$LXC_NET_TYPE of=\$LXC_NET_PARENT peer=\$LXC_NET_PEER hook=\$LXC_HOOK_SECTION/\$LXC_HOOK_TYPE" >>"$W/said"
test ! -d /sys/class/net/host6 || echo there >>"$W/said"
E
chmod +x "$W/script"
conf_of net6 "lxc.net.0.type = veth" "lxc.net.0.link = $BR" "lxc.net.0.veth.pair = host6" "lxc.net.0.script.up = $W/script a" \
	"lxc.net.0.script.down = $W/script b" "lxc.net.1.type = empty" "lxc.net.1.script.up = $W/script e"
: >"$W/said"
run lxc-start -n net6 -P "$P"
if grep -q 'CONFIG_[A-Z_]* is off' "$W/err"; then
	skip net-scripts "$(sed -n 's/.*\(CONFIG_[A-Z_]* is off\).*/\1/p' "$W/err" | head -n 1)"
else
	want_status 0
	stop net6
	want_eq "what they said" "$(cat "$W/said")" "a net6 net up veth $BR host6 type=veth of=$BR peer=host6 hook=net/up
there
e net6 net up empty type=empty of= peer= hook=net/up
there
b net6 net down veth $BR host6 type=veth of=$BR peer=host6 hook=net/down
there"
	sed -i 's,script e,false,; s,lxc.net.1.script.up = .*,lxc.net.1.script.up = /bin/busybox false,' "$P/net6/config"
	: >"$W/said"
	run lxc-start -n net6 -P "$P"
	want_failure
	want_err_has "lxc.net.N.script.up: '/bin/busybox false' ended with status 1"
	want_links
	end
fi

# ---- again and again ----

begin net-no-stray-link
i=0
[ -n "$SLOW" ] && times=5 || times=100
conf_of net7 "lxc.net.0.type = veth" "lxc.net.0.link = $BR" "lxc.net.0.flags = up"
while [ $i -lt $times ]; do
	i=$((i + 1))
	lxc-start -n net7 -P "$P" -F -- /bin/busybox true >"$W/out" 2>"$W/err" </dev/null || fail "start $i: $(cat "$W/err")"
done
want_links
end

# One namespace for two, and the host's own: no line of lxc.net makes anything there.
begin net-shared
conf_of net8 "lxc.net.0.type = veth" "lxc.net.0.link = $BR" "lxc.net.0.veth.pair = host8"
start net2
run lxc-start -n net8 -P "$P" --share-net net2
if grep -q 'share-net' "$W/err"; then
	stop net2
	skip net-shared "CONFIG_NAMESPACE_SHARE is off in this build"
else
	want_status 0
	[ ! -d /sys/class/net/host8 ] || fail "it has got a pair"
	inside net8 ifconfig eth0
	want_out_has $N.3
	stop net8
	stop net2
	want_links
	end
fi

# A container with users of its own: the network is theirs, too.
begin net-userns
conf_of net9 "lxc.idmap = u 0 100000 65536" "lxc.idmap = g 0 100000 65536" "lxc.net.0.type = veth" "lxc.net.0.link = $BR" \
	"lxc.net.0.flags = up" "lxc.net.0.ipv4.address = $N.9/24"
chown -R 100000:100000 "$P/net9/root"
chmod 755 "$W" "$P" "$P/net9"
run lxc-start -n net9 -P "$P"
if grep -q -e 'CONFIG_IDMAP is off' -e 'no user namespaces' "$W/err"; then
	skip net-userns "$(first_line "$W/err")"
else
	want_status 0
	run ping -c 1 -w 5 $N.9
	want_status 0
	stop net9
	want_links
	end
fi

ifconfig $BR down
brctl delbr $BR
finish
