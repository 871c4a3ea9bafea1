# SPDX-License-Identifier: MIT
# owns: the templates local and download: trees from archives, metadata, an image server on this machine that misbehaves
# never: reaches another machine; leaves its server, a cache or a container
# profile: full

. "$T/lib.sh"
P=$W/lxc
export LXC_CACHE_PATH="$W/cache"
unset DOWNLOAD_SERVER

if ! lxc-create --help >"$W/help" 2>&1; then
	skip templates "lxc-create is not in this build"
	finish
fi

# An image as servers have it: rootfs.tar.gz and meta.tar.gz in $W/image.
make_image()
{
	rm -rf "$W/image" "$W/tree" "$W/meta"
	mkdir -p "$W/image" "$W/tree/bin" "$W/tree/etc" "$W/tree/dev" "$W/tree/proc" "$W/tree/sys" "$W/tree/tmp" "$W/meta"
	cp /bin/busybox "$W/tree/bin/busybox"
	ln -s busybox "$W/tree/bin/sh"
	ln "$W/tree/bin/busybox" "$W/tree/bin/hard"
	echo "name LXC_NAME" >"$W/tree/etc/hostname"
	echo "LXC_NAME stays" >"$W/tree/etc/plain"
	ln -s /etc/passwd "$W/tree/etc/link"
	chmod 4711 "$W/tree/etc/plain"
	chmod 1777 "$W/tree/tmp"
	chown 1000:2000 "$W/tree/etc/hostname"
	mknod "$W/tree/dev/null" c 1 3
	mkfifo "$W/tree/fifo"
	touch -d '2001-02-03 04:05:06' "$W/tree/etc/hostname" "$W/tree/etc"
	{
		echo "# of the distribution"
		echo "lxc.environment = WHERE=LXC_PATH"
		echo "lxc.tty.max = 1"
	} >"$W/meta/config"
	echo "lxc.arch = wrong" >"$W/meta/config.99"
	echo "tmpfs LXC_ROOTFS/tmp tmpfs defaults 0 0" >"$W/meta/fstab"
	printf '/etc/hostname\n/etc/link\n/etc/not-there\n' >"$W/meta/templates"
	printf 'You just made LXC_NAME.\n\033[31mred\n' >"$W/meta/create-message"
	echo 9999999999 >"$W/meta/expiry"
	pack
}

pack()
{
	tar -C "$W/tree" -czf "$W/image/rootfs.tar.gz" .
	tar -C "$W/meta" -czf "$W/image/meta.tar.gz" .
	(cd "$W/image" && sha256sum rootfs.tar.gz meta.tar.gz >SHA256SUMS)
}

# create ARG...: lxc-create of $NAME
create()
{
	run lxc-create -n "$NAME" --lxcpath="$P" -f "$W/given" "$@"
}

no_container()
{
	[ ! -e "$P/$NAME" ] || fail "left $(find "$P/$NAME" | head -n 3 | tr '\n' ' ')"
}

# refused TEXT...: it failed with one line that has these, and there is nothing
refused()
{
	want_failure
	want_err_has "$@"
	[ "$(grep -c . "$W/err")" -le 2 ] || fail "$(grep -c . "$W/err") lines of error: $(first_line "$W/err")"
	no_container
}

remove()
{
	lxc-destroy -n "$NAME" --lxcpath="$P" >/dev/null 2>&1 || rm -rf "$P/$NAME"
}

want_tree()
{
	r=$P/$NAME/rootfs
	[ -x "$r/bin/busybox" ] || fail "no bin/busybox in the tree"
	want_eq "link" "$(readlink "$r/bin/sh")" busybox
	want_eq "names of busybox" "$(stat -c %h "$r/bin/busybox")" 2
	want_eq "mode of plain" "$(stat -c %a "$r/etc/plain")" 4711
	want_eq "mode of tmp" "$(stat -c %a "$r/tmp")" 1777
	want_eq "owner of hostname" "$(stat -c %u:%g "$r/etc/hostname")" 1000:2000
	want_eq "time of etc" "$(date -d @"$(stat -c %Y "$r/etc")" +%Y)" 2001
	[ -p "$r/fifo" ] || fail "no fifo"
}

