# SPDX-License-Identifier: MIT
# owns: hooks: when each runs and where, with what arguments and environment, and what a failure does
# never: needs a shell in the rootfs, but for the hook that asks for one
# boards: one

. "$T/lib.sh"
R=$W/root
NAME=hooks
LXCPATH=$W/lxc
LOG=$W/hooks.log
export SECRET=of-the-caller

# The hook of most tests notes how it was called and what it sees.
cat >"$W/hook" <<'END'
#!/bin/sh
log=${0%/*}/hooks.log
[ -w "$log" ] || log=/hooks.log
{
	echo "$LXC_HOOK_TYPE: $*"
	echo "$LXC_HOOK_TYPE env $(env | grep '^LXC_\|^SECRET\|^FOO\|^BAR' | sort | tr '\n' ' ')"
	echo "$LXC_HOOK_TYPE pid $$"
	echo "$LXC_HOOK_TYPE ns $(readlink /proc/self/ns/mnt)"
	[ -z "$LXC_ROOTFS_MOUNT" ] || echo "$LXC_HOOK_TYPE tree $(ls "$LXC_ROOTFS_MOUNT" 2>/dev/null | tr '\n' ' ')"
	echo "$LXC_HOOK_TYPE dev $(ls "$LXC_ROOTFS_MOUNT/dev" 2>/dev/null | tr '\n' ' ')"
} >>"$log" 2>&1
echo "said by $LXC_HOOK_TYPE"
END
chmod +x "$W/hook"

conf()
{
	fresh_root bin proc
	: >"$LOG"
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "lxc.environment = FOO=1" "$@"
}

start()
{
	run lxc-start -F -n hooks -f "$W/conf" -P "$W/lxc" -o "$W/log" -l info -- /bin/busybox "$@"
}

# line KIND WORD: what follows it in the log
line()
{
	sed -n "s/^$1 $2 //p" "$LOG"
}

ALL="pre-start pre-mount mount autodev start-host stop post-stop"

begin hooks-in-order
for kind in $ALL; do
	echo "lxc.hook.$kind = $W/hook"
done >"$W/lines"
conf
cat "$W/lines" >>"$W/conf"
start true
want_status 0
want_eq "order" "$(grep '^[a-z-]*:' "$LOG" | sed 's/ .*//' | tr '\n' ' ')" "$(echo "$ALL" | sed 's/\([a-z-]*\)/\1:/g') "
for kind in pre-start pre-mount mount autodev start-host post-stop; do
	has "$LOG" "$kind: hooks lxc $kind"
done
has "$W/log" "hook mount: said by mount"
end

begin hooks-where
host=$(readlink /proc/self/ns/mnt)
for kind in pre-start start-host stop post-stop; do
	want_eq "mounts of $kind" "$(line $kind ns)" "$host"
done
for kind in pre-mount mount autodev; do
	[ "$(line $kind ns)" != "$host" ] || fail "$kind sees the host's mounts"
done
case $(line mount tree) in
*bin*) ;;
*) fail "mount sees no tree: $(line mount tree)" ;;
esac
case $(line pre-mount tree) in
*bin*) fail "pre-mount sees the tree" ;;
esac
case $(line autodev dev) in
*null*) fail "autodev runs after the nodes" ;;
esac
end

begin hooks-environment
for kind in $ALL; do
	for v in LXC_NAME=hooks "LXC_CONFIG_FILE=$W/conf" "LXC_ROOTFS_PATH=$R" LXC_ROOTFS_MOUNT= LXC_CONSOLE=none LXC_CGNS_AWARE=1 \
		LXC_LOG_LEVEL= LXC_HOOK_TYPE=$kind LXC_HOOK_SECTION=lxc LXC_HOOK_VERSION=0 FOO=1 SECRET=of-the-caller; do
		case " $(line $kind env)" in
		*" $v"*) ;;
		*) fail "$kind has no $v: $(line $kind env)" ;;
		esac
	done
done
case $(line start-host env) in
*LXC_PID=[1-9]*) ;;
*) fail "start-host has no LXC_PID" ;;
esac
case $(line post-stop env) in
*LXC_TARGET=stop*) ;;
*) fail "post-stop has no LXC_TARGET" ;;
esac
case $(line pre-start env) in
*LXC_TARGET* | *LXC_CONSOLE_LOGPATH*) fail "pre-start has what is not: $(line pre-start env)" ;;
esac
end

