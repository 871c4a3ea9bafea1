# SPDX-License-Identifier: MIT
# owns: lxc.mount.auto = cgroup, cgroup-full and cgroup2 in their modes, with a cgroup namespace and without, on whatever
#	hierarchies this machine has (scenario E5)
# never: mounts a hierarchy on the host
# boards: one

. "$T/lib.sh"
R=$W/root
LXCPATH=$W/lxcpath
NAME=cgm
MODES="cgroup cgroup:mixed cgroup:ro cgroup:rw cgroup-full cgroup-full:mixed cgroup-full:ro cgroup-full:rw"

if lxc-start -n $NAME -F -P "$LXCPATH" -s "lxc.rootfs = $W" -s 'lxc.mount.auto = cgroup' -- /none 2>&1 |
	grep -qE 'CONFIG_(CGROUP_MOUNT|MOUNT_AUTO)'; then
	skip cgroup-mount 'CONFIG_CGROUP_MOUNT is off in this build'
	finish
fi
if ! grep -qE ' cgroup2? ' /proc/mounts; then
	skip cgroup-mount 'no cgroups'
	finish
fi
KEEP=
[ -e /proc/self/ns/cgroup ] && KEEP='lxc.namespace.keep = cgroup'
V1=$(awk '$3 == "cgroup"' /proc/mounts)

# What a container says of /sys/fs/cgroup: a line for each mount, name, link, and what can be written where.
cat >"$W/look" <<'END'
cd /sys/fs/cgroup || exit 1
b=/bin/busybox
$b awk '$5 ~ /^\/sys\/fs\/cgroup/ { print "mount", $5, $6, $(NF - 2) }' /proc/self/mountinfo
for n in *; do
	[ ! -L "$n" ] || { echo "link $n $($b readlink "$n")"; continue; }
	[ ! -d "$n" ] || echo "dir $n"
done
[ ! -e cgroup.procs ] || echo "is v2"
# The directory that it is in, of each hierarchy: below the names of the controllers, or their links
while IFS=: read -r _ c p; do
	n=${c#name=}
	[ -n "$c" ] || n=unified
	[ -n "$c" ] || [ -d unified ] || n=.
	[ -d "$n" ] || continue
	# A kernel lists v2 also where nobody has mounted it.
	[ "$n" != . ] || [ -e cgroup.procs ] || continue
	d=$n${p%/}
	[ -e "$d/cgroup.procs" ] || { echo "none $c $d"; continue; }
	if $b grep -q -x 1 "$d/cgroup.procs"; then echo "own $c $d"; else echo "empty $c $d"; fi
	if $b mkdir "$d/made" 2>/dev/null; then echo "made $c"; $b rmdir "$d/made"; else echo "refused $c"; fi
	if (echo 1 >"$d/notify_on_release") 2>/dev/null; then echo "notify $c"; fi
	[ "$p" = / ] || if $b mkdir "$d/../made" 2>/dev/null; then
		echo "above $c $($b ls "$d/../made" | $b head -n 1)"
		$b rmdir "$d/../made"
	fi
done </proc/self/cgroup
# In the tree of a whole hierarchy there are others.
$b find . -name release_agent | while read -r f; do
	if (: >"$f") 2>/dev/null; then echo "agent $f"; fi
done
$b find . -name cgroup.procs 2>/dev/null | while read -r f; do
	d=${f%/cgroup.procs}
	if $b mkdir "$d/made" 2>/dev/null; then echo "writable $d"; $b rmdir "$d/made"; fi
done
END

# look LINE...: what it says, in $W/out
look()
{
	fresh_root bin proc sys
	cp "$W/look" "$R/look"
	write_conf "$NO_CONSOLE" 'lxc.mount.auto = proc:mixed sys:mixed' "$BUSYBOX_ENTRY" "$@"
	run lxc-start -n $NAME -F -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sh /look
}

# hierarchies: how many are mounted
hierarchies()
{
	while IFS=: read -r _ c _; do
		if [ -z "$c" ]; then
			grep ' cgroup2 ' /proc/mounts
		else
			cg_mount "${c%%,*}"
		fi
	done </proc/self/cgroup | grep -c .
}

count()
{
	grep -c "^$1 " "$W/out"
}

# want_safe: nothing that acts on the host can be written, and nothing above its own
want_safe()
{
	! grep -q -e '^notify ' -e '^agent ' "$W/out" || fail "$(grep -m 1 -e '^notify ' -e '^agent ' "$W/out")"
	awk '$1 == "mount" && $3 !~ /nosuid/ || $1 == "mount" && $3 !~ /nodev/ || $1 == "mount" && $3 !~ /noexec/' "$W/out" >"$W/wrong"
	[ ! -s "$W/wrong" ] || fail "flags: $(first_line "$W/wrong")"
	want_eq 'writable directories that are not its own' "$(sed -n 's/^writable \.\///p' "$W/out" | grep -v -x -F "$(sed -n 's/^own [^ ]* //p' "$W/out")" | tr '\n' ' ')" ''
}

N=$(hierarchies)
for drop in sys_admin none; do
	drops=
	[ $drop = none ] || drops="lxc.cap.drop = $drop"
	for mode in $MODES cgroup:mixed:force; do
		begin "cgroup-mount-$mode-without-$drop"
		look "lxc.mount.auto = $mode" "$drops"
		want_status 0
		# With a namespace its own is the root, and all that there is.
		want_eq 'hierarchies that it is in' "$(count own)" "$N"
		want_eq 'that it is not in' "$(count empty)$(count none)" 00
		case $mode in
		*:ro) want_eq 'its own is read-only' "$(count refused)" "$N" ;;
		*) want_eq 'its own is writable' "$(count made)" "$N" ;;
		esac
		want_eq 'others to be seen' "$(count above)" 0
		want_safe
		end
	done
