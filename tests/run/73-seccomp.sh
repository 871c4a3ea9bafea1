# SPDX-License-Identifier: MIT
# owns: what a seccomp profile does to the first process, to its command, and to who attaches, by every door of this kernel
# never: takes a call for refused that was not made; /proc is read from inside and from outside
# profile: full

. "$T/lib.sh"
R=$W/root
NAME=seccomp
P=$W/profile
CALLS_ENTRY="lxc.mount.entry = $T/bin/calls bin/calls none bind,ro,create=file 0 0"

case $(uname -m) in
mips*) enosys=89 sigsys=12 ;;
*) enosys=38 sigsys=31 ;;
esac

# profile LINE...: the lines of $P; conf LINE...: a container under it
profile()
{
	for line; do
		echo "$line"
	done >"$P"
}

conf()
{
	fresh_root bin proc
	write_conf "$NO_CONSOLE" "lxc.autodev = 0" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$CALLS_ENTRY" "lxc.seccomp.profile = $P" "$@"
}

# start COMMAND...: in the foreground; $PRE: what the caller is to be run by
start()
{
	run ${PRE:-} lxc-start -n $NAME -F -f "$W/conf" -P "$W/lxc" -- "$@"
}

# want_line TEXT...: lines of standard output
want_line()
{
	for text; do
		grep -q -x -F -e "$text" "$W/out" || fail "no line '$text': $(grep "^${text%% *}" "$W/out" | head -n 1)"
	done
}

# field NAME: of /proc/self/status as printed by the container
field()
{
	sed -n "s/^$1:[ 	]*//p" "$W/out"
}

profile 2 denylist
conf
run lxc-start -n $NAME -F -f "$W/conf" -P "$W/lxc" -- /bin/busybox true
if grep -q 'CONFIG_SECCOMP is off' "$W/err"; then
	echo "skip seccomp: not in this build"
	exit 0
elif grep -q 'has no filters' "$W/err"; then
	echo "skip seccomp: this kernel has none"
	exit 0
fi

begin seccomp-denied
profile 2 denylist '[all]' 'getpriority errno 77' 'no_such_call errno 1'
conf
start /bin/calls getpriority getppid
want_status 0
want_line "getpriority errno 77" "getppid 0"
want_err_has "system calls that this machine does not have: 1, the first 'no_such_call' in line 5"
want_one_line
end

begin seccomp-status
start /bin/busybox cat /proc/self/status
want_eq Seccomp "$(field Seccomp)" 2
want_eq NoNewPrivs "$(field NoNewPrivs)" 0
end

begin seccomp-killed
profile 2 denylist 'getpriority kill'
start /bin/busybox sh -c '/bin/calls getppid getpriority; echo "status $?"'
want_status 0
want_line "getppid 1" "status $((128 + sigsys))"
start /bin/calls getpriority
want_status $((128 + sigsys))
end

begin seccomp-default-action
profile 2 denylist getpriority
start /bin/calls getpriority
want_status $((128 + sigsys))
end

begin seccomp-trapped
profile 2 denylist 'getpriority trap'
start /bin/busybox sh -c '/bin/calls getpriority; echo "status $?"'
want_line "status $((128 + sigsys))"
end

begin seccomp-arguments
profile 2 denylist 'getpriority errno 71 [0,2,==]' 'getpriority errno 72 [0,0x10,&=,0xf0]' 'getpriority errno 73 [1,5,>][1,9,<=]' \
	'getppid errno 74 [0,0xffffffffffffffff,SCMP_CMP_EQ]' 'getppid errno 75 [0,7,<][0,5,>=]'
start /bin/calls getpriority:0:0 getpriority:2 getpriority:0x1f getpriority:0:9 getpriority:0:10 getpriority:0:5 getppid:-1 getppid:6 getppid:7
want_line "getpriority:0:0 20" "getpriority:2 errno 71" "getpriority:0x1f errno 72" "getpriority:0:9 errno 73" "getppid:-1 errno 74" \
	"getppid:6 errno 75" "getppid:7 0"
for c in getpriority:0:10 getpriority:0:5; do
	grep -q "^$c errno 73" "$W/out" && fail "$c is refused"
done
end

begin seccomp-future-calls
profile 2 denylist 'getpriority errno 1'
start /bin/calls unknown unknown:1
want_line "unknown errno $enosys"
end