# What was there is joined by descriptors, as nothing else holds a namespace by then.
begin hooks-stop-has-the-namespaces
echo "lxc.hook.stop = $W/stop" >"$W/lines"
cat >"$W/stop" <<'END'
#!/bin/sh
for a; do
	case $a in
	*:/proc/*) echo "${a%%:*} $(readlink "${a#*:}")" ;;
	esac
done >"${0%/*}/stop.log"
END
chmod +x "$W/stop"
conf
cat "$W/lines" >>"$W/conf"
start readlink /proc/self/ns/mnt
want_status 0
has "$W/stop.log" "mnt $(cat "$W/out")" "pid pid:[" "uts uts:["
end

begin hooks-version-1
conf "lxc.hook.version = 1" "lxc.hook.pre-start = $W/hook" "lxc.hook.stop = $W/hook" "lxc.environment.hooks = BAR=2" "lxc.environment.runtime = RUN=3"
start env
want_status 0
want_out_has RUN=3 FOO=1
grep -q BAR "$W/out" && fail "a variable of hooks reaches the first process"
want_eq "arguments" "$(grep '^[a-z-]*:' "$LOG" | tr '\n' ' ')" "pre-start:  stop:  "
for v in LXC_HOOK_VERSION=1 BAR=2 LXC_MNT_NS=/proc/; do
	case " $(line stop env)" in
	*" $v"*) ;;
	*) fail "stop has no $v: $(line stop env)" ;;
	esac
done
case $(line pre-start env) in
*RUN=*) fail "a variable of the first process reaches a hook" ;;
esac
end

# Inside, with what the configuration leaves of privileges, and with the container's environment.
begin hooks-start-is-inside
conf "lxc.hook.start = /bin/busybox sh -c '/bin/busybox env; /bin/busybox grep CapEff /proc/self/status'" "lxc.cap.drop = sys_admin"
start true
want_status 0
has "$W/log" "hook start: LXC_NAME=hooks" "hook start: container=lxc" "hook start: FOO=1"
grep -q 'hook start: SECRET' "$W/log" && fail "the caller's environment"
grep -q 'CapEff:.*ffff$' "$W/log" && grep 'hook start: CapEff' "$W/log" | grep -q 'ffffff$' && fail "all capabilities: $(grep CapEff "$W/log")"
conf "lxc.hook.start = $W/hook"
start true
want_failure
want_err_has "lxc.hook.start: '$W/hook' ended with status 127: cannot execute '$W/hook' in the container: No such file or directory"
end

begin hooks-words-and-shell
conf "lxc.hook.pre-start = $W/words a 'b c'" "lxc.hook.pre-start = cd $W && pwd >$W/pwd; $W/words"
cat >"$W/words" <<'END'
#!/bin/sh
for a; do
	echo "$a"
done >>"${0%/*}/words.log"
END
chmod +x "$W/words"
rm -f "$W/words.log"
start true
want_status 0
want_eq "words" "$(tr '\n' '|' <"$W/words.log")" "a|b c|hooks|lxc|pre-start|hooks|lxc|pre-start|"
want_eq "the shell's directory" "$(cat "$W/pwd")" "$W"
end

# Whichever fails ends the start, with its line, its value, its status and its last word; what was made goes again.
for kind in pre-start pre-mount mount autodev start-host; do
	begin "hooks-failure-$kind"
	printf '#!/bin/sh\necho first\necho no such luck >&2\nexit 3\n' >"$W/bad"
	chmod +x "$W/bad"
	conf "lxc.hook.$kind = $W/bad" "lxc.hook.post-stop = $W/hook"
	start true
	want_status 1
	want_err_has "$W/conf:" "lxc.hook.$kind: '$W/bad' ended with status 3: no such luck"
	want_one_line
	has "$LOG" "post-stop: hooks lxc post-stop"
	want_nothing_left
	end
done

begin hooks-killed
conf "lxc.hook.pre-start = sh -c 'kill -9 \$\$'"
start true
want_status 1
want_err_has "was killed by signal 9"
end

# Those of the end are told in the log; the exit status is the program's.
begin hooks-failure-at-the-end
conf "lxc.hook.stop = $W/bad" "lxc.hook.post-stop = /nowhere"
rm -f "$W/log"
start sh -c 'exit 7'
want_status 7
has "$W/log" "lxc.hook.stop: '$W/bad' ended with status 3" "lxc.hook.post-stop: '/nowhere' ended with status 127"
want_nothing_left
end

# What it leaves behind holds up nothing.
begin hooks-leave-a-process
conf "lxc.hook.pre-start = sleep 987 & :"
timed 10 lxc-start -F -n hooks -f "$W/conf" -P "$W/lxc" -- /bin/busybox true
want_status 0
pid=$(ps -o pid,args | awk '$2 == "sleep" && $3 == 987 { print $1 }')
[ -n "$pid" ] || fail "it is gone"
kill $pid
end

begin hooks-of-a-daemon
conf "lxc.hook.start-host = $W/hook" "lxc.hook.post-stop = $W/hook"
run lxc-start -n hooks -f "$W/conf" -P "$W/lxc" -- /bin/busybox sleep 100
want_status 0
has "$LOG" "start-host: hooks lxc start-host"
run lxc-stop -n hooks -P "$W/lxc" -k
want_status 0
has "$LOG" "post-stop: hooks lxc post-stop"
want_nothing_left
end

# Mounts of a hook stay with the monitor when that is asked for.
begin hooks-monitor-unshare
conf "lxc.monitor.unshare = 1" "lxc.hook.pre-start = mount -t tmpfs mine $W/mnt; :" "lxc.mount.entry = $W/mnt mnt none bind,create=dir 0 0"
mkdir -p "$W/mnt"
start grep ' /mnt ' /proc/self/mounts
want_status 0
want_out_has "mine /mnt tmpfs"
grep -q "$W/mnt" /proc/mounts && fail "the host has the mount"
end

begin hooks-plan
conf "lxc.hook.mount = $W/hook" "lxc.hook.post-stop = $W/hook"
run lxc-start -n hooks -f "$W/conf" -P "$W/lxc" --plan
want_out_has "child  mount_hook" "end    post_stop"
end

finish
