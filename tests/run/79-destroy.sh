# SPDX-License-Identifier: MIT
# owns: lxc-destroy and lxc.ephemeral: what is removed, what is refused, the hooks, an end half-way
# never: lets it at a tree that is not this script's own
# profile: full

. "$T/lib.sh"
command -v lxc-destroy >/dev/null || { skip destroy "lxc-destroy is not in this build"; finish; }
P=$W/lxc
LXCPATH=$P
R=$W/tree

# container NAME LINE...: one on $R, as lxc-create would have it
container()
{
	c=$1
	shift
	mkdir -p "$P/$c" "$R/bin" "$R/proc" "$R/dir/dir"
	echo file >"$R/dir/file"
	{
		echo "lxc.uts.name = $c"
		echo "lxc.rootfs.path = dir:$R"
		echo "lxc.net.0.type = empty"
		echo "$NO_CONSOLE"
		echo "$BUSYBOX_ENTRY"
		for line; do
			echo "$line"
		done
	} >"$P/$c/config"
}

destroy()
{
	run lxc-destroy -P "$P" "$@"
}

gone()
{
	[ ! -e "$P/$1" ] || fail "left $P/$1: $(find "$P/$1" | head -n 3 | tr '\n' ' ')"
}

# refused NAME TEXT: one line, and nothing has changed
refused()
{
	want_status 1
	want_one_line
	want_err_has "$2"
	[ -f "$P/$1/config" ] || fail "a refused lxc-destroy has removed the configuration"
	[ ! -e "$P/$1/partial" ] || fail "a refused lxc-destroy has left its mark"
	[ -f "$R/dir/file" ] || fail "a refused lxc-destroy has removed the tree"
}

begin destroy-stopped
container d1
ln -s /etc "$R/link"
destroy -n d1
want_status 0
gone d1
[ ! -e "$R" ] || fail "left its tree"
[ -d /etc ] || fail "followed a link"
end

begin destroy-unknown
destroy -n nosuch
want_status 1
want_one_line
want_err_has "the container does not exist"
mkdir -p "$P/empty" "$P/other"
echo x >"$P/other/file"
destroy -n other
want_status 1
want_err_has "is no container"
[ -f "$P/other/file" ] || fail "removed what is no container"
destroy -n ../lxc/other
want_status 1
want_err_has "bad container name"
rm -r "$P/other"
destroy -n empty
want_status 0
gone empty
end

begin destroy-running
NAME=d1
container d1
run lxc-start -P "$P" -n d1 -- /bin/busybox sleep 1000
want_status 0
destroy -n d1
refused d1 "it is running"
is_running d1 || fail "a refused lxc-destroy has stopped it"
destroy -f -n d1
want_status 0
gone d1
want_nothing_left
end

begin destroy-hooks
cat >"$W/hook" <<'END'
#!/bin/sh
echo "$* | $LXC_HOOK_TYPE $LXC_NAME $LXC_CONFIG_FILE $LXC_ROOTFS_PATH $(ls "$LXC_ROOTFS_PATH" | tr '\n' ' ')" >>"${0%/*}/hook.log"
[ "$1" != fail ]
END
chmod +x "$W/hook"
for version in 0 1; do
	rm -f "$W/hook.log"
	container d1 "lxc.hook.destroy = $W/hook one" "lxc.hook.destroy = $W/hook two" "lxc.hook.version = $version"
	destroy -n d1
	want_status 0
	gone d1
	case $version in
	0) args=' d1 lxc destroy' ;;
	*) args= ;;
	esac
	has "$W/hook.log" "one$args | destroy d1 $P/d1/config $R bin" "two$args | destroy"
done
container d1 "lxc.hook.destroy = $W/hook fail" "lxc.hook.destroy = $W/hook two"
rm -f "$W/hook.log"
destroy -n d1
refused d1 "lxc.hook.destroy: '$W/hook fail' ended with status 1"
want_eq "hooks behind the one that failed" "$(wc -l <"$W/hook.log")" 1
container d1
destroy -n d1
end

begin destroy-not-managed
container d1 "lxc.rootfs.managed = 0"
destroy -n d1
want_status 0
gone d1
[ -f "$R/dir/file" ] || fail "removed a tree that is somebody else's"
end

begin destroy-what-is-no-tree
container d1
for root in / "$W" "$P" /usr/bin; do
	sed -i "s,^lxc.rootfs.path.*,lxc.rootfs.path = $root," "$P/d1/config"
	[ "$root" != /usr/bin ] || [ "$(readlink -f "$(command -v lxcbox)")" = /usr/bin/lxcbox ] || continue
	destroy -n d1
	refused d1 "'$root'"
