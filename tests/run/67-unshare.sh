# SPDX-License-Identifier: MIT
# owns: lxc-unshare and lxc-usernsexec: namespaces without a container, id maps, interfaces that move, exit status
# never: changes a namespace of the machine
# profile: full

. "$T/lib.sh"

lxc-unshare --help >/dev/null 2>&1 || {
	skip unshare 'CONFIG_LXC_UNSHARE is off in this build'
	finish
}

# ns NAME: of this shell
ns()
{
	readlink "/proc/self/ns/$1"
}

begin unshare-namespaces
for n in uts:UTSNAME ipc:IPC net:NETWORK mnt:MOUNT pid:PID user:USER cgroup:CGROUP time:TIME; do
	[ -e "/proc/self/ns/${n%:*}" ] || continue
	run lxc-unshare -s "${n#*:}" -- readlink "/proc/self/ns/${n%:*}"
	want_status 0
	[ "$(cat "$W/out")" != "$(ns "${n%:*}")" ] || fail "${n#*:} is the machine's"
done
# Names of both kinds, and nothing else is new.
run lxc-unshare -s 'uts|IPC' -- sh -c 'for n in uts ipc net; do readlink /proc/self/ns/$n; done'
want_eq "the network" "$(sed -n 3p "$W/out")" "$(ns net)"
[ "$(sed -n 1p "$W/out")" != "$(ns uts)" ] || fail "uts is the machine's"
end

begin unshare-hostname
was=$(hostname)
run lxc-unshare -s UTSNAME -H elsewhere -- hostname
want_status 0
want_out elsewhere
want_eq "the machine's name" "$(hostname)" "$was"
end

begin unshare-remount
run lxc-unshare -s 'PID|MOUNT|IPC' -M -- sh -c 'readlink /proc/self; ls /proc | grep -c "^[0-9]"; grep -c " /proc " /proc/self/mounts'
want_status 0
[ "$(sed -n 2p "$W/out")" -le 4 ] || fail "sees $(sed -n 2p "$W/out") processes"
want_eq "mounts on /proc of the machine" "$(grep -c ' /proc proc' /proc/mounts)" "$(awk '$2 == "/proc"' /proc/mounts | grep -c .)"
end

begin unshare-exit-status
run lxc-unshare -s UTSNAME -- sh -c 'exit 7'
want_status 7
run lxc-unshare -s UTSNAME -- sh -c 'kill -TERM $$'
want_eq "status" "$STATUS" 143
WHY=
run lxc-unshare -s UTSNAME -- /nothing/there
want_status 127
want_one_line
run lxc-unshare -s UTSNAME -- /etc
want_status 126
want_one_line
end

is_there()
{
	ps -o args | grep -q '^sleep 4321'
}

is_gone()
{
	! ps -o args | grep -q '[s]leep 4321'
}

begin unshare-does-not-outlive-its-command
for when in "wait_until 10 is_there" "usleep 1000" "usleep 4000" :; do
	lxc-unshare -s PID -- sleep 4321 &
	BG=$!
	$when || fail "the command did not start"
	kill -KILL $BG
	wait $BG 2>/dev/null
	wait_until 10 is_gone || fail "the command runs on ($when)"
done
end

begin unshare-daemon
run lxc-unshare -s UTSNAME -d -- sh -c "sleep 1; echo done >$W/daemon"
want_status 0
[ ! -e "$W/daemon" ] || fail "waited for its command"
wait_until 10 test -e "$W/daemon" || fail "the command did not end"
end

begin unshare-user
run lxc-unshare -s UTSNAME -u 65534 -- id -u
want_out 65534
if [ -e /proc/self/ns/user ]; then
	run lxc-unshare -s USER -u 1000 -- sh -c 'id -u; cat /proc/self/uid_map'
	want_status 0
	want_eq "its id" "$(sed -n 1p "$W/out")" 1000
	want_eq "the map" "$(sed -n 2p "$W/out" | tr -s ' ')" " 1000 0 1"
