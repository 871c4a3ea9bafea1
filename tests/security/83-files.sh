# SPDX-License-Identifier: MIT
# owns: files that a command line names, given as links, fifos, directories and devices; names that are none
# never: lets a refusal pass that took longer than three seconds or touched the victim

. "$T/lib.sh"
R=$W/root
NAME=files

conf()
{
	fresh_root bin
	write_conf "lxc.autodev = 1" "$BUSYBOX_ENTRY" "$@"
}

start()
{
	timed 3 lxc-start -F -n $NAME -f "$W/conf" --lxcpath="$W/lxc" "$@" -- /bin/busybox true
}

# Everything that a name can be instead of a file.
lay()
{
	rm -rf "$W/trap"
	mkdir "$W/trap"
	echo precious >"$W/trap/victim"
	ln -s victim "$W/trap/link"
	ln -s nowhere "$W/trap/dangling"
	ln -s loop "$W/trap/loop"
	ln "$W/trap/victim" "$W/trap/hard"
	mkfifo "$W/trap/fifo"
	mkdir "$W/trap/dir"
	mknod "$W/trap/disk" b 7 0
}

manifest()
{
	find "$W/trap" | sort | xargs ls -ld | awk '{ print $1, $2, $5, $9, $10, $11 }'
	cat "$W/trap/victim"
}

# what NAME OPTION VICTIM...: with each of these as the option's file the start is refused and nothing is changed
what()
{
	what=$1
	option=$2
	shift 2
	for v; do
		begin "file-$what-$v"
		conf
		lay
		manifest >"$W/before"
		case $option in
		lxc.*)
			conf "$option = $W/trap/$v"
			start
			;;
		*) start "$option" "$W/trap/$v" ;;
		esac
		manifest >"$W/after"
		want_failure
		want_one_line
		want_err_has "$v"
		cmp -s "$W/before" "$W/after" || fail "changed: $(diff "$W/before" "$W/after" | grep '^[-+][^-+]' | tr '\n' ' ')"
		[ ! -e "$W/trap/nowhere" ] || fail "made the file that a link names"
		end
	done
}

all="link dangling loop hard fifo dir disk"
# shellcheck disable=SC2086
{
	what log -o $all
	what pidfile -p $all
	what console-log -L $all
	# The same code; an emulated board has not the time.
	if [ -z "$SLOW" ]; then
		what log-key lxc.log.file $all
		what console-log-key lxc.console.logfile $all
	fi
}

# A configuration is read, not written: a link is fine, what is no file is not.
for v in fifo dir disk loop dangling; do
	begin "file-rcfile-$v"
	conf
	lay
	timed 4 lxc-start -F -n $NAME -f "$W/trap/$v" --lxcpath="$W/lxc" -- /bin/busybox true
	want_failure
	want_err_has "$v"
	end
	# A directory stands for the files in it.
	[ "$v" != dir ] || continue
	begin "file-include-$v"
	conf "lxc.include = $W/trap/$v"
	start
	want_failure
	want_err_has "$v"
	end
done

begin file-include-of-itself
conf "lxc.include = $W/conf"
start
want_failure
want_err_has "conf"
end

# A full or broken log is not a reason for anything.
begin file-log-full
conf
mkdir -p "$W/full"
if mount -t tmpfs -o size=4k,nr_inodes=4 full "$W/full"; then
	: >"$W/full/log"
	dd if=/dev/zero of="$W/full/fill" bs=4k count=4 2>/dev/null
	start -o "$W/full/log" -l TRACE
	want_status 0
	umount "$W/full"
	end
else
	skip file-log-full "no tmpfs can be mounted"
fi

# --- names ----------------------------------------------------------------------------------------------------------

