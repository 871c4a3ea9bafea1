# SPDX-License-Identifier: MIT
# owns: the command lines: every spelling of an option that LXC takes, what each prints, and its exit status
# never: tries an option that is refused by more than its name
# boards: one

. "$T/lib.sh"
R=$W/root
P=$W/lxc
LXCPATH=$P
mkdir -p "$R/bin" "$R/dev" "$P/c1" "$P/c2"
cp /bin/busybox "$R/bin/busybox"
cat >"$P/c1/config" <<-END
	lxc.uts.name = c1
	lxc.rootfs.path = $R
	lxc.console.path = none
	lxc.group = red blue
	lxc.start.auto = 1
END
echo "lxc.uts.name = c2" >"$P/c2/config"
SLEEP="/bin/busybox sleep 1000"

# Every command tells its options, all of them the same way.
begin cli-help
for a in $(lxcbox --list); do
	for o in -h --help; do
		run "$a" $o
		want_status 0
		want_err_has "Usage: $a " "--version"
		[ ! -s "$W/out" ] || fail "$a $o: help on standard output, where LXC has none"
	done
	run "$a" --usage
	want_status 0
	want_one_line
	for o in '-?' --nonsense; do
		run "$a" "$o"
		want_status 1
		want_err_has "$a: unknown option '$o'" "Usage: $a "
	done
	run "$a" --version
	want_status 0
	want_out "$(lxcbox --version)"
done
end

# What a command does not have is refused by name, never taken and forgotten.
begin cli-not-there
for o in "lxc-start --share-mnt" "lxc-execute --pidfile" "lxc-stop --define" "lxc-info --share-net"; do
	# shellcheck disable=SC2086
	run $o x
	want_status 1
	want_err_has "unknown option '${o#* }'"
done
for a in lxc-info lxc-stop; do
	run $a -n c1 other
	want_status 1
	want_one_line
	want_err_has "$a: c1: unexpected argument 'other'"
done
run lxc-ls c1 c2
want_status 1
want_err_has "unexpected argument 'c2'"
end

begin cli-spellings-of-the-name
for n in "-n c1" "-nc1" "--name c1" "--name=c1" "c1" "-P $P -- c1"; do
	# shellcheck disable=SC2086
	run lxc-info -s -H -P "$P" $n
	want_status 0
	want_out STOPPED
done
for p in "-P $P" "-P$P/" "--lxcpath $P" "--lxcpath=$P///"; do
	# shellcheck disable=SC2086
	run lxc-info -s -H c1 $p
	want_out STOPPED
done
run lxc-info
want_status 1
want_one_line
want_err_has "lxc-info: missing container name"
end

begin cli-start-and-command
for c in "c1 -F -- /bin/busybox echo a b" "-n c1 -F /bin/busybox echo a b" "-F --name=c1 -- /bin/busybox echo a b" \
	"-d -F c1 /bin/busybox echo a b" "--foreground c1 --rcfile=$P/c1/config -- /bin/busybox echo a b" \
	"-F c1 --define lxc.uts.name=x --close-all-fds -- /bin/busybox echo a b"; do
	# shellcheck disable=SC2086
	run lxc-start -P "$P" $c
	want_status 0
	want_out "a b"
done
run lxc-start -P "$P" c1 -F -s lxc.uts.name=other -s lxc.uts.name=another -- /bin/busybox hostname
want_out another
run lxc-execute -P "$P" -u 5 -g 6 c1 /bin/busybox id
want_status 0
want_out "uid=5 gid=6"
run lxc-execute -P "$P" c1 -- /bin/nosuch
want_status 127
want_one_line
want_err_has "lxc-execute: c1: cannot execute '/bin/nosuch'"
end

begin cli-define-is-a-line-of-configuration
for s in foo=bar lxc.foo=1 lxc.tty=x lxc.utsname; do
	run lxc-start -P "$P" c1 -F -s $s -- /bin/busybox true
	want_status 1
	want_one_line
	want_err_has "lxc-start: c1: -s:1: " "${s%%=*}"
done
run lxc-execute -P "$P" c1 -u x -- /bin/busybox true
want_status 1
want_one_line
want_err_has "lxc-execute: c1: lxc.init.uid: bad value 'x'"
end

