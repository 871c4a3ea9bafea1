# SPDX-License-Identifier: MIT
# owns: lxc-create: what it makes of a configuration and a template, what it refuses, what an end half-way leaves: nothing
# never: needs a template of another package
# profile: full

. "$T/lib.sh"
command -v lxc-create >/dev/null || { skip create "lxc-create is not in this build"; finish; }
P=$W/lxc
LXCPATH=$P
LOG=$W/template.log
export LOG
T1=$W/lxc-one

printf 'lxc.net.0.type = empty\n# kept\nlxc.environment = A=b\n' >"$W/conf"

# A template as other packages have them: a shell script that adds to the configuration by itself.
cat >"$T1" <<'END'
#!/bin/sh
echo "args: $*" >"$LOG"
for arg; do
	case $arg in
	--path=*) path=${arg#*=} ;;
	--rootfs=*) rootfs=${arg#*=} ;;
	--name=*) name=${arg#*=} ;;
	--fail) exit 7 ;;
	--bad) echo "lxc.nonsense = 1" >>"$path/config" ;;
	--wait) wait=1 ;;
	-h) echo "help of the template"; exit 0 ;;
	esac
done
{
	echo "mark: $(ls "$path")"
	echo "ns: $(readlink /proc/self/ns/mnt)"
	echo "umask: $(umask)"
	echo "fds: $(ls /proc/self/fd | tr '\n' ' ')"
	echo "secret: $SECRET"
	echo "cwd: $(pwd)"
} >>"$LOG"
mkdir -p "$rootfs/bin" "$rootfs/proc"
echo "lxc.mount.entry = /bin/busybox bin/busybox none bind,ro,create=file 0 0" >>"$path/config"
[ -z "$wait" ] || {
	sleep 1001 &
	sleep 1000
}
END
chmod +x "$T1"

create()
{
	run lxc-create -P "$P" -f "$W/conf" "$@"
}

destroy()
{
	run lxc-destroy -P "$P" -n "$1"
	want_status 0
	[ ! -e "$P/$1" ] || fail "lxc-destroy has left $P/$1"
}

# nothing_made NAME
nothing_made()
{
	[ ! -e "$P/$1" ] || fail "left $P/$1: $(find "$P/$1" | head -n 3 | tr '\n' ' ')"
}

# sleepers: what a template has started and runs
sleepers()
{
	for f in /proc/[0-9]*/cmdline; do
		case $(tr '\0' ' ' <"$f" 2>/dev/null) in
		"sleep 100"*) echo "$f" ;;
		esac
	done
}

any_sleepers()
{
	[ -n "$(sleepers)" ]
}

no_sleepers()
{
	[ -z "$(sleepers)" ]
}

listed()
{
	lxc-ls -P "$P" -1 | grep -qx "$1"
}

begin create-busybox
timed 60 lxc-create -P "$P" -f "$W/conf" -n cbusybox -t busybox
want_status 0
has "$P/cbusybox/config" "# Template used to create this container: busybox" "# kept" "lxc.uts.name = cbusybox" \
	"lxc.rootfs.path = dir:$P/cbusybox/rootfs" "lxc.signal.halt = SIGUSR1" "lxc.environment = A=b"
[ ! -e "$P/cbusybox/partial" ] || fail "the mark is still there"
want_eq "mode of the directory" "$(stat -c %a "$P/cbusybox")" 770
want_eq "mode of config" "$(stat -c %a "$P/cbusybox/config")" 640
want_eq "mode of tmp" "$(stat -c %a "$P/cbusybox/rootfs/tmp")" 1777
listed cbusybox || fail "not listed"
end

begin create-busybox-boots
NAME=cbusybox
run lxc-start -P "$P" -n cbusybox
want_status 0
wait_until 20 is_running cbusybox || fail "does not run"
run lxc-attach -P "$P" -n cbusybox -- /bin/hostname
want_status 0
want_out cbusybox
run lxc-destroy -P "$P" -n cbusybox
want_status 1
want_err_has "it is running"
[ -x "$P/cbusybox/rootfs/sbin/init" ] || fail "a refused lxc-destroy has removed something"
run lxc-stop -P "$P" -n cbusybox
want_status 0
destroy cbusybox
want_nothing_left
end

begin create-busybox-static-only
cp /bin/busybox "$W/dynamic"
# The first program header becomes PT_INTERP.
case $(od -An -tx1 -j4 -N1 /bin/busybox | tr -d ' ') in
02) at=64 ;;
*) at=52 ;;
esac
printf '\003\000\000\000' | dd of="$W/dynamic" bs=1 seek=$at conv=notrunc 2>/dev/null
create -n c1 -t busybox -- --busybox-path="$W/dynamic"
want_status 1
want_one_line
want_err_has "is not statically linked"
nothing_made c1
create -n c1 -t busybox -- -b "$T1"
want_status 1
want_err_has "is not a program for this machine"
nothing_made c1
create -n c1 -t busybox -- --nonsense
want_status 1
want_err_has "unknown option '--nonsense'"
nothing_made c1
end

