# SPDX-License-Identifier: MIT
# owns: the image's own start and stop of its containers (/etc/init.d/lxc), which rcS ends with
# never: runs natively: what the containers print goes to the kernel's log

. "$T/lib.sh"

if [ "${LAYOUT:-native}" = native ]; then
	skip a1-rcs-starts-and-stops "prints to the kernel's log, so on the boards only"
	skip a1-rcs-names-what-failed "prints to the kernel's log, so on the boards only"
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
run /etc/init.d/lxc start
want_status 1
want_out_has "rcS: broken: FAILED" "/opt/lxc/broken.conf:4" "lxc.nonsense" "rcS: container1: started"
run /etc/init.d/lxc stop
want_out "rcS: container1: stopped"
rm -r /opt/lxc/broken /opt/lxc/broken.conf
end

finish
