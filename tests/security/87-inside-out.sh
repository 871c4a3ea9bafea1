# SPDX-License-Identifier: MIT
# owns: what could pass between a container and its host beside the doors: descriptors, environments, signals, half-made mounts
# never: counts an attack as failed that was not seen to be tried
# boards: one

. "$T/lib.sh"
R=$W/root
NAME=between

conf()
{
	rm -rf "$R"
	mkdir -p "$R/bin" "$R/out"
	cat >"$W/conf" <<-END
		lxc.utsname = between
		lxc.rootfs = $R
		lxc.console = none
		lxc.autodev = 1
		lxc.mount.entry = /bin/busybox bin/busybox none bind,ro,create=file 0 0
		$PROBE_ENTRY
	END
	for line; do
		echo "$line" >>"$W/conf"
	done
}

PROC="lxc.mount.entry = proc proc proc nosuid,nodev,noexec,create=dir 0 0"
START="lxc-start -F -n $NAME -f $W/conf --lxcpath=$W/lxc"
EXECUTE="lxc-execute -n $NAME -f $W/conf --lxcpath=$W/lxc"

begin between-directory-as-stdin
conf "$PROC"
# shellcheck disable=SC2086
timeout -k 2 20 $START -- /bin/busybox sh -c '
	for f in 0 1 2; do /bin/busybox echo "$f: $(/bin/busybox ls /proc/self/fd/$f/.. 2>/dev/null)"; done >/out/seen' \
	</run >"$W/out" 2>"$W/err"
STATUS=$?
want_status 0
! grep -q test "$R/out/seen" || fail "the host's tree is to be had by descriptor: $(tr '\n' ' ' <"$R/out/seen")"
end

# Without close_range(2), and with a /proc/self/fd that is the container's idea of it.
begin between-execute-keeps-no-descriptor
conf
mkdir -p "$R/proc/self/fd" "$R/p"
for i in 0 1 2 3 4 5 6 7 8 9 10 11; do
	: >"$R/proc/self/fd/$i"
done
all="3 4 5 6 7 8 9 10 11"
[ "$(uname -m)" = x86_64 ] || all="3 4 5"
for missing in $all; do
	mv "$R/proc/self/fd/$missing" "$W/hidden"
	# shellcheck disable=SC2086
	LIMIT=10 run enosys $EXECUTE -o "$W/log" -- /bin/busybox sh -c '
		/bin/busybox mount -t proc proc /p; /bin/busybox ls -l /p/1/fd'
	mv "$W/hidden" "$R/proc/self/fd/$missing"
	want_status 0
	want_out_has ' 2 -> '
	! grep -q ' [3-9] -> ' "$W/out" || fail "with $missing hidden it holds$(sed -n 's/.*\( [3-9] -> .*\)/\1/p' "$W/out" | tr '\n' ' ')"
done
end

begin between-execute-environment
conf "$PROC"
SECRET=word run $EXECUTE -- /bin/busybox sh -c '/bin/busybox echo "pid $$"; /bin/busybox tr "\0" "\n" </proc/1/environ; /bin/busybox echo ended'
want_out_has ended
! grep -q SECRET "$W/out" || fail "the first process of lxc-execute shows the caller's environment"
end

begin between-execute-in-the-host-s-pid-namespace
conf "lxc.namespace.keep = pid"
cat >"$W/inner" <<END
mount -t proc proc /proc
/bin/busybox sleep 1000 &
by=\$!
$EXECUTE -- /bin/busybox sleep 999 >"$W/x.out" 2>&1 &
monitor=\$!
n=0
until lxc-info -n $NAME --lxcpath=$W/lxc -s -H 2>/dev/null | grep -q RUNNING || [ \$n -gt 50 ]; do
	n=\$((n + 1))
	usleep 100000
done
echo "state \$(lxc-info -n $NAME --lxcpath=$W/lxc -s -H)"
kill -TERM \$monitor
wait \$monitor
echo "status \$?"
kill -0 \$by && echo "bystander lives"
kill -9 \$by
lxc-stop -k -n $NAME --lxcpath=$W/lxc
exit 0
END
run unshare -p -f -m sh "$W/inner"
cat "$W/x.out" >>"$W/err"
want_out_has "state RUNNING" "bystander lives"
end

# Before 5.12 the flags are set after the mount: a bind that did not get them must not stay, optional or not. Here it
# cannot get them because one mount below lies behind another.
begin between-optional-bind-stays-read-only
conf "lxc.mount.entry = $W/tree tree none rbind,ro,optional,create=dir 0 0"
mkdir -p "$W/tree/a/b"
mount -t tmpfs below "$W/tree/a/b"
mount -t tmpfs over "$W/tree/a"
for old in "" enosys; do
	# shellcheck disable=SC2086
	run $old $START -- /bin/busybox touch /tree/mark /tree/a/mark
	[ ! -e "$W/tree/mark" ] && [ ! -e "$W/tree/a/mark" ] || fail "${old:-new}: it can be written to"
	rm -f "$W/tree/mark" "$W/tree/a/mark"
