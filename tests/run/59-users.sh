# SPDX-License-Identifier: MIT
# owns: containers of an ordinary user: with his own id alone, with ids that newuidmap gives him, with cgroups and without
# never: makes a user of the machine: files of /etc are covered in a mount namespace of its own
# profile: full

. "$T/lib.sh"
H=$W/home
R=$H/root
NAME=users

lxcbox --features | grep -q '^user namespaces: yes, also of ordinary users' || {
	skip users 'CONFIG_UNPRIVILEGED is off in this build'
	finish
}
[ -e /proc/self/ns/user ] || {
	skip users 'this kernel has no user namespaces'
	finish
}
umask 022
chmod 755 "$W"
mkdir -p "$H/run"
cp -a /etc "$W/etc"
printf 'root:x:0:0::/root:/bin/sh\nordinary:x:4200:4200::%s:/bin/sh\n' "$H" >"$W/etc/passwd"
printf 'root:x:0:\nordinary:x:4200:\nother:x:4711:ordinary\n' >"$W/etc/group"
echo 'ordinary:300000:65536' >"$W/etc/subuid"
echo 'ordinary:300000:65536' >"$W/etc/subgid"
chown 4200:4200 "$H" "$H/run"
chmod 700 "$H" "$H/run"

# The machine's own where it has them; else what stands for them, in the same mount namespace as the files of /etc.
cat >"$W/enter" <<END
	mount --bind "$W/etc" /etc || exit 1
	if [ ! -x /usr/bin/newuidmap ]; then
		mkdir -p "$W/usr" && mount -t tmpfs -o mode=755 tmpfs "$W/usr" && cp -a /usr/bin/. "$W/usr" || exit 1
		for f in newuidmap newgidmap; do
			cp "$T/bin/newuidmap" "$W/usr/\$f" && chmod 4755 "$W/usr/\$f" || exit 1
		done
		mount --bind "$W/usr" /usr/bin || exit 1
	fi
	exec su -s /bin/sh ordinary -c "export HOME=$H XDG_RUNTIME_DIR=\${RUNTIME-$H/run}; cd $H && exec sh $W/script"
END

# as_user SCRIPT: leaves $STATUS, $W/out and $W/err
as_user()
{
	echo "$1" >"$W/script"
	chmod 644 "$W/script"
	run unshare -m sh "$W/enter"
}

# conf MAPS LINE...: $H/conf
conf()
{
	{
		echo "lxc.uts.name = $NAME"
		echo "lxc.rootfs.path = $R"
		echo "$1" | tr '|' '\n'
		echo "lxc.net.0.type = empty"
		shift
		for line in "$PROC_ENTRY" "$@"; do
			echo "$line"
		done
	} >"$H/conf"
	chown 4200:4200 "$H/conf"
}

# root_of ID
root_of()
{
	fresh_root bin proc dev tmp etc
	cp /bin/busybox "$R/bin/busybox"
	for applet in sh id cat ls touch sleep; do
		ln -s busybox "$R/bin/$applet"
	done
	chown -hR "$1:$1" "$R"
}

OWN="lxc.idmap = u 0 4200 1|lxc.idmap = g 0 4200 1"
SUB="lxc.idmap = u 0 300000 65536|lxc.idmap = g 0 300000 65536"

begin users-own-id
root_of 4200
conf "$OWN"
as_user "exec lxc-start -n $NAME -f conf -F -- sh -c 'id -u; cat /proc/self/setgroups; touch /made; echo said >/dev/console; ls -ln /dev/console'"
want_status 0
want_out_has 0 deny
want_eq "owner of what it makes" "$(stat -c %u "$R/made")" 4200
grep -q '^c.* 0 .* /dev/console$' "$W/out" || fail "the console is not root's"
rm -f "$R/made"
end

begin users-ids-by-newuidmap
root_of 300000
conf "$SUB" "lxc.tty.max = 1"
as_user "exec lxc-start -n $NAME -f conf -F -- sh -c 'id -u; cat /proc/self/uid_map /proc/self/status; touch /made; ls -ln /dev'"
want_status 0
want_out_has '300000      65536'
want_eq "owner of what it makes" "$(stat -c %u "$R/made")" 300000
want_eq "groups" "$(sed -n 's/^Groups:[	 ]*//p' "$W/out")" ""
grep -q '^c.* 0 .* tty1$' "$W/out" || fail "tty1 is not root's"
rm -f "$R/made"
end

