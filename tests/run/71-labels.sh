# SPDX-License-Identifier: MIT
# owns: labels of AppArmor and SELinux: taken by process 1 and by whoever attaches, or refused where the kernel has no such module
# never: takes the word of the container for it; the label is read on the host
# profile: full

. "$T/lib.sh"
R=$W/root
NAME=labels
LXCPATH=$W/lxcpath
PROFILE=$T/data/lxcbox-test.apparmor
AA=/sys/kernel/security/apparmor

conf()
{
	fresh_root bin
	write_conf "$NO_CONSOLE" "lxc.autodev = 1" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
	: >"$R/secret"
}

start()
{
	run lxc-start --name=labels --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- "$@"
}

refused()
{
	start /bin/busybox echo started
	want_failure
	want_out ""
	want_one_line
	want_err_has "$@"
	want_nothing_left
}

background()
{
	in_background lxc-start --name=labels --foreground --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox sleep 1000
	wait_until 20 is_running labels || fail "does not run: $(first_line "$W/bg.err")"
	init=$(init_pid labels)
}

stop()
{
	lxc-stop --name=labels --lxcpath="$W/lxcpath" -k >/dev/null 2>&1
	wait "$BG" 2>/dev/null
}

attach()
{
	run lxc-attach --name=labels --lxcpath="$W/lxcpath" "$@"
}

conf "lxc.apparmor.profile = lxcbox-test"
if ! lxc-start --name=labels --plan --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/true >"$W/plan" 2>&1; then
	begin label-not-built
	refused "$W/conf:7: lxc.apparmor.profile: profile 'lxcbox-test' is not in this build (CONFIG_LSM is off)"
	conf "lxc.apparmor.profile = unconfined"
	start /bin/busybox echo started
	want_out started
	finish
fi

# What asks for nothing is taken everywhere.
begin label-none
for p in unconfined unchanged; do
	conf "lxc.apparmor.profile = $p"
	start /bin/busybox echo started
	want_status 0
	want_out started
done
end

begin label-plan
has "$W/plan" "lxcbox-test with the exec"
end

[ -e "$AA/.load" ] || mount -t securityfs none /sys/kernel/security 2>/dev/null && mounted=1
if [ -e "$AA/.load" ]; then
	begin apparmor-not-loaded
	printf lxcbox-test >"$AA/.remove" 2>/dev/null
	conf "lxc.apparmor.profile = lxcbox-test"
	refused "$W/conf:7: lxc.apparmor.profile: the profile 'lxcbox-test' is not loaded"
	end
	# All of it in one write.
	[ ! -e "$PROFILE" ] || dd if="$PROFILE" of="$AA/.load" bs=64k conv=notrunc 2>/dev/null
	if grep -q '^lxcbox-test ' "$AA/profiles"; then
		begin apparmor
		conf "lxc.apparmor.profile = lxcbox-test"
		background
		want_eq "label" "$(cat "/proc/$init/attr/current")" "lxcbox-test (enforce)"
		want_eq "the monitor's label" "$(cat "/proc/$BG/attr/current")" "$(cat /proc/self/attr/current)"
		attach -- /bin/busybox cat /proc/self/attr/current
		want_out "lxcbox-test (enforce)"
		attach -- /bin/busybox sh -c 'echo x >/secret'
		want_failure
		attach -- /bin/busybox sh -c 'echo x >/other && echo written'
		want_out written
		attach -eLSM -- /bin/busybox cat /proc/self/attr/current
		want_out "$(cat /proc/self/attr/current)"
		# Nobody in between: what attaches is never seen without its label.
		attach -- /bin/busybox sh -c '/bin/busybox grep -l unconfined /proc/[0-9]*/attr/current'
		want_out ""
		stop
		want_nothing_left
		end

		begin apparmor-inside
		conf "lxc.apparmor.profile = lxcbox-test" "lxc.no_new_privs = 1" "lxc.init.uid = 1000" "lxc.cap.drop = sys_admin"
		start /bin/busybox cat /proc/1/attr/current
		want_status 0
		want_out "lxcbox-test (enforce)"
		end

		begin apparmor-execute
		conf "lxc.apparmor.profile = lxcbox-test"
		run lxc-execute --name=labels --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox sh -c \
			'cd /proc; /bin/busybox cat 1/attr/current self/attr/current; echo x >/secret || echo refused'
		want_out_has "lxcbox-test (enforce)
