# SPDX-License-Identifier: MIT
# owns: starts that must fail: one line that names file, line, value and cause, LXC's exit status, and nothing left behind
# never: takes a failure for good because the status is right: the text is what the user has

. "$T/lib.sh"

CONF=$W/conf

# bad LINE TEXT...: the seed with that line added is refused in one line that has its number and all texts
bad()
{
	seed_with "$CONF" "$1"
	shift
	start_seed hostname
	want_status 1
	want_one_line
	want_err_has "lxc-start: container1:" "$CONF:$(wc -l <"$CONF"):" "$@"
	[ ! -s "$W/out" ] || fail "the command ran"
}

# instead OF WITH TEXT...: the seed with one line replaced
instead()
{
	n=$(grep -n -F -e "$1" "$SEED" | cut -d: -f1)
	sed "${n}s|.*|$2|" "$SEED" >"$CONF"
	shift 2
	start_seed hostname
	want_status 1
	want_one_line
	want_err_has "lxc-start: container1:" "$CONF:$n:" "$@"
}

begin bad-missing-rootfs
instead 'lxc.rootfs =' 'lxc.rootfs = /opt/lxc/nowhere' "/opt/lxc/nowhere" "No such file or directory"
end

begin bad-rootfs-is-a-file
instead 'lxc.rootfs =' 'lxc.rootfs = /opt/lxc/container1.conf' "'/opt/lxc/container1.conf' has no file system that is known here"
end

begin bad-rootfs-kind
instead 'lxc.rootfs =' 'lxc.rootfs = zfs:tank/c1' "kind 'zfs'"
end

begin bad-no-configuration
CONF=/no/such/file.conf
start_seed hostname
CONF=$W/conf
want_status 1
want_one_line
want_err_has "/no/such/file.conf" "No such file or directory"
end

begin bad-configuration-is-a-directory
mkdir "$W/dir"
CONF=$W/dir
start_seed hostname
CONF=$W/conf
want_status 1
want_one_line
want_err_has "$W/dir"
end

begin bad-empty-configuration
: >"$CONF"
start_seed
want_status 1
want_one_line
want_err_has "lxc-start: container1: '/sbin/init' would be the host's own: lxc.rootfs.path is not set"
end

begin bad-several-lines-are-all-told
printf 'lxc.nonsense = 1\nlxc.utsname = a b\nlxc.tty = x\n' >>"$CONF"
start_seed
want_status 1
want_err_has "lxc-start: container1: $CONF:1: lxc.nonsense" "$CONF:2: lxc.utsname: bad value 'a b'" \
	"$CONF:3: lxc.tty: bad value 'x'"
want_eq "number of lines" "$(wc -l <"$W/err")" 3
end

begin bad-configuration-that-is-not-text
head -c 4096 /bin/busybox >"$CONF"
start_seed
want_status 1
[ -s "$W/err" ] || fail "no message"
end

begin bad-unknown-key
bad 'lxc.nonsense = 1' "lxc.nonsense"
end

begin bad-unknown-key-is-not-skipped-among-good-ones
instead 'lxc.autodev' 'lxc.autodevs = 1' "lxc.autodevs"
end

begin bad-value
instead 'lxc.autodev' 'lxc.autodev = perhaps' "lxc.autodev" "perhaps"
end

begin bad-line-without-equals
bad 'lxc.utsname container1' "lxc.utsname"
end

begin bad-device-rule
bad 'lxc.cgroup.devices.allow = q 1:3 rwm' "lxc.cgroup.devices.allow" "q 1:3 rwm"
end

begin bad-device-access
bad 'lxc.cgroup.devices.allow = c 1:3 rwx' "lxc.cgroup.devices.allow" "c 1:3 rwx"
end

begin bad-mount-source
bad 'lxc.mount.entry=/no/such/source tmp none bind 0 0' "/no/such/source" "No such file or directory"
end

begin bad-mount-target
bad 'lxc.mount.entry=/bin no/such/target none bind,ro 0 0' "no/such/target" "No such file or directory"
end

begin bad-mount-entry-too-short
bad 'lxc.mount.entry=/bin' "lxc.mount.entry"
end

begin bad-include
bad 'lxc.include = /no/such/dir/file' "lxc.include: cannot read '/no/such/dir/file': No such file or directory"
end

begin bad-fstab
bad 'lxc.mount = /no/such/fstab' "'/no/such/fstab': No such file or directory"
end

begin bad-fstab-line
printf '# comment\n\n/bin no/such/target none bind 0 0\n' >"$W/fstab"
seed_with "$CONF" "lxc.mount = $W/fstab"
start_seed hostname
want_status 1
want_one_line
want_err_has "lxc-start: container1: $W/fstab:3: mount on 'no/such/target'" "No such file or directory"
end

begin bad-controller-is-not-there
bad 'lxc.cgroup.nosuch.limit = 1' "lxc.cgroup.nosuch.limit: controller 'nosuch' is not mounted"
end

