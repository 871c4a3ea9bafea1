# SPDX-License-Identifier: MIT
# owns: the image's own start and stop of its containers (/etc/init.d/lxc), which rcS ends with; scenario A10
# never: starts one natively: what the containers print goes to the kernel's log

. "$T/lib.sh"

# image NAME LINE...: a container of the image that sleeps, with these lines of configuration
image()
{
	image_name=$1
	shift
	mkdir -p "/opt/lxc/$image_name/bin" "/opt/lxc/$image_name/dev"
	cat >"/opt/lxc/$image_name.conf" <<-END
		lxc.utsname = $image_name
		lxc.rootfs = /opt/lxc/$image_name
		lxc.console = none
		lxc.mount.entry = /bin/busybox bin/busybox none bind,ro,create=file 0 0
		lxc.init_cmd = /bin/busybox sleep 1000
		lxc.haltsignal = SIGKILL
	END
	for line; do
		echo "$line" >>"/opt/lxc/$image_name.conf"
	done
}

images()
{
	image late "lxc.start.auto = 1" "lxc.start.order = 10"
	image early "lxc.start.auto = 1" "lxc.start.order = -2" "lxc.start.delay = 2"
	image grouped "lxc.start.auto = 1" "lxc.group = blue onboot" "lxc.start.order = 9"
	image other "lxc.start.auto = 1" "lxc.group = red"
	image off "lxc.start.order = 1"
}

begin a10-list
images
mkdir -p /var/lib/lxc/defined
printf 'lxc.start.auto = 1\nlxc.start.order = -10\n' >/var/lib/lxc/defined/config
run /etc/init.d/lxc list
want_status 0
want_out "container1 0
grouped 0
defined 0
early 2
late 0"
run env LC_ALL=C sh -c 'sed "s,/etc/default/lxc,$0,g" /etc/init.d/lxc >"$1" && echo "BOOTGROUPS=red,blue" >"$0" && sh "$1" list' \
	"$W/default" "$W/lxc"
want_out "other 0
grouped 0"
rm -r /var/lib/lxc/defined
run /etc/init.d/lxc restart
want_status 2
for name in late early grouped other off; do
	rm -r "/opt/lxc/$name" "/opt/lxc/$name.conf"
done
end

if [ "${LAYOUT:-native}" = native ]; then
	for name in a1-rcs-starts-and-stops a1-rcs-names-what-failed a10-order; do
		skip $name "prints to the kernel's log, so on the boards only"
	done
	finish
fi

LIMIT=60
begin a1-rcs-starts-and-stops
run /etc/init.d/lxc start
want_status 0
want_out "rcS: container1: started"
is_running container1 || fail "state is '$(state container1)', wanted RUNNING"
wait_until 10 grep -q -F "LXC container1 /etc/init.d/rcS" /var/log/lxc/container1.out || fail "its rcS printed nothing"
dmesg | grep -q -F "container1: LXC container1 /etc/init.d/rcS" || fail "not in the kernel's log"
run /etc/init.d/lxc stop
want_status 0
want_out "rcS: container1: stopped"
is_stopped container1 || fail "still running"
end

begin a1-rcs-names-what-failed
mkdir /opt/lxc/broken
sed 's/container1/broken/; s/^lxc.autodev.*/lxc.nonsense = 1/' "$SEED" >/opt/lxc/broken.conf
echo "lxc.start.auto = 0" >>/opt/lxc/broken.conf	# nobody can tell, in a file with errors
run /etc/init.d/lxc start
want_status 1
want_out_has "rcS: broken: FAILED" "/opt/lxc/broken.conf:4" "lxc.nonsense" "rcS: container1: started"
run /etc/init.d/lxc stop
want_out "rcS: container1: stopped"
rm -r /opt/lxc/broken /opt/lxc/broken.conf
end

# began NAME: when its init began, in ticks of 1/100 s
began()
{
	sed 's/.*) //' "/proc/$(LXCPATH=/opt/lxc/$1 init_pid "$1")/stat" | cut -d' ' -f20
}

begin a10-order
images
mkdir -p /opt/lxc/broken
echo "lxc.start.order = 3
lxc.rootfs = /opt/lxc/nowhere
lxc.start.auto = 1" >/opt/lxc/broken.conf
run /etc/init.d/lxc start
want_status 1
grep -v broken "$W/out" >"$W/good"
cp "$W/good" "$W/out"
want_out "rcS: container1: started
rcS: grouped: started
rcS: early: started
rcS: late: started"
has /var/log/lxc/broken.out "/opt/lxc/broken.conf:2" "/opt/lxc/nowhere"
waited=$(($(began late) - $(began early)))
[ "$waited" -ge 200 ] || fail "late began $waited/100 s after early, wanted lxc.start.delay = 2"
run /etc/init.d/lxc stop
want_status 0
want_out "rcS: late: stopped
rcS: grouped: stopped
rcS: container1: stopped
rcS: early: stopped"
for name in late early grouped other off broken; do
	rm -r "/opt/lxc/$name" "/opt/lxc/$name.conf"
done
end

finish
