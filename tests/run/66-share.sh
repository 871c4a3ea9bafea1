# SPDX-License-Identifier: MIT
# owns: namespaces of another container, process or path: lxc.namespace.share.*, --share-net, -ipc, -uts and -pid
# never: shares one of the machine itself that the container could change

. "$T/lib.sh"
R=$W/root
LXCPATH=$W/lxc

lxc-start --help 2>&1 | grep -q -e --share-net || {
	skip share 'CONFIG_NAMESPACE_SHARE is off in this build'
	finish
}

# start NAME [OPTION]...: of the same read-only root as all
start()
{
	start_name=$1
	shift
	run lxc-start -n "$start_name" -f "$W/conf" -P "$LXCPATH" "$@" -- /bin/busybox sleep 1000
}

stop()
{
	for name; do
		lxc-stop -n "$name" -P "$LXCPATH" -k
	done
}

# ns NAME NAMESPACE
ns()
{
	readlink "/proc/$(init_pid "$1")/ns/$2"
}

fresh_root bin etc proc dev
: >"$R/bin/busybox"
write_conf "$NO_CONSOLE" "lxc.pts = 16" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "lxc.rootfs.options = ro"
grep -v -e lxc.utsname -e lxc.uts.name "$W/conf" >"$W/conf.new"
mv "$W/conf.new" "$W/conf"

begin share-options
start giver -s lxc.uts.name=giver
want_status 0
start taker --share-net giver --share-ipc=giver --share-uts giver
want_status 0
for n in net ipc uts; do
	want_eq "$n of the taker" "$(ns taker $n)" "$(ns giver $n)"
done
for n in mnt pid; do
	[ "$(ns taker $n)" != "$(ns giver $n)" ] || fail "the taker has the giver's $n namespace"
done
run lxc-attach -n taker -P "$LXCPATH" -- /bin/busybox hostname
want_out giver
# Neither is the machine's.
[ "$(ns taker ipc)" != "$(readlink /proc/self/ns/ipc)" ] || fail "the ipc namespace is the machine's"
end

begin share-outlives-the-giver
stop giver
run lxc-attach -n taker -P "$LXCPATH" -- /bin/busybox hostname
want_out giver
stop taker
want_nothing_left
end

begin share-pid
start giver
start taker --share-pid giver
want_status 0
want_eq "pid of the taker" "$(ns taker pid)" "$(ns giver pid)"
want_eq "the monitor's own" "$(readlink "/proc/$(awk '{ print $4 }' "/proc/$(init_pid taker)/stat")/ns/pid")" "$(readlink /proc/self/ns/pid)"
run lxc-attach -n giver -P "$LXCPATH" -- /bin/busybox ps -o args
want_eq "processes that both see" "$(grep -c 'sleep 1000' "$W/out")" 2
# The end of one that is not process 1 there is the end of its container and of no other.
timed 10 lxc-stop -n taker -P "$LXCPATH" -k
want_status 0
want_eq "the giver" "$(state giver)" RUNNING
start taker --share-pid giver
stop giver
wait_until 10 is_stopped taker || fail "the taker runs on without the processes' first one"
want_nothing_left
end

begin share-execute-in-a-pid-namespace
start giver
run lxc-execute -n taker -f "$W/conf" -P "$LXCPATH" --share-pid giver -- /bin/busybox sh -c 'exit 7'
want_status 7
stop giver
want_nothing_left
end

begin share-by-process-and-path
start giver
pid=$(init_pid giver)
start taker -s "lxc.namespace.share.ipc = $pid" -s "lxc.namespace.share.net = /proc/$pid/ns/net"
want_status 0
for n in net ipc; do
	want_eq "$n of the taker" "$(ns taker $n)" "$(ns giver $n)"
done
run lxc-info -n taker -P "$LXCPATH" -H -c lxc.namespace.share.ipc
want_out "$pid"
stop taker
if [ -e /proc/self/ns/cgroup ]; then
	start taker -s "lxc.namespace.share.cgroup = giver"
	want_status 0
	want_eq "cgroup of the taker" "$(ns taker cgroup)" "$(ns giver cgroup)"
	stop taker
fi
stop giver
want_nothing_left
end

begin share-plan-names-the-line
echo "lxc.namespace.share.net = giver" >"$W/plan.conf"
run lxc-start -n taker -f "$W/plan.conf" -P "$LXCPATH" --plan -- /bin/busybox true
if grep -q . "$W/err"; then
	grep -q -e --plan "$W/err" || fail "$(first_line "$W/err")"
else
	want_out_has "the net namespace of giver  ($W/plan.conf:1)"
fi
end

# refused TEXT OPTION...: no start, one line, nothing left
refused()
{
	begin "share-refused-$1"
	refused_text=$2
	shift 2
	start taker "$@"
	want_status 1
	want_err_has "$refused_text"
	want_one_line
	want_nothing_left
	end
}

refused not-running "the container 'nobody' is not running" --share-net nobody
refused no-process "there is no process 4194305" --share-ipc 4194305
refused bad-name "not beginning with . or -" --share-ipc .x
refused name-of-the-other "lxc.uts.name 'own' would rename 'giver'" --share-uts giver -s lxc.uts.name=own
refused mounts "mnt cannot be shared" -s lxc.namespace.share.mnt=giver
printf 'lxc.idmap = u 0 100000 1\nlxc.idmap = g 0 100000 1\n' >"$W/ids"
if lxcbox --features | grep -q '^user namespaces: yes'; then
	refused users 'user cannot be shared by a container with lxc.idmap' -s lxc.include="$W/ids" -s lxc.namespace.share.user=giver
else
	refused users 'CONFIG_IDMAP is off' -s lxc.namespace.share.user=giver
fi
refused no-namespace "namespace" -s lxc.namespace.share.net=/dev/null
refused other-type "is no net namespace" -s lxc.namespace.share.net=/proc/self/ns/ipc
refused other-type-of-processes "is no pid namespace" -s lxc.namespace.share.pid=/proc/self/ns/ipc
refused missing-path "No such file" -s lxc.namespace.share.net=/nothing/there

finish