mkdir -p "$P"
printf '# given\nlxc.autodev = 1\nlxc.net.0.type = empty\nlxc.tty.max = 2\n' >"$W/given"
NAME=wlocal
make_image

begin b1-local
create -t local -- -m "$W/image/meta.tar.gz" -f "$W/image/rootfs.tar.gz"
want_status 0
want_tree
[ -c "$P/$NAME/rootfs/dev/null" ] || fail "no device node"
want_eq "hostname" "$(cat "$P/$NAME/rootfs/etc/hostname")" "name $NAME"
want_eq "plain" "$(cat "$P/$NAME/rootfs/etc/plain")" "LXC_NAME stays"
[ -d "$P/$NAME/rootfs/dev/pts" ] || fail "no dev/pts"
want_eq "fstab" "$(cat "$P/$NAME/fstab")" "tmpfs $P/$NAME/rootfs/tmp tmpfs defaults 0 0"
has "$P/$NAME/config" "# given" "# of the distribution" "lxc.environment = WHERE=$P/$NAME" "lxc.mount.fstab = $P/$NAME/fstab" \
	"lxc.uts.name = $NAME"
want_eq "order of the configuration" "$(grep -n -E 'WHERE|tty.max|net.0|uts.name' "$P/$NAME/config" | sed 's/.*lxc\.\([a-z]*\).*= *\([^ ]*\)$/\1=\2/' | tr '\n' ' ')" \
	"environment=$P/$NAME tty=1 tty=2 uts=$NAME net=empty "
want_out_has "Unpacking the rootfs" "You just made" "?[31mred"
want_err_has "'/etc/link' of the image is not changed"
end

begin b1-local-starts
run lxc-start -F -n $NAME --lxcpath="$P" -- /bin/busybox sh -c 'busybox hostname; echo $WHERE'
want_status 0
want_out "$NAME
$P/$NAME"
end
remove

begin local-without-metadata
create -t local -- --fstree "$W/image/rootfs.tar.gz"
want_status 0
want_tree
has "$P/$NAME/config" "lxc.uts.name = $NAME" "lxc.tty.max = 2"
end
remove

begin local-plain-tar
tar -C "$W/tree" -cf "$W/rootfs.tar" .
create -t local -- -m "$W/image/meta.tar.gz" -f "$W/rootfs.tar" --no-dev
want_status 0
want_tree
[ ! -e "$P/$NAME/rootfs/dev/null" ] || fail "/dev of the image is there"
end
rm -f "$W/rootfs.tar"
remove

begin local-squashfs
if grep -q squashfs /proc/filesystems && [ -e /dev/loop-control ]; then
	create -t local -- -f "$T/data/tiny.squashfs"
	want_status 0
	want_eq "file" "$(cat "$P/$NAME/rootfs/etc/issue")" "a tiny squashfs"
	want_eq "mode" "$(stat -c %a "$P/$NAME/rootfs/bin/tool")" 4755
	want_eq "link" "$(readlink "$P/$NAME/rootfs/bin/other")" tool
	! grep -q "$P" /proc/mounts || fail "still mounted: $(grep "$P" /proc/mounts)"
	end
	remove
else
	skip local-squashfs "this kernel has no squashfs or no loop devices"
fi

# bad WHAT TEXT ARG...
bad()
{
	begin "local-$1"
	what=$2
	shift 2
	create -t local -- "$@"
	refused "$what"
	end
}

