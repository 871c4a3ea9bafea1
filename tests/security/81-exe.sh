# SPDX-License-Identifier: MIT
# owns: that the runtime's own program cannot be written from inside, with the mount calls of today and with those of 3.10
# never: relies on the file being busy: the refusal must be that of a read-only mount

. "$T/lib.sh"
R=$W/root
NAME=exe
BINARY=$(readlink -f "$(command -v lxc-execute)")

conf()
{
	fresh_root bin sbin
	write_conf "$NO_CONSOLE" "lxc.autodev = 1" "$PROC_ENTRY" "$BUSYBOX_ENTRY" \
		"lxc.mount.entry = $T/bin/exegrab bin/exegrab none bind,ro,create=file 0 0"
}

sum()
{
	sha256sum "$BINARY"
	stat -c '%a %u %s %Y' "$BINARY"
}

attack()
{
	begin "exe-execute$V"
	conf
	sum >"$W/before"
	run $PRE lxc-execute -n exe -f "$W/conf" --lxcpath="$W/lxc" -- /bin/exegrab
	want_status 0
	! grep -q writable "$W/out" || fail "$(grep writable "$W/out" | tr '\n' ' ')"
	# That it is busy comes before that it is read-only, where only the open is asked for.
	want_out_has "open: E" "truncate: EROFS" "handle: E" "mode: EROFS" "remount: refused" "bind: refused" "tree: refused"
	sum >"$W/after"
	cmp -s "$W/before" "$W/after" || fail "the program was changed"
	end

	# The interpreter of a script is looked up by the process that executes it, which is still ours.
	for how in start execute; do
		begin "exe-interpreter-$how$V"
		conf
		printf '#!/proc/self/exe\n' >"$R/sbin/init"
		chmod 755 "$R/sbin/init"
		sum >"$W/before"
		if [ $how = start ]; then
			run $PRE lxc-start -F -n exe -f "$W/conf" --lxcpath="$W/lxc"
		else
			run $PRE lxc-execute -n exe -f "$W/conf" --lxcpath="$W/lxc" -- /sbin/init
		fi
		want_failure
		sum >"$W/after"
		cmp -s "$W/before" "$W/after" || fail "the program was changed"
		end
	done
}

[ -x "$T/bin/exegrab" ] || { echo "skip exe: no $T/bin/exegrab"; exit 0; }
PRE=
V=
attack
PRE=$T/bin/enosys
V=-3.10
attack

# A program that is run by descriptor, or from another's read-only mount, must not take itself for protected.
begin exe-by-descriptor
conf
run sh -c 'exec 5<"$0"; exec /proc/self/fd/5 execute -n exe -f "$1" --lxcpath="$2" -- /bin/exegrab' "$BINARY" "$W/conf" "$W/lxc"
if [ "$STATUS" -eq 0 ]; then
	! grep -q writable "$W/out" || fail "$(grep writable "$W/out" | tr '\n' ' ')"
	want_out_has "truncate: EROFS" "mode: EROFS"
fi
end
finish