done
umount "$W/tree/a"
umount "$W/tree/a/b"
end

begin between-sigchld-ignored
conf
LIMIT=10 run ignoring $START -- /bin/busybox echo works
want_status 0
want_out works
LIMIT=10 run ignoring enosys $START -- /bin/busybox echo works
want_status 0
lxc-stop -k -n $NAME --lxcpath="$W/lxc" 2>/dev/null
end

# 4294968 s are 704 ms where a number of milliseconds has 32 bits.
begin between-long-timeout
conf "lxc.signal.halt = SIGTERM"
run lxc-start -d -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox sh -c '
	trap "" TERM; while :; do /bin/busybox sleep 1; done'
want_status 0
in_background lxc-stop -t 4294968 -n $NAME --lxcpath="$W/lxc"
usleep 2000000
want_eq state "$(LXCPATH=$W/lxc state $NAME)" RUNNING
kill -9 $BG
wait $BG 2>/dev/null
run lxc-stop -k -n $NAME --lxcpath="$W/lxc"
end

begin between-alarm
conf
# shellcheck disable=SC2086
in_background $EXECUTE -- /bin/busybox sh -c '
	trap "exit 3" ALRM; echo ready; while :; do /bin/busybox usleep 100000; done'
wait_until 10 grep -q ready "$W/bg.out" || fail "does not run: $(first_line "$W/bg.err")"
kill -ALRM $BG
wait $BG
want_eq "exit status" $? 3
end

begin between-log-beyond-the-limit
conf
dd if=/dev/zero of="$W/log" bs=1k count=64 2>/dev/null
run sh -c "ulimit -f 32; exec $START -o $W/log -l DEBUG -- /bin/busybox echo works"
want_status 0
want_out works
end

begin between-frozen-above
if freezer=$(cg_mount freezer); then
	conf
	mkdir "$freezer/lxc"
	echo FROZEN >"$freezer/lxc/freezer.state"
	# shellcheck disable=SC2086
	LIMIT=8 run $START -- /bin/busybox true
	want_failure
	want_one_line
	want_err_has frozen
	echo THAWED >"$freezer/lxc/freezer.state"
	rmdir "$freezer/lxc"
	conf "lxc.cgroup.freezer.state = FROZEN"
	# shellcheck disable=SC2086
	LIMIT=8 run $START -- /bin/busybox true
	want_failure
	want_one_line
	want_err_has frozen
	end

	# Nothing can end what is frozen from above; but that is said in time, and the next command does the rest.
	begin between-stop-frozen-above
	conf
	run lxc-start -d -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox sleep 1000
	want_status 0
	echo FROZEN >"$freezer/lxc/freezer.state"
	LIMIT=15 run lxc-stop -k -n $NAME --lxcpath="$W/lxc"
	want_status 1
	want_err_has "processes are left"
	echo THAWED >"$freezer/lxc/freezer.state"
	run $START -- /bin/busybox echo works
	want_status 0
	want_out works
	end
else
	skip between-frozen-above "no freezer"
	skip between-stop-frozen-above "no freezer"
fi

# A start that somebody stopped at the wrong moment holds up no other for ever.
begin between-runtime-directory-locked
if command -v flock >/dev/null; then
	conf
	mkdir -p -m 700 /run/lxcbox
	in_background flock /run/lxcbox sleep 1000
	usleep 200000
	# shellcheck disable=SC2086
	LIMIT=5 run lxc-start -d -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox sleep 1000
	want_status 0
	for l in /run/lxcbox/.*.0; do
		[ "$(readlink "$l" | cut -d: -f2-)" != "$R" ] || link=$l
	done
	run lxc-stop -k -n $NAME --lxcpath="$W/lxc"
	want_status 0
	# It is needed where a container that is gone has left its claim, and is not waited for for ever.
	ln -s "gone@1:$R" "$link"
	# shellcheck disable=SC2086
	LIMIT=10 run $START -- /bin/busybox true
	want_status 1
	want_one_line
	want_err_has "cannot claim '$R'"
	kill $BG
	wait $BG 2>/dev/null
	for p in /proc/[0-9]*; do
		[ "$(tr '\0' ' ' <"$p/cmdline" 2>/dev/null)" != "sleep 1000 " ] || kill -9 "${p#/proc/}"
	done
	# shellcheck disable=SC2086
	run $START -- /bin/busybox true
	want_status 0
	end
else
	skip between-runtime-directory-locked "no flock"
fi

finish