done

begin cgroup-mount-names
look 'lxc.mount.auto = cgroup:mixed'
echo "$V1" | while read -r _ _ _ o _; do
	[ -n "$o" ] || continue
	list=$(grep -o ":[^:]*:" /proc/self/cgroup | tr -d : | while read -r c; do
		case ",$o," in *",${c%%,*},"*) echo "$c" ;; esac
	done | head -n 1 | sed 's/name=//')
	grep -q -x "dir $list" "$W/out" || echo "no directory $list"
	case $list in
	*,*) echo "$list" | tr , '\n' | while read -r c; do
		grep -q -x "link $c $list" "$W/out" || echo "no link $c"
	done ;;
	esac
done >"$W/wrong"
[ ! -s "$W/wrong" ] || fail "$(first_line "$W/wrong"): $(tr '\n' ' ' <"$W/out")"
if [ -z "$V1" ]; then
	has "$W/out" 'is v2'
elif grep -q ' cgroup2 ' /proc/mounts; then
	has "$W/out" 'dir unified'
fi
end

begin cgroup-mount-v2-alone
look 'lxc.mount.auto = cgroup2:ro'
if grep -q ' cgroup2 ' /proc/mounts; then
	want_status 0
	has "$W/out" 'is v2' 'mount /sys/fs/cgroup ro,'
	want_eq mounts "$(count mount)" 1
else
	want_status 1
	want_one_line
	want_err_has "$W/conf:6: lxc.mount.auto: cgroup2:ro: cgroup v2 is not mounted"
fi
end

# A kernel before 4.6, or a configuration that does without the namespace.
for mode in cgroup:mixed cgroup:ro cgroup:rw cgroup cgroup-full cgroup-full:mixed cgroup-full:ro; do
	begin "cgroup-mount-$mode-without-namespace"
	look "lxc.mount.auto = $mode" 'lxc.cap.drop = sys_admin' "$KEEP"
	case $mode$V1 in
	*) want_status 0 ;;
	esac
	want_eq 'hierarchies that it is in' "$(count own)" "$N"
	case $mode in
	*:ro) want_eq 'its own is read-only' "$(count refused)" "$N" ;;
	*) want_eq 'its own is writable' "$(count made)" "$N" ;;
	esac
	case $mode in
	# What is above its own is an empty directory, of no cgroup, unless all of it is shown.
	cgroup:rw) want_eq 'above it' "$(grep '^above ' "$W/out" | grep -c '[a-z]\.')" 0 ;;
	*) want_eq 'above it' "$(count above)" 0 ;;
	esac
	want_safe
	end
done

begin cgroup-mount-full-rw-without-namespace
look 'lxc.mount.auto = cgroup-full:rw' 'lxc.cap.drop = sys_admin' "$KEEP"
want_status 1
want_one_line
want_err_has "$W/conf:6: lxc.mount.auto: cgroup-full:rw: without a cgroup namespace" 'cgroup-full:mixed'
end

# hook.mount comes after them, hook.autodev may still make any node; what it made there is the container's.
begin cgroup-mount-before-hooks
fresh_root bin proc sys dev
write_conf "$NO_CONSOLE" 'lxc.autodev = 1' 'lxc.mount.auto = proc:mixed sys:mixed' "$BUSYBOX_ENTRY" 'lxc.mount.auto = cgroup:mixed' \
	'lxc.cgroup.devices.deny = a' 'lxc.cgroup.devices.allow = c 1:3 rwm' \
	"lxc.hook.mount = $W/hook" "lxc.hook.autodev = $W/node"
cat >"$W/hook" <<'END'
#!/bin/sh
grep -c " $LXC_ROOTFS_MOUNT/sys/fs/cgroup" /proc/self/mountinfo >"${0%/*}/seen"
END
printf '#!/bin/sh\nmknod "$LXC_ROOTFS_MOUNT/dev/mine" c 1 8\n' >"$W/node"
chmod +x "$W/hook" "$W/node"
if cg_mount devices >/dev/null && lxcbox --list | grep -q . && ! lxc-start -n $NAME -F -f "$W/conf" -P "$LXCPATH" -- /bin/busybox true 2>&1 | grep -q CONFIG_HOOKS; then
	run lxc-start -n $NAME -F -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sh -c \
		'echo node $(busybox stat -c %t:%T /dev/mine); (: </dev/mine) || echo closed; busybox mknod /dev/other c 1 5 || echo no node; echo >/dev/null && echo null'
	want_status 0
	want_out "node 1:8
closed
no node
null"
	[ "$(cat "$W/seen")" -gt 0 ] || fail 'the hook saw no cgroups'
fi
end
finish