# All that this machine has but one, by number, as version 1 wants it.
begin seccomp-version-1
run calls @getpriority @900
number=$(sed -n 1p "$W/out")
{
	echo 1
	echo allowlist
	case $(uname -m) in
	mips*) seq 4000 4500 ;;
	arm*) seq 0 500; seq 983041 983046 ;;
	*) seq 0 500 ;;
	esac | grep -v -x "$number"
} >"$P"
start /bin/calls getppid
want_status 0
want_line "getppid 0"
start /bin/calls getpriority
want_status $((128 + sigsys))
end

begin seccomp-other-door
profile 2 denylist 'getpriority errno 77' 'socket errno 78'
case $(uname -m) in
x86_64)
	start /bin/calls i:64 i:96 i:359:1:1 i:102:1:0
	want_line "i:96 errno 77" "i:359:1:1 errno 78" "i:102:1:0 errno 78" "i:64 0"
	start /bin/calls x:getpriority
	grep -q -x -e 'x:getpriority errno 77' -e 'x:getpriority errno 38' "$W/out" || fail "$(cat "$W/out")"
	end
	;;
mips*)
	start /bin/calls s:getpriority s:getppid s:4102:1:0 4102:1:0
	want_line "s:getpriority errno 77" "s:getppid 0" "s:4102:1:0 errno 78" "4102:1:0 errno 78"
	end
	;;
*) skip seccomp-other-door "this kernel has one door" ;;
esac

# What lxc-attach starts is under the same program, also when the profile has become another one meanwhile.
begin seccomp-attach
profile 2 denylist 'getpriority errno 77'
run lxc-start -n $NAME -f "$W/conf" -P "$W/lxc" -- /bin/busybox sleep 1000
want_status 0
profile 2 denylist 'getppid errno 77'
init=$(lxc-info -n $NAME -P "$W/lxc" -p -H)
run lxc-attach -n $NAME -P "$W/lxc" -- /bin/calls getpriority getppid
want_status 0
want_line "getpriority errno 77" "getppid 0"
run lxc-attach -n $NAME -P "$W/lxc" -- /bin/busybox cat /proc/self/status
for f in Seccomp Seccomp_filters NoNewPrivs; do
	want_eq "$f of who attaches" "$(field $f)" "$(sed -n "s/^$f:[ 	]*//p" "/proc/$init/status")"
done
want_eq Seccomp "$(sed -n 's/^Seccomp:[ 	]*//p' "/proc/$init/status")" 2
run lxc-attach -n $NAME -P "$W/lxc" -e -- /bin/calls getpriority
want_line "getpriority 20"
# Without the program nobody comes in.
for f in /run/lxcbox/$NAME@*/seccomp; do
	[ "$(ls -l "$f" | cut -c1-10)" = -rw------- ] || fail "mode of $f"
	: >"$f"
done
run lxc-attach -n $NAME -P "$W/lxc" -- /bin/calls getpriority
want_failure
want_err_has "is not whole"
lxc-stop -n $NAME -P "$W/lxc" -k
want_nothing_left
end

begin seccomp-privileges
profile 2 denylist 'getpriority errno 77'
for how in "lxc.no_new_privs = 1" "lxc.cap.drop = sys_admin sys_chroot" "lxc.init.uid = 1000" "lxc.cap.keep = none"; do
	conf "$how"
	start /bin/calls getpriority
	want_status 0
	want_line "getpriority errno 77"
	start /bin/busybox cat /proc/self/status
	want_eq "Seccomp with $how" "$(field Seccomp)" 2
done
want_eq CapPrm "$(field CapPrm)" 0000000000000000
conf
run lxc-execute -n $NAME -f "$W/conf" -P "$W/lxc" -- /bin/calls getpriority
want_line "getpriority errno 77"
end