echo "no archive" >"$W/text"
head -c 20000 "$W/image/rootfs.tar.gz" >"$W/short.tar.gz"
{
	head -c 20000 "$W/image/rootfs.tar.gz"
	tail -c 20000 "$W/image/rootfs.tar.gz"
} >"$W/damaged.tar.gz"
gunzip -c "$W/image/rootfs.tar.gz" | head -c 30000 >"$W/short.tar"
printf '\3757zXZ\000rest' >"$W/fake.tar.xz"
mkdir -p "$W/empty"
tar -C "$W/empty" -czf "$W/empty.tar.gz" .
bad no-tree "which tree?"
bad missing "'$W/nowhere': No such file" -f "$W/nowhere"
bad not-an-archive "is no archive" -f "$W/text"
bad directory "is not a regular file" -f "$W/empty"
bad short-gzip "is damaged (gzip" -f "$W/short.tar.gz"
bad damaged-gzip "'$W/damaged.tar.gz'" -f "$W/damaged.tar.gz"
bad short-tar "the archive ends in the middle" -f "$W/short.tar"
bad metadata-without-config "has no file 'config'" -m "$W/empty.tar.gz" -f "$W/image/rootfs.tar.gz"
bad option "frob" -f "$W/image/rootfs.tar.gz" --frob
bad mapped "not supported" -f "$W/image/rootfs.tar.gz" --mapped-uid 100000
begin local-program-that-is-missing
create -t local -- -f "$W/fake.tar.xz"
if [ -x /bin/xz ] || [ -x /usr/bin/xz ]; then
	refused "is damaged (xz"
else
	refused "the program 'xz' is needed and not installed"
fi
end

begin local-disk-full
mkdir -p "$W/small"
mount -t tmpfs -o size=256k small "$W/small"
run lxc-create -n $NAME --lxcpath="$W/small" -f "$W/given" -t local -- -f "$W/image/rootfs.tar.gz"
want_failure
want_err_has "No space left on device"
want_one_line
want_eq "what is left" "$(ls -A "$W/small")" ""
umount "$W/small"
end

mkdir -p "$W/small" "$W/big"
mount -t tmpfs -o size=400m small "$W/small"
head -c 150000000 /dev/zero >"$W/small/zeros"
tar -C "$W/small" -czf "$W/big.tar.gz" zeros
rm "$W/small/zeros"

begin local-progress
BIG="lxc-create -n $NAME --lxcpath=$W/small -f $W/given -t local -- -f $W/big.tar.gz"
run script -q -c "$BIG" "$W/typescript"
tr "\r" "\n" <"$W/typescript" >"$W/lines"
has "$W/lines" "Unpacking [#" "% "
rm -rf "$W/small/$NAME"
run script -q -c "$BIG 2>$W/err2" "$W/typescript"
! grep -q "Unpacking \[" "$W/err2" "$W/typescript" || fail "a bar where no terminal is"
want_eq "size" "$(stat -c %s "$W/small/$NAME/rootfs/zeros")" 150000000
rm -rf "$W/small/$NAME"
end

begin local-interrupted
in_background lxc-create -n $NAME --lxcpath="$W/small" -f "$W/given" -t local -- -f "$W/big.tar.gz"
wait_until 20 test -s "$W/small/$NAME/rootfs/zeros" || fail "did not begin"
kill -TERM "$BG"
wait "$BG"
want_eq "what is left" "$(ls -A "$W/small")" ""
umount "$W/small"
end
rm -rf "$W/big" "$W/big.tar.gz" "$W/zeros.gz"

# ---- a server ----

S=$W/srv
BUILD=20240101_05:24
WEBD=
PORT=

serve()
{
	: >"$W/port"
	"$T/bin/webd" "$S" >"$W/port" 2>/dev/null </dev/null &
	WEBD=$!
	wait_until 5 test -s "$W/port" || fail "no server"
	read -r PORT <"$W/port"
	URL=http://127.0.0.1:$PORT
}

