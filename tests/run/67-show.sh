# SPDX-License-Identifier: MIT
# owns: what lxc-ls, lxc-info and lxc-top show of containers: columns, filters, addresses, counts, nested ones, JSON
# never: believes what a container says of itself
# boards: one
# profile: full

. "$T/lib.sh"
R=$W/root
NAME=shown
P=$W/lxc
LXCPATH=$P

has_option()
{
	"$1" --help 2>&1 | grep -q -e "$2"
}

# flat: the JSON on standard output as PATH<TAB>VALUE in $W/flat
flat()
{
	cp "$W/out" "$W/json"
	awk -f "$T/json.awk" "$W/json" >"$W/flat" || fail "$(tail -n 1 "$W/flat")"
}

# want_value PATH VALUE
want_value()
{
	want_eq "$1" "$(awk -F '\t' -v p="$1" '$1 == p { print $2 }' "$W/flat")" "$2"
}

# container NAME LINE...
container()
{
	name=$1
	shift
	mkdir -p "$P/$name"
	{
		echo "lxc.uts.name = $name"
		echo "lxc.rootfs.path = $R"
		echo "lxc.rootfs.options = ro"
		echo "lxc.console.path = none"
		echo "lxc.autodev = 0"
		echo "lxc.net.0.type = empty"
		for line; do
			echo "$line"
		done
	} >"$P/$name/config"
}

# start NAME COMMAND...: in that container, and until it runs
start()
{
	start_name=$1
	shift
	run lxc-start -P "$P" "$start_name" -- "$@"
	want_status 0
}

# in_net NAME COMMAND...: in the container's network
in_net()
{
	in_net_pid=$(init_pid "$1")
	shift
	nsenter -t "$in_net_pid" -n "$@"
}

# add_link NAME HOST-SIDE: a pair of devices; eth0 in the container has 10.77.0.2 and 2001:db8:77::2
add_link()
{
	ip link add "$2" type veth 2>/dev/null || return 1
	# BusyBox's ip cannot name the other end: it is the device that has come with it.
	other=$(ls -t /sys/class/net | while read -r l; do
		[ "$(cat "/sys/class/net/$l/iflink")" != "$(cat "/sys/class/net/$2/ifindex")" ] || echo "$l"
	done)
	ip link set "$other" netns "$(init_pid "$1")" &&
		in_net "$1" ip link set "$other" name eth0 &&
		in_net "$1" ip addr add 10.77.0.2/24 dev eth0 &&
		in_net "$1" ip link set eth0 up && ip link set "$2" up || return 1
	in_net "$1" ip -6 addr add 2001:db8:77::2/64 dev eth0 nodad 2>/dev/null || NO_V6=1
}

fresh_root bin dev proc var
cp /bin/busybox "$R/bin/busybox"
SLEEP="/bin/busybox sleep 1000"
container shown "lxc.group = red blue" "lxc.start.auto = 1"
container shown-too "lxc.group = blue"
container other
mkdir -p "$P/not-a-container" "$P/.hidden" "$P/bad name"
echo "lxc.uts.name = x" >"$P/bad name/config"
snapshot >"$W/before"
# shellcheck disable=SC2086
start shown $SLEEP
PID=$(init_pid shown)

begin show-names
run lxc-ls -P "$P"
want_out "other
shown
shown-too"
run script -q -c "stty cols 24; lxc-ls -P $P" /dev/null
want_eq "columns of a terminal" "$(tr -d '\r' <"$W/out")" "other     shown    
shown-too "
run script -q -c "stty cols 24; lxc-ls -1 -P $P" /dev/null
want_eq "-1" "$(tr -d '\r' <"$W/out")" "other
shown
shown-too"
end

begin show-filters
for o in "-g red" "--groups=blue,red" "-g red --running" "--active"; do
	# shellcheck disable=SC2086
	run lxc-ls -P "$P" $o
	want_out shown
done
run lxc-ls -P "$P" -g blue
want_out "shown
shown-too"
run lxc-ls -P "$P" -g blue,nosuch
want_status 0
want_out ""
run lxc-ls -P "$P" -g blue --stopped
want_out shown-too
end

begin show-by-expression
if has_option lxc-ls --filter; then
	for e in "^shown" "wn" "shown(-too)?$" "s.o"; do
		run lxc-ls -P "$P" --filter "$e"
		want_out "shown
shown-too"
		run lxc-ls -P "$P" "$e"
		want_out "shown
shown-too"
	done
	run lxc-ls -P "$P" 'n$|r$'
	want_out "other
shown"
	run lxc-ls -P "$P" --filter 'a('
	want_status 1
	want_one_line
	want_err_has "bad regular expression 'a('"
else
	run lxc-ls -P "$P" shown
	want_status 1
	want_err_has "'shown' (CONFIG_REGEX)"
fi
end