begin create-by-path
(
	cd "$W" || exit 1
	SECRET=passed
	export SECRET
	create -n c1 -t "$T1" -- -a "b c"
	[ "$STATUS" -eq 0 ]
) || fail "$(first_line "$W/err")"
has "$LOG" "args: --path=$P/c1 --name=c1 --rootfs=$P/c1/rootfs -a b c" "umask: 0022" "secret: passed" "cwd: $W" "partial"
[ "$(sed -n 's/^ns: //p' "$LOG")" != "$(readlink /proc/self/ns/mnt)" ] || fail "the template runs in the host's mount namespace"
want_eq "descriptors" "$(sed -n 's/^fds: //p' "$LOG")" "0 1 2 3 "
has "$P/c1/config" "# Template used to create this container: $T1" "# Parameters passed to the template: -a b c" \
	"lxc.mount.entry = /bin/busybox" "lxc.uts.name = c1"
NAME=c1
run lxc-start -F -P "$P" -n c1 -- /bin/busybox hostname
want_out c1
destroy c1
end

begin create-positional-name
create c1 -t "$T1" -- x
want_status 0
has "$LOG" "--rootfs=$P/c1/rootfs x"
destroy c1
end

begin create-none
printf 'lxc.include = other\nlxc.net.0.type = veth\nlxc.net.0.hwaddr = 00:16:3e:xx:xx:XX\n' >"$W/none"
echo "lxc.tty.max = 2" >"$W/other"
run lxc-create -P "$P" -n c1 -t none -f "$W/none"
want_status 0
[ ! -e "$P/c1/rootfs" ] || fail "there is a tree"
has "$P/c1/config" "lxc.include = \"$W/other\""
grep -q '^lxc.net.0.hwaddr = 00:16:3e:[0-9a-f:]*$' "$P/c1/config" || fail "$(grep hwaddr "$P/c1/config")"
! grep -q 'Template used' "$P/c1/config" || fail "a header of no template"
run lxc-info -P "$P" -n c1 -c lxc.tty.max
want_out "lxc.tty.max = 2"
destroy c1
rm "$W/other"
end

begin create-exists
create -n c1 -t "$T1"
want_status 0
cp "$P/c1/config" "$W/was"
create -n c1 -t "$T1" -- --fail
want_status 1
want_one_line
want_err_has "exists already"
cmp -s "$P/c1/config" "$W/was" || fail "its configuration has changed"
[ -d "$P/c1/rootfs/bin" ] || fail "its tree is gone"
destroy c1
end

begin create-in-somebodys-directory
mkdir -p "$P/c1"
echo precious >"$P/c1/file"
create -n c1 -t "$T1"
want_status 1
want_err_has "holds something that is no container"
want_eq "what is there" "$(find "$P/c1" | wc -l)" 2
rm "$P/c1/file"
# An empty one is taken.
create -n c1 -t "$T1"
want_status 0
destroy c1
end

begin create-refused
create -n c1
want_status 1
want_one_line
want_err_has "a template must be specified"
create -n c1 -t nosuch
want_status 1
want_one_line
want_err_has "no template 'nosuch'" "lxc-nosuch"
create -n c1 -t ../x
want_status 1
want_err_has "bad template '../x'"
for kind in lvm zfs rbd btrfs loop; do
	create -n c1 -t none -B $kind
	want_status 1
	want_one_line
	want_err_has "'$kind' is not made by this version"
done
create -n c1 -t none -B nonsense
want_err_has "'nonsense' is not a kind of storage"
for option in lvname vgname thinpool fstype fssize zfsroot rbdname rbdpool rbduser; do
	create -n c1 -t none --$option=x
	want_status 1
	want_one_line
	want_err_has "--$option"
done
run lxc-create -P "$P" -n c1 -t none -f "$W/nosuch"
want_status 1
want_err_has "$W/nosuch"
echo "lxc.tty.max = many" >"$W/bad"
run lxc-create -P "$P" -n c1 -t none -f "$W/bad"
want_status 1
want_err_has "$W/bad:1: lxc.tty.max"
rm "$W/bad"
nothing_made c1
end

begin create-names
long=$(printf '%0300d' 0)
for name in a/b .. . .a -rf a:b "$long" "a b"; do
	run lxc-create -P "$P" -f "$W/conf" -t "$T1" --name="$name"
	want_status 1
	want_one_line
	want_err_has "bad container name"
done
want_eq "made" "$(ls -A "$P")" ""
end

