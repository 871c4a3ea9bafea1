# SPDX-License-Identifier: MIT
# owns: lxc-update-config: what becomes of a file of LXC 1.x, what is refused, what is left behind
# never: takes the new file's word for it: lxc-info tells both the same
# profile: full

. "$T/lib.sh"

command -v lxc-update-config >/dev/null || { echo "skip update-config: not in this build"; exit 0; }
D=$W/files
mkdir -p "$D"

# make FILE: standard input
make()
{
	rm -f "$D/$1" "$D/$1.backup"
	cat >"$D/$1"
	cp "$D/$1" "$W/original"
}

# want_refused FILE TEXT...: the file is as it was, nothing lies beside it, and the error says why
want_refused()
{
	want_status 1
	want_one_line
	cmp -s "$D/$1" "$W/original" || fail "$1 was changed"
	[ ! -e "$D/$1.backup" ] || fail "there is a backup"
	shift
	want_err_has "lxc-update-config: " "$@"
}

# values FILE: as lxc-info has them
values()
{
	for key in lxc.uts.name lxc.rootfs.path lxc.tty.max lxc.prlimit lxc.cgroup lxc.mount.entry lxc.net lxc.net.0 lxc.net.1 \
		lxc.net.2 lxc.net.3 lxc.signal.halt lxc.log.level lxc.environment; do
		lxc-info -n none -P "$W" --rcfile "$1" -c $key 2>&1
	done
}

begin update-config
make old <<'END'
# the box: lxc.utsname = not this one
lxc.utsname = "box"   # its name
lxc.rootfs=/opt/box
  lxc.tty: 2
lxc.pivotdir = mnt
lxc.kmsg = 0
other.tool lxc.tty = 3

lxc.limit.nofile = 10:20
lxc.cgroup.cpu.shares = 10 # few
lxc.mount.entry = proc proc proc nodev,noexec,nosuid 0 0
lxc.haltsignal = SIGUSR1
lxc.loglevel = 2
lxc.environment = A=# lxc.tty = 1

lxc.network.type = veth
lxc.network.flags = up
lxc.network.ipv4 = 10.0.3.2/24
lxc.network.type =
lxc.network.type = empty
lxc.network.type = veth
lxc.network.hwaddr = 00:16:3e:00:00:01
lxc.network.name = eth1
lxc.network.0.flags = up
END
values "$D/old" >"$W/before"
run lxc-update-config -c "$D/old"
want_status 0
[ ! -s "$W/out" ] || fail "says '$(first_line "$W/out")' on standard output"
cat >"$W/want" <<'END'
# the box: lxc.utsname = not this one
lxc.uts.name = "box"   # its name
lxc.rootfs.path=/opt/box
  lxc.tty.max: 2
# lxc.pivotdir = mnt
# lxc.kmsg = 0
other.tool lxc.tty = 3

lxc.prlimit.nofile = 10:20
lxc.cgroup.cpu.shares = 10 # few
lxc.mount.entry = proc proc proc nodev,noexec,nosuid 0 0
lxc.signal.halt = SIGUSR1
lxc.log.level = 2
lxc.environment = A=# lxc.tty = 1

lxc.net.0.type = veth
lxc.net.0.flags = up
lxc.net.0.ipv4.address = 10.0.3.2/24
lxc.net =
lxc.net.0.type = empty
lxc.net.1.type = veth
lxc.net.1.hwaddr = 00:16:3e:00:00:01
lxc.net.1.name = eth1
lxc.net.0.flags = up
END
cmp -s "$D/old" "$W/want" || fail "$(diff "$W/want" "$D/old" | head -n 4 | tr '\n' ' ')"
cmp -s "$D/old.backup" "$W/original" || fail "the backup is not what was there"
values "$D/old" >"$W/after"
grep -v 'pivotdir\|kmsg\|colon' "$W/before" >"$W/out"
grep -v colon "$W/after" | cmp -s - "$W/out" || fail "lxc-info: $(diff "$W/before" "$W/after" | head -n 4 | tr '\n' ' ')"
grep -q 'lxc.net = veth' "$W/after" || fail "lxc-info tells nothing: $(first_line "$W/after")"
# Again: there is nothing to do, and the backup stays what it is.
run lxc-update-config "$D/old"
want_status 0
cmp -s "$D/old" "$W/want" || fail "changed when there was nothing to change"
cmp -s "$D/old.backup" "$W/original" || fail "the second time the backup was overwritten"
end

begin update-config-of-odd-bytes
printf '\357\273\277lxc.utsname=a\r\n\r\n# \377\rlxc.tty = 1\nlxc.pts = 2' | make odd
run lxc-update-config "$D/odd"
want_status 0
printf '\357\273\277lxc.uts.name=a\r\n\r\n# \377\rlxc.tty.max = 1\nlxc.pty.max = 2' | cmp -s - "$D/odd" ||
	fail "'$(tr '\r\n' '!|' <"$D/odd")'"
