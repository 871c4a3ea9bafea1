# SPDX-License-Identifier: MIT
# owns: lxc-user-nic: what lxc-usernet allows an ordinary user and what not, and what he can do to the program
# never: makes a user of the machine: files of /etc and /run are covered in a mount namespace of its own
# profile: full

. "$T/lib.sh"
NIC=/usr/libexec/lxc/lxc-user-nic
BR=unbr0

[ -x "$NIC" ] || {
	skip user-nic 'CONFIG_LXC_USER_NIC is off in this build'
	finish
}
[ -e /proc/self/ns/user ] && brctl addbr $BR 2>/dev/null || {
	skip user-nic 'this kernel has no user namespaces or no bridges'
	finish
}
# Two bridges that the machine does not have, one of them never allowed.
brctl addbr ${BR}x
trap 'ifconfig $BR down; brctl delbr $BR; ifconfig ${BR}x down; brctl delbr ${BR}x' EXIT
ifconfig $BR up
ifconfig $BR mtu 1400 2>/dev/null

umask 022
chmod 755 "$W"
cp -a /etc "$W/etc"
mkdir -p "$W/etc/lxc" "$W/run" "$W/his"
printf 'root:x:0:0::/root:/bin/sh\nordinary:x:4200:4200::/:/bin/sh\nother:x:4300:4300::/:/bin/sh\n' >"$W/etc/passwd"
printf 'root:x:0:\nordinary:x:4200:\nother:x:4300:\nboth:x:4711:ordinary,other\n' >"$W/etc/group"
cp "$NIC" "$W/nic"
chmod 4755 "$W/nic"
chown 4200:4200 "$W/his"
cat >"$W/enter" <<END
	mount --bind "$W/etc" /etc && mount --bind "$W/run" /run || exit 1
	[ ! -d "$W/libexec" ] || mount --bind "$W/libexec" /usr/libexec/lxc || exit 1
	exec su -s /bin/sh \$2 -c "cd $W/his; . $W/shared; . \$1"
END
# hold: a network namespace of his own, of process $p; nic NETWORK BRIDGE [NAME]: one more device for it
cat >"$W/shared" <<END
hold()
{
	unshare -r -n sleep 1000 &
	p=\$!
	until [ "\$(readlink /proc/\$p/exe)" != "\$(readlink /proc/\$\$/exe)" ] || grep -q sleep /proc/\$p/cmdline &&
		[ "\$(readlink /proc/\$p/ns/net)" != "\$(readlink /proc/self/ns/net)" ]; do
		usleep 20000
	done
}
nic()
{
	$W/nic create /lxcpath name "\$1" veth \$2 \$3
}
interfaces()
{
	sed -n 's/^ *\([^:]*\):.*/\1/p' /proc/\$p/net/dev | grep -v '^lo\$' | sort | tr '\n' ' '
	echo
}
END

# usernet LINE...: what is allowed
usernet()
{
	for line; do
		echo "$line"
	done >"$W/etc/lxc/lxc-usernet"
}

# as USER SCRIPT: leaves $STATUS, $W/out and $W/err
as()
{
	echo "$2" >"$W/script"
	chmod 644 "$W/script"
	run unshare -m sh "$W/enter" "$W/script" "$1"
}

ports()
{
	ls "/sys/class/net/$BR/brif" | wc -l
}

no_ports()
{
	[ "$(ports)" -eq 0 ]
}

# Devices go with the last process of their network, which the kernel takes apart in its own time.
want_no_ports()
{
	wait_until 5 no_ports || fail "$(ports) devices are left at the bridge"
}

begin user-nic-ten-and-no-more
usernet '# USER TYPE BRIDGE NUMBER' '' "ordinary	veth  $BR 10 # his"
as ordinary "
hold
for i in 1 2 3 4 5 6 7 8 9 10; do
	nic \$p $BR || echo failed at \$i
