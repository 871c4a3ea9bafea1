# SPDX-License-Identifier: MIT
# owns: roots of kind overlay: what is written where, several lower ones, read only, on a tmpfs, who has them, what refuses them
# never: leaves a layer mounted
# profile: full

. "$T/lib.sh"
NAME=overlay
LXCPATH=$W/lxc

if ! lxcbox --features | grep -q '^roots of kind overlay: yes'; then
	skip overlay "not in this build (CONFIG_ROOTFS_OVERLAY)"
	finish
fi
if ! grep -q overlay /proc/filesystems; then
	skip overlay "not in this kernel (CONFIG_OVERLAY_FS)"
	finish
fi
mount -t tmpfs -o mode=755 layers "$W/layers" 2>/dev/null || { mkdir -p "$W/layers" && mount -t tmpfs -o mode=755 layers "$W/layers"; }
L=$W/layers
trap 'umount "$L"' EXIT

# fresh: two lower trees; what is in both is the first one's
fresh()
{
	rm -rf "${L:?}"/*
	mkdir -p "$L/a/bin" "$L/a/dev" "$L/b/only" "$L/b/proc"
	: >"$L/a/bin/busybox"
	echo first >"$L/a/file"
	echo second >"$L/b/file"
	echo below >"$L/b/only/file"
	chmod 751 "$L/a"
}

# conf PATH LINE...
conf()
{
	{
		echo "lxc.uts.name = overlay"
		echo "lxc.rootfs.path = $1"
		echo "$NO_CONSOLE"
		echo "$BUSYBOX_ENTRY"
		shift
		for line; do
			echo "$line"
		done
	} >"$W/conf"
}

start()
{
	run lxc-start -F -n overlay -f "$W/conf" -P "$LXCPATH" -- /bin/busybox "$@"
}

begin overlay-written-above
fresh
conf "overlay:$L/a:$L/up/upper"
start sh -c 'busybox cat /file; busybox rm /file; echo new >/made; busybox stat -c %a /'
want_status 0
want_out "first
751"
want_eq "made in the upper one" "$(cat "$L/up/upper/made")" new
[ -c "$L/up/upper/file" ] || fail "what was removed is not marked so"
want_eq "the lower one" "$(cat "$L/a/file")" first
[ ! -e "$L/a/made" ] || fail "written to the lower one"
[ -d "$L/up/olwork" ] || fail "no olwork beside the upper one"
start sh -c 'busybox cat /made; busybox ls -d /file'
want_out new
[ "$STATUS" -ne 0 ] || fail "what was removed is there again"
want_nothing_left
end

begin overlay-two-lower
fresh
conf "overlay:$L/a:$L/b:$L/upper"
start sh -c 'busybox cat /file /only/file'
want_out "first
below"
conf "overlay:$L/b:$L/a:$L/upper"
start sh -c 'busybox cat /file /only/file'
want_out "second
below"
end

begin overlay-old-spelling
fresh
conf "overlayfs:$L/a:$L/upper"
start cat /file
want_out first
sed -i "s,^lxc.rootfs.path.*,lxc.rootfs = overlayfs:$L/a:$L/upper," "$W/conf"
start cat /file
want_out first
end

# What the kernel would take for the end of a path or of an option.
begin overlay-names
fresh
mv "$L/a" "$L/a,b\\ c"
conf "overlay:$L/a,b\\ c:$L/up,per\\:x/../y=z/upper"
mkdir -p "$L/y=z"
start cat /file
want_failure
want_err_has "colon"
want_one_line
conf "overlay:$L/a,b\\ c:$L/y=z/upper,lowerdir=x"
start sh -c 'busybox cat /file; echo new >/made'
want_status 0
want_out first
want_eq "made" "$(cat "$L/y=z/upper,lowerdir=x/made")" new
end

begin overlay-no-path-of-the-host-inside
fresh
conf "overlay:$L/a:$L/upper" "$PROC_ENTRY"
start sh -c 'busybox cat /proc/self/mountinfo'
want_status 0
! grep -q "$L" "$W/out" || fail "the container sees where its layers are"
end

begin overlay-read-only
fresh
mkdir "$L/upper"
echo upper >"$L/upper/file"
conf "overlay:$L/a:$L/upper" "lxc.rootfs.options = ro"
start sh -c 'busybox cat /file; (echo x >/made) 2>/dev/null || echo refused'
want_out "upper
refused"
[ ! -e "$L/olwork" ] || fail "olwork was made for what is only read"
end

begin overlay-on-a-tmpfs
fresh
conf "overlay:$L/a:$L/nowhere/upper" "lxcbox.rootfs.tmpfs = size=64k"
start sh -c 'busybox cat /file; echo new >/made; busybox cat /made; busybox stat -c %a /'
want_status 0
want_out "first
new
751"
start sh -c 'busybox ls -d /made'
[ "$STATUS" -ne 0 ] || fail "it was kept"
[ ! -e "$L/nowhere" ] || fail "the upper directory was made on disk"
start sh -c 'busybox dd if=/dev/zero of=/large bs=1k count=100'
want_failure
want_err_has "No space left"
want_nothing_left
mkdir -p "$L/nowhere/upper"
echo upper >"$L/nowhere/upper/file"
start sh -c 'busybox cat /file; echo new >/file'
want_out upper
want_eq "the upper one on disk" "$(cat "$L/nowhere/upper/file")" upper
end

begin overlay-tmpfs-for-two
fresh
conf "overlay:$L/a:$L/upper" "lxcbox.rootfs.tmpfs = size=64k"
run lxc-start -n overlay -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sleep 1000
want_status 0
sed 's/= overlay$/= overlay2/' "$W/conf" >"$W/conf2"
run lxc-start -F -n overlay2 -f "$W/conf2" -P "$LXCPATH" -- /bin/busybox cat /file
want_status 0
want_out first
run lxc-stop -n overlay -P "$LXCPATH" -k
want_status 0
want_nothing_left
end

# The lower one may be many containers', the upper one and what overlayfs works in have one at a time.
begin overlay-one-at-a-time
fresh
conf "overlay:$L/a:$L/upper"
run lxc-start -n overlay -f "$W/conf" -P "$LXCPATH" -- /bin/busybox sleep 1000
want_status 0
for upper in upper other; do
	sed "s/= overlay$/= overlay2/; s,/upper,/$upper," "$W/conf" >"$W/conf2"
	run lxc-start -F -n overlay2 -f "$W/conf2" -P "$LXCPATH" -- /bin/busybox cat /file
	want_failure
	want_err_has "is in use by container 'overlay'"
	want_one_line
done
sed "s/= overlay$/= overlay2/; s,/upper,/else/upper," "$W/conf" >"$W/conf2"
run lxc-start -F -n overlay2 -f "$W/conf2" -P "$LXCPATH" -- /bin/busybox cat /file
want_status 0
run lxc-stop -n overlay -P "$LXCPATH" -k
want_status 0
want_nothing_left
end

begin overlay-refused
fresh
conf "overlay:$L/a:$L/upper" "lxc.rootfs.options = index=perhaps"
start true
want_failure
want_err_has "$W/conf:2: lxc.rootfs.path" "index=perhaps"
want_one_line
conf "overlay:$L/missing:$L/upper"
start true
want_failure
want_err_has "layer '$L/missing'"
want_one_line
: >"$L/file"
conf "overlay:$L/a:$L/file"
start true
want_failure
want_err_has "'$L/file'"
want_one_line
ln -s /etc "$L/olwork2"
rm -rf "$L/olwork"
ln -s /etc "$L/olwork"
conf "overlay:$L/a:$L/upper"
start true
want_failure
want_err_has "olwork"
[ ! -e /etc/work ] || fail "a link was followed"
conf "overlay:$L/a:$L/upper" "lxcbox.rootfs.tmpfs = sizze=1"
start true
want_failure
want_err_has "tmpfs" "sizze=1"
want_one_line
want_nothing_left
end

begin overlay-plan
conf "overlay:$L/a:$L/upper" "lxcbox.rootfs.tmpfs = size=1m"
run lxc-start --plan -n overlay -f "$W/conf" -P "$LXCPATH" -- /bin/true
want_out_has "rootfs       overlay:$L/a:$L/upper" "lxcbox.rootfs.tmpfs = size=1m"
end

finish
