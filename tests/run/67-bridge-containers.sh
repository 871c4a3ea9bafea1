# SPDX-License-Identifier: MIT
# owns: containers on a bridge: by hand with BusyBox (scenario A8), several that talk to each other (A9), DHCP, IPv6, an uplink
# never: leaves the image's own network down

. "$T/lib.sh"

ROOTS=$W/roots
LXCPATH=$ROOTS

# make NAME LINE...: a container that sleeps, its tree with BusyBox alone, $W/NAME.conf with these lines
make()
{
	make_name=$1
	shift
	mkdir -p "$ROOTS/$make_name/bin" "$ROOTS/$make_name/tmp" "$ROOTS/$make_name/shared"
	{
		echo "lxc.utsname = $make_name"
		echo "lxc.rootfs = $ROOTS/$make_name"
		echo "$NO_CONSOLE"
		echo "$PROC_ENTRY"
		echo "$BUSYBOX_ENTRY"
		for line; do
			echo "$line"
		done
	} >"$W/$make_name.conf"
}

# veth NAME ADDRESS: the lines of an interface on $BR, in the old words
veth()
{
	echo "lxc.network.type = veth"
	echo "lxc.network.link = $BR"
	echo "lxc.network.name = eth0"
	echo "lxc.network.veth.pair = v$1"
	[ -z "$2" ] || echo "lxc.network.ipv4 = $2/24"
	echo "lxc.network.flags = up"
}

# start NAME: as a daemon
start()
{
	run lxc-start -d -n "$1" -P "$ROOTS" -f "$W/$1.conf" /bin/busybox sleep 1000
	want_status 0
}

stop()
{
	for stop_name; do
		lxc-stop -k -n "$stop_name" -P "$ROOTS" >/dev/null 2>&1
		NAME=$stop_name
		want_nothing_left
	done
}

# inside NAME COMMAND...: by BusyBox in it
inside()
{
	inside_name=$1
	shift
	run lxc-attach -n "$inside_name" -P "$ROOTS" -- /bin/busybox "$@"
}

# listens NAME PORT: somebody in it does, the port in four hexadecimal digits
listens()
{
	lxc-attach -n "$1" -P "$ROOTS" -- /bin/busybox grep -q ":$2 " /proc/net/tcp /proc/net/tcp6 2>/dev/null </dev/null
}

pings()
{
	inside "$1" ping -c 1 -W 3 "$2"
	[ "$STATUS" -eq 0 ] || fail "$1 does not reach $2: $(tail -n 2 "$W/out" | tr '\n' ' ')"
}

# What rcS has made is made again at the end.
image=
if [ -d /run/lxcbox/.net ]; then
	image=1
	lxcbox net down
fi

begin a8-bridge-by-hand
BR=lxcbr9
run brctl addbr $BR
want_status 0
run brctl setfd $BR 0
run ifconfig $BR 192.168.9.1 promisc up
want_status 0
make one "$(veth one 192.168.9.11)"
make two "$(veth two 192.168.9.12)"
start one
start two
brctl show >"$W/out"
want_out_has vone vtwo
pings one 192.168.9.1
pings one 192.168.9.12
pings two 192.168.9.11
run ping -c 1 -W 3 192.168.9.12
want_status 0
inside one cat /proc/net/dev
want_out_has eth0
stop one two
[ ! -d /sys/class/net/vone ] && [ ! -d /sys/class/net/vtwo ] || fail "an interface is left"
ifconfig $BR down
brctl delbr $BR
end

begin a8-net-up
cat >"$W/lxc-net" <<END
LXC_BRIDGE=$BR
LXC_ADDR=10.77.0.1
LXC_DHCP_RANGE=10.77.0.50,10.77.0.50
LXC_DOMAIN=box.example
LXC_IPV6_ADDR=fd00:77::1
LXC_IPV6_MASK=64
LXCBOX_PROMISC=true
END
run lxcbox net up -f "$W/lxc-net"
want_status 0
make one "$(veth one 10.77.0.11)" "lxc.network.ipv6 = fd00:77::11/64" "lxc.network.ipv4.gateway = auto"
make two "$(veth two 10.77.0.12)" "lxc.network.ipv6 = fd00:77::12/64"
# Under the new names and with a hardware address of its own.
make three "lxc.net.0.type = veth" "lxc.net.0.link = $BR" "lxc.net.0.name = lan0" "lxc.net.0.flags = up" \
	"lxc.net.0.hwaddr = 02:16:3e:00:00:03"
start one
start two
start three
pings one 10.77.0.1
pings one 10.77.0.12
pings two 10.77.0.11
run lxcbox net status
want_status 0
want_out_has "Ports:" vone vtwo
end

begin a8-ipv6
# Duplicates are looked for first: a second.
wait_until 10 lxc-attach -n one -P "$ROOTS" -- /bin/busybox ping6 -c 1 -W 1 fd00:77::12 || fail "one does not reach fd00:77::12"
wait_until 10 lxc-attach -n two -P "$ROOTS" -- /bin/busybox ping6 -c 1 -W 1 fd00:77::1 || fail "two does not reach the host"
end

