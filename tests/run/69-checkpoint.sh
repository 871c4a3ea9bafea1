# SPDX-License-Identifier: MIT
# owns: lxc-checkpoint: what criu is asked for, and that the container it brings back is one
# never: runs criu, which no kernel of the boards supports: a script that stands for it writes its arguments down
# profile: full

. "$T/lib.sh"
R=$W/root
LXCPATH=$W/lxc
C="lxc-checkpoint -n ckpt -P $W/lxc -f $W/conf -D $W/images"

lxc-checkpoint --help >/dev/null 2>&1 || {
	skip checkpoint 'CONFIG_LXC_CHECKPOINT is off in this build'
	finish
}
fresh_root bin etc proc dev
: >"$R/bin/busybox"
write_conf "$NO_CONSOLE" "lxc.pts = 16" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "lxc.init.cmd = /bin/busybox sleep 1000"

begin checkpoint-needs-criu
if command -v criu >/dev/null 2>&1; then
	skip checkpoint-needs-criu 'criu is there'
else
	run lxc-start -n ckpt -f "$W/conf" -P "$LXCPATH"
	want_status 0
	run $C
	want_status 1
	want_err_has "criu is needed and not there"
	want_one_line
	lxc-stop -n ckpt -P "$LXCPATH" -k
	run $C -r
	want_status 1
	want_err_has "criu is needed and not there"
	want_nothing_left
	end
fi

# The stand-in, in the first directory that criu is looked for in.
mkdir -p /usr/local/sbin
cat >/usr/local/sbin/criu <<END
#!/bin/sh
[ ! -e "$W/fails" ] || exit 1
echo "\$*" >"$W/asked"
leaves=
pid=
while [ \$# -gt 0 ]; do
	case \$1 in
	-t) pid=\$2 ;;
	--leave-running) leaves=1 ;;
	--pidfile) pidfile=\$2 ;;
	restore) restores=1 ;;
	pre-dump) leaves=1 ;;
	--cgroup-root) groups="\$groups \$2" ;;
	esac
	shift
done
if [ -n "\$restores" ]; then
	sleep 1000 </dev/null >/dev/null 2>&1 &
	for g in \$groups; do
		m=\$(awk -v c="\${g%%:*}" '\$3 == "cgroup" && index("," \$4 ",", "," c ",") { print \$2; exit }' /proc/mounts)
		[ -z "\$m" ] || echo \$! >"\$m\${g#*:}/tasks" || exit 3
	done
	echo \$! >"\$pidfile"
elif [ -z "\$leaves" ]; then
	kill -KILL "\$pid"
fi
END
chmod +x /usr/local/sbin/criu

asked()
{
	for a; do
		grep -q -F -e " $a " "$W/asked" || grep -q -e " $a\$" "$W/asked" || fail "criu is not asked for $a: $(cat "$W/asked")"
	done
}

begin checkpoint-dump
run lxc-start -n ckpt -f "$W/conf" -P "$LXCPATH"
want_status 0
INIT=$(init_pid ckpt)
run $C -v -A "$W/script"
want_status 0
grep -q '^dump ' "$W/asked" || fail "$(cat "$W/asked")"
asked "-D $W/images" "-o $W/images/dump.log" "-t $INIT" --leave-running -vvvvvv "--action-script $W/script" --manage-cgroups=full \
	"--ext-mount-map /bin/busybox:/bin/busybox"
m=$(cg_mount freezer) && asked "--freeze-cgroup $m/lxc/ckpt"
want_eq "the container" "$(state ckpt)" RUNNING
end

begin checkpoint-pre-dump
run $C -p
want_status 0
grep -q '^pre-dump ' "$W/asked" || fail "$(cat "$W/asked")"
run $C --predump-dir ../before
want_status 0
asked "--prev-images-dir ../before"
end

begin checkpoint-stop
run $C -s
want_status 0
! grep -q leave-running "$W/asked" || fail "$(cat "$W/asked")"
wait_until 10 is_stopped ckpt || fail "it runs on"
want_nothing_left
end

begin checkpoint-restore
run $C -r
want_status 0
grep -q '^restore ' "$W/asked" || fail "$(cat "$W/asked")"
asked --restore-detached --restore-sibling "-D $W/images" "-o $W/images/restore.log" \
	"--ext-mount-map /bin/busybox:/bin/busybox"
want_eq "the container" "$(state ckpt)" RUNNING
pid=$(init_pid ckpt)
grep -q sleep "/proc/$pid/cmdline" || fail "process $pid is not the one that came back"
run lxc-stop -n ckpt -P "$LXCPATH" -k
want_status 0
[ ! -e "/proc/$pid" ] || fail "what came back runs on"
want_nothing_left
end

# criu would bring it back without them, or into the host's network.
begin checkpoint-restore-has-no-interfaces
: >"$W/asked"
{ cat "$W/conf"; echo "lxc.net.0.type = veth"; } >"$W/net.conf"
run lxc-checkpoint -n ckpt -P "$W/lxc" -f "$W/net.conf" -D "$W/images" -r
want_status 1
want_err_has "$W/net.conf:$(wc -l <"$W/net.conf"): lxc.net.0.type: interfaces are not restored"
want_one_line
want_eq "what criu was asked" "$(cat "$W/asked")" ""
want_nothing_left
end

begin checkpoint-fails
: >"$W/fails"
run $C -r
want_status 1
want_err_has "criu restore failed, see '$W/images/restore.log'"
want_one_line
want_nothing_left
run $C
want_status 1
want_err_has "the container is not running"
rm "$W/fails"
end

rm /usr/local/sbin/criu

# refused TEXT OPTION...
refused()
{
	begin "checkpoint-refused-$1"
	refused_text=$2
	shift 2
	run lxc-checkpoint -n ckpt -P "$LXCPATH" "$@"
	want_status 1
	want_err_has "$refused_text"
	want_one_line
	end
}

refused no-directory "-D DIR is missing"
refused relative "'images' is not an absolute path" -D images
refused both-ways "are not for -r" -D /x -r -s
refused foreground "-F is for -r only" -D /x -F

finish