done
interfaces
ls /sys/class/net/$BR/brif | wc -l
cat /sys/class/net/$BR/brif/../mtu
nic \$p $BR && echo an eleventh
ls /sys/class/net/$BR/brif | wc -l
kill \$p"
want_err_has "lxc-user-nic: /etc/lxc/lxc-usernet allows 'ordinary' no more devices at '$BR'"
want_one_line
want_eq "devices told" "$(grep -c '^eth[0-9]:[0-9]*:veth[A-Za-z0-9]*:[0-9]*$' "$W/out")" 10
want_out_has 'eth0 eth1 eth2 eth3 eth4 eth5 eth6 eth7 eth8 eth9 '
want_eq "devices at the bridge" "$(grep -cx 10 "$W/out")" 2
grep -q -e failed -e eleventh "$W/out" && fail "$(grep -e failed -e eleventh "$W/out")"
want_no_ports
end

# What is no more does not count, and leaves the list.
begin user-nic-list-of-devices
want_eq "devices on the list" "$(grep -c "^ordinary veth $BR veth" "$W/run/lxc/nics")" 10
want_eq "mode of the list" "$(stat -c '%a %u' "$W/run/lxc/nics" "$W/run/lxc" | tr '\n' ' ')" "600 0 755 0 "
as ordinary "hold; nic \$p $BR given; interfaces; kill \$p"
want_status 0
want_out_has 'given '
want_eq "list" "$(sed 's/ veth[^ ]*$//' "$W/run/lxc/nics")" "ordinary veth $BR"
want_no_ports
end

# Words are compared as a whole; a line that is not understood allows nothing.
begin user-nic-without-a-line
n=0
for line in "other veth $BR 10" "ordinar veth $BR 10" "ordinaryx veth $BR 10" "@ordinar veth $BR 10" "ordinary vet $BR 10" \
	"ordinary veth ${BR}y 10" "ordinary veth unb 10" "ordinary veth $BR 0" "ordinary veth $BR -1" "ordinary veth $BR 1x" \
	"ordinary veth $BR" "ordinary veth $BR 10 11" "#ordinary veth $BR 10" "# ordinary veth $BR 10" "4200 veth $BR 10" \
	"ordinary veth $BR 99999999999999999999" "@wheel veth $BR 10" "@other veth $BR 10" ''; do
	usernet "$line"
	printf '%s' "$line" >"$W/line.$n"
	as ordinary "hold; nic \$p $BR && echo got one; kill \$p"
	[ ! -s "$W/out" ] || fail "'$line' gave $(first_line "$W/out")"
	want_err_has "allows 'ordinary' no device at '$BR'"
	n=$((n + 1))
done
rm "$W/etc/lxc/lxc-usernet"
as ordinary "hold; nic \$p $BR; kill \$p"
want_err_has "lxc-user-nic: cannot open '/etc/lxc/lxc-usernet': No such file or directory"
want_eq "devices" "$(ports)" 0
end

begin user-nic-bridges
usernet "ordinary veth $BR 2" 'ordinary veth lo 2' 'ordinary veth gone0 2' 'ordinary veth none 1'
as ordinary "hold
nic \$p ${BR}x; nic \$p lo; nic \$p gone0; interfaces; nic \$p none; nic \$p none; kill \$p"
want_err_has "allows 'ordinary' no device at '${BR}x'" "'lo' is no bridge" "there is no interface 'gone0'" \
	"allows 'ordinary' no more devices at 'none'"
want_eq "devices told" "$(grep -c '^eth0:' "$W/out")" 1
want_eq "devices" "$(ports)" 0
end

# A group's are for all of it; lines are used up in their order.
begin user-nic-groups
usernet "@both veth $BR 2" "ordinary veth $BR 1"
as ordinary "hold; nic \$p $BR; nic \$p $BR; nic \$p $BR; nic \$p $BR; kill \$p"
want_eq "devices told" "$(grep -c '^eth' "$W/out")" 3
want_eq "list" "$(sed -n "s/ $BR veth.*//p" "$W/run/lxc/nics" | tr '\n' ',')" "@both veth,@both veth,ordinary veth,"
want_no_ports
as other "hold; nic \$p $BR; nic \$p $BR; nic \$p $BR; kill \$p"
want_eq "devices of another of the group" "$(grep -c '^eth' "$W/out")" 2
want_no_ports
end

