# SPDX-License-Identifier: MIT
# owns: a rootfs full of traps: links at every place that a start mounts on or makes something, and names that are exchanged
#       meanwhile; by openat2(2) and by the walk of older kernels
# never: lets a trap lead out of $W
# boards: one

. "$T/lib.sh"
R=$W/root
NAME=hostile
OUT=$W/outside

fresh()
{
	rm -rf "$R" "$OUT"
	mkdir -p "$R/bin" "$R/etc" "$OUT/pts"
	echo precious >"$OUT/ptmx"
	echo precious >"$OUT/console"
	echo secret >"$OUT/secret"
}

manifest()
{
	find "$OUT" | sort
	cat "$OUT/ptmx" "$OUT/console" "$OUT/secret" /proc/self/mountinfo
}

# refused NAME SETUP WORD LINE...: with the traps that SETUP lays in the rootfs, the start fails with a message that has WORD, and
# nothing outside has changed
refused()
{
	begin "hostile-$1$V"
	fresh
	(cd "$R" && eval "$2") || fail "setup"
	word=$3
	shift 3
	write_conf "$BUSYBOX_ENTRY" "$@"
	manifest >"$W/before"
	run $PRE lxc-start --name=hostile --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox true
	manifest >"$W/after"
	want_failure
	want_one_line
	want_err_has "$word"
	cmp -s "$W/before" "$W/after" || fail "changed outside: $(diff "$W/before" "$W/after" | grep '^[<>]' | head -n 3)"
	end
}

# all LINK...: every trap, with links of these kinds
all()
{
	for to; do
		k=absolute
		deep=$to
		if [ "$to" != "$OUT" ]; then
			k=relative
			deep=../$to
		fi
		refused "target-$k-link" "ln -s $to victim" "'victim' is a symbolic link" "lxc.mount.entry = /etc victim none bind 0 0"
		refused "target-$k-link-create" "ln -s $to/new victim" "'victim' is a symbolic link" \
			"lxc.mount.entry = /etc victim none bind,create=dir 0 0"
		refused "target-$k-link-file" "ln -s $to/secret victim" "'victim' is a symbolic link" \
			"lxc.mount.entry = /bin/busybox victim none bind,create=file 0 0"
		refused "parent-$k-link" "ln -s $to par" "'par' is a symbolic link" "lxc.mount.entry = /etc par/pts none bind 0 0"
		refused "parent-$k-link-create-dir" "ln -s $to par" "'par' is a symbolic link" \
			"lxc.mount.entry = /etc par/sub none bind,create=dir 0 0"
		refused "parent-$k-link-create-file" "ln -s $to par" "'par' is a symbolic link" \
			"lxc.mount.entry = /bin/busybox par/deep/f none bind,create=file 0 0"
		refused "middle-$k-link" "mkdir a; ln -s $deep a/par" "'a/par' is a symbolic link" \
			"lxc.mount.entry = none a/par/pts tmpfs defaults 0 0"
		refused "tmpfs-$k-link" "ln -s $to tmp" "'tmp' is a symbolic link" "lxc.mount.entry = tmpfs /tmp tmpfs mode=1777,create=dir"
		refused "proc-$k-link" "ln -s $to proc" "'proc' is a symbolic link" "lxc.mount.auto = proc:mixed"
		refused "proc-entry-$k-link" "ln -s $to proc" "'proc' is a symbolic link" "lxc.mount.entry = proc proc proc defaults 0 0"
		refused "sys-$k-link" "ln -s $to sys" "'sys' is a symbolic link" "lxc.mount.auto = sys:mixed"
		refused "dev-$k-link" "ln -s $to dev" "'dev' is a symbolic link" "lxc.autodev = 1"
		refused "dev-$k-link-static" "ln -s $to dev" "'dev' is a symbolic link" "lxc.autodev = 0"
		refused "dev-$k-link-pts" "ln -s $to dev" "'dev' is a symbolic link" "lxc.autodev = 0" "lxc.pts = 16" "lxc.console = none"
		refused "devpts-$k-link" "mkdir dev; ln -s $deep/pts dev/pts" "'dev/pts' is a symbolic link" "lxc.autodev = 0"
		refused "ptmx-$k-link" "mkdir -p dev/pts; ln -s $deep/ptmx dev/ptmx" "ptmx' is a symbolic link" "lxc.autodev = 0"
		refused "console-$k-link" "mkdir dev; ln -s $deep/console dev/console" "'dev/console' is a symbolic link" \
			"lxc.autodev = 0" "lxc.pts = 0"
		refused "tty-$k-link" "mkdir dev; ln -s $deep/console dev/tty1" "'dev/tty1' is a symbolic link" \
			"lxc.autodev = 0" "lxc.pts = 0" "lxc.tty = 1"
		refused "tty-dir-$k-link" "mkdir dev; ln -s $deep dev/lxc" "'dev/lxc' is a symbolic link" \
			"lxc.autodev = 0" "lxc.pts = 0" "lxc.tty = 1" "lxc.devttydir = lxc"
		refused "source-$k-link" "ln -s $to mine; mkdir t" "'mine' is a symbolic link" \
			"lxc.mount.entry = mine t none bind,relative 0 0"
		refused "source-$k-link-by-host-path" "ln -s $to mine; mkdir t" "'mine' is a symbolic link" \
			"lxc.mount.entry = $R/mine t none bind 0 0"
	done
	refused target-dotdot "true" "'..' is not allowed" "lxc.mount.entry = /etc ../outside none bind 0 0"
	refused target-dotdot-inside "mkdir -p a/b" "'..' is not allowed" "lxc.mount.entry = /etc a/../../outside none bind 0 0"
	refused target-prefix-dotdot "true" "'..' is not allowed" "lxc.mount.entry = /etc $R/../outside none bind 0 0"
	refused source-dotdot "mkdir t" "'..' is not allowed" "lxc.mount.entry = ../outside t none bind,relative 0 0"
	refused parent-is-file "touch f" "Not a directory" "lxc.mount.entry = /etc f/x none bind,create=dir 0 0"
	refused link-to-itself "ln -s loop loop" "'loop' is a symbolic link" "lxc.mount.entry = /etc loop/x none bind 0 0"
}