fi
run lxc-unshare -s UTSNAME -u nobody-of-that-name -- true
want_status 1
want_err_has "there is no user 'nobody-of-that-name'"
want_one_line
end

begin unshare-interface-moves
if brctl addbr lxcbtest0 2>/dev/null || ip link add lxcbtest0 type dummy 2>/dev/null; then
	run lxc-unshare -s NETWORK -i lxcbtest0 -- sh -c 'sleep 0; cat /proc/net/dev'
	if grep -q 'Invalid argument\|not supported' "$W/err"; then
		# A bridge stays in its namespace; without another kind there is nothing that could move.
		want_err_has "cannot move the interface 'lxcbtest0'"
		want_status 1
	else
		want_status 0
		want_out_has lxcbtest0
	fi
	brctl delbr lxcbtest0 2>/dev/null || ip link del lxcbtest0 2>/dev/null || :
fi
run lxc-unshare -s NETWORK -i lxcbtest9 -- true
want_status 1
want_err_has "there is no interface 'lxcbtest9'"
want_one_line
end

# refused TEXT OPTION...
refused()
{
	begin "unshare-refused-$1"
	shift
	refused_text=$1
	shift
	run lxc-unshare "$@"
	want_status 1
	want_err_has "$refused_text"
	end
}

refused no-list "-s NAMESPACES is missing" -- true
refused unknown "unknown namespace 'FOO'" -s 'PID|FOO' -- true
refused no-command "no command is given" -s PID
refused interface-alone "-i needs NETWORK" -s PID -i lo -- true
refused hostname-alone "-H needs UTSNAME" -s PID -H x -- true
refused remount-alone "-M needs MOUNT" -s PID -M -- true

if [ ! -e /proc/self/ns/user ]; then
	skip usernsexec 'this kernel has no user namespaces'
	finish
fi
lxc-usernsexec --help >/dev/null 2>&1 || {
	skip usernsexec 'CONFIG_LXC_USERNSEXEC is off in this build'
	finish
}

begin usernsexec-maps
run lxc-usernsexec -m u:0:100000:65536 -m g:0:200000:10 -- sh -c 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map; exit 5'
want_status 5
want_eq "ids and maps" "$(tr -s ' \n' ' ' <"$W/out")" "0 0 0 100000 65536 0 200000 10 "
run lxc-usernsexec -m b:0:100000:65536 -s -- cat /proc/self/uid_map
want_eq "with the own id" "$(tr -s ' \n' ' ' <"$W/out")" " 0 100000 65536 65536 0 1 "
run lxc-usernsexec -m b:0:100000:65536 -u 33 -g 34 -- sh -c 'id -u; id -g'
want_eq "another user" "$(tr '\n' ' ' <"$W/out")" "33 34 "
run lxc-usernsexec -m b:0:100000:65536 -- sh -c ": >$W/made"
[ ! -e "$W/made" ] || fail "root there could write as root here"
end

begin usernsexec-as-user
run lxc-unshare -s UTSNAME -u 65534 -- lxc-usernsexec -m u:0:65534:1 -m g:0:0:1 -- sh -c 'id -u; cat /proc/self/uid_map'
if grep -q 'cannot make the namespaces' "$W/err"; then
	skip usernsexec-as-user "this kernel gives users no user namespaces"
else
	want_status 0
	want_eq "its own id alone" "$(tr -s ' \n' ' ' <"$W/out")" "0 0 65534 1 "
	run lxc-unshare -s UTSNAME -u 65534 -- lxc-usernsexec -m u:0:0:1 -m g:0:0:1 -- true
	want_status 1
fi
[ -z "$TEST" ] || end

begin usernsexec-refused
for m in x:0:0:1 u:0:0 u:0:0:0 u:0:4294967295:2 u:a:0:1 u:0:0:1:1 ''; do
	run lxc-usernsexec -m "$m" -- true
	want_status 1
	want_err_has "bad id map '$m'"
	want_one_line
done
run lxc-usernsexec -u -1 -m b:0:100000:10 -- true
want_status 1
end

finish