# The host's own init on the host's own tree would boot, and clean up, the host once more.
begin cli-never-the-host-s-init
: >"$W/empty"
for c in "nosuch -- /sbin/init" "nosuch init" "nosuch" "nosuch -f $W/empty" "nosuch -f $W/empty -- /sbin/init" \
	"nosuch -s lxc.init.cmd=/sbin/init" "c2" "c2 /sbin/init" "c2 -s lxc.rootfs.path=/" "c2 -s lxc.rootfs=dir:/. init"; do
	# shellcheck disable=SC2086
	run lxc-start -P "$P" $c
	want_status 1
	want_one_line
	grep -qE 'no configuration|would be the host' "$W/err" || fail "'$c': $(first_line "$W/err")"
	is_stopped "${c%% *}" || fail "'$c' runs"
done
run lxc-start -P "$P" nosuch -F -- /bin/busybox echo an application
want_status 0
want_out "an application"
end

begin cli-quiet
run lxc-start -q -P "$P" c1 -F -f /no/such/file
want_status 1
[ ! -s "$W/err" ] || fail "told: $(first_line "$W/err")"
run lxc-stop --quiet -P "$P" c1
want_status 2
[ ! -s "$W/err" ] || fail "told: $(first_line "$W/err")"
end

begin cli-log
run lxc-start -P "$P" c1 -F -o "$W/made/dir/a.log" -l DEBUG -- /bin/busybox true
want_status 0
[ -s "$W/made/dir/a.log" ] || fail "no log with -o"
run lxc-start -P "$P" c1 -F -o none -l trace -s "lxc.log.file=$W/not.log" -- /bin/busybox true
want_status 0
[ ! -e "$W/not.log" ] || fail "-o none does not win over lxc.log.file"
echo "lxc.log.file = $W/made/dir/b.log" >>"$P/c1/config"
echo "lxc.log.level = 1" >>"$P/c1/config"
run lxc-start -P "$P" c1 -F -- /bin/busybox true
[ -s "$W/made/dir/b.log" ] || fail "no log by lxc.log.file"
sed -i '/lxc.log/d' "$P/c1/config"
echo "lxc.log.file = /proc/nosuch/log" >>"$P/c1/config"
run lxc-start -P "$P" c1 -F -- /bin/busybox true
want_status 1
want_one_line
want_err_has "$P/c1/config:6: lxc.log.file: " /proc/nosuch
sed -i '/lxc.log/d' "$P/c1/config"
for a in "lxc-start -F" lxc-stop lxc-info lxc-ls; do
	# shellcheck disable=SC2086
	run $a -P "$P" -n c1 -l loud
	want_status 1
	want_one_line
	want_err_has "unknown log priority 'loud'"
done
# Every command writes what failed to its log.
for a in lxc-start "lxc-execute" lxc-info; do
	# shellcheck disable=SC2086
	run $a -P "$P" nosuch -o "$W/$a.log"
	want_status 1
	has "$W/$a.log" "nosuch" " ERROR " "$P/nosuch/config"
	want_eq "lines in $a.log" "$(wc -l <"$W/$a.log")" 1
done
run lxc-ls -P "$P" -o "$W"
want_status 1
want_one_line
want_err_has "lxc-ls: log file: '$W'"
end

# Without what was asked for, nothing runs.
begin cli-console
for c in "-c $W/nosuch" "--console=$W/nosuch" "-L $W/nosuch/log" "--console-log $W/nosuch/log"; do
	for how in -F -d; do
		# shellcheck disable=SC2086
		run lxc-start -P "$P" c1 $how -s lxc.console.path= $c -- /bin/busybox touch /ran
		want_status 1
		want_one_line
		want_err_has "lxc-start: c1: lxc.console." "$W/nosuch" "No such file or directory"
	done
done
[ ! -e "$R/ran" ] || fail "the command ran"
: >"$W/console"
run lxc-start -P "$P" c1 -F -s lxc.console.path= -c "$W/console" -- /bin/busybox sh -c 'echo out; echo console >/dev/console'
want_status 0
want_out out
has "$W/console" console
end

begin cli-pidfile
run lxc-start -P "$P" c1 -p "$W/pid" -- $SLEEP
want_status 0
grep -q '^lxc-start' "/proc/$(cat "$W/pid")/comm" || fail "'$(cat "$W/pid")' is not the pid of the monitor"
run lxc-stop -P "$P" c1 -k
want_status 0
[ ! -e "$W/pid" ] || fail "the pid file is left"
run lxc-start -P "$P" c1 --pidfile="$W/nosuch/pid" -- $SLEEP
want_status 1
want_one_line
want_err_has "$W/nosuch/pid"
end