# A directory and a link to the outside change places while containers start: each start either fails, or has the mount in the
# directory of its own tree. Had it followed the link, the mount would have stayed behind with the host's tree.
race()
{
	begin "hostile-exchange$V"
	fresh
	mkdir -p "$R/d/x" "$OUT/x" "$R/proc"
	ln -s ../outside "$R/l"
	cat >"$W/conf" <<-END
		lxc.rootfs = $R
		lxc.mount.entry = proc proc proc nosuid,nodev,noexec 0 0
		lxc.mount.entry = /bin/busybox bin/busybox none bind,ro,create=file 0 0
		lxc.mount.entry = /bin d/x none bind,ro 0 0
	END
	manifest >"$W/before"
	"$T/bin/exchange" "$R/d" "$R/l" &
	racer=$!
	good=0
	bad=0
	i=0
	while [ "$i" -lt "${RACES:-40}" ]; do
		i=$((i + 1))
		run $PRE lxc-start --name=hostile --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox cat /proc/self/mountinfo
		if [ "$STATUS" -ne 0 ]; then
			bad=$((bad + 1))
			case $(cat "$W/err") in
			*symbolic\ link* | *exchanged* | *No\ such\ file*) ;;
			*) fail "refused with $(first_line "$W/err")" ;;
			esac
			continue
		fi
		good=$((good + 1))
		grep -q ' /[dl]/x ro' "$W/out" || fail "started, and the mount is not in the tree"
	done
	kill "$racer"
	wait "$racer" 2>/dev/null
	manifest >"$W/after"
	cmp -s "$W/before" "$W/after" || fail "changed outside: $(diff "$W/before" "$W/after" | grep '^[<>]' | head -n 3)"
	end
	echo "# $good starts, $bad refused"
}

# Boards are slow: there each way to walk gets one kind of links.
absolute=$OUT
relative=../outside
if [ -n "$SLOW" ]; then
	RACES=${RACES:-10}
else
	absolute="$OUT ../outside" relative=$absolute
fi
PRE=
V=
# shellcheck disable=SC2086
all $absolute
race
PRE=$T/bin/enosys
V=-3.10
# shellcheck disable=SC2086
all $relative
race
finish
