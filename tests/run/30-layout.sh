# SPDX-License-Identifier: MIT
# owns: scenario A1's second half: the seed container on whatever way this boot has cgroups mounted (see layouts.sh)
# never: mounts or unmounts a hierarchy

. "$T/lib.sh"

L=layout-${LAYOUT:-native}
CONF=$W/conf
seed_with "$CONF" "$PROBE_ENTRY"

# v1 hierarchies, one "MOUNTPOINT OPTIONS" a line
v1()
{
	awk '$3 == "cgroup" { print $2, $4 }' /proc/mounts
}

is_v2_only()
{
	[ -z "$(v1)" ] && grep -q ' cgroup2 ' /proc/mounts
}

# A configuration that asks nothing of cgroups starts wherever it is.
grep -v 'lxc.cgroup' "$CONF" >"$W/plain"

begin "a1-$L-hierarchies"
case ${LAYOUT:-native} in
comounted) want_eq "number of v1 hierarchies" "$(v1 | wc -l)" 1 ;;
elsewhere) want_eq "v1 hierarchies" "$(v1 | cut -d' ' -f1)" /cgroup ;;
separate) [ "$(v1 | wc -l)" -ge 10 ] || fail "$(v1 | wc -l) hierarchies" ;;
partial | nodevices) [ "$(v1 | wc -l)" -ge 5 ] || fail "$(v1 | wc -l) hierarchies" ;;
memory) want_eq "controllers" "$(cg_mount memory) $(v1 | wc -l)" "/cgroup 1" ;;
noprefix) [ -f "$(cg_mount cpuset)/cpus" ] || fail "no file 'cpus' in the cpuset hierarchy" ;;
named) cg_mount name=systemd >/dev/null || fail "no hierarchy named systemd" ;;
hybrid) grep -q ' cgroup2 ' /proc/mounts && cg_mount devices >/dev/null || fail "not both v1 and v2" ;;
v2) is_v2_only || fail "not v2 only" ;;
none) ! grep -q ' cgroup2* cgroup' /proc/mounts || fail "cgroups are mounted" ;;
esac
end

begin "a1-$L-without-cgroup-keys"
run lxc-start --name=container1 --foreground --rcfile="$W/plain" --lxcpath="$ROOT" hostname
want_status 0
want_out container1
end

begin "a1-$L-seed"
start_seed -- /bin/probe hostname , mknod b 7 0 , open /dev/null rw , mknod c 1 3
if cg_mount devices >/dev/null; then
	want_status 0
	want_out_has container1 "mknod b 7:0: EPERM" "open /dev/null: ok"
elif is_v2_only && [ "$STATUS" -eq 0 ]; then
	# By a BPF program, in a build that has them.
	want_out_has container1 "mknod b 7:0: EPERM" "open /dev/null: ok" "mknod c 1:3: ok"
else
	want_status 1
	want_one_line
	want_err_has "$CONF:7" "devices"
fi
end

begin "a1-$L-in-every-hierarchy"
in_background lxc-start --name=container1 --foreground --rcfile="$W/plain" --lxcpath="$ROOT" -- /bin/probe wait
wait_until 10 grep -q ready "$W/bg.out" || fail "not running: $(first_line "$W/bg.err")"
pid=$(init_pid container1)
v1 | while read -r m opts; do
	grep -q "^$pid\$" "$(cg_of_processes "$m/lxc/container1")/cgroup.procs" 2>/dev/null || echo "$m"
done >"$W/missing"
[ ! -s "$W/missing" ] || fail "init is not in lxc/container1 of $(tr '\n' ' ' <"$W/missing")"
if grep -q ' cgroup2 ' /proc/mounts; then
	grep -q '^0::.*/lxc/container1' "/proc/$pid/cgroup" || fail "init is not in lxc/container1 of the v2 hierarchy"
fi
run lxc-stop --name=container1 --lxcpath="$ROOT" --kill
want_status 0
wait "$BG"
end