if cg_mount memory >/dev/null; then
	begin bad-cgroup-value
	bad 'lxc.cgroup.memory.limit_in_bytes = plenty' "lxc.cgroup.memory.limit_in_bytes: cannot write 'plenty'" \
		"Invalid argument"
	end

	begin bad-cgroup-file
	bad 'lxc.cgroup.memory.nosuch = 1' "lxc.cgroup.memory.nosuch: this kernel has no 'memory.nosuch'"
	end
else
	skip bad-cgroup-value "no memory controller of cgroup v1 here"
	skip bad-cgroup-file "no memory controller of cgroup v1 here"
fi

begin bad-mount-type
bad 'lxc.mount.entry=none tmp nosuchfs defaults 0 0' "nosuchfs"
end

begin bad-target-leaves-by-a-link
ln -s / "$ROOT/out"
bad 'lxc.mount.entry=/bin out/tmp none bind,ro 0 0' "out/tmp"
rm "$ROOT/out"
end

begin bad-target-leaves-by-dots
mkdir -p /opt/lxc/beside
bad 'lxc.mount.entry=/bin ../beside none bind,ro 0 0' "../beside"
rmdir /opt/lxc/beside
end

begin bad-target-through-a-link-makes-nothing
ln -s /run "$ROOT/out"
bad 'lxc.mount.entry=/bin out/made none bind,ro,create=dir 0 0' "out/made"
[ ! -e /run/made ] || fail "/run/made was made on the host"
rm -rf "$ROOT/out" /run/made
end

begin bad-link-of-the-seed-s-own-target
mv "$ROOT/bin/ls" "$ROOT/bin/ls.saved"
ln -s /etc/hostname "$ROOT/bin/ls"
CONF=$SEED
start_seed hostname
CONF=$W/conf
want_status 1
want_one_line
want_err_has "$SEED:24" "bin/ls"
rm "$ROOT/bin/ls"
mv "$ROOT/bin/ls.saved" "$ROOT/bin/ls"
end

begin bad-unreadable-configuration
cp "$SEED" "$CONF"
chmod 755 "$W"
chmod 600 "$CONF"
run su nobody -s /bin/sh -c "lxc-start --name=container1 --foreground --rcfile=$CONF --lxcpath=$ROOT hostname"
want_status 1
want_one_line
want_err_has "lxc-start: container1: cannot read '$CONF': Permission denied"
end

begin bad-not-root
cp "$SEED" "$W/readable"
chmod 755 "$W"
run su nobody -s /bin/sh -c "lxc-start --name=container1 --foreground --rcfile=$SEED --lxcpath=$ROOT hostname"
want_status 1
want_one_line
want_err_has "lxc-start: container1:"
grep -qiE 'root|permission|permitted' "$W/err" || fail "the cause is not told: $(first_line "$W/err")"
end

begin bad-name-in-use
in_background lxc-start --name=container1 --foreground --rcfile="$SEED" --lxcpath="$ROOT"
wait_until 10 is_running container1 || fail "the first one never ran: $(first_line "$W/bg.err")"
pid=$(init_pid container1)
start_seed hostname
# LXC says so and ends with 0, since the container does run.
want_status 0
want_one_line
want_err_has "lxc-start: container1:" "already running"
[ ! -s "$W/out" ] || fail "the command ran"
run lxc-execute --name=container1 --rcfile="$SEED" --lxcpath="$ROOT" -- /bin/echo ran
want_status 1
want_one_line
want_err_has "lxc-execute: container1:" "already running"
[ ! -s "$W/out" ] || fail "the command of lxc-execute ran"
want_eq "init's pid" "$(init_pid container1)" "$pid"
run lxc-stop --name=container1 --lxcpath="$ROOT" --kill
want_status 0
wait "$BG"
end

begin bad-same-rootfs-under-another-name
in_background lxc-start --name=container1 --foreground --rcfile="$SEED" --lxcpath="$ROOT"
wait_until 10 is_running container1 || fail "the first one never ran: $(first_line "$W/bg.err")"
run lxc-start --name=other --foreground --rcfile="$SEED" --lxcpath="$ROOT" hostname
want_failure
want_one_line
want_err_has "lxc-start: other:" "$ROOT"
run lxc-stop --name=container1 --lxcpath="$ROOT" --kill
wait "$BG"
end

begin bad-no-name
run lxc-start --foreground --rcfile="$SEED" --lxcpath="$ROOT"
want_failure
want_err_has "name"
end

begin bad-name-with-a-slash
run lxc-start --name=../container1 --foreground --rcfile="$SEED" --lxcpath="$ROOT" hostname
want_failure
want_err_has "../container1"
end

begin bad-option
run lxc-start --name=container1 --no-such-option
want_failure
want_err_has "no-such-option"
end

begin bad-stop-of-what-does-not-run
run lxc-stop --name=container1 --lxcpath="$ROOT"
want_status 2
end

begin bad-info-of-what-is-not-there
run lxc-info --name=nobody-knows-it --lxcpath=/var/lib/lxc
want_status 1
want_one_line
want_err_has "nobody-knows-it"
end

finish
