# SPDX-License-Identifier: MIT
# owns: lxc-start --plan: every line of a file is named by a step, as text and as JSON; the modern file of scenario D6, started
# never: starts anything but that
# profile: full

. "$T/lib.sh"
NAME=d6
R=$W/root
fresh_root bin dev
cp /bin/busybox "$R/bin/busybox"
ln -s busybox "$R/bin/sh"

lxc-start --help 2>&1 | grep -q -e --plan || {
	skip plan 'CONFIG_PLAN is off in this build'
	finish
}

# The modern file: includes, a kind of storage, new names, interfaces by number.
mkdir -p "$W/common.d"
cat >"$W/d6.conf" <<-END
	# of all containers
	lxc.include = common.d
	lxc.include = devices.conf

	lxc.rootfs.path = dir:$R
	lxc.uts.name = modern
	lxc.arch = linux32
	lxc.net.0.type = empty
	lxc.net.0.flags = up
	lxc.init.cmd = /bin/busybox sh -c "B=/bin/busybox; \$B hostname; \$B uname -m; echo \$A; \$B cat /sys/class/net/lo/flags"
	lxc.environment = A=of the file
	lxc.mount.entry = proc proc proc nosuid,nodev,noexec,create=dir 0 0
	lxc.mount.entry = sysfs sys sysfs ro,nosuid,nodev,noexec,create=dir 0 0
	lxc.start.auto = 1
	lxc.group = onboot
	lxc.prlimit.nofile = 128:256
	lxc.signal.halt = SIGUSR1
	lxc.init.uid = 0
	lxc.init.gid = 5
END
printf 'lxc.console.path = none\nlxc.tty.max = 0\nlxc.pty.max = 16\n' >"$W/common.d/10-terminals.conf"
printf 'lxc.cap.drop = sys_module sys_rawio\nlxc.cap.drop = mknod\n' >"$W/common.d/20-caps.conf"
printf 'lxc.cgroup.devices.deny = a\nlxc.cgroup.devices.allow = c 1:3 rwm\nlxc.cgroup.devices.allow = c 1:5 rwm\n' >"$W/devices.conf"

# lines FILE: the numbers of its lines that have a key
lines()
{
	awk '$0 ~ /^[ \t]*lxc\./ { print FILENAME ":" FNR }' "$1"
}