end

# The kind of storage had a key of its own in LXC 2.0.
begin update-config-of-a-backend
printf 'lxc.rootfs = "/lower:/upper"\nlxc.rootfs.backend = overlayfs\n' | make backend
run lxc-update-config "$D/backend"
want_status 0
want_eq "the file" "$(tr '\n' ';' <"$D/backend")" 'lxc.rootfs.path = "overlayfs:/lower:/upper";# lxc.rootfs.backend = overlayfs;'
printf 'lxc.tty = 1\nlxc.rootfs.backend = loop\n' | make backend
run lxc-update-config "$D/backend"
want_refused backend "$D/backend:2: lxc.rootfs.backend: "
printf 'lxc.rootfs.backend = loop\nlxc.rootfs = dir:/lower\n' | make backend
run lxc-update-config "$D/backend"
want_refused backend "$D/backend:2: 'dir:/lower'"
end

# As it was before the names: who owns it, who may read it, the link that leads to it.
begin update-config-keeps-what-belongs-to-it
echo 'lxc.tty = 1' | make mine
chown 12:34 "$D/mine"
chmod 640 "$D/mine"
ln -sf mine "$D/link"
run lxc-update-config --config="$D/link"
want_status 0
want_eq "owner and mode" "$(stat -c '%u:%g %a' "$D/mine") $(stat -c '%u:%g %a' "$D/mine.backup")" "12:34 640 12:34 640"
want_eq "the link" "$(readlink "$D/link") $(cat "$D/link")" "mine lxc.tty.max = 1"
want_eq "what lies there" "$(cd "$D" && echo mine* link*)" "mine mine.backup link"
end

begin update-config-without-root
mkdir -p "$W/theirs"
echo 'lxc.tty = 1' >"$W/theirs/conf"
chmod 755 "$W"
chown -R "nobody:$(id -g nobody)" "$W/theirs"
run su nobody -s /bin/sh -c "lxc-update-config $W/theirs/conf"
want_status 0
want_eq "the file" "$(cat "$W/theirs/conf") $(stat -c %U "$W/theirs/conf")" "lxc.tty.max = 1 nobody"
chown root "$W/theirs"
echo 'lxc.tty = 1' >"$W/theirs/conf"
run su nobody -s /bin/sh -c "lxc-update-config $W/theirs/conf"
want_status 1
want_one_line
want_err_has "$W/theirs/conf" "Permission denied"
want_eq "the file" "$(cat "$W/theirs/conf")" "lxc.tty = 1"
end

begin update-config-refuses
printf 'lxc.utsname = a\nlxc.utsnam = b\n' | make bad
run lxc-update-config "$D/bad"
want_refused bad "$D/bad:2: lxc.utsnam: unknown key"
printf 'lxc.utsname = a\nlxc.tty\n' | make bad
run lxc-update-config "$D/bad"
want_refused bad "$D/bad:2: lxc.tty: '=' is missing"
printf 'lxc.tty = 1\nlxc.network.1.flags = up\n' | make bad
run lxc-update-config "$D/bad"
want_refused bad "$D/bad:2: lxc.network.1.flags: "
printf 'lxc.tty = 1\nlxc.include = nosuch\n' | make bad
run lxc-update-config "$D/bad"
want_refused bad "$D/bad:2: lxc.include: " "nosuch"
echo 'lxc.tty = 1' | make bad
mkdir "$D/bad.backup"
run lxc-update-config "$D/bad"
want_status 1
want_one_line
cmp -s "$D/bad" "$W/original" || fail "changed, although there is no backup"
rmdir "$D/bad.backup"
want_eq "what lies there" "$(cd "$D" && echo bad*)" bad
for f in "$D" "$D/nosuch" /dev/null; do
	run lxc-update-config "$f"
	want_status 1
	want_one_line
	want_err_has "$f"
done
end

# An included file may be of many containers. Its interfaces count.
begin update-config-and-included-files
printf 'lxc.network.type = empty\nlxc.tty = 4\n' >"$D/part.inc"
cp "$D/part.inc" "$W/part"
printf 'lxc.include = part.inc\nlxc.network.type = empty\nlxc.network.0.flags = up\n' | make top
run lxc-update-config "$D/top"
want_status 0
want_err_has "$D/part.inc:1: lxc.network.type: " "included"
want_one_line
want_eq "the file" "$(tr '\n' ';' <"$D/top")" "lxc.include = part.inc;lxc.net.1.type = empty;lxc.net.0.flags = up;"
cmp -s "$D/part.inc" "$W/part" || fail "the included file was changed"
end

begin update-config-arguments
run lxc-update-config
want_status 0
want_err_has "Usage: lxc-update-config "
run lxc-update-config -c "$D/top" "$D/old"
want_status 1
want_err_has "unexpected argument '$D/old'"
end

finish