# The same words for whatever it is, and nothing of it is opened: a fifo would hold the program up.
begin user-nic-networks-of-others
usernet "ordinary veth $BR 10" "other veth $BR 10"
mkfifo "$W/his/fifo"
echo x >"$W/his/file"
: >"$W/secret"
chmod 600 "$W/secret"
unshare -n sleep 1000 &
roots=$!
wait_until 5 sh -c "[ \$(readlink /proc/$roots/ns/net) != \$(readlink /proc/self/ns/net) ]"
echo "hold; echo \$p >$W/his/pid; wait" >"$W/others"
chmod 644 "$W/others"
: >"$W/his/pid"
chmod 666 "$W/his/pid"
unshare -m sh "$W/enter" "$W/others" other >/dev/null 2>&1 &
enter=$!
wait_until 10 test -s "$W/his/pid"
others=$(cat "$W/his/pid")
as ordinary "
for n in 1 0 -1 99999999 4294967297 '' . .. fifo $W/his/fifo $W/his/file $W/his $W/secret $W/gone /proc/self/ns/net /proc/self/ns/mnt \\
	/proc/self/exe /dev/null /proc/1/ns/net $roots /proc/$roots/ns/net $others /proc/$others/ns/net /proc/self/fd/0 /proc/self/fd/99; do
	nic \"\$n\" $BR 2>&1 && echo GOT ONE
	$W/nic delete /lxcpath name \"\$n\" veth $BR eth0 2>&1 && echo GOT ONE
done"
want_eq "messages" "$(sed "s/'[^']*'/X/" "$W/out" | sort | uniq -c | sed 's/^ *//')" "50 lxc-user-nic: X is no network namespace of yours"
want_eq "devices" "$(ports)" 0
kill "$roots" "$others"
wait "$enter"
end

begin user-nic-delete
usernet "@both veth $BR 4" "ordinary veth ${BR}x 4"
echo "hold; nic \$p $BR >$W/his/pid; wait" >"$W/others"
: >"$W/his/pid"
unshare -m sh "$W/enter" "$W/others" other >/dev/null 2>&1 &
enter=$!
wait_until 10 test -s "$W/his/pid"
foreign=$(cut -d: -f3 "$W/his/pid")
as ordinary "
hold
mine=\$(nic \$p $BR | cut -d: -f3)
for d in $foreign eth0 lo $BR ${BR}x gone0 \$mine\x; do
	$W/nic delete /lxcpath name /proc/\$p/ns/net veth $BR \$d 2>&1
done
$W/nic delete /lxcpath name /proc/\$p/ns/net veth ${BR}x \$mine 2>&1
ls /sys/class/net/$BR/brif | wc -l
$W/nic delete /lxcpath name /proc/\$p/ns/net veth $BR \$mine && echo removed
ls /sys/class/net/$BR/brif | wc -l
[ -e /sys/class/net/\$mine ] && echo there still
kill \$p"
want_eq "refused" "$(grep -c "^lxc-user-nic: '.*' is no device of yours at '$BR" "$W/out")" 8
want_eq "before and after" "$(grep -v lxc-user-nic "$W/out" | tr '\n' ' ')" '2 removed 1 '
want_eq "list" "$(cat "$W/run/lxc/nics")" "@both veth $BR $foreign"
kill "$(pgrep -f 'sleep 1000')" 2>/dev/null
wait "$enter"
want_no_ports
end

begin user-nic-arguments
usernet "ordinary veth $BR 10"
long=$(printf '%01000d' 0)
as ordinary "
hold
for a in '' a/b .. . abcdefghijklmnop 'a b' 'a%d' a:b $long; do
	$W/nic create /lxcpath name \$p veth $BR \"\$a\" 2>&1 && echo GOT ONE
	$W/nic create /lxcpath name \$p veth \"\$a\" 2>&1 && echo GOT ONE
	$W/nic create /lxcpath name \$p \"\$a\" $BR 2>&1 && echo GOT ONE