done
ln -s "$R" "$W/way"
sed -i "s,^lxc.rootfs.path.*,lxc.rootfs.path = $W/way," "$P/d1/config"
destroy -n d1
refused d1 "is a symbolic link"
rm "$W/way"
sed -i "s,^lxc.rootfs.path.*,lxc.rootfs.path = dir:$R," "$P/d1/config"
ln -s "$P/d1" "$P/d2"
destroy -n d2
refused d1 "'$P/d2' is a symbolic link"
rm "$P/d2"
end

begin destroy-mounted
mount -t tmpfs tmpfs "$R/dir/dir"
echo precious >"$R/dir/dir/file"
destroy -n d1
refused d1 "something is mounted on '$R/dir/dir'"
[ -f "$R/dir/dir/file" ] || fail "removed what was mounted"
umount "$R/dir/dir"
mkdir "$P/d1/with blank"
mount -t tmpfs tmpfs "$P/d1/with blank"
destroy -n d1
refused d1 "something is mounted on '$P/d1/with blank'"
umount "$P/d1/with blank"
end

begin destroy-tree-of-a-running-one
NAME=d2
mkdir "$P/d2"
cp "$P/d1/config" "$P/d2/config"
run lxc-start -P "$P" -n d2 -- /bin/busybox sleep 1000
want_status 0
destroy -n d1
refused d1 "a container runs in it"
run lxc-stop -k -P "$P" -n d2
want_status 0
rm -r "$P/d2"
end

begin destroy-snapshots
mkdir -p "$P/d1/snaps/snap0"
destroy -n d1
refused d1 "it has snapshots: '$P/d1/snaps/snap0'"
rm -r "$P/d1/snaps/snap0"
mkdir "$P/clone"
printf 'lxc.uts.name = clone\n' >"$P/clone/config"
printf '%s\nd1\n' "$P" >"$P/clone/lxc_rdepends"
printf '%s\ngone\n%s\nclone\n' "$P" "$P" >"$P/d1/lxc_snapshots"
destroy -n d1
refused d1 "it has clones: '$P/clone'"
destroy -n clone
want_status 0
want_eq "clones" "$(cat "$P/d1/lxc_snapshots")" "$P
gone"
# One that is gone holds nobody.
destroy -n d1
want_status 0
gone d1
container d1
mkdir -p "$P/d1/snaps/snap0" "$P/clone"
echo config >"$P/d1/snaps/snap0/config"
printf 'lxc.uts.name = clone\n' >"$P/clone/config"
printf '%s\nd1\n' "$P" >"$P/clone/lxc_rdepends"
printf '%s\nclone\n' "$P" >"$P/d1/lxc_snapshots"
destroy -s -n d1
want_status 0
gone d1
gone clone
end

begin destroy-goes-on
container d1
echo "$R" >"$P/d1/partial"
run lxc-start -P "$P" -n d1 -- /bin/busybox true
want_status 1
! lxc-ls -P "$P" -1 | grep -qx d1 || fail "it is listed"
destroy -n d1
want_status 0
gone d1
[ ! -e "$R" ] || fail "left the tree that the mark names"
end

begin destroy-bad-configuration
container d1 "lxc.tty.max = many"
destroy -n d1
refused d1 "$P/d1/config:6: lxc.tty.max"
# What this build does not act on is none of its business.
container d1 "lxc.apparmor.profile = generated"
destroy -n d1
want_status 0
gone d1
end

begin ephemeral
NAME=e1
container e1 "lxc.ephemeral = 1" "lxc.hook.destroy = $W/hook e"
rm -f "$W/hook.log"
run lxc-start -P "$P" -n e1 -- /bin/busybox sleep 1000
want_status 0
[ -f "$P/e1/config" ] || fail "gone while it runs"
run lxc-stop -k -P "$P" -n e1
want_status 0
wait_until 10 test ! -e "$P/e1" || fail "left $P/e1"
[ ! -e "$R" ] || fail "left its tree"
has "$W/hook.log" "e e1 lxc destroy"
want_nothing_left
end

begin ephemeral-foreground
container e1 "lxc.ephemeral = 1"
run lxc-start -F -P "$P" -n e1 -- /bin/busybox sh -c 'exit 5'
want_status 5
gone e1
[ ! -e "$R" ] || fail "left its tree"
end

begin ephemeral-that-never-ran
container e1 "lxc.ephemeral = 1"
run lxc-start -P "$P" -n e1 -- /bin/nosuch
want_status 1
[ -f "$P/e1/config" ] || fail "removed"
destroy -n e1
want_status 0
gone e1
end

begin ephemeral-destroyed
container e1 "lxc.ephemeral = 1"
run lxc-start -P "$P" -n e1 -- /bin/busybox sleep 1000
want_status 0
destroy -f -n e1
want_status 0
wait_until 10 test ! -e "$P/e1" || fail "left $P/e1"
want_nothing_left
end
rm -rf "$P" "$R"
finish