begin seccomp-shipped
for f in common stb; do
	cp "$T/data/$f.seccomp" "$P" || fail "no $f.seccomp"
	start /bin/calls kexec_load:0:0:0:0 open_by_handle_at:-1:0:0 init_module finit_module:-1 delete_module umount2:0:1
	want_status 0
	# A kernel without kexec says so before anybody asks a filter, as a sandbox around us may.
	grep -q -x -e "kexec_load:0:0:0:0 errno 1" -e "kexec_load:0:0:0:0 errno $enosys" "$W/out" || fail "$f: kexec_load"
	want_line "open_by_handle_at:-1:0:0 errno 1" "init_module errno 1" "finit_module:-1 errno 1" \
		"delete_module errno 1"
	grep -q -x -e 'umount2:0:1 errno 13' -e 'umount2:0:1 errno 1' "$W/out" || fail "$f: umount -f: $(grep umount "$W/out")"
	[ ! -s "$W/err" ] || fail "$f: $(cat "$W/err")"
done
start /bin/calls mount open_tree:-1 move_mount:-1:0:-1 fsopen fsconfig:-1 fsmount:-1 fspick:-1 mount_setattr:-1 bpf:-1 perf_event_open:0 \
	userfaultfd:-1 keyctl:-1 add_key swapon unshare:0x10000000 setns:-1 pivot_root io_uring_setup:0
[ "$(grep -c ' errno 1$' "$W/out")" = 18 ] || fail "not refused: $(grep -v ' errno 1$' "$W/out" | tr '\n' ' ')"
start /bin/calls clone3 unshare:0 getppid
grep -qE '^clone3 errno (38|89)$' "$W/out" || fail "$(grep clone3 "$W/out")"
want_line "unshare:0 0" "getppid 0"
start /bin/busybox sh -c '/bin/busybox ls / | /bin/busybox grep bin && /bin/busybox sleep 0; echo well'
want_line bin well
end

begin seccomp-nested
profile 2 denylist 'getpriority errno 77'
PRE="calls under"
start /bin/calls getpriority
if [ "$STATUS" -eq 99 ]; then
	PRE=
	skip seccomp-nested "no filter can be loaded here"
else
	want_line "getpriority errno 77"
	conf "lxc.seccomp.allow_nesting = 1"
	start /bin/calls getpriority
	want_line "getpriority errno 77"
	conf "lxc.seccomp.allow_nesting = 0"
	start /bin/calls getpriority
	want_line "getpriority 20"
	want_err_has "the profile is not loaded, since a filter is in force here already"
	# A kernel that has no filters starts nothing that is to be under one.
	conf
	PRE="calls without"
	start /bin/calls getpriority
	want_failure
	want_err_has "CONFIG_SECCOMP_FILTER"
	PRE=
	want_nothing_left
	end
fi

# refused NAME WHY LINE...: a profile that no container is started with; lxcbox check says the same of it
begin seccomp-refused
refused()
{
	why=$1
	shift
	profile "$@"
	start /bin/true
	[ "$STATUS" -eq 1 ] || fail "$why: exit status $STATUS"
	grep -q -F -e "$P:$why" "$W/err" || fail "wanted '$why': $(first_line "$W/err")"
	want_one_line
	run lxcbox check "$W/conf"
	grep -q -F -e "$P:$why" "$W/out" || fail "lxcbox check, wanted '$why': $(first_line "$W/out")"
}
refused "1: the first line is not 1 or 2" denylist getpriority
refused "2: 'deny' is no kind of profile" 2 deny getpriority
refused "3: unknown action 'kil'" 2 denylist 'getpriority kil'
refused "4: unknown section '[vax]'" 2 denylist 'getpriority kill' '[vax]'
refused "3: bad condition '[0,1,=]'" 2 denylist 'getpriority kill [0,1,=]'
refused "4: the line contradicts line 3" 2 denylist 'getpriority errno 1' 'getpriority errno 2'
refused "3: the line is longer than" 2 denylist "getpriority $(head -c 65536 /dev/zero | tr '\0' x)"
run lxc-start -n $NAME -F -f "$W/conf" -P "$W/lxc" -s lxc.seccomp.profile=/nothere -- /bin/true
want_status 1
want_err_has "lxc.seccomp.profile: cannot open '/nothere': No such file or directory"
want_nothing_left
end

begin seccomp-crlf
printf '2\r\ndenylist\r\n\r\n# x\r\n[ALL]\r\ngetpriority errno 77\r\n' >"$P"
start /bin/calls getpriority
want_line "getpriority errno 77"
end

begin seccomp-plan
run lxc-start -n $NAME -f "$W/conf" -P "$W/lxc" --plan
want_out_has "host   filter       profile $P" "child  seccomp      filter of system calls"
end

finish