begin show-table
cat >"$W/table" <<END
NAME      STATE   AUTOSTART GROUPS    IPV4 IPV6 UNPRIVILEGED 
other     STOPPED 0         -         -    -    false        
shown     RUNNING 1         red, blue -    -    false        
shown-too STOPPED 0         blue      -    -    false        
END
run lxc-ls -P "$P" -f
cmp -s "$W/out" "$W/table" || fail "not LXC's table: $(diff "$W/table" "$W/out" | sed -n 2p)"
run lxc-ls -P "$P" -f -F "name, Pid,INTERFACE,autostart"
width=${#PID}
[ "$width" -ge 3 ] || width=3
want_out "$(printf "NAME      %-${width}s INTERFACE AUTOSTART \\n" PID
	printf "other     %-${width}s -         0         \\n" -
	printf "shown     %-${width}s lo        1         \\n" "$PID"
	printf "shown-too %-${width}s -         0         \\n" -)"
run lxc-ls -P "$P" -F name,colour
want_status 1
want_err_has "unknown column 'colour' (NAME,STATE,PID,RAM,SWAP,"
end

begin show-memory
if [ -f "$(cg_dir memory shown)/memory.usage_in_bytes" ]; then
	run lxc-ls -P "$P" -F name,ram,swap --running
	grep -qE '^NAME  RAM {2,}SWAP {2,}$' "$W/out" || fail "heading '$(first_line "$W/out")'"
	grep -qE '^shown +[0-9]+\.[0-9][0-9]MB +[0-9]+\.[0-9][0-9]MB $' "$W/out" || fail "$(tail -n 1 "$W/out")"
	run lxc-ls -P "$P" -F name,ram --stopped
	want_out "NAME      RAM   
other     -     
shown-too -     "
	end
else
	skip show-memory "the memory controller is not on cgroup v1 here"
fi

begin show-info-counts
run lxc-info -P "$P" shown -S -H
want_status 0
grep -qE '^CPU use:        [0-9]+$' "$W/out" || [ ! -f "$(cg_dir cpuacct shown)/cpuacct.usage" ] || fail "no processor time: $(first_line "$W/out")"
if [ -f "$(cg_dir memory shown)/memory.usage_in_bytes" ]; then
	grep -qE '^Memory use:     [0-9]+$' "$W/out" || fail "no memory: $(tail -n 1 "$W/out")"
	run lxc-info -P "$P" shown
	grep -qE '^Memory use:     [0-9]+\.[0-9][0-9] (KiB|MiB)$' "$W/out" || fail "memory is not told as LXC does"
	grep -qE '^CPU use:        [0-9]+\.[0-9][0-9] seconds$' "$W/out" || fail "processor time is not told as LXC does"
fi
run lxc-info -P "$P" other -S -i
want_status 0
want_out ""
end

NO_V6=
begin show-addresses
if ! add_link shown vShown; then
	skip show-addresses "no pair of devices can be made here"
else
	run lxc-info -P "$P" shown -i -H
	[ -z "$NO_V6" ] && want_out "10.77.0.2
2001:db8:77::2" || want_out 10.77.0.2
	run lxc-info -P "$P" shown -i
	want_eq "with its title" "$(first_line "$W/out")" "IP:             10.77.0.2"
	run lxc-ls -P "$P" --running -F name,interface,ipv4
	want_out "NAME  INTERFACE IPV4      
shown eth0, lo  10.77.0.2 "
	ping -c 1 -W 2 10.77.0.2 >/dev/null 2>&1 || :
	run lxc-info -P "$P" shown -S
	want_out_has "Link:           vShown" " TX bytes:      " " RX bytes:      " " Total bytes:   "
	run lxc-info -P "$P" shown -S -H
	sent=$(sed -n 's/^ TX bytes: *//p' "$W/out")
	[ "${sent:-0}" -ge 0 ] && [ "${sent:-0}" -le "$(cat /sys/class/net/vShown/statistics/rx_bytes)" ] ||
		fail "the container has sent $sent bytes, its other end received $(cat /sys/class/net/vShown/statistics/rx_bytes)"
	end
fi

begin show-json
if has_option lxc-ls --json; then
	run lxc-ls -P "$P" --json
	want_status 0
	flat
	want_value schema 1
	want_value containers.0.name other
	want_value containers.0.state STOPPED
	want_value containers.0.pid null
	want_value containers.0.groups "[]"
	want_value containers.1.name shown
	want_value containers.1.pid "$PID"
	want_value containers.1.autostart true
	want_value containers.1.groups.1 blue
	[ ! -e /sys/class/net/vShown ] || want_value containers.1.ipv4.0 10.77.0.2
	run lxc-info -P "$P" shown --json -c lxc.group -c lxc.init.cmd
	flat
	want_value name shown
	want_value state RUNNING
	want_value pid "$PID"
	want_value config.0.value 'red\u000ablue'
	want_value config.1.value null
	run lxc-info -P "$P" other --json
	flat
	want_value pid null
	want_value addresses "[]"
	run lxc-autostart -P "$P" -L --json -a -A
	flat
	want_value containers.1.name shown
	want_value containers.1.groups.0 red
	run lxc-autostart -P "$P" --json
	want_status 1
	want_err_has "--json goes with -L"
	run lxc-checkconfig --json
	[ "$STATUS" -le 1 ] || fail "lxc-checkconfig --json: status $STATUS"
	flat
	want_value features.0.name Namespaces
	want_value features.0.required true
	run lxc-top -P "$P" -b --count 1 --json
	flat
	want_value containers.0.name shown
	end
