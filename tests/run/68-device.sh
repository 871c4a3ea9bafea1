# SPDX-License-Identifier: MIT
# owns: lxc-device: nodes and interfaces that a running container gets and loses
# never: opens a device of the machine but null, zero, full and its kind

. "$T/lib.sh"
R=$W/root
LXCPATH=$W/lxc
D="lxc-device -n plug -P $W/lxc"

lxc-device --help >/dev/null 2>&1 || {
	skip device 'CONFIG_LXC_DEVICE is off in this build'
	finish
}

inside()
{
	run lxc-attach -n plug -P "$LXCPATH" -- /bin/busybox "$@"
}

fresh_root bin etc proc dev
: >"$R/bin/busybox"
write_conf "$NO_CONSOLE" "lxc.pts = 16" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "lxc.net.0.type = empty"
M=$(cg_mount devices) || M=
[ -z "$M" ] || printf 'lxc.cgroup.devices.deny = a\nlxc.cgroup.devices.allow = c 1:3 rwm\n' >>"$W/conf"
run lxc-start -n plug -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sleep 1000

begin device-node
want_status 0
run $D add /dev/full
want_status 0
inside ls -l /dev/full
want_out_has "1,   7"
inside sh -c 'echo x >/dev/full'
want_err_has "No space left"
[ -z "$M" ] || grep -q '^c 1:7 rwm$' "$M/lxc/plug/devices.list" || fail "no rule: $(cat "$M/lxc/plug/devices.list")"
# Once more is no fault.
run $D add /dev/full
want_status 0
run $D del /dev/full
want_status 0
inside sh -c 'test -e /dev/full'
want_status 1
[ -z "$M" ] || want_eq "the rules" "$(cat "$M/lxc/plug/devices.list")" "c 1:3 rwm"
end

begin device-node-of-another-name
run $D add /dev/full /dev/deep/er/node
want_status 0
inside sh -c 'echo x >/dev/deep/er/node'
want_err_has "No space left"
run $D del /dev/full /dev/deep/er/node
want_status 0
end

begin device-stays-below-the-root
mkdir -p "$W/outside"
ln -s "$W/outside" "$R/away"
ln -s /dev/null "$R/dev-link"
run $D add /dev/full /away/node
want_status 1
want_one_line
[ ! -e "$W/outside/node" ] || fail "made a node outside"
run $D add /dev/full /../node
want_status 1
run $D add /dev/full /dev-link
want_status 1
want_err_has "something else"
# A refused one leaves no rule.
[ -z "$M" ] || want_eq "the rules" "$(cat "$M/lxc/plug/devices.list")" "c 1:3 rwm"
end

begin device-is-not-somebody-elses
inside sh -c ': >/etc/full'
run $D del /dev/full /etc/full
want_status 1
want_err_has "something else"
[ -e "$R/etc/full" ] || fail "removed a file that is no device"
end

# refused TEXT ARGUMENT...
refused()
{
	begin "device-refused-$1"
	shift
	refused_text=$1
	shift
	run $D "$@"
	want_status 1
	want_err_has "$refused_text"
	want_one_line
	end
}

refused no-verb "add or del is missing"
refused other-verb "add or del is missing" list
refused no-device "no device is named" add
refused too-many "unexpected argument 'd'" add /dev/full /b d
refused missing "cannot look up '/dev/nothing'" add /dev/nothing
refused a-file "'/etc/passwd' is not a device" add /etc/passwd
refused no-interface "there is no interface 'lxcbtest9'" add lxcbtest9
refused no-interface-there "there is no interface 'lxcbtest9'" del lxcbtest9

begin device-interface
if ip link add lxcbtest0 type veth peer name lxcbtest1 2>"$W/err" || ip link add lxcbtest0 type dummy 2>"$W/err"; then
	run $D add lxcbtest0 eth7
	want_status 0
	inside cat /proc/net/dev
	want_out_has eth7
	! grep -q lxcbtest0 /proc/net/dev || fail "the machine still has it"
	run $D del eth7 lxcbtest0
	want_status 0
	grep -q lxcbtest0 /proc/net/dev || fail "it did not come back"
	inside cat /proc/net/dev
	! grep -q eth7 "$W/out" || fail "the container still has it"
	ip link del lxcbtest0
	end
else
	skip device-interface "no interface can be made here: $(first_line "$W/err")"
fi

begin device-not-running
lxc-stop -n plug -P "$LXCPATH" -k
run $D add /dev/full
want_status 1
want_err_has "the container is not running"
want_one_line
want_nothing_left
end

finish