# One controller is used, the first that is mounted: nothing is made in the other hierarchies.
begin "a1-$L-pattern-and-use"
mounted()
{
	while IFS=: read -r _ c _; do
		[ -z "$c" ] || ! cg_mount "${c%%,*}" || echo "${c%%,*}"
	done </proc/self/cgroup 2>/dev/null | grep -v / | head -n 1
}
use=$(mounted)
mkdir -p /etc/lxc
{
	echo 'lxc.cgroup.pattern = box/%n.x'
	echo "lxc.cgroup.use = ${use:-@kernel}"
} >/etc/lxc/lxc.conf
in_background lxc-start --name=container1 --foreground --rcfile="$W/plain" --lxcpath="$ROOT" -- /bin/probe wait
wait_until 10 grep -q ready "$W/bg.out" || fail "not running: $(first_line "$W/bg.err")"
pid=$(init_pid container1)
n=0
while IFS=: read -r _ c p; do
	case ",$c,${p%/inner}" in
	*",$use,"*/box/container1.x) n=$((n + 1)) ;;
	,,*/box/container1.x) [ -z "$use" ] && n=$((n + 1)) || fail "it is in $p of v2" ;;
	*",$use,"*) [ -z "$use" ] || fail "it is in $p of $c" ;;
	*/box/*) fail "it is in $p of $c, which is not used" ;;
	esac
done <"/proc/$pid/cgroup"
[ "${LAYOUT:-native}" = none ] || want_eq 'number of hierarchies it is in' "$n" 1
lxc-stop --name=container1 --lxcpath="$ROOT" --kill
wait "$BG"
rm /etc/lxc/lxc.conf
rmdir /etc/lxc
left=$(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts | while read -r m; do find "$m" -type d -name box; done)
[ -z "$left" ] || fail "left: $left"
end

# limit NAME KEY VALUE FILE WANTED: a limit, read back from the container's cgroup
limit()
{
	begin "a1-$L-$1"
	cp "$W/plain" "$W/limit"
	echo "$2 = $3" >>"$W/limit"
	line=$(wc -l <"$W/limit")
	in_background lxc-start --name=container1 --foreground --rcfile="$W/limit" --lxcpath="$ROOT" -- /bin/probe wait
	if [ -n "$4" ]; then
		wait_until 10 grep -q ready "$W/bg.out" || fail "not running: $(first_line "$W/bg.err")"
		want_eq "$4" "$(cat "$4" 2>&1)" "$5"
		lxc-stop --name=container1 --lxcpath="$ROOT" --kill
		wait "$BG"
	else
		wait "$BG"
		STATUS=$?
		cp "$W/bg.err" "$W/err"
		want_status 1
		want_one_line
		want_err_has "$W/limit:$line" "${2#lxc.cgroup.}"
	fi
	end
}

if d=$(cg_dir memory container1); then
	limit memory lxc.cgroup.memory.limit_in_bytes 32M "$d/memory.limit_in_bytes" 33554432
elif is_v2_only; then
	skip "a1-$L-memory" "key names of v1 on v2 are the next test's"
else
	limit memory-missing lxc.cgroup.memory.limit_in_bytes 32M "" ""
fi
if d=$(cg_dir cpuset container1); then
	f=$d/cpuset.cpus
	[ -f "$(cg_mount cpuset)/cpuset.cpus" ] || f=$d/cpus
	limit cpuset lxc.cgroup.cpuset.cpus 0 "$f" 0
fi
if d=$(cg_dir pids container1); then
	limit pids lxc.cgroup.pids.max 77 "$d/pids.max" 77
fi
if is_v2_only; then
	m=$(awk '$3 == "cgroup2" { print $2 }' /proc/mounts)
	limit v2-pids lxc.cgroup2.pids.max 77 "$m/lxc/container1/pids.max" 77
fi
# By the freezer of v1, else by v2; where there is neither it is said.
begin "a1-$L-freeze"
in_background lxc-start --name=container1 --foreground --rcfile="$W/plain" --lxcpath="$ROOT" -- /bin/probe wait
wait_until 10 grep -q ready "$W/bg.out" || fail "not running: $(first_line "$W/bg.err")"
run lxc-freeze -n container1 -P "$ROOT"
if cg_mount freezer >/dev/null || grep -q ' cgroup2 ' /proc/mounts; then
	want_status 0
	want_eq state "$(state container1)" FROZEN
	run lxc-unfreeze -n container1 -P "$ROOT"
	want_status 0
else
	want_status 1
	want_one_line
	want_err_has "lxc-freeze: container1: " freezer "is mounted"
fi
want_eq state "$(state container1)" RUNNING
if is_v2_only; then
	run lxc-cgroup -n container1 -P "$ROOT" pids.max 66
	want_status 0
	run lxc-cgroup -n container1 -P "$ROOT" pids.max
	want_out 66
	run lxc-cgroup -n container1 -P "$ROOT" memory.limit_in_bytes
	want_status 1
	want_err_has "'memory' is on cgroup v2 here, where the file is 'memory.max'"
	run lxc-cgroup -n container1 -P "$ROOT" devices.deny a
	[ "$STATUS" -eq 0 ] || want_err_has "device rules are a BPF program here"
fi
lxc-stop --name=container1 --lxcpath="$ROOT" --kill
wait "$BG"
end

limit unknown-controller lxc.cgroup.nonsense.limit 1 "" ""

rm -f "$ROOT/bin/probe"
finish