done
$W/nic 2>/dev/null && echo GOT ONE
$W/nic create 2>/dev/null && echo GOT ONE
$W/nic remove /lxcpath name \$p veth $BR x 2>/dev/null && echo GOT ONE
$W/nic delete /lxcpath name \$p veth $BR 2>/dev/null && echo GOT ONE
$W/nic create /lxcpath name \$p veth $BR a b 2>/dev/null && echo GOT ONE
$W/nic create $long $long \$p veth $BR x
interfaces
kill \$p"
want_status 0
grep -q GOT "$W/out" && fail "one of them was taken"
want_eq "refused" "$(grep -c '^lxc-user-nic: .* is no ' "$W/out")" 27
want_out_has 'x:2:veth' 'x '
want_no_ports
end

# What he can leave to it: no descriptors, limits, environment, a directory that is gone.
begin user-nic-inherited
as ordinary "
hold
$W/nic create /lxcpath name \$p veth $BR a <&- >&- 2>&-
$W/nic create /lxcpath name \$p veth $BR 1/2 <&- >&- 2>&-
(ulimit -f 0; exec $W/nic create /lxcpath name \$p veth $BR b >/dev/null)
(trap '' PIPE TERM HUP; exec $W/nic create /lxcpath name \$p veth $BR c >/dev/null)
PATH=$W/his LD_PRELOAD=$W/his/file LD_LIBRARY_PATH=$W/his HOME=/ IFS=a TMPDIR=$W/his $W/nic create /lxcpath name \$p veth $BR d >/dev/null
(mkdir $W/his/gone; cd $W/his/gone; rmdir $W/his/gone; exec $W/nic create /lxcpath name \$p veth $BR e >/dev/null)
$W/nic create /lxcpath name /proc/self/fd/9 veth $BR f 9</proc/\$p/ns/net >/dev/null
interfaces
kill \$p"
want_status 0
# Only who may raise limits can set them aside, which root may not everywhere.
if sh -c 'ulimit -f 1 && ulimit -f unlimited' 2>/dev/null; then
	want_out 'a b c d e f '
else
	want_out 'a c d e f '
fi
want_eq "list" "$(grep -c "^ordinary veth $BR veth......\$" "$W/run/lxc/nics")" "$(wc -w <"$W/out")"
want_eq "other lines" "$(grep -vc "^ordinary veth $BR veth......\$" "$W/run/lxc/nics")" 0
want_no_ports
end

# It waits here for somebody to read what it says: root's by all its ids, with one capability, and not his to signal.
begin user-nic-is-not-his
cat >"$W/waits" <<END
hold
mkfifo $W/his/answer
{ dd if=/dev/zero bs=4096 count=16 2>/dev/null; exec $W/nic create /lxcpath name \$p veth $BR; } >$W/his/answer &
n=\$!
{ until grep -q '^Uid:	0	0	0	0' /proc/\$n/status; do usleep 20000; done
until [ -s /run/lxc/nics ] && [ "\$(ls /sys/class/net/$BR/brif)" ]; do usleep 20000; done
sed -n 's/^\(Uid\|Gid\|Groups\|CapPrm\|CapEff\|CapInh\):[	 ]*/\1 /p' /proc/\$n/status
kill -9 \$n && echo killed
kill -STOP \$n && echo stopped
ls -l /proc/\$n/fd >/dev/null 2>&1 && echo can look at its files
stat -c 'owner %u' /proc/\$n/fd
tail -c +65537; } <$W/his/answer
kill \$p
END
as ordinary "$(cat "$W/waits")"
want_out_has "Uid 0	0	0	0" "Gid 0	0	0	0" "CapInh 0000000000000000" "CapPrm 0000000000001000" "CapEff 0000000000001000" \
	'owner 0' 'eth0:2:veth'
grep -qE '^Groups *$' "$W/out" || fail "it keeps groups"
grep -qE 'killed|stopped|can look' "$W/out" && fail "he can do to it: $(grep -E 'killed|stopped|can look' "$W/out")"
want_no_ports
end