# Not one id more than the user has.
begin users-ids-of-others
for maps in 'lxc.idmap = u 0 0 1|lxc.idmap = g 0 0 1' 'lxc.idmap = u 0 365000 65536|lxc.idmap = g 0 365000 65536'; do
	conf "$maps"
	as_user "exec lxc-start -n $NAME -f conf -F -- id -u"
	want_failure
	want_err_has 'conf:3: lxc.idmap' "refused the ids"
done
conf "lxc.no_new_privs = 0"
as_user "exec lxc-start -n $NAME -f conf -F -- id -u"
want_failure
want_err_has 'must be root, or the container needs lxc.idmap'
end

begin users-life
conf "$SUB"
as_user "
lxc-start -n $NAME -f conf -- sleep 1000 || exit 1
lxc-info -n $NAME -s -H || exit 2
lxc-attach -n $NAME -- sh -c 'id -u; cat /proc/self/status' || exit 3
ls run/lxcbox
lxc-stop -n $NAME -k || exit 4
ls run/lxcbox
"
want_status 0
want_out_has RUNNING
want_eq "groups of attach" "$(sed -n 's/^Groups:[	 ]*//p' "$W/out")" ""
want_eq "times its directory is there" "$(grep -c "^$NAME@" "$W/out")" 1
end

# Made by him, with owners that are the container's; and gone again without a trace.
begin users-create-and-destroy
if lxc-create --help >/dev/null 2>&1; then
	mkdir -p "$H/.config/lxc" "$W/tree/bin" "$W/tree/etc"
	echo "$SUB|lxc.net.0.type = empty" | tr '|' '\n' >"$H/.config/lxc/default.conf"
	cp /bin/busybox "$W/tree/bin/busybox"
	echo x >"$W/tree/etc/of-7"
	chown 7:8 "$W/tree/etc/of-7"
	tar -C "$W/tree" -cf "$H/tree.tar" .
	chown -R 4200:4200 "$H/.config" "$H/tree.tar"
	as_user "
	lxc-create -n made -t busybox -q -- --busybox-path=/bin/busybox || exit 1
	lxc-start -n made || exit 2
	lxc-attach -n made -- id -u || exit 3
	lxc-stop -n made -k || exit 4
	lxc-create -n image -t local -q -- --fstree $H/tree.tar || exit 5
	lxc-ls | tr -s ' \\n' ' '
	"
	want_status 0
	want_out_has 0 'image made'
	L=$H/.local/share/lxc
	want_eq "owners" "$(stat -c %u:%g "$L/made" "$L/made/config" "$L/made/rootfs" "$L/made/rootfs/bin/busybox" "$L/image/rootfs/etc/of-7" | tr '\n' ' ')" \
		"4200:4200 4200:4200 300000:300000 300000:300000 300007:300008 "
	# A copy has the same owners.
	as_user "lxc-copy -n image -N twin && lxc-destroy -n image"
	want_status 0
	want_eq "owners of the copy" "$(stat -c %u:%g "$L/twin/config" "$L/twin/rootfs" "$L/twin/rootfs/etc/of-7" | tr '\n' ' ')" \
		"4200:4200 300000:300000 300007:300008 "
	as_user "lxc-destroy -n made && lxc-destroy -n twin"
	want_status 0
	want_eq "what is left" "$(ls "$L")" ""
	end
else
	skip users-create-and-destroy 'CONFIG_LXC_CREATE is off in this build'
fi

begin users-execute
conf "$SUB"
as_user "exec lxc-execute -n $NAME -f conf -- sh -c 'id -u; exit 7'"
want_status 7
want_out 0
end

begin users-runtime-directory
RUNTIME='' as_user "exec lxc-start -n $NAME -f conf -F -- id -u"
want_failure
want_err_has 'XDG_RUNTIME_DIR'
mkdir -p "$W/foreign/lxcbox"
chmod 777 "$W/foreign" "$W/foreign/lxcbox"
export RUNTIME="$W/foreign"
as_user "exec lxc-start -n $NAME -f conf -F -- id -u"
want_failure
want_err_has "runtime directory '$W/foreign/lxcbox' must be the caller's"
unset RUNTIME
end

# Without a cgroup that is his, limits are refused by name, and a container without limits starts all the same.
begin users-limits-without-cgroups
if cg_mount memory >/dev/null; then
	conf "$SUB" "lxc.cgroup.memory.limit_in_bytes = 30M"
	as_user "exec lxc-start -n $NAME -f conf -F -- id -u"
	want_failure
	want_err_has 'lxc.cgroup.memory.limit_in_bytes' "controller 'memory' cannot be used"
	end
else
	skip users-limits-without-cgroups 'no memory controller of cgroup v1 here'
fi

finish
