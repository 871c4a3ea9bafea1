# SPDX-License-Identifier: MIT
# owns: lxc-destroy of trees that a container has made to be in the way, or to lead out of themselves
# never: lets it near a file that is not this script's
# profile: full

. "$T/lib.sh"
command -v lxc-destroy >/dev/null || { skip destroy-hostile "lxc-destroy is not in this build"; finish; }
P=$W/lxc
LXCPATH=$P
OUT=$W/outside

container()
{
	mkdir -p "$P/h/rootfs" "$OUT/dir"
	echo precious >"$OUT/file"
	echo precious >"$OUT/dir/file"
	printf 'lxc.uts.name = h\nlxc.rootfs.path = dir:%s\n' "$P/h/rootfs" >"$P/h/config"
}

destroy()
{
	run lxc-destroy -P "$P" -n h
}

gone()
{
	want_status 0
	[ ! -e "$P/h" ] || fail "left $P/h: $(find "$P/h" 2>/dev/null | head -n 3 | tr '\n' ' ')"
	[ -f "$OUT/file" ] && [ -f "$OUT/dir/file" ] || fail "removed what a link led to"
}

begin destroy-deep
container
# Two that a shell can walk, one at the bottom of the other: deeper than any path.
for top in "$P/h/rootfs" "$W/second"; do
	mkdir -p "$top"
	(
		cd "$top" || exit 1
		n=0
		while [ "$n" -lt 120 ]; do
			mkdir ddddddddddddddddddddddddddddd && cd ddddddddddddddddddddddddddddd || exit 1
			n=$((n + 1))
		done
		echo bottom >file
		ln -s "$OUT" way
		[ "$top" = "$W/second" ] || echo "$PWD" >"$W/bottom"
	) || fail "cannot make it"
done
mv "$W/second" "$(cat "$W/bottom")/"
destroy
gone
end

# A tree deeper than that of a path, under a low limit of descriptors.
begin destroy-few-descriptors
container
mkdir -p "$P/h/rootfs/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31/32/33/34/35/36/37/38/39/40"
run sh -c "ulimit -n 40; exec lxc-destroy -P '$P' -n h"
gone
end

begin destroy-names
container
long=$(printf '%0255d' 0)
mkdir "$P/h/rootfs/$long"
echo x >"$P/h/rootfs/$long/$long"
echo x >"$P/h/rootfs/$(printf 'new\nline')"
echo x >"$P/h/rootfs/-rf"
echo x >"$P/h/rootfs/$(printf '\001\377')"
mkdir "$P/h/rootfs/.removed-0" "$P/h/rootfs/..." "$P/h/rootfs/ "
mkfifo "$P/h/rootfs/fifo"
mknod "$P/h/rootfs/null" c 1 3
destroy
gone
end

begin destroy-links
container
ln -s "$OUT" "$P/h/rootfs/dir"
ln -s "$OUT/file" "$P/h/rootfs/file"
ln -s ../../../../../../../.. "$P/h/rootfs/up"
ln "$OUT/file" "$P/h/rootfs/hard"
destroy
gone
has "$OUT/file" precious
end

# The rootfs itself, made a link by what had the tree mounted elsewhere.
begin destroy-root-is-a-link
container
rmdir "$P/h/rootfs"
ln -s "$OUT" "$P/h/rootfs"
destroy
want_status 1
want_err_has "is a symbolic link"
[ -f "$OUT/file" ] || fail "removed what the link led to"
rm "$P/h/rootfs"
destroy
gone
end

begin destroy-many
container
(cd "$P/h/rootfs" && n=0 && while [ "$n" -lt 1500 ]; do : >"f$n"; n=$((n + 1)); done)
destroy
gone
end

# Somebody moves directories to and fro, and makes new ones, as long as he can.
begin destroy-race
container
mkdir -p "$P/h/rootfs/a/b/c/d" "$P/h/rootfs/e"
ln -s "$OUT" "$P/h/rootfs/link"
(
	cd "$P/h/rootfs" || exit 1
	while [ -d "$P/h/rootfs" ]; do
		mv a/b e/b; mv link a; mv e/b a/b; mv a/link .; mkdir -p a/b/c/d e; ln -s "$OUT" a/b/c/way
	done
) >/dev/null 2>&1 &
BG=$!
destroy
[ "$STATUS" -eq 0 ] || want_one_line
kill $BG 2>/dev/null
wait $BG
destroy
[ ! -e "$P/h" ] || fail "left $P/h"
[ -f "$OUT/file" ] && [ -f "$OUT/dir/file" ] || fail "removed what a link led to"
end

begin destroy-immutable
container
echo x >"$P/h/rootfs/stays"
if chattr +i "$P/h/rootfs/stays" 2>/dev/null; then
	destroy
	want_status 1
	want_one_line
	want_err_has "cannot remove '$P/h/rootfs/stays'" "immutable"
	[ -e "$P/h/partial" ] || fail "what is left is taken for a container"
	chattr -i "$P/h/rootfs/stays"
	destroy
	gone
	end
else
	skip destroy-immutable "no chattr, or a file system without it"
	destroy
fi
rm -rf "$P" "$OUT"
finish
