# SPDX-License-Identifier: MIT
# owns: that a start in the background which fails says why, in one line, whatever comes before the container's program runs
# never: leaves anything of it
# boards: one

. "$T/lib.sh"
R=$W/root
P=$W/lxc
NAME=cause
LXCPATH=$P

conf()
{
	fresh_root bin sbin dev proc etc
	cp /bin/busybox "$R/bin/busybox"
	write_conf "$NO_CONSOLE" "$@"
}

# fails TEXT [COMMAND...]: in the background, with exactly this behind the name, and nothing is left
fails()
{
	fails_text=$1
	shift
	run lxc-start -n $NAME -P "$P" -f "$W/conf" -d -- "$@"
	want_status 1
	want_eq "what it says" "$(cat "$W/err")" "lxc-start: $NAME: $fails_text"
	want_nothing_left
}

begin cause-of-what-cannot-be-executed
conf
fails "cannot execute '/sbin/init' in the container: No such file or directory"
: >"$R/sbin/init"
fails "cannot execute '/sbin/init' in the container: Permission denied"
chmod 755 "$R/sbin/init"
fails "cannot execute '/sbin/init' in the container: Exec format error"
printf '\177ELF\001\001\001not of this machine, nor of any other one\n' >"$R/sbin/init"
fails "cannot execute '/sbin/init' in the container: Exec format error"
# The file is there, what is to run it is not: a loader of another libc, for one.
printf '#!/no/such/shell -e\n' >"$R/sbin/init"
fails "cannot execute '/sbin/init' in the container: it is there, but the program that runs it is not (#! line or dynamic loader)"
rm "$R/sbin/init"
mkdir "$R/sbin/init"
fails "cannot execute '/sbin/init' in the container: Permission denied"
rmdir "$R/sbin/init"
ln -s init "$R/sbin/init"
fails "cannot execute '/sbin/init' in the container: $(ls "$R/sbin/init/" 2>&1 | sed 's/.*: //')"
fails "cannot execute 'nosuch' in the container: No such file or directory" nosuch
echo "lxc.init.cmd = /bin/gone now" >>"$W/conf"
fails "$W/conf:$(wc -l <"$W/conf"): cannot execute '/bin/gone' in the container: No such file or directory"
end

begin cause-of-mounts
conf "lxc.mount.entry = $W/gone mnt none bind,create=dir 0 0"
fails "$W/conf:4: mount on 'mnt': source: '$W/gone': No such file or directory" /bin/busybox true
end

finish
