# SPDX-License-Identifier: MIT
# owns: a configuration as people write them, as long as it is asked for, in names that LXC knows since 2.1
# never: has a line that one of the parsers refuses
#
# usage: awk -v bytes=N -f conf.awk
function out(s)
{
	printf "%s\n", s
	n += length(s) + 1
}
BEGIN {
	for (i = 0; n < bytes; i++) {
		out("# part " i ", and what it is for, as people write it\n")
		out("lxc.uts.name = c" i)
		out("lxc.rootfs.path = dir:/opt/lxc/container" i)
		out("lxc.init.cmd = /sbin/init --option " i)
		out("lxc.autodev = 1")
		out("lxc.tty.max = 4")
		out("lxc.pty.max = 1024")
		out("lxc.signal.halt = SIGPWR")
		out("lxc.start.auto = 1")
		out("lxc.log.level = INFO")
		out("lxc.log.file = /var/log/lxc/c" i ".log")
		out("lxc.cap.drop = sys_module mac_admin")
		out("lxc.environment = VAR" i "=value of it " i)
		out("lxc.net.0.type = veth\nlxc.net.0.link = br0\nlxc.net.0.flags = up")
		for (j = 0; j < 5; j++)
			out("lxc.mount.entry = /srv/data/" i "/" j " srv/data" i " none bind,ro,nosuid,nodev,optional,create=dir 0 0")
	}
}
