# SPDX-License-Identifier: MIT
# owns: lxcbox.device: devices that a running container gets and loses, by real messages of the kernel
# never: opens a device of the machine but null, zero, full and a loop device of its own, which has no file behind it
# boards: one

. "$T/lib.sh"
R=$W/root
NAME=gets
LXCPATH=$W/lxc
B=/bin/busybox
# A loop device that nobody else takes.
N=213

lxcbox --features | grep -q '^devices that come and go: yes' || {
	skip device-events 'CONFIG_DEVICE_EVENTS is off in this build'
	finish
}

# conf LINE...: as write_conf, with everything denied but null where the machine has such rules
conf()
{
	fresh_root bin dev proc
	: >"$R/bin/busybox"
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
	[ -z "$M" ] || printf 'lxc.cgroup.devices.deny = a\nlxc.cgroup.devices.allow = c 1:3 rwm\n' >>"$W/conf"
}

up()
{
	: >"$W/log"
	run lxc-start -n $NAME -P "$LXCPATH" -f "$W/conf" -o "$W/log" -l INFO -p "$W/pid" -- $B "${@:-sleep}" 1000
	want_status 0
}

down()
{
	run lxc-stop -n $NAME -P "$LXCPATH" -k
	want_status 0
	want_nothing_left
}

inside()
{
	run lxc-attach -n $NAME -P "$LXCPATH" -- $B "$@"
}

# The node, as stat says: type and permissions, numbers, owner.
node()
{
	inside stat -c '%A %t:%T %u:%g' "/dev/$1"
}

has_node()
{
	lxc-attach -n $NAME -P "$LXCPATH" -- $B test -e "/dev/$1"
}

# rules: devices.list in one line, sorted; nothing where there is none
rules()
{
	[ -z "$M" ] || sort "$M/lxc/$NAME/devices.list" | tr '\n' ,
}

rules_are()
{
	[ -z "$M" ] || [ "$(rules)" = "$1" ]
}

want_rules()
{
	[ -z "$M" ] || wait_until 10 rules_are "$1" || fail "rules are '$(rules)', wanted '$1'"
}

# kernel VERB DEVICE: the kernel tells it of a device that stays
kernel()
{
	echo "$1" >"/sys/class/mem/$2/uevent"
}

loop()
{
	"$T/bin/device" "$1" $N 2>"$W/loop" || fail "loop device: $(first_line "$W/loop")"
}

M=$(cg_mount devices) || M=
[ -w /sys/class/mem/full/uevent ] || {
	skip device-events 'no /sys/class/mem that can be written'
	finish
}

# What is there before the first process runs; the file says what of it and as what.
begin device-events-at-the-start
conf "lxcbox.device = subsystem=mem name=ful? as=in/here mode=0640 uid=5 gid=6" "lxcbox.device = subsystem=mem name=zero r as=z" \
	"lxcbox.device = name=nothing-is-called-so"
up sh -c "$B ls -l /dev/in/here >/first; $B head -n 0 /dev/z; echo \$? >>/first; $B sleep \$0"
wait_until 10 grep -q '^0$' "$R/first" || fail "not there at the start: $(cat "$R/first")"
node in/here
want_out "crw-r----- 1:7 5:6"
node z
want_out "crw-rw---- 1:5 0:0"
want_rules "c 1:3 rwm,c 1:5 r,c 1:7 rw,"
inside sh -c 'echo x >/dev/in/here'
want_err_has "No space left"
[ -z "$M" ] || {
	inside sh -c 'echo x >/dev/z'
	want_err_has "not permitted"
}
down
end

begin device-events-come-and-go
conf "lxcbox.device = subsystem=mem name=full as=f"
up
wait_until 10 has_node f || fail "no node"
kernel remove full
want_rules "c 1:3 rwm,"
has_node f && fail "the node stays"
kernel add full
wait_until 10 has_node f || fail "no node again"
want_rules "c 1:3 rwm,c 1:7 rw,"
# Twice is once, and what fits no line is not given.
kernel add full
kernel add zero
kernel change full
kernel remove full
kernel remove full
want_rules "c 1:3 rwm,"
kernel add full
wait_until 10 has_node f || fail "no node the third time"
[ "$(grep -c 'is given as' "$W/log")" = 3 ] || fail "$(grep -c 'is given as' "$W/log") given: $(tail -n 1 "$W/log")"
down
end

# A block device that really comes.
if "$T/bin/device" add $N 2>"$W/loop"; then
	begin device-events-of-a-block-device
	loop remove
	conf "lxcbox.device = subsystem=block name=loop$N rwm mode=0600"
	up
	has_node loop$N && fail "there before it came"
	loop add
	wait_until 10 has_node loop$N || fail "no node: $(tail -n 1 "$W/log")"
	node loop$N
	want_out "brw------- 7:d5 0:0"
	want_rules "b 7:$N rwm,c 1:3 rwm,"
	loop remove
	want_rules "c 1:3 rwm,"
	has_node loop$N && fail "the node stays"
	down
	end

	# More at once than the socket holds: what is lost is found by looking.
	begin device-events-lost
	conf "lxcbox.device = subsystem=block name=loop*13 rw" "lxcbox.device = subsystem=mem name=full as=f"
	loop add
	up
	wait_until 10 has_node loop$N || fail "no node"
	read -r MONITOR <"$W/pid"
	kill -STOP "$MONITOR"
	loop_n=0
	while [ $loop_n -lt 4000 ]; do
		echo change >/sys/class/mem/null/uevent
		loop_n=$((loop_n + 1))
	done
	loop remove
	kill -CONT "$MONITOR"
	want_rules "c 1:3 rwm,c 1:7 rw,"
	wait_until 10 grep -q 'too many messages' "$W/log" || fail "none was lost"
	has_node loop$N && fail "the node of what is gone stays"
	has_node f || fail "what is still there was taken"
	loop add
	wait_until 10 has_node loop$N || fail "not given after it"
	loop remove
	down
	end
