# SPDX-License-Identifier: MIT
# owns: what a container sees of a program that joins it, before it is executed
# never: gives the container less than every capability: it may trace whom it sees

. "$T/lib.sh"
R=$W/root
NAME=watch
A="lxc-attach -n watch -P $W/lxc"

[ -x "$T/bin/stepkill" ] || { echo "skip attach-seen-from-inside: no $T/bin/stepkill"; exit 0; }

# Its first process writes down all that it can see of the others when it is told to.
fresh_root bin proc
cat >"$R/watch" <<'END'
#!/bin/sh
cd /
b=/bin/busybox
while :; do
	if [ -e /look ]; then
		for p in /proc/[0-9]*; do
			[ "$p" != /proc/1 ] || continue
			$b grep -H Cap "$p/status"
			$b ls -l "$p/fd"
			$b tr '\0' '\n' <"$p/environ"
			$b readlink "$p/root" "$p/cwd" "$p/exe"
		done >/seen.new 2>/dev/null
		$b rm /look
		$b mv /seen.new /seen
	fi
	$b usleep 20000
done
END
write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "lxc.cap.drop = sys_module"

begin attach-seen-from-inside
run lxc-start -n watch -f "$W/conf" -P "$W/lxc" -- /bin/busybox sh /watch
want_status 0
# When it hears of the program it takes hold of it, and stands still before it lets it go on.
case $(uname -m) in
mips*) pidfd_open=4434 ;;
*) pidfd_open=434 ;;
esac
SECRET=of-the-caller stepkill -t 30 -w 2000 -m "$W/mark" -c $pidfd_open command 1 $A -- /bin/busybox true >"$W/out" 2>"$W/err" \
	</dev/null &
BG=$!
if wait_until 20 test -e "$W/mark"; then
	: >"$R/look"
	wait_until 10 test -e "$R/seen" || fail "nobody looked"
fi
wait $BG
grep -q Cap "$R/seen" || fail "it was not to be seen: $(cat "$W/err")"
cp "$R/seen" "$W/out"
grep -q of-the-caller "$R/seen" && fail "the caller's environment"
init=$(init=$(lxc-info -n watch -P "$W/lxc" -p -H) && awk '/^CapBnd/ { print $2 }' "/proc/$init/status")
for set in CapPrm CapEff CapBnd; do
	has=$(awk -v s="$set:" '$0 ~ s { print $NF }' "$R/seen" | sort -u)
	[ "$has" = "$init" ] || fail "$set is $has, not $init"
done
# Besides 0 to 2: what it waits on, and an empty device.
grep -- '->' "$R/seen" | awk '{ print $(NF - 2), $NF }' | while read -r fd to; do
	case $fd:$to in
	[012]:*) ;;
	*:socket:* | *:/dev/null) ;;
	*) echo "$fd is $to" ;;
	esac
done >"$W/wrong"
[ ! -s "$W/wrong" ] || fail "descriptors: $(cat "$W/wrong")"
lxc-stop -n watch -P "$W/lxc" -k
want_nothing_left
end

finish