else
	skip show-json "CONFIG_JSON is off in this build"
fi

# All that a program has of a mistake in the command line is its status.
begin show-mistakes
for o in "lxc-top -s x" "lxc-top -d 0" "lxc-top -b --count 0" "lxc-top some" "lxc-top -s nc"; do
	# shellcheck disable=SC2086
	run $o
	want_status 1
	want_one_line
done
run lxc-top -P "$P"
want_status 1
want_err_has "stdin is not a terminal (-b needs none)"
end

begin show-top-lines
mkdir -p "$W/second"
run lxc-top -P "$P" -P "$W/second" -b -d 1 --count 2
want_status 0
want_eq "heading" "$(first_line "$W/out")" \
	"time_ms,container,cpu_nanos,cpu_sys_userhz,cpu_user_userhz,blkio_bytes,blkio_iops,mem_used_bytes,memsw_used_bytes,kernel_mem_used_bytes"
want_eq "lines" "$(grep -cE '^[0-9]+,shown(,[0-9]+){8}$' "$W/out")" 2
run lxc-top -P "$W/second" -b --count 1
want_eq "containers of another LXCPATH" "$(grep -c . "$W/out")" 1
end

# Sorted as asked for: what has run longest is the last one of -s c -r.
begin show-top-sorts
start other /bin/busybox sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; exec /bin/busybox sleep 1000'
wait_until 20 sh -c '[ "$(tr "\0" " " </proc/'"$(init_pid other)"'/cmdline)" = "/bin/busybox sleep 1000 " ]' || fail "the loop does not end"
order()
{
	run lxc-top -P "$P" -b --count 1 "$@"
	want_eq "lxc-top $*" "$(sed 1d "$W/out" | cut -d , -f 2 | tr '\n' ' ')" "$order_wanted"
}
order_wanted="other shown "
order
order -s n
[ ! -f "$(cg_dir cpuacct other)/cpuacct.usage" ] || order -s c
order_wanted="shown other "
order -r
[ ! -f "$(cg_dir cpuacct other)/cpuacct.usage" ] || order -r --sort c
lxc-stop -P "$P" -k other
end

# The terminal is as it was, however lxc-top ends: by its key, by a signal, by the end of input.
begin show-top-terminal
cat >"$W/top" <<-END
	stty cols 100 rows 12
	was=\$(stty -g)
	lxc-top -P $P -d 1 --count 2
	[ "\$(stty -g)" = "\$was" ] || echo changed by the end
	exec 3<&0
	lxc-top -P $P -d 100 <&3 &
	pid=\$!
	usleep 500000
	kill -TERM \$pid
	wait \$pid
	[ \$? = 143 ] || echo status of a signal
	[ "\$(stty -g)" = "\$was" ] || echo changed by a signal
END
run script -q -c "sh $W/top" /dev/null
grep -q -e changed -e "status of" "$W/out" && fail "$(grep -e changed -e "status of" "$W/out")"
want_out_has "Container" "TOTAL 1 of 1" "shown"
end

# ---- nested ones ----

begin show-nested
if ! has_option lxc-ls --nesting; then
	skip show-nested "CONFIG_LS_NESTING is off in this build"
else
	mkdir -p "$R$P/in" "$R$P/in2" "$R$P/-bad" "$R$P/$(printf 'e\033[31m')" "$R$P/link"
	for n in in in2 -bad "$(printf 'e\033[31m')"; do
		echo "lxc.group = nested" >"$R$P/$n/config"
	done
	ln -s "$P/other/config" "$R$P/link/config"
	run lxc-ls -P "$P" --nesting
	want_status 0
	want_out "other
shown
shown/in
shown/in2
shown-too"
	run lxc-ls -P "$P" --nesting=0
	want_out "other
shown
shown-too"
	run lxc-ls -P "$P" --nesting=1 -F name,state,groups
	want_out "NAME      STATE   GROUPS    
other     STOPPED -         
shown     RUNNING red, blue 
\\in       STOPPED nested    
\\in2      STOPPED nested    
shown-too STOPPED blue      "
	run lxc-ls -P "$P" --nesting=x
	want_status 1
	# A frozen one cannot answer and is not asked.
	if [ -n "$(cg_mount freezer)" ]; then
		lxc-freeze -P "$P" shown
		timed 3 lxc-ls -P "$P" --nesting
		want_out "other
shown
shown-too"
		lxc-unfreeze -P "$P" shown
	fi
	end
fi

lxc-stop -P "$P" -k shown
begin show-nothing-left
ip link del vShown 2>/dev/null || :
for NAME in shown other; do
	want_nothing_left
done
snapshot >"$W/after"
[ -z "$(diff "$W/before" "$W/after" | grep -E 'cgroup|mount|link|file /run')" ] || fail "left $(diff "$W/before" "$W/after" | grep -E 'cgroup|mount|link|file /run' | head -n 3)"
end
finish
