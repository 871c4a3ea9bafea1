# SPDX-License-Identifier: MIT
# owns: lxcbox.net.N.forward: a port of the host leads into a container, for whom, until when, and who may have it
# never: leaves a bridge, a rule or a setting behind

. "$T/lib.sh"

ROOTS=$W/roots
LXCPATH=$ROOTS
BR=lxcbr8
LOCALNET=/proc/sys/net/ipv4/conf/$BR/route_localnet

# make NAME LINE...: a container that serves its name by httpd on port 80
make()
{
	make_name=$1
	shift
	mkdir -p "$ROOTS/$make_name/bin" "$ROOTS/$make_name/www"
	echo "here is $make_name" >"$ROOTS/$make_name/www/name"
	{
		echo "lxc.uts.name = $make_name"
		echo "lxc.rootfs.path = $ROOTS/$make_name"
		echo "$NO_CONSOLE"
		echo "$PROC_ENTRY"
		echo "$BUSYBOX_ENTRY"
		echo "lxc.net.0.type = veth"
		echo "lxc.net.0.flags = up"
		echo "lxc.net.0.name = eth0"
		echo "lxc.net.0.veth.pair = v$make_name"
		for line; do
			echo "$line"
		done
	} >"$W/$make_name.conf"
}

on_bridge()
{
	echo "lxc.net.0.link = $BR"
	# The same after each start, or the host would look for the old one for a while.
	echo "lxc.net.0.hwaddr = 02:16:3e:00:00:$1"
	echo "lxc.net.0.ipv4.address = 10.78.1.$1/24"
	echo "lxc.net.0.ipv4.gateway = 10.78.1.1"
}

start()
{
	run lxc-start -d -n "$1" -P "$ROOTS" -f "$W/$1.conf" -- /bin/busybox httpd -f -p 80 -h /www
}

stop()
{
	for stop_name; do
		lxc-stop -k -n "$stop_name" -P "$ROOTS" >/dev/null 2>&1
		NAME=$stop_name
		want_nothing_left
	done
}

inside()
{
	inside_name=$1
	shift
	run lxc-attach -n "$inside_name" -P "$ROOTS" -- /bin/busybox "$@"
}

# wants WHO ADDRESS:PORT NAME: who gets there ("host" or a container) sees that container's page; "": nobody answers
wants()
{
	if [ "$1" = host ]; then
		run wget -T 3 -q -O - "http://$2/name"
	else
		inside "$1" wget -T 3 -q -O - "http://$2/name"
	fi
	got=$(sed 's/^here is //' "$W/out")
	[ "$got" = "$3" ] || fail "$1 to $2: '$got', wanted '$3' ($(first_line "$W/err"))"
}

# crash NAME: its monitor is killed, and all processes die with it
crash()
{
	crash_pid=$(init_pid "$1")
	kill -9 "$(awk '$1 == "monitor" { print $2 }' /run/lxcbox/"$1"@*/record)"
	wait_until 10 sh -c "! [ -d /proc/$crash_pid ]" || fail "the container outlives its monitor"
}

ready()
{
	lxc-attach -n "$1" -P "$ROOTS" -- /bin/busybox grep -q ':0050 ' /proc/net/tcp /proc/net/tcp6 2>/dev/null </dev/null
}

FORWARD=$(cat /proc/sys/net/ipv4/ip_forward)
brctl addbr $BR
brctl setfd $BR 0
# Not that of the port that has the lowest one just now.
ifconfig $BR hw ether 02:16:3e:00:00:01
ifconfig $BR 10.78.1.1 netmask 255.255.255.0 up
echo 1 >/proc/sys/net/ipv4/ip_forward
# Somebody outside is at the other end of an interface of the host.
[ -d /proc/sys/net/ipv6 ] && V6=1 || V6=
make out "lxc.net.0.ipv4.address = 10.78.2.2/24" "lxc.net.0.ipv4.gateway = 10.78.2.1" \
	${V6:+"lxc.net.0.ipv6.address = fd78:2::2/64" "lxc.net.0.ipv6.gateway = fd78:2::1"}
start out
want_status 0
ifconfig vout 10.78.2.1 netmask 255.255.255.0 up

begin forward-reaches
make one "$(on_bridge 11)" "lxcbox.net.0.forward = tcp 9980 80"
make two "$(on_bridge 12)" "lxcbox.net.0.forward = tcp 10.78.2.1:9981 80 # of one address"
start one
want_status 0
start two
want_status 0
wait_until 10 ready one || fail "one does not serve"
wait_until 10 ready two || fail "two does not serve"
wants out 10.78.2.1:9980 one
wants host 10.78.2.1:9980 one
wants host 127.0.0.1:9980 one
wants two 10.78.2.1:9980 one
wants two 10.78.1.1:9980 one
wants out 10.78.2.1:9981 two
wants host 10.78.2.1:9981 two
wants one 10.78.2.1:9981 two
# Another address or port of the host is not meant, nor is anybody else's.
wants host 127.0.0.1:9981 ""
wants out 10.78.2.1:9982 ""
wants two 10.78.2.2:9980 ""
wants two 10.78.2.2:80 out
want_eq route_localnet "$(cat $LOCALNET)" 1
end