# Relative to the caller, though a daemon works in "/".
begin cli-relative-files
mkdir -p "$W/here"
cd "$W/here" || fail "cannot go to $W/here"
run lxc-start -P "$P" c1 -s lxc.console.path= -p my.pid -L my.log -- $SLEEP
want_status 0
[ -s my.pid ] && [ -e my.log ] || fail "there are $(ls "$W/here" /*.pid /*.log 2>/dev/null | tr '\n' ' ')"
run lxc-stop -P "$P" c1 -k
[ ! -e my.pid ] || fail "the pid file is left"
cd "$W" || fail "cannot go to $W"
end

begin cli-info
run lxc-info -P "$P" c1
want_out "Name:           c1
State:          STOPPED"
run lxc-start -P "$P" c1 -s 'lxc.cgroup.nosuch.x=' -- $SLEEP
want_status 0
pid=$(init_pid c1)
for o in "" -H; do
	# shellcheck disable=SC2086
	run lxc-info -P "$P" $o c1
	want_eq "lxc-info $o" "$(head -n 3 "$W/out")" "Name:           c1
State:          RUNNING
PID:            $pid"
done
run lxc-info -P "$P" -H --pid c1
want_out "$pid"
run lxc-info -P "$P" --no-humanize -sp c1
want_out "State:          RUNNING
PID:            $pid"
run lxc-info -P "$P" nosuch
want_status 1
want_one_line
want_err_has "lxc-info: nosuch: " "$P/nosuch/config"
end

# The same from the file and from the monitor.
begin cli-info-of-keys
for when in running stopped; do
	run lxc-info -P "$P" c1 -c lxc.group --config lxc.utsname --config=lxc.init.cmd
	want_status 0
	want_out "lxc.group = red
lxc.group = blue
lxc.utsname = c1
lxc.init.cmd ="
	run lxc-info -P "$P" c1 -H -s -c lxc.uts.name
	want_eq "$when: bare" "$(tail -n 1 "$W/out")" c1
	run lxc-info -P "$P" c1 -H -c lxc.init.cmd
	want_eq "$when: bare without a value" "$(wc -c <"$W/out")" 1
	run lxc-info -P "$P" c1 -c lxc.nonsense
	want_status 1
	want_one_line
	want_err_has "lxc-info: c1: unknown configuration key 'lxc.nonsense'"
	[ "$when" = stopped ] || lxc-stop -P "$P" -k c1
done
run lxc-info -P "$P" c1 --rcfile="$P/c2/config" -c lxc.uts.name
want_out "lxc.uts.name = c2"
end

begin cli-info-of-a-family
printf 'lxc.prlimit.core = 0\nlxc.prlimit.nofile = 64:128\n' >>"$P/c1/config"
run lxc-start -P "$P" c1 -- $SLEEP
want_status 0
for when in running stopped; do
	for h in "" -H; do
		# shellcheck disable=SC2086
		run lxc-info -P "$P" c1 $h -c lxc.prlimit
		want_out "lxc.prlimit.core = 0
lxc.prlimit.nofile = 64:128"
	done
	run lxc-info -P "$P" c1 -H -c lxc.prlimit.nofile
	want_out 64:128
	[ "$when" = stopped ] || lxc-stop -P "$P" -k c1
done
end

# More than one packet of the monitor's: every byte of it, as the file has it.
begin cli-info-of-long-values
cp "$P/c1/config" "$W/short"
i=0
while [ "$i" -lt 400 ]; do
	i=$((i + 1))
	printf 'lxc.environment = V%s=some text, so that all of them are long\n' "$i"
