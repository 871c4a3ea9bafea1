# SPDX-License-Identifier: MIT
# owns: archives that nobody means well with, given to lxc-create (CVE-2014-9356); badtar makes them
# never: lets one pass that touched anything outside of the new container's tree
# profile: full

. "$T/lib.sh"
P=$W/lxc
NAME=tars

if ! lxc-create --help >"$W/help" 2>&1; then
	skip tar-hostile "lxc-create is not in this build"
	finish
fi

V=$W/victim
mkdir -p "$V" "$P"
echo precious >"$V/precious"
chmod 600 "$V/precious"
: >"$W/given"

# Everything outside that an archive of ours could reach.
manifest()
{
	find "$V" "$P" /etc /escaped /tmp/escaped -exec stat -c '%n %f %u %g %s %h %Y %i' {} + 2>/dev/null | grep -v "^$P " | sort
	cat "$V/precious"
}

"$T/bin/badtar" >"$W/list"
while read -r tar end; do
	begin "tar-hostile-$tar"
	"$T/bin/badtar" "$tar" "$V" >"$W/$tar.tar"
	manifest >"$W/before"
	timed 5 lxc-create -n $NAME --lxcpath="$P" -f "$W/given" -t local -- -f "$W/$tar.tar"
	if [ "$end" = fail ]; then
		want_failure
		want_err_has "$tar.tar" "at byte "
		want_one_line
	else
		want_status 0
		lxc-destroy -n $NAME --lxcpath="$P" >/dev/null 2>&1
	fi
	manifest >"$W/after"
	cmp -s "$W/before" "$W/after" || fail "outside: $(diff "$W/before" "$W/after" | grep '^[-+<>]' | grep -v '^[-+][-+]' | head -n 3 | tr '\n' ' ')"
	[ ! -e "$P/$NAME" ] || fail "left $P/$NAME"
	rm -f "$W/$tar.tar"
	end
done <"$W/list"

# What a decompressor gets to see: gzip in this program, in a process that can only read and write.
begin tar-hostile-gzip
head -c 300000 /dev/urandom >"$W/noise"
printf '\037\213\010\000\000\000\000\000\000\003' | cat - "$W/noise" >"$W/noise.tar.gz"
timed 5 lxc-create -n $NAME --lxcpath="$P" -f "$W/given" -t local -- -f "$W/noise.tar.gz"
want_failure
want_err_has "noise.tar.gz"
[ ! -e "$P/$NAME" ] || fail "left $P/$NAME"
end

finish