# Datagrams: what the other end is called by is where the answer comes from.
begin forward-udp
make three "$(on_bridge 13)" "lxcbox.net.0.forward = udp 9984 53"
start three
want_status 0
in_background lxc-attach -n three -P "$ROOTS" -- /bin/busybox nc -u -l -p 53 -e /bin/busybox cat
wait_until 10 lxc-attach -n three -P "$ROOTS" -- /bin/busybox grep -q ':0035 ' /proc/net/udp /proc/net/udp6 || fail "nobody hears port 53"
inside out sh -c 'echo by datagram | /bin/busybox nc -u -w 3 10.78.2.1 9984'
want_out_has "by datagram"
stop three
wait "$BG"
end

begin forward-ipv6
if [ -z "$V6" ]; then
	skip forward-ipv6 "this kernel has no IPv6"
else
	FORWARD6=$(cat /proc/sys/net/ipv6/conf/all/forwarding)
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	for d in $BR vout; do
		echo 0 >/proc/sys/net/ipv6/conf/$d/accept_dad
	done
	ifconfig $BR add fd78:1::1/64
	ifconfig vout add fd78:2::1/64
	make three "$(on_bridge 13)" "lxc.net.0.ipv6.address = fd78:1::13/64" "lxc.net.0.ipv6.gateway = fd78:1::1" \
		"lxcbox.net.0.forward = tcp [::]:9985 80" "lxcbox.net.0.forward = tcp [fd78:2::1]:9986 80"
	start three
	want_status 0
	wait_until 10 ready three || fail "three does not serve"
	# Addresses are looked for twice before they count: a second.
	wait_until 10 lxc-attach -n three -P "$ROOTS" -- /bin/busybox ping6 -c 1 -W 1 fd78:1::1 || fail "three does not reach the bridge"
	wait_until 10 lxc-attach -n out -P "$ROOTS" -- /bin/busybox ping6 -c 1 -W 1 fd78:2::1 || fail "out does not reach the host"
	wants out "[fd78:2::1]:9985" three
	wants out "[fd78:1::1]:9985" three
	wants out "[fd78:2::1]:9986" three
	wants out "[fd78:1::1]:9986" ""
	wants host "[fd78:2::1]:9985" three
	# IPv4 is another port, and the kernel routes nothing from ::1 elsewhere.
	wants out 10.78.2.1:9985 ""
	wants host "[::1]:9985" ""
	stop three
	wants out "[fd78:2::1]:9985" ""
	echo "$FORWARD6" >/proc/sys/net/ipv6/conf/all/forwarding
	end
fi

begin forward-taken
make three "$(on_bridge 13)" "lxcbox.net.0.forward = tcp 9990 80" "lxcbox.net.0.forward = tcp 10.78.2.1:9980 80"
start three
want_status 1
want_err_has "$W/three.conf:$(wc -l <"$W/three.conf"): lxcbox.net.0.forward: tcp port 9980 is in use by container 'one'"
NAME=three
want_nothing_left
make three "$(on_bridge 13)" "lxcbox.net.0.forward = tcp 9981 80"
start three
want_status 1
want_err_has "tcp port 9981 is in use by container 'two'"
# Another protocol, another address: nobody's.
make three "$(on_bridge 13)" "lxcbox.net.0.forward = udp 9980 80" "lxcbox.net.0.forward = tcp 10.78.1.1:9981 80"
start three
want_status 0
wait_until 10 ready three || fail "three does not serve"
wants host 10.78.1.1:9981 three
wants host 10.78.2.1:9981 two
stop three
wants host 10.78.1.1:9981 ""
end

begin forward-gone-at-stop
stop one
wants out 10.78.2.1:9980 ""
wants host 127.0.0.1:9980 ""
wants out 10.78.2.1:9981 two
want_eq route_localnet "$(cat $LOCALNET)" 0
end

begin forward-gone-after-a-crash
start one
want_status 0
wait_until 10 ready one || fail "one does not serve"
wants out 10.78.2.1:9980 one
crash one
if lxc-ls --help 2>&1 | grep -q -e --repair; then
	run lxc-ls --repair -P "$ROOTS"
	want_status 0
else
	lxc-stop -k -n one -P "$ROOTS" >"$W/out" 2>&1
fi
wants out 10.78.2.1:9980 ""
want_eq route_localnet "$(cat $LOCALNET)" 0
NAME=one
want_nothing_left
end

begin forward-without-routing
echo 0 >/proc/sys/net/ipv4/ip_forward
make one "$(on_bridge 11)" "lxcbox.net.0.forward = tcp 9983 80" "lxc.log.file = $W/log" "lxc.log.level = WARN"
start one
want_status 0
wait_until 10 ready one || fail "one does not serve"
has "$W/log" "/proc/sys/net/ipv4/ip_forward is 0: forwarded ports cannot be reached from outside"
wants host 10.78.2.1:9983 one
wants host 10.78.2.1:9980 ""
stop one two
end

stop out
ifconfig $BR down
brctl delbr $BR
echo "$FORWARD" >/proc/sys/net/ipv4/ip_forward
finish