done >>"$P/c1/config"
long=x
while [ ${#long} -lt 9000 ]; do
	long=$long$long
done
printf 'lxc.environment = LONG=%s\nlxc.net.0.type = none\nlxc.net.0.flags = up\n' "$long" >>"$P/c1/config"
run lxc-start -P "$P" c1 -- $SLEEP
want_status 0
for when in running stopped; do
	run lxc-info -P "$P" c1 -c lxc.environment
	want_status 0
	grep '^lxc.environment' "$P/c1/config" >"$W/want"
	cmp -s "$W/out" "$W/want" || fail "$when: $(wc -c <"$W/out") bytes, wanted $(wc -c <"$W/want")"
	run lxc-info -P "$P" c1 -H -c lxc.environment
	sed 's/^lxc.environment = //' "$W/want" | cmp -s - "$W/out" || fail "$when: bare: $(wc -c <"$W/out") bytes"
	run lxc-info -P "$P" c1 -H -c lxc.network.0
	want_out "lxc.net.0.type = none
lxc.net.0.flags = up"
	run lxc-info -P "$P" c1 -c lxc.network.0.type -c lxc.net.0.type -c lxc.net
	want_out "lxc.network.0.type = none
lxc.net.0.type = none
lxc.net = none"
	run lxc-info -P "$P" c1 -c lxc.net.1.type
	want_status 1
	[ "$when" = stopped ] || lxc-stop -P "$P" -k c1
done
cp "$W/short" "$P/c1/config"
end

# A key that this build does not act on is told all the same, and hides no other; a file with errors is none.
begin cli-info-of-unbuilt-keys
cp "$P/c1/config" "$W/short"
echo 'lxc.ephemeral = 1' >>"$P/c1/config"
run lxc-info -P "$P" c1 -c lxc.uts.name -c lxc.ephemeral
want_status 0
want_out "lxc.uts.name = c1
lxc.ephemeral = 1"
echo 'lxc.autodev = 7' >>"$P/c1/config"
run lxc-info -P "$P" c1 -c lxc.uts.name
want_status 1
want_one_line
want_err_has "lxc.autodev: bad value '7'"
cp "$W/short" "$P/c1/config"
end

begin cli-ls
run lxc-start -P "$P" c1 -s lxc.net.0.type=empty -- $SLEEP
pid=$(init_pid c1)
run lxc-ls -P "$P"
want_out "c1
c2"
for o in "-1 --running" "--line --active" "--running --defined"; do
	# shellcheck disable=SC2086
	run lxc-ls -P "$P" $o
	want_out c1
done
run lxc-ls -P "$P" --stopped
want_out c2
run lxc-ls -P "$P" --frozen
want_status 0
want_out ""
for o in -f --fancy; do
	run lxc-ls -P "$P" $o
	want_out "NAME STATE   AUTOSTART GROUPS    IPV4 IPV6 UNPRIVILEGED 
c1   RUNNING 1         red, blue -    -    false        
c2   STOPPED 0         -         -    -    false        "
done
for o in "-F name,PID" "--fancy-format name,pid -f"; do
	# shellcheck disable=SC2086
	run lxc-ls -P "$P" --running $o
	width=${#pid}
	[ "$width" -ge 3 ] || width=3
	want_out "$(printf "NAME %-${width}s \nc1   %-${width}s " PID "$pid")"
done
run lxc-ls -P "$P" -F name,colour
want_status 1
want_one_line
want_err_has "lxc-ls: unknown column 'colour'"
run lxc-ls -P /no/such/dir
want_status 0
want_out ""
end

begin cli-stop
run lxc-stop -P "$P" c1 -k --nokill
want_status 1
run lxc-stop -P "$P" c1 -k -t 5
want_status 1
want_one_line
run lxc-stop -P "$P" c1 --nolock
want_status 1
for t in -2 x ''; do
	run lxc-stop -P "$P" c1 -t "$t"
	want_status 1
	want_err_has "'$t'"
done
is_running c1 || fail "a bad command line has stopped it"
# sleep knows no signal that asks it to end: only those who do not wait, or kill, come back at once.
for o in "-t 0" -W "--timeout=0" --nowait; do
	LIMIT=5
	# shellcheck disable=SC2086
	run lxc-stop -P "$P" c1 $o
	LIMIT=20
	want_status 0
done
is_running c1 || fail "killed by a command that must not wait"
run lxc-stop -P "$P" c1 --timeout 1 --nokill
want_status 1
want_one_line
want_err_has "lxc-stop: c1: the container did not stop within 1 s"
run lxc-stop -P "$P" c1 --timeout=1
want_status 0
is_stopped c1 || fail "still running"
for o in "" -k "-k --nolock" "-W"; do
	# shellcheck disable=SC2086
	run lxc-stop -P "$P" c1 $o
	want_status 2
	want_one_line
	want_err_has "lxc-stop: c1: the container is not running"
done
end

# An interface that is none has nothing that could be set.
begin cli-network-keys-without-effect
for l in "empty ipv4.address 10.0.0.2/24" "empty link br0" "none hwaddr 00:16:3e:00:00:01" "none script.up /bin/true"; do
	# shellcheck disable=SC2086
	set -- $l
	run lxc-start -P "$P" c1 -F -s "lxc.net.0.type=$1" -s "lxc.net.0.$2=$3" -- /bin/busybox true
	want_status 1
	want_one_line
	want_err_has "lxc-start: c1: -s:2: lxc.net.0.$2: no effect with kind $1"
	run lxc-start -P "$P" c1 -F -s "lxc.net.0.type=$1" -s lxc.net.0.flags=up -- /bin/busybox true
	want_status 0
done
end

finish