lxcbox-test (enforce)
refused"
		end

		begin apparmor-execute-with-start-hook
		if lxc-start --features 2>/dev/null | grep -q 'HOOKS=y'; then
			conf "lxc.apparmor.profile = lxcbox-test" "lxc.hook.start = /bin/busybox true"
			run lxc-execute --name=labels --rcfile="$W/conf" --lxcpath="$W/lxcpath" -- /bin/busybox true
			want_failure
			want_err_has "lxc.hook.start has no label under lxc-execute"
		fi
		end

		# CVE-2019-16884: something else at /proc, by a line of the configuration or by what the tree has.
		begin apparmor-covered-proc
		fresh_root bin proc
		write_conf "$NO_CONSOLE" "$BUSYBOX_ENTRY" "lxc.apparmor.profile = lxcbox-test" \
			"lxc.mount.entry = tmpfs proc tmpfs rw,create=dir 0 0"
		background
		want_eq "label" "$(cat "/proc/$init/attr/current")" "lxcbox-test (enforce)"
		attach -- /bin/busybox ls /proc
		want_out ""
		attach -- /bin/busybox sh -c 'echo x >/secret || echo refused'
		want_out refused
		stop
		end

		# The container says that it has another /proc: who attaches is told by the host's.
		begin apparmor-fake-proc
		conf "lxc.apparmor.profile = lxcbox-test"
		background
		nsenter -t "$init" -m -p chroot "/proc/$init/root" /bin/busybox mount -t tmpfs none /proc 2>/dev/null
		attach -- /bin/busybox sh -c 'echo x >/secret || echo refused'
		want_out refused
		stop
		end

		begin apparmor-incomplete
		if mount -t tmpfs none "$AA/features/mount" 2>/dev/null; then
			conf "lxc.apparmor.profile = lxcbox-test"
			refused "AppArmor does not mediate mounts here" "lxc.apparmor.allow_incomplete = 1"
			echo "lxc.apparmor.allow_incomplete = 1" >>"$W/conf"
			start /bin/busybox cat /proc/1/attr/current
			want_out "lxcbox-test (enforce)"
			umount "$AA/features/mount"
		fi
		end
		printf lxcbox-test >"$AA/.remove"
	else
		skip apparmor "the profile of this test could not be made or loaded"
	fi
else
	begin apparmor-missing
	conf "lxc.apparmor.profile = lxcbox-test"
	refused "$W/conf:7: lxc.apparmor.profile: AppArmor does not work in this kernel (CONFIG_SECURITY_APPARMOR, and its name in lsm=)"
	end
fi
[ -z "${mounted:-}" ] || umount /sys/kernel/security

begin selinux
if ! grep -q selinuxfs /proc/filesystems; then
	conf "lxc.selinux.context = system_u:system_r:lxc_t:s0"
	refused "$W/conf:7: lxc.selinux.context: SELinux does not work in this kernel (CONFIG_SECURITY_SELINUX, and its name in lsm=)"
	conf "lxc.selinux.context.keyring = system_u:system_r:lxc_t:s0"
	refused "$W/conf:7: lxc.selinux.context.keyring: SELinux does not work in this kernel"
	conf
	background
	attach -c system_u:system_r:lxc_t:s0 -- /bin/busybox true
	want_failure
	want_err_has "SELinux does not work in this kernel"
	stop
	end
else
	conf "lxc.selinux.context = $(cat /proc/self/attr/current)"
	start /bin/busybox cat /proc/1/attr/current
	want_out "$(cat /proc/self/attr/current)"
	conf "lxc.selinux.context = nobody_u:nothing_r:no_such_t:s0"
	refused "$W/conf:7: lxc.selinux.context: cannot take the label 'nobody_u:nothing_r:no_such_t:s0'"
	end
fi

finish
