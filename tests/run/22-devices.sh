# SPDX-License-Identifier: MIT
# owns: scenarios A6 and D1: device rules in order, as the kernel then has them and as a process inside meets them
# never: opens a device for writing that is not null, zero or a terminal

. "$T/lib.sh"

# rules FILE: what devices.list must be after "deny = a" and the allow lines of a configuration
rules()
{
	sed -n 's/^lxc.cgroup.devices.allow *= *//p' "$1" | sed 's/ *#.*//; s/ *$//' | sort
}

# listed NAME: devices.list of a running container
listed()
{
	sort "$(cg_dir devices "$1")/devices.list"
}

if ! cg_mount devices >/dev/null; then
	skip a6-devices "no devices hierarchy of cgroup v1 here"
	finish
fi

begin a6-list-is-exact
in_background lxc-start --name=container1 --foreground --rcfile="$SEED" --lxcpath="$ROOT"
wait_until 10 is_running container1 || fail "not running: $(first_line "$W/bg.err")"
want_eq "devices.list" "$(listed container1)" "$(rules "$SEED")"
run lxc-stop --name=container1 --lxcpath="$ROOT" --kill
wait "$BG"
end

CONF=$W/conf
seed_with "$CONF" "$PROBE_ENTRY"

begin a6-listed-devices-work
start_seed -- /bin/probe open /dev/null rw , open /dev/zero r , open /dev/random r , open /dev/urandom r , \
	open /dev/ptmx rw , open /dev/tty rw
want_status 0
want_out_has "open /dev/null: ok" "open /dev/zero: ok" "open /dev/random: ok" "open /dev/urandom: ok" "open /dev/ptmx: ok"
# Without a controlling terminal the device itself says so; the rule would say EPERM.
want_out_has "open /dev/tty: ENXIO"
end

begin a6-mknod-of-others-fails
start_seed -- /bin/probe mknod b 7 0 , mknod c 10 1 , mknod c 1 7 , mknod b 8 0 , mknod c 1 2 , mknod c 1 4
want_status 0
# kmem and port among them; the seed itself allows /dev/mem, and nothing else of the kind.
want_out_has "mknod c 1:2: EPERM" "mknod c 1:4: EPERM" "mknod b 7:0: EPERM" "mknod c 10:1: EPERM" "mknod c 1:7: EPERM" "mknod b 8:0: EPERM"
end

begin a6-open-of-others-fails
mknod "$ROOT/loop0" b 7 0
mknod "$ROOT/misc" c 10 1
mknod "$ROOT/null" c 1 3
start_seed -- /bin/probe open /loop0 r , open /misc r , open /null rw
rm -f "$ROOT/loop0" "$ROOT/misc" "$ROOT/null"
want_status 0
want_out_has "open /loop0: EPERM" "open /misc: EPERM" "open /null: ok"
end

begin a6-order-counts
seed_with "$W/order" "$PROBE_ENTRY" 'lxc.cgroup.devices.deny = c 1:5 w' 'lxc.cgroup.devices.deny = c 1:9 rwm' \
	'lxc.cgroup.devices.allow = c 1:9 r' 'lxc.cgroup.devices.deny = c 1:8 rwm'
in_background lxc-start --name=container1 --foreground --rcfile="$W/order" --lxcpath="$ROOT" -- \
	/bin/probe open /dev/zero w , open /dev/zero r , open /dev/urandom r , open /dev/urandom w , open /dev/random r , wait
wait_until 10 grep -q ready "$W/bg.out" || fail "not running: $(first_line "$W/bg.err")"
cp "$W/bg.out" "$W/out"
want_out_has "open /dev/zero: EPERM" "open /dev/zero: ok" "open /dev/urandom: ok" "open /dev/urandom: EPERM" \
	"open /dev/random: EPERM"
got=$(listed container1 | grep -E '^c 1:[589] ' | tr '\n' ',')
want_eq "devices.list of zero, random and urandom" "$got" "c 1:5 rm,c 1:9 r,"
run lxc-stop --name=container1 --lxcpath="$ROOT" --kill
wait "$BG"
end

# What a list without it denies: all memory, ports, the console of the machine, disks.
begin devices-memory-and-ports
grep -v 'c 1:1 ' "$CONF" >"$W/strict"
CONF=$W/strict start_seed -- /bin/probe mknod c 1 1 , mknod c 1 2 , mknod c 1 4 , mknod c 1 11 , mknod b 8 0 , mknod b 31 0
want_status 0
want_out_has "mknod c 1:1: EPERM" "mknod c 1:2: EPERM" "mknod c 1:4: EPERM" "mknod c 1:11: EPERM" "mknod b 8:0: EPERM" \
	"mknod b 31:0: EPERM"
end

# d1 CASE LINE...: a configuration with these rules alone, and what the kernel then has
d1()
{
	grep -v devices "$SEED" >"$W/d1"
	echo "$PROBE_ENTRY" >>"$W/d1"
	for line; do
		echo "$line" >>"$W/d1"
	done
	in_background lxc-start --name=container1 --foreground --rcfile="$W/d1" --lxcpath="$ROOT" -- /bin/probe wait
	wait_until 10 grep -q ready "$W/bg.out" || fail "not running: $(first_line "$W/bg.err")"
	d1_list=$(listed container1 | tr '\n' ',')
	run lxc-stop --name=container1 --lxcpath="$ROOT" --kill
	wait "$BG"
}

begin d1-deny-all-allow-two
d1 'lxc.cgroup.devices.deny = a' 'lxc.cgroup.devices.allow = c 1:2 rw' 'lxc.cgroup.devices.allow = b 8:0 rw'
want_eq "devices.list" "$d1_list" "b 8:0 rw,c 1:2 rw,"
end

begin d1-allow-before-deny-all
d1 'lxc.cgroup.devices.allow = c 1:2 rw' 'lxc.cgroup.devices.deny = a' 'lxc.cgroup.devices.allow = b 8:0 rw'
want_eq "devices.list" "$d1_list" "b 8:0 rw,"
end

begin d1-no-rules
d1
want_eq "devices.list" "$d1_list" "a *:* rwm,"
end

begin d1-spellings-of-all
d1 'lxc.cgroup.devices.deny = a *:* rwm' 'lxc.cgroup.devices.allow=c 1:2 rw # and a comment'
want_eq "devices.list" "$d1_list" "c 1:2 rw,"
end

rm -f "$ROOT/bin/probe"
finish
