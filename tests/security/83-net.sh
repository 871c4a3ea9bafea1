# SPDX-License-Identifier: MIT
# owns: interfaces against names that are another's, bridges that are gone, and containers that disguise what they were lent
# never: needs more on the host than brctl, vconfig and ifconfig

. "$T/lib.sh"
R=$W/root
NAME=secnet
LXCPATH=$W/lxc
BR=secbr

links()
{
	ls /sys/class/net | tr '\n' ' '
}

monitor()
{
	sed -n 's/^monitor	\([0-9]*\)	.*/\1/p' /run/lxcbox/$NAME@*/record
}

start()
{
	run lxc-start -n $NAME -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sleep 1000
	want_status 0
}

stop()
{
	run lxc-stop -k -n $NAME -P "$LXCPATH"
}

inside()
{
	lxc-attach -n $NAME -P "$LXCPATH" -- /bin/busybox "$@"
}

is_gone()
{
	[ ! -e "/sys/class/net/$1" ]
}

fresh_root bin proc dev
: >"$R/bin/busybox"
brctl addbr $BR
LINKS=$(links)
write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "lxc.net.0.type = veth" "lxc.net.0.link = $BR" "lxc.net.0.flags = up" \
	"lxc.net.0.veth.pair = sechost"

# What bears the name when the record is undone is somebody else's.
begin net-foreign-link-is-never-deleted
start
pid=$(init_pid $NAME)
kill -9 "$(monitor)"
wait_until 10 is_gone sechost || fail "the pair outlives its container"
ls -d "/proc/${pid:-none}" >/dev/null 2>&1 && fail "its first process lives"
brctl addbr sechost
stop
run lxc-start -n $NAME -f "$W/conf" -P "$LXCPATH" -- /bin/busybox true
want_failure
want_err_has "sechost" "File exists"
[ -e /sys/class/net/sechost ] || fail "a foreign link was deleted"
brctl delbr sechost
want_eq links "$(links)" "$LINKS"
want_nothing_left
end

# The same kind, the same name, another pair.
begin net-foreign-pair-is-never-deleted
if ip link add secfor type veth >/dev/null 2>&1; then
	start
	# One that is up keeps its name before Linux 6.2.
	ip link set sechost down
	ip link set sechost name secours
	ip link set secfor name sechost
	stop
	want_status 0
	[ -e /sys/class/net/sechost ] || fail "a foreign pair was deleted"
	is_gone secours || fail "our own end under another name is left"
	ip link del sechost
	want_eq links "$(links)" "$LINKS"
	end
else
	skip "" "no ip to make a pair with"
fi

begin net-bridge-is-gone
start
ifconfig $BR down
brctl delbr $BR
stop
want_status 0
want_nothing_left
is_gone sechost || fail "the pair is left"
brctl addbr $BR
want_eq links "$(links)" "$LINKS"
end

# The container sees nothing of the host's links, holds no descriptor of its network, and its mount table has no place of it.
begin net-nothing-of-the-host
start
pid=$(init_pid $NAME)
inside ifconfig -a >"$W/out" 2>&1
grep -q -e sechost -e $BR "$W/out" && fail "it sees the host's links"
ls -l "/proc/$pid/fd" | grep -q 'net:\|socket:' && fail "it holds $(ls -l "/proc/$pid/fd" | grep 'net:\|socket:')"
grep -q -e nsfs -e /run/lxcbox "/proc/$pid/mountinfo" && fail "a place in its mount table"
stop
end

# What was lent comes back whatever it is called and whatever address it has, and a disguise stays where it is.
begin net-lent-link-in-disguise
lent=
if ip link add seclent type veth >/dev/null 2>&1; then
	lent=seclent
elif vconfig add $BR 5 >/dev/null 2>&1; then
	lent=$BR.5
fi
if [ -z "$lent" ]; then
	skip net-lent-link-in-disguise "nothing to lend"
else
	LENT_LINKS=$(links)
	address=$(cat /sys/class/net/$lent/address)
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "lxc.net.0.type = phys" "lxc.net.0.link = $lent" "lxc.net.0.name = wan"
	run lxc-start -n $NAME -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sleep 1000
	if grep -q 'CONFIG_NET_PHYS is off' "$W/err"; then
		skip net-lent-link-in-disguise "CONFIG_NET_PHYS is off in this build"
	else
		want_status 0
		inside ifconfig wan hw ether 02:00:00:00:00:77 || fail "the address cannot be changed"
		if inside ip link set wan name other 2>/dev/null; then
			inside ip link add wan type veth
			inside ifconfig wan hw ether "$address"
		fi
		kill -9 "$(monitor)"
		stop
		run lxc-start -n $NAME -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sleep 1000
		want_status 0
		stop
		want_status 0
		want_eq links "$(links)" "$LENT_LINKS"
		want_eq "its address" "$(cat /sys/class/net/$lent/address)" "$address"
		want_nothing_left
		end
	fi
	ip link del $lent >/dev/null 2>&1 || vconfig rem $lent >/dev/null 2>&1
fi
brctl delbr $BR
finish