begin a8-dhcp
cat >"$ROOTS/three/tmp/lease" <<'END'
#!/bin/busybox sh
[ "$1" = bound ] || exit 0
/bin/busybox ifconfig "$interface" "$ip" netmask "$subnet"
echo "$ip $subnet $router $domain" >/tmp/got
END
chmod +x "$ROOTS/three/tmp/lease"
inside three udhcpc -i lan0 -n -q -f -t 5 -T 1 -s /tmp/lease
want_status 0
want_eq lease "$(cat "$ROOTS/three/tmp/got" 2>/dev/null)" "10.77.0.50 255.255.255.0 10.77.0.1 box.example"
pings three 10.77.0.1
pings one 10.77.0.50
end

# Several at once: over the bridge, over a socket in a directory that two have, and one that has no network.
begin a9-over-the-bridge
mkdir -p "$ROOTS/two/www"
head -c 300000 /dev/urandom >"$ROOTS/two/www/file"
sum=$(md5sum <"$ROOTS/two/www/file")
inside two httpd -p 8080 -h /www
want_status 0
wait_until 10 listens two 1F90 || fail "httpd does not listen"
inside one wget -q -O /tmp/file http://10.77.0.12:8080/file
want_status 0
want_eq "what one has got" "$(md5sum <"$ROOTS/one/tmp/file")" "$sum"
run wget -q -O "$W/file" http://10.77.0.12:8080/file
want_eq "what the host has got" "$(md5sum <"$W/file" 2>/dev/null)" "$sum"
in_background lxc-attach -n one -P "$ROOTS" -- /bin/busybox sh -c '/bin/busybox nc -l -p 9000 >/tmp/heard'
wait_until 10 listens one 2328 || fail "nc does not listen"
inside two sh -c 'echo by nc | /bin/busybox nc -w 3 10.77.0.11 9000'
wait "$BG"
want_eq "what one has heard" "$(cat "$ROOTS/one/tmp/heard")" "by nc"
end

begin a9-down-with-containers
run lxcbox net down
want_status 1
want_err_has "'$BR' is in use by" "vone" "--force takes it down all the same"
pings one 10.77.0.12
run lxcbox net status
want_status 0
end

begin a9-shared-directory
mkdir -p "$W/meet"
for name in four five; do
	make $name "lxc.network.type = empty" "lxc.network.flags = up" "lxc.mount.entry = $W/meet shared none bind 0 0" \
		"lxc.mount.entry = $T/bin shared.bin none bind,ro,create=dir 0 0"
	start $name
done
inside four cat /proc/net/dev
grep -q eth0 "$W/out" && fail "it has a network"
run lxc-attach -n four -P "$ROOTS" -- /bin/busybox ping -c 1 -W 1 10.77.0.1
want_failure
in_background lxc-attach -n four -P "$ROOTS" -- /shared.bin/meet listen /shared/sock
wait_until 10 test -S "$W/meet/sock" || fail "no socket: $(cat "$W/bg.err")"
run lxc-attach -n five -P "$ROOTS" -- /shared.bin/meet say /shared/sock hello
want_status 0
wait "$BG"
want_eq "what four has heard" "$(cat "$W/bg.out")" hello
stop four five
end

begin a9-uplink
stop one two three
run lxcbox net down
want_status 0
# The host's end of a pair stands for an interface of the box: who is at its other end is somebody on the wire.
make wire "lxc.network.type = veth" "lxc.network.name = eth0" "lxc.network.veth.pair = vwire" "lxc.network.flags = up" \
	"lxc.network.ipv4 = 10.77.0.200/24"
start wire
mac=$(cat /sys/class/net/vwire/address)
cat >"$W/lxc-net" <<END
LXC_BRIDGE=$BR
LXC_ADDR=10.77.0.1
LXCBOX_UPLINK=vwire
LXCBOX_GATEWAY=10.77.0.200
END
run lxcbox net up -f "$W/lxc-net"
want_status 0
want_eq "hardware address" "$(cat /sys/class/net/$BR/address)" "$mac"
want_eq "default route" "$(awk '$2 == "00000000" { print $1, $3 }' /proc/net/route)" "$BR C8004D0A"
run ping -c 1 -W 3 10.77.0.200
want_status 0
start two
pings two 10.77.0.200
run lxcbox net status
want_status 0
want_out_has "Uplink:         vwire" "Gateway:        10.77.0.200"
route del -net default gw 10.77.0.200
run lxcbox net status
want_status 1
want_out_has "Missing:        10.77.0.200"
run lxcbox net up -f "$W/lxc-net"
want_status 0
run lxcbox net status
want_status 0
stop two
run lxcbox net down
want_status 0
[ -d /sys/class/net/vwire ] || fail "the uplink is gone"
[ ! -d /sys/class/net/vwire/master ] || fail "the uplink is on a bridge still"
want_eq "default route" "$(awk '$2 == "00000000" { print $1, $3 }' /proc/net/route)" ""
stop wire
end

[ -z "$image" ] || lxcbox net up
finish