long=$(printf '%065d' 0)
begin name-table
conf
find / -xdev \( -path /proc -o -path /sys -o -path "$W" -o -path /tmp \) -prune -o -print | sort >"$W/before"
tab=$(printf '\t')
for bad in '' . .. ../x a/b /x x/ -rf --help=x .hidden "$long" 'a b' "a${tab}b" 'a
b' 'a;b' 'a$b' 'a*' 'a?' 'a[b' 'a\b' "a'b" 'a"b' 'a@b' 'a:b' 'a,b' 'a=b' 'a%sb' 'a+b' 'a~' "$(printf 'a\303\244')" "$(printf 'a\001b')"; do
	for verb in "lxc-start -F -f $W/conf" lxc-stop "lxc-execute -f $W/conf" lxc-info; do
		[ -z "$SLOW" ] || [ "$verb" = lxc-stop ] || continue
		case $verb in
		*-f*) set -- /bin/busybox true ;;
		*) set -- ;;
		esac
		# shellcheck disable=SC2086
		timed 4 $verb --lxcpath="$W/lxc" --name="$bad" -- "$@"
		[ "$STATUS" -eq 1 ] || fail "$verb with name '$bad' ended with $STATUS"
		[ -s "$W/err" ] || fail "$verb with name '$bad' says nothing"
	done
done
find / -xdev \( -path /proc -o -path /sys -o -path "$W" -o -path /tmp \) -prune -o -print | sort >"$W/after"
cmp -s "$W/before" "$W/after" || fail "made $(comm -13 "$W/before" "$W/after" | head -n 3 | tr '\n' ' ')"
for good in a A9 a.b a_b-c "$(printf '%064d' 0)"; do
	timed 4 lxc-start -F -n "$good" -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox true
	want_status 0
done
end

# --- the runtime directory ------------------------------------------------------------------------------------------

# other_runtime COMMAND...: with something else in the place of /run/lxcbox, which is put back
other_runtime()
{
	mv /run/lxcbox "$W/saved" 2>/dev/null
	"$@"
	if mountpoint -q /run/lxcbox; then
		umount /run/lxcbox
	fi
	rm -rf /run/lxcbox
	[ ! -d "$W/saved" ] || mv "$W/saved" /run/lxcbox
}

refused()
{
	want_failure
	want_one_line
	want_err_has /run/lxcbox
}

absent()
{
	start
	want_status 0
	want_eq "mode of the new one" "$(stat -c '%a %u' /run/lxcbox)" "700 0"
}

writable_by_others()
{
	mkdir -m 777 /run/lxcbox
	start
	refused
}

a_link()
{
	mkdir "$W/elsewhere"
	ln -s "$W/elsewhere" /run/lxcbox
	start
	refused
	[ -z "$(ls "$W/elsewhere")" ] || fail "followed the link"
}

of_somebody_else()
{
	mkdir -m 700 /run/lxcbox
	chown 1000 /run/lxcbox
	start
	refused
}

a_file()
{
	: >/run/lxcbox
	start
	refused
}

full()
{
	mkdir -m 700 /run/lxcbox
	mount -t tmpfs -o size=4k,nr_inodes=2,mode=700 full /run/lxcbox
	: >/run/lxcbox/fill
	start
	refused
	rm /run/lxcbox/fill
	dd if=/dev/zero of=/run/lxcbox/fill bs=4k count=2 2>/dev/null
	start
	want_failure
	want_one_line
	[ "$(ls /run/lxcbox)" = fill ] || fail "left $(ls /run/lxcbox)"
}

read_only()
{
	mkdir -m 700 /run/lxcbox
	mount -t tmpfs -o ro,mode=700 readonly /run/lxcbox
	start
	refused
}

# The other runtime directory hides no container that the machine runs.
if ls /run/lxcbox/*@* >/dev/null 2>&1; then
	echo "skip runtime-dir: containers are running"
else
	for case in absent writable_by_others a_link of_somebody_else a_file full read_only; do
		begin "runtime-dir-$case"
		conf
		other_runtime $case
		end
	done
fi

finish