begin user-nic-files
usernet "ordinary veth $BR 10"
chmod 666 "$W/etc/lxc/lxc-usernet"
as ordinary "hold; nic \$p $BR; kill \$p"
want_err_has "'/etc/lxc/lxc-usernet' is not a file that root alone can write"
mv "$W/etc/lxc/lxc-usernet" "$W/etc/lxc/elsewhere"
chmod 644 "$W/etc/lxc/elsewhere"
ln -s elsewhere "$W/etc/lxc/lxc-usernet"
as ordinary "hold; nic \$p $BR; kill \$p"
want_err_has "cannot open '/etc/lxc/lxc-usernet'"
rm "$W/etc/lxc/lxc-usernet"
usernet "ordinary veth $BR 10"
for how in "chown 4200 $W/run/lxc" "chmod 777 $W/run/lxc" "ln -f $W/run/lxc/nics $W/his/list" "chmod 666 $W/run/lxc/nics" \
	"rm -f $W/run/lxc/nics; ln -s $W/secret $W/run/lxc/nics"; do
	rm -rf "$W/run/lxc" "$W/his/list"
	mkdir "$W/run/lxc"
	(umask 077; : >"$W/run/lxc/nics")
	eval "$how"
	as ordinary "hold; nic \$p $BR; kill \$p"
	want_err_has "cannot use '/run/lxc/nics'"
	[ ! -s "$W/out" ] || fail "a device with '$how'"
done
want_eq "what the link led to" "$(cat "$W/secret")" ''
rm -rf "$W/run/lxc"
want_eq "devices" "$(ports)" 0
end

begin user-nic-not-set-uid
chmod 755 "$W/nic"
as ordinary "hold; nic \$p $BR; kill \$p"
want_err_has 'lxc-user-nic: this program must be set-uid root'
chmod 4755 "$W/nic"
end

# A container of his gets one, loses it with its end, and is refused beyond what he may have.
begin user-nic-container
if lxcbox --features | grep -q '^user namespaces: yes, also of ordinary users'; then
	mkdir -p "$W/libexec" && cp "$W/nic" "$W/libexec/lxc-user-nic" && chmod 4755 "$W/libexec/lxc-user-nic"
	R=$W/his/root
	fresh_root bin proc dev tmp
	cp /bin/busybox "$R/bin/busybox"
	chown -R 4200:4200 "$R"
	usernet "ordinary veth $BR 1"
	ifconfig $BR 10.79.0.1 netmask 255.255.255.0
	cat >"$W/his/conf" <<END
lxc.uts.name = usernet
lxc.rootfs.path = $R
lxc.idmap = u 0 4200 1
lxc.idmap = g 0 4200 1
$PROC_ENTRY
lxc.net.0.type = veth
lxc.net.0.link = $BR
lxc.net.0.flags = up
lxc.net.0.hwaddr = 00:16:3e:00:00:07
lxc.net.0.ipv4.address = 10.79.0.2/24
lxc.net.0.ipv4.gateway = auto
END
	as ordinary "
export HOME=$W/his XDG_RUNTIME_DIR=$W/his
for i in 1 2; do
	lxc-start -n usernet -f conf -F -- /bin/busybox sh -c 'busybox ifconfig eth0; busybox route -n; busybox ping -c 1 -W 5 10.79.0.1' || echo FAILED
done
lxc-start -n one -f conf -- /bin/busybox sleep 1000 || echo FAILED
lxc-start -n two -f conf -s lxc.rootfs.options=ro -F -- /bin/busybox true && echo A SECOND
lxc-stop -k -n one
ls lxcbox"
	want_out_has 'HWaddr 00:16:3E:00:00:07' 'inet addr:10.79.0.2' '10.79.0.1' '1 packets received'
	want_err_has "conf:6: lxc.net.0: lxc-user-nic: /etc/lxc/lxc-usernet allows 'ordinary' no more devices at '$BR'"
	grep -qE 'FAILED|SECOND' "$W/out" && fail "$(grep -E 'FAILED|SECOND' "$W/out" | head -n 1)"
	want_no_ports
	end
else
	skip user-nic-container 'CONFIG_UNPRIVILEGED is off in this build'
fi

finish
