#!/bin/sh
# SPDX-License-Identifier: MIT
# owns: lxc.conf beside LXC's own: what the lxc-config of this machine and ours say of the same files
# never: needs root, though root gives it away; touches a file that is not its own: both read one below HOME then

cd "${0%/*}/../.." || exit 1
lxc=$(command -v lxc-config) || { echo "skip system-as-lxc: no lxc-config here"; exit 0; }
tmp=$(mktemp -d "${TMPDIR:-/tmp}/lxcbox-system.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM PIPE
as=
if [ "$(id -u)" -eq 0 ]; then
	as="setpriv --reuid 65534 --regid 65534 --clear-groups"
	$as true 2>/dev/null || { echo "skip system-as-lxc: no setpriv here"; exit 0; }
fi
# The tree may lie where only root gets to.
chmod 755 "$tmp"
cp "${LXCBOX:-build/host/lxcbox}" "$tmp/lxcbox" && mkdir -p "$tmp/home/.config/lxc" || exit 1
file=$tmp/home/.config/lxc/lxc.conf
items="default_config lxcpath bdev.lvm.vg bdev.lvm.thin_pool bdev.zfs.root cgroup.use"
failed=0

# say COMMAND... of each item: what it prints and ends with
say()
{
	for item in $items; do
		# shellcheck disable=SC2086
		$as env -i HOME="$home" "$@" "lxc.$item" 2>/dev/null
		echo "$item: $?"
	done
	# shellcheck disable=SC2086
	$as env -i HOME="$home" "$@" -l 2>/dev/null
	# shellcheck disable=SC2086
	$as env -i HOME="$home" "$@" lxc.nonsense >/dev/null 2>&1
	echo "$?"
}

# same NAME: of the file as it is
same()
{
	say "$lxc" >"$tmp/theirs"
	say "$tmp/lxcbox" config >"$tmp/ours"
	if cmp -s "$tmp/theirs" "$tmp/ours"; then
		echo "ok system-as-lxc-$1"
	else
		echo "not ok system-as-lxc-$1: $(diff "$tmp/theirs" "$tmp/ours" | grep '^[<>]' | head -n 2 | tr '\n' ' ')"
		failed=1
	fi
}

# with NAME LINE...
with()
{
	name=$1
	shift
	printf '%s\n' "$@" >"$file"
	same "$name"
}

home=$tmp/home
same without-a-file
with empty '# nothing'
with paths 'lxc.lxcpath = /srv/lxc' 'lxc.default_config = /srv/lxc/box.conf'
with spelling '  lxc.lxcpath=/srv/lxc///' 'lxc.cgroup.use	=	memory,cpu' 'something = else'
with first-line-holds 'lxc.lxcpath = /a' 'lxc.lxcpath = /b' 'lxc.cgroup.use = @all' 'lxc.cgroup.use = memory'
with comment-in-path 'lxc.lxcpath = /a # b'
with storage 'lxc.bdev.lvm.vg = a' 'lxc.bdev.lvm.thin_pool = b' 'lxc.bdev.zfs.root = c/d'
items="$items cgroup.pattern"
with pattern 'lxc.cgroup.pattern = box/%n' 'lxc.cgroup.use = @kernel'
home=$tmp/nobody
items="default_config lxcpath"
same home-is-not-there
exit $failed