begin create-template-fails
create -n c1 -t "$T1" -- --fail
want_status 1
want_one_line
want_err_has "template '$T1' ended with status 7"
nothing_made c1
create -n c1 -t "$T1" -- --bad
want_status 1
want_err_has "lxc.nonsense"
nothing_made c1
end

begin create-help
run lxc-create -t "$T1" --help
want_status 0
cat "$W/err" >>"$W/out"
want_out_has "Usage: lxc-create" "help of the template"
run lxc-create -t busybox -h
cat "$W/err" >>"$W/out"
want_out_has "--busybox-path"
end

begin create-dir
create -n c1 -t "$T1" --dir="$W/deep/tree"
want_status 0
[ -d "$W/deep/tree/bin" ] || fail "no tree in $W/deep/tree"
has "$P/c1/config" "lxc.rootfs.path = dir:$W/deep/tree"
create -n c2 -t "$T1" --dir="$W/deep/tree"
want_status 1
want_err_has "'$W/deep/tree' is not empty"
nothing_made c2
[ -d "$W/deep/tree/bin" ] || fail "a refused lxc-create has removed another's tree"
destroy c1
[ ! -e "$W/deep/tree" ] || fail "lxc-destroy has left the tree"
create -n c1 -t "$T1" --dir="$W/deep/tree" -- --fail
want_status 1
nothing_made c1
[ ! -e "$W/deep/tree" ] || fail "left $W/deep/tree"
rm -r "$W/deep"
end

# begin_slow: $BG is a creation whose template waits
begin_slow()
{
	rm -f "$LOG"
	in_background lxc-create -P "$P" -f "$W/conf" -n c1 -t "$T1" "$@" -- --wait
	wait_until 20 any_sleepers || fail "the template does not wait: $(first_line "$W/bg.err")"
}

begin create-interrupted
for sig in TERM HUP; do
	begin_slow
	kill -$sig $BG
	wait $BG
	want_eq "status after $sig" $? 1
	has "$W/bg.err" "ended by signal"
	wait_until 5 no_sleepers || fail "$sig: the template's processes go on"
	nothing_made c1
done
end

begin create-killed
begin_slow --dir="$W/tree"
kill -9 $BG
wait $BG 2>/dev/null
wait_until 5 no_sleepers || fail "the template's processes go on"
[ -e "$P/c1/partial" ] || fail "there is no mark"
! listed c1 || fail "it is listed"
run lxc-start -P "$P" -n c1
want_status 1
want_err_has "partial"
[ -d "$W/tree/bin" ] || fail "nothing is left in $W/tree, and nothing tried"
create -n c1 -t "$T1"
want_status 0
[ ! -e "$W/tree" ] || fail "the tree of the killed one is still there"
[ ! -e "$P/c1/partial" ] || fail "the mark is still there"
destroy c1
begin_slow
kill -9 $BG
wait $BG 2>/dev/null
wait_until 5 no_sleepers
destroy c1
end

begin create-two-at-once
lxc-create -P "$P" -f "$W/conf" -n c1 -t "$T1" >"$W/1" 2>&1 &
one=$!
lxc-create -P "$P" -f "$W/conf" -n c1 -t "$T1" >"$W/2" 2>&1 &
two=$!
wait $one
one=$?
wait $two
two=$?
want_eq "status of both" $((one + two)) 1
cat "$W/1" "$W/2" >"$W/err"
want_one_line
want_err_has "exists already"
destroy c1
begin_slow
create -n c1 -t "$T1"
want_status 1
want_one_line
want_err_has "is being made or removed by somebody else"
run lxc-destroy -P "$P" -n c1
want_status 1
want_err_has "is being made or removed by somebody else"
kill $BG
wait $BG
nothing_made c1
end

begin create-full-disk
mkdir "$W/small"
mount -t tmpfs -o size=256k,mode=755 small "$W/small"
run lxc-create -P "$W/small/lxc" -f "$W/conf" -n c1 -t busybox
want_status 1
want_one_line
want_err_has "No space left on device"
want_eq "left" "$(find "$W/small/lxc" -mindepth 1)" ""
# Not even room for the configuration.
dd if=/dev/zero of="$W/small/fill" bs=4k 2>/dev/null
run lxc-create -P "$W/small/lxc" -f "$W/conf" -n c1 -t "$T1"
want_status 1
want_one_line
want_err_has "No space left on device"
want_eq "left" "$(find "$W/small/lxc" -mindepth 1)" ""
end

begin create-read-only
mount -o remount,ro "$W/small"
run lxc-create -P "$W/small/lxc" -f "$W/conf" -n c1 -t "$T1"
want_status 1
want_one_line
want_err_has "Read-only file system"
umount "$W/small"
rmdir "$W/small"
end
rm -rf "$P"
finish