# want_lines FILE: a step names each of its lines
want_lines()
{
	lines "$1" >"$W/lines"
	[ -s "$W/lines" ] || fail "no line of $1 has a key"
	while read -r at; do
		grep -q -F "  ($at)" "$W/out" || fail "no step names ${at##*/}: $(sed -n "${at##*:}p" "$1")"
	done <"$W/lines"
}

begin plan-names-every-line-of-the-seed
run lxc-start --name=container1 --rcfile="$SEED" --lxcpath="$ROOT" --plan hostname
want_status 0
want_lines "$SEED"
[ ! -s "$W/err" ] || fail "said: $(first_line "$W/err")"
end

begin plan-names-every-line-of-a-modern-file
run lxc-start -n $NAME -f "$W/d6.conf" --plan
want_status 0
for f in "$W/d6.conf" "$W/common.d/10-terminals.conf" "$W/common.d/20-caps.conf" "$W/devices.conf"; do
	want_lines "$f"
done
# And no line that there is not.
sed -n 's/.*  (\(.*\):\([0-9]*\))$/\1 \2/p' "$W/out" | sort -u | while read -r f n; do
	sed -n "${n}p" "$f" | grep -q '^[[:space:]]*lxc\.' || echo "$f:$n"
done >"$W/wrong"
[ ! -s "$W/wrong" ] || fail "names $(first_line "$W/wrong"), where no key is"
end

begin plan-is-in-order
run lxc-start -n $NAME -f "$W/d6.conf" --plan
awk '{ print $2 }' "$W/out" | uniq >"$W/steps"
want_eq "the order of the steps" "$(tr '\n' ' ' <"$W/steps")" "first cgroup inner namespaces enter loopback hostname rootfs mount dev \
rules pivot defaults prlimit devices process ids caps exec later "
end

begin plan-of-the-command-line
run lxc-start -n $NAME -f "$W/d6.conf" --plan -s lxc.uts.name=other -s lxc.console.logfile=/no/where
want_status 0
want_out_has "hostname     other  (-s:1)" "lxc.console.logfile = /no/where  (-s:2)"
end

# Without the tree, the log, the file system; without root where it can be had.
begin plan-needs-nothing
for s in lxc.rootfs.path=/no/such/tree lxc.log.file=/no/such/log/file lxc.console.path=/no/such/console \
	lxc.cgroup.nosuch.limit=1; do
	run lxc-start -n nosuch -P /no/such/lxcpath -f "$W/d6.conf" --plan -s $s
	want_status 0
done
chmod 755 "$W"
run setuidgid nobody lxc-start -n nosuch -f "$W/d6.conf" --plan
[ "$STATUS" = 127 ] || want_status 0
[ ! -e /no ] || fail "something was made in /no"
end

begin plan-as-json
run lxc-start -n $NAME -f "$W/d6.conf" --plan --json
if grep -q "unknown option" "$W/err"; then
	skip plan-as-json 'CONFIG_JSON is off in this build'
else
	want_status 0
	cp "$W/out" "$W/json"
	awk -f "$T/json.awk" "$W/json" >"$W/flat" || fail "$(tail -n 1 "$W/flat")"
	run lxc-start -n $NAME -f "$W/d6.conf" --plan
	# The same steps: made from it, the text is the other output.
	awk -F '\t' '
	$1 ~ /\.side$/ { side = $2 }
	$1 ~ /\.step$/ { step = $2 }
	$1 ~ /\.text$/ { text = $2; gsub(/\\"/, "\"", text); gsub(/\\\\/, "\\", text) }
	$1 ~ /\.file$/ { file = $2 }
	$1 ~ /\.line$/ { printf "%-5s  %-12s %s%s\n", side, step, text, file == "null" ? "" : "  (" file ":" $2 ")" }' \
		"$W/flat" >"$W/text"
	cmp -s "$W/text" "$W/out" || fail "differs from the text: $(diff "$W/text" "$W/out" | sed -n 2p)"
	want_eq schema "$(sed -n 's/^schema	//p' "$W/flat")" 1
	want_eq name "$(sed -n 's/^name	//p' "$W/flat")" $NAME
	want_eq "the last number" "$(sed -n 's/^steps\.[0-9]*\.n	//p' "$W/flat" | tail -n 1)" "$(grep -c . "$W/out")"
	run lxc-start -n $NAME -f "$W/d6.conf" --json
	want_status 1
	want_err_has "--json is for --plan only"
	end
fi

begin plan-of-a-bad-file
echo "lxc.ttyy = 1" >>"$W/devices.conf"
run lxc-start -n $NAME -f "$W/d6.conf" --plan
want_status 1
want_out ""
want_err_has "devices.conf:4: lxc.ttyy: unknown key"
sed -i '$d' "$W/devices.conf"
end

begin d6-modern-file
run lxc-start -n $NAME -f "$W/d6.conf" -F
want_status 0
want_out_has modern "of the file"
grep -qx -e i686 -e armv7l -e armv8l -e mips "$W/out" || fail "machine: $(sed -n 2p "$W/out")"
# IFF_UP, IFF_LOOPBACK: flags = up of an empty network.
want_out_has 0x9
want_nothing_left
end

begin d6-modern-file-includes-act
run lxc-start -n $NAME -f "$W/d6.conf" -F -- /bin/busybox sh -c 'ulimit -n; /bin/busybox id -g'
want_status 0
want_out_has 128
grep -qx 5 "$W/out" || fail "gid: $(tail -n 1 "$W/out")"
end
finish