else
	skip device-events-of-a-block-device "no loop device can be made: $(first_line "$W/loop")"
fi

# A rule of the file stays when the device goes: what was given is taken, no more.
begin device-events-leave-the-rules
if [ -n "$M" ]; then
	conf "lxc.cgroup.devices.allow = c 1:3 m" "lxcbox.device = subsystem=mem name=full rw as=f" "lxcbox.device = subsystem=mem name=null rw as=n" \
		"lxcbox.device = subsystem=mem name=zero rw as=z"
	printf 'lxc.cgroup.devices.allow = c 1:7 r\nlxc.cgroup.devices.allow = c 1:5 rwm\n' >>"$W/conf"
	up
	want_rules "c 1:3 rwm,c 1:5 rwm,c 1:7 rw,"
	kernel remove full
	kernel remove null
	kernel remove zero
	want_rules "c 1:3 rwm,c 1:5 rwm,c 1:7 r,"
	wait_until 10 grep -q "device 'z' .* is taken back" "$W/log" || fail "not taken"
	has_node n && fail "the node stays"
	down
	end
else
	skip device-events-leave-the-rules 'no devices controller of cgroup v1'
fi

# Only the kernel is believed.
begin device-events-forged
conf "lxcbox.device = name=mem" "lxcbox.device = subsystem=mem name=full as=f"
sed -i '/name=mem$/d' "$W/conf"
up
kernel remove full
want_rules "c 1:3 rwm,"
run "$T/bin/device" forge 'add@/devices/virtual/mem/full|ACTION=add|SUBSYSTEM=mem|MAJOR=1|MINOR=7|DEVNAME=full|'
want_status 0
kernel change null
kernel add full
wait_until 10 has_node f || fail "no node"
[ "$(grep -c 'is given as' "$W/log")" = 2 ] || fail "a message of another was believed: $(tail -n 1 "$W/log")"
run "$T/bin/device" forge 'remove@/devices/virtual/mem/full|ACTION=remove|SUBSYSTEM=mem|MAJOR=1|MINOR=7|DEVNAME=full|'
kernel add null
has_node f || fail "taken by a message of another"
want_rules "c 1:3 rwm,c 1:7 rw,"
down
end

# A hostile container: a link, another file, another mount where the node is to be.
begin device-events-hostile
conf "lxcbox.device = subsystem=mem name=full as=d/f"
mkdir -p "$W/outside"
ln -s "$W/outside" "$R/away"
up
kernel remove full
want_rules "c 1:3 rwm,"
inside sh -c "$B rmdir /dev/d; $B ln -s $W/outside /dev/d"
kernel add full
wait_until 10 grep -q "WARN.*full" "$W/log" || fail "nothing said: $(tail -n 1 "$W/log")"
[ ! -e "$W/outside/f" ] || fail "made a node outside"
want_rules "c 1:3 rwm,"
inside sh -c "$B rm /dev/d; $B mkdir /dev/d; : >/dev/d/f"
: >"$W/log"
kernel add full
wait_until 10 grep -q "something else" "$W/log" || fail "nothing said of a file: $(tail -n 1 "$W/log")"
want_rules "c 1:3 rwm,"
# In a tree that lies on the host no node is made, so that none stays there.
inside sh -c "$B umount -l /dev || $B mount -t tmpfs x /dev"
: >"$W/log"
kernel add full
wait_until 10 grep -q "not in its own /dev" "$W/log" || fail "nothing said of a mount: $(tail -n 1 "$W/log")"
[ ! -e "$R/dev/d/f" ] || fail "a node on the host's disk"
down
end

# The end takes everything; a reboot begins anew.
begin device-events-over-a-reboot
conf "lxcbox.device = subsystem=mem name=full as=f"
up sh -c "[ -e /again ] || { : >/again; while [ ! -e /go ]; do $B usleep 20000; done; $B reboot -f; }; exec $B sleep \$0"
kernel remove full
want_rules "c 1:3 rwm,"
: >"$R/go"
wait_until 20 has_node f || fail "not found at the next start"
want_rules "c 1:3 rwm,c 1:7 rw,"
kernel remove full
want_rules "c 1:3 rwm,"
kernel add full
wait_until 10 has_node f || fail "no node in the second life"
down
end

# refused NAME TEXT LINE...
refused()
{
	begin "device-events-refused-$1"
	refused_text=$2
	shift 2
	conf "$@"
	run lxc-start -n $NAME -P "$LXCPATH" -f "$W/conf" -F -- $B true
	want_status 1
	want_one_line
	want_err_has "$W/conf:6: lxcbox.device" "$refused_text"
	want_nothing_left
	end
}

refused static-dev "no /dev of its own" "lxcbox.device = name=full" "lxc.autodev = 0"
refused dev-of-the-host "no /dev of its own" "lxcbox.device = name=full" "lxc.autodev = 0" "lxc.mount.entry = /dev dev none rbind 0 0"
refused taken-name "something else" "lxcbox.device = subsystem=mem name=full as=fd"

finish
