# SPDX-License-Identifier: MIT
# owns: that containers start, are entered and stop where "/" of the host is an overlay, or a squashfs that nobody can write to
# never: changes the root of the machine itself: each host is a mount namespace of its own

. "$T/lib.sh"
NAME=hostroot
H=$W/host

# host FILE-SYSTEM...: is on $H what "/" is to be; what is below it is this machine's, but for a /run and a /tmp of its own. There
# the lines of standard input run.
host()
{
	cat >"$W/lines"
	cat >"$W/enter" <<-END
		set -e
		"\$@"
		for d in dev sys; do
			mount --rbind /\$d $H/\$d
		done
		mount -t proc -o nosuid,nodev,noexec proc $H/proc
		mount -t tmpfs -o mode=755,nosuid,nodev run $H/run
		mount -t tmpfs -o mode=1777,nosuid,nodev tmp $H/tmp
		cp "$W/lines" $H/tmp/lines
		cp "$T/bin/exegrab" "$T/bin/probe" $H/run
		cd $H
		pivot_root . mnt
		exec chroot . /bin/sh -c 'umount -l /mnt && cd /tmp && exec /bin/sh -e /tmp/lines'
	END
	run unshare -m sh "$W/enter" "$@"
}

# Everything of a day: a command, a daemon that is entered and stopped, nothing left.
everyday()
{
	cat <<-'END'
		P=/opt/lxc/container1
		lxc-start --name=container1 --foreground --rcfile=$P.conf --lxcpath=$P hostname
		sed '/lxc.mount.entry=.*container1.bin.mount/d' $P.conf >/tmp/conf
		cat >>/tmp/conf <<-CONF
			lxc.mount.entry = proc proc proc nosuid,nodev,noexec 0 0
			lxc.mount.entry = /run/exegrab bin/mount none bind,ro 0 0
		CONF
		lxc-start -n hostroot -f /tmp/conf -P /tmp/lxc -- /bin/sh -c 'while :; do /bin/busybox sleep 1; done'
		lxc-info -n hostroot -P /tmp/lxc -s -H
		lxc-attach -n hostroot -P /tmp/lxc -- /bin/busybox hostname
		echo "host: $(awk '$5 == "/" { t = $0; sub(/.* - /, "", t); split(t, f, " "); print f[1] }' /proc/self/mountinfo)"
		pid=$(lxc-info -n hostroot -P /tmp/lxc -p -H)
		echo "left inside: $(awk '$5 ~ "^/(mnt|run|opt)"' /proc/$pid/mountinfo)."
		lxc-stop -k -n hostroot -P /tmp/lxc
		lxc-execute -n hostroot -f /tmp/conf -P /tmp/lxc -- /bin/mount
		lxc-execute -n hostroot -P /tmp/lxc -- /bin/busybox cat /opt/lxc/container1.conf | head -n 1
		n=0
		while [ -n "$(ls -A /run/lxcbox | grep -v rootfs)" ] && [ $n -lt 50 ]; do
			usleep 100000
			n=$((n + 1))
		done
		echo "left: $(ls -A /run/lxcbox | grep -v rootfs)."
	END
}

want_everyday()
{
	want_status 0
	want_out_has "host: $1" "left inside: ." "left: ."
	want_eq "first lines" "$(head -n 3 "$W/out" | tr '\n' ' ')" "container1 RUNNING container1 "
	want_out_has "open: E" "handle: E" "remount: refused" "lxc.utsname = container1"
	! grep -q writable "$W/out" || fail "$(grep writable "$W/out" | tr '\n' ' ')"
	want_nothing_left
}

mkdir -p "$H" "$W/layers"
everyday >"$W/day"
if grep -q overlay /proc/filesystems; then

mount -t tmpfs -o mode=755 layers "$W/layers"
mkdir "$W/layers/upper" "$W/layers/work"
on_overlay()
{
	echo mount -t overlay -o "lowerdir=/,upperdir=$W/layers/upper,workdir=$W/layers/work" overlay "$H"
}

begin host-root-overlay
# shellcheck disable=SC2046
host $(on_overlay) <"$W/day"
want_everyday overlay
end

# The kernel takes no upper directory on an overlay; one in memory it does.
begin host-root-overlay-above-it
cat >"$W/above" <<-'END'
	mkdir -p /opt/image/bin /opt/upper
	echo below >/opt/image/file
	: >/opt/image/bin/busybox
	{
		echo "lxc.utsname = hostroot"
		echo "lxc.rootfs = overlay:/opt/image:/opt/upper"
		echo "lxc.console = none"
		echo "lxc.mount.entry = /bin/busybox bin/busybox none bind,ro 0 0"
	} >/tmp/conf
	! lxc-start -F -n hostroot -f /tmp/conf -P /tmp/lxc -- /bin/busybox cat /file
	echo "lxcbox.rootfs.tmpfs = size=64k" >>/tmp/conf
	lxc-start -F -n hostroot -f /tmp/conf -P /tmp/lxc -- /bin/busybox sh -c 'echo new >/made; busybox cat /file /made'
	ls /opt/upper
END
# shellcheck disable=SC2046
host $(on_overlay) <"$W/above"
if ! lxcbox --features | grep -q '^roots of kind overlay: yes'; then
	skip host-root-overlay-above-it "not in this build (CONFIG_ROOTFS_OVERLAY)"
else
	want_status 0
	want_out "below
new"
	want_one_line
	want_err_has "/tmp/conf:2: lxc.rootfs" "/opt/upper"
	want_nothing_left
	end
fi
umount "$W/layers"

else
	skip host-root-overlay "this kernel has no overlay"
fi

begin host-root-squashfs
if [ ! -f "$T/data/host.squashfs" ]; then
	skip host-root-squashfs "no mksquashfs where the tests were built"
elif ! grep -q squashfs /proc/filesystems; then
	skip host-root-squashfs "this kernel has no squashfs"
else
	host mount -t squashfs -o loop,ro "$T/data/host.squashfs" "$H" <"$W/day"
	want_everyday squashfs
	end
fi
finish