silence()
{
	[ -z "$WEBD" ] || kill "$WEBD" 2>/dev/null
	WEBD=
}
trap 'silence; umount "$W/small" 2>/dev/null' EXIT

fill_server()
{
	rm -rf "$S" "$W/cache" "$S.mode"
	IMAGE=/images/debian/bookworm/amd64/default/$BUILD
	mkdir -p "$S/meta/1.0" "$S$IMAGE"
	cp "$W/image"/* "$S$IMAGE/"
	{
		echo "alpine;edge;armhf;default;20200101;/images/alpine/edge/armhf/default/20200101/"
		echo "broken line"
		echo "debian;bookworm;amd64;default;../up;/images/../../etc/"
		echo "debian;bookworm;amd64;default;$BUILD;$IMAGE/"
		echo "debian;bookworm;amd64;cloud;$BUILD;$IMAGE/"
	} >"$S/meta/1.0/index-system"
	: >"$S.log"
}

WANT="-d debian -r bookworm -a amd64"
download()
{
	# shellcheck disable=SC2086
	create -t download -- --server "$URL" $WANT "$@"
}

NAME=wload
fill_server
serve

begin download-http-proves-nothing
download
refused "http proves nothing"
want_eq "what was asked for" "$(cat "$S.log")" ""
end

begin b1-download
download --no-validate
want_status 0
want_tree
has "$P/$NAME/config" "# of the distribution" "lxc.uts.name = $NAME"
want_out_has "Downloading the image index" "Downloading the rootfs" "Unpacking the rootfs"
has "$S.log" /meta/1.0/index-system.7 /meta/1.0/index-system "$IMAGE/SHA256SUMS" "$IMAGE/rootfs.tar.gz"
want_eq "build" "$(cat "$W/cache/download/debian/bookworm/amd64/default/build_id")" "$BUILD"
end
remove

begin download-from-the-cache
: >"$S.log"
download --no-validate
want_status 0
want_tree
want_out_has "Using image from local cache"
want_eq "what was asked for" "$(cat "$S.log")" ""
end
remove

begin download-cache-without-proof
# What --no-validate has taken is not for those who want proof.
: >"$S.log"
# shellcheck disable=SC2086
create -t download -- --server https://127.0.0.1:1 --force-cache $WANT
want_failure
no_container
! grep -q "from local cache" "$W/out" || fail "was taken from the cache"
end

CACHE=$W/cache/download/debian/bookworm/amd64/default
begin download-cache-is-checked-again
echo x >>"$CACHE/rootfs.tar.gz"
: >"$S.log"
download --no-validate
want_status 0
want_err_has "the cached copy is not used" "is not what was published"
has "$S.log" "$IMAGE/rootfs.tar.gz"
end
remove

begin download-cache-that-has-expired
# Long ago also where the clock begins with the boot.
echo 1 >"$W/meta/expiry"
pack
fill_server
download --no-validate
want_status 0
remove
: >"$S.log"
download --no-validate
want_status 0
want_out_has "has expired" "already up to date"
has "$S.log" /meta/1.0/index-system
remove
: >"$S.log"
download --no-validate --force-cache
want_status 0
want_eq "what was asked for" "$(cat "$S.log")" ""
remove
: >"$S.log"
download --no-validate --flush-cache
want_status 0
has "$S.log" "$IMAGE/rootfs.tar.gz"
remove
echo 9999999999 >"$W/meta/expiry"
pack
end

begin download-list
fill_server
create -t download -- --server "$URL" --no-validate -l
want_failure
want_eq "list" "$(grep -c amd64 "$W/out")" 1
want_out_has "debian	bookworm	amd64	default	$BUILD" "alpine	edge	armhf"
no_container
end

begin download-asks
printf 'debian\nbookworm\namd64\n' >"$W/answers"
timeout 20 lxc-create -n $NAME --lxcpath="$P" -f "$W/given" -t download -- --server "$URL" --no-validate <"$W/answers" >"$W/out" 2>"$W/err"
STATUS=$?
want_status 0
want_out_has "Distribution:" "Release:" "Architecture:"
want_tree
remove
create -t download -- --server "$URL" --no-validate -d debian
refused "no answer to 'Release: '"
end

# misbehave NAME MODE TEXT...
misbehave()
{
	begin "download-$1"
	fill_server
	# shellcheck disable=SC2086
	[ -z "$2" ] || echo $2 >"$S.mode"
	shift 2
	download --no-validate
	refused "$@"
	rm -f "$S.mode"
	[ -z "$(find "$W/cache" -type f 2>/dev/null)" ] || fail "the cache keeps $(find "$W/cache" -type f | head -n 3 | tr '\n' ' ')"
	end
}

misbehave tree-cut-off "rootfs cut 5000" "rootfs.tar.gz': the connection ended after 5000 of"
misbehave metadata-cut-off "meta.tar cut 10" "the connection ended after 10 of"
misbehave longer-than-said "rootfs long" "more than the"
misbehave in-chunks "rootfs chunked" "in pieces"
misbehave endless-redirects "rootfs redirect $URL$IMAGE/rootfs.tar.gz" "redirected too often"
misbehave redirect-to-a-file "rootfs redirect file:///etc/passwd" "redirected to 'file:///etc/passwd'"
misbehave server-error "rootfs status 503" "the server says 503"
misbehave no-tree "rootfs status 404" "no such file"
misbehave no-web-server "index garbage" "no answer of a web server"
misbehave silence "SHA256SUMS silent" "no answer of a web server"

begin download-redirect
fill_server
mkdir -p "$S/mirror"
mv "$S$IMAGE/rootfs.tar.gz" "$S/mirror/moved.tar.gz"
echo "rootfs.tar.gz redirect /mirror/moved.tar.gz" >"$S.mode"
download --no-validate
want_status 0
want_tree
rm -f "$S.mode"
end
remove

# altered NAME COMMAND TEXT
altered()
{
	begin "download-altered-$1"
	fill_server
	(cd "$S$IMAGE" && eval "$2")
	download --no-validate
	refused "$3"
	[ -z "$(find "$W/cache" -type f 2>/dev/null)" ] || fail "the cache keeps something"
	end
}

altered tree "printf x >>rootfs.tar.gz" "rootfs.tar.gz' is not what was published"
altered metadata "cp rootfs.tar.gz meta.tar.gz" "meta.tar.gz' is not what was published"
altered digests "sed -i s/^../zz/ SHA256SUMS" "has no rootfs"
altered digests-of-others "sed -i s/rootfs/other/ SHA256SUMS" "has no rootfs"

begin download-unknown-image
fill_server
# shellcheck disable=SC2086
create -t download -- --server "$URL" --no-validate -d debian -r sid -a amd64
refused "has no image 'debian' 'sid'"
create -t download -- --server "$URL" --no-validate -d ../.. -r sid -a amd64
refused "bad name '../..'"
end

begin download-disk-full
fill_server
mkdir -p "$W/small"
mount -t tmpfs -o size=128k small "$W/small"
LXC_CACHE_PATH=$W/small download --no-validate
refused "No space left on device"
want_eq "files left in the cache" "$(find "$W/small" -type f)" ""
umount "$W/small"
end

begin download-cache-of-others
fill_server
mkdir -p "$CACHE"
chmod 777 "$CACHE"
download --no-validate
refused "can be written by others"
end

begin download-server-gone
fill_server
silence
download --no-validate
refused "cannot connect: Connection refused"
end

begin download-no-server
create -t download -- -d debian -r bookworm -a amd64
refused "which server?"
create -t download -- --server ftp://x -d debian -r bookworm -a amd64
refused "is no server"
create -t download -- --server example --keyserver x -d debian -r bookworm -a amd64
refused "keys are not fetched"
end

finish
