# SPDX-License-Identifier: MIT
# owns: a copy of a hostile tree: links out of it at each place that the copy writes to, and names exchanged while it is copied
# never: leaves a process behind
# profile: full

. "$T/lib.sh"
NAME=hostile
if ! lxcbox --list | grep -q '^lxc-copy$'; then
	skip copy-hostile "not in this build (CONFIG_LXC_COPY)"
	finish
fi
P=$W/lxc
LXCPATH=$P

fresh()
{
	rm -rf "${P:?}" "$W/out-there"
	mkdir -p "$P/a/rootfs/etc" "$P/a/rootfs/dev" "$W/out-there/etc"
	echo secret >"$W/out-there/secret"
	echo host >"$W/out-there/hostname"
	echo host >"$W/out-there/etc/hostname"
	printf 'lxc.uts.name = a\nlxc.rootfs.path = dir:%s\n%s\n' "$P/a/rootfs" "$NO_CONSOLE" >"$P/a/config"
}

untouched()
{
	want_eq "a file of the host" "$(cat "$W/out-there/hostname" "$W/out-there/etc/hostname" | tr '\n' ' ')" "host host "
	want_eq "its directory" "$(find "$W/out-there" | wc -l)" 5
}

for how in "" -s; do
	if [ -n "$how" ] && ! grep -q overlay /proc/filesystems; then
		continue
	fi
	begin "copy-hostname-is-a-link$how"
	fresh
	ln -s "$W/out-there/hostname" "$P/a/rootfs/etc/hostname"
	run lxc-copy -n a -N b -P "$P" $how
	want_status 0
	untouched
	end

	begin "copy-etc-is-a-link$how"
	fresh
	rmdir "$P/a/rootfs/etc"
	ln -s "$W/out-there/etc" "$P/a/rootfs/etc"
	run lxc-copy -n a -N b -P "$P" $how
	want_status 0
	untouched
	end

	# Opening the one for writing would wait for ever, the other would be the host's device.
	begin "copy-hostname-is-no-file$how"
	fresh
	mkfifo "$P/a/rootfs/etc/hostname"
	timed 10 lxc-copy -n a -N b -P "$P" $how
	want_status 0
	rm "$P/a/rootfs/etc/hostname"
	mknod "$P/a/rootfs/etc/hostname" b 7 99
	timed 10 lxc-copy -n a -N c -P "$P" $how
	want_status 0
	end
done

begin copy-reads-nothing-through-links
fresh
ln -s "$W/out-there" "$P/a/rootfs/dir"
ln -s "$W/out-there/secret" "$P/a/rootfs/file"
ln -s / "$P/a/rootfs/root"
mkfifo "$P/a/rootfs/fifo"
timed 10 lxc-copy -n a -N b -P "$P"
want_status 0
[ -L "$P/b/rootfs/dir" ] && [ -L "$P/b/rootfs/file" ] && [ -L "$P/b/rootfs/root" ] || fail "a link is none any more"
[ -z "$(find "$P/b" -type f -exec grep -l secret {} +)" ] || fail "a file of the host was copied"
end

# A container that runs exchanges a directory and a link, a file and a fifo, all the time.
begin copy-while-names-are-exchanged
fresh
mkdir -p "$P/a/rootfs/x/d"
for i in 1 2 3 4 5 6 7 8 9; do
	mkdir "$P/a/rootfs/x/d/$i"
	echo mine >"$P/a/rootfs/x/d/$i/secret"
done
ln -s "$W/out-there" "$P/a/rootfs/x/l"
(
	cd "$P/a/rootfs/x" || exit
	while :; do
		mv d t && mv l d && mv d l && mv t d
		ln -s "$W/out-there/secret" d/1/s 2>/dev/null
		mv d/1/s d/1/secret
		rm -f d/1/secret && mkfifo d/1/secret
		rm -f d/1/secret && echo mine >d/1/secret
	done
) >/dev/null 2>&1 &
swapper=$!
for i in 1 2 3 4 5 6 7 8 9 10; do
	timed 10 lxc-copy -n a -N b -P "$P" -K
	[ "$STATUS" -le 1 ] || fail "status $STATUS"
	if [ -d "$P/b/rootfs" ]; then
		[ -z "$(find "$P/b/rootfs" -type f -exec grep -l secret {} +)" ] || fail "a file of the host was copied"
		run lxc-destroy -n b -P "$P"
		want_status 0
	fi
done
kill $swapper
wait $swapper 2>/dev/null
untouched
end

# A mark or a container directory that is a link.
begin copy-place-is-a-link
fresh
ln -s "$W/out-there" "$P/b"
run lxc-copy -n a -N b -P "$P"
want_failure
want_one_line
untouched
mkdir "$P/c"
ln -s "$W/out-there/new" "$P/c/partial"
run lxc-copy -n a -N c -P "$P"
want_failure
untouched
end

finish
