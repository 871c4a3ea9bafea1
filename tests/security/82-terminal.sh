# SPDX-License-Identifier: MIT
# owns: that a container in the foreground cannot type into the caller's terminal, nor keep or break it
# never: leaves dev.tty.legacy_tiocsti other than it was
# boards: one

. "$T/lib.sh"
R=$W/root
NAME=tty
LEGACY=/proc/sys/dev/tty/legacy_tiocsti

conf()
{
	fresh_root bin
	write_conf "lxc.autodev = 1" "$PROC_ENTRY" "$BUSYBOX_ENTRY" \
		"lxc.mount.entry = $T/bin/ptyrun bin/ptyrun none bind,ro,create=file 0 0" "$@"
}

[ -x "$T/bin/ptyrun" ] || { echo "skip terminal: no $T/bin/ptyrun"; exit 0; }
old=
if [ -w "$LEGACY" ]; then
	old=$(cat "$LEGACY")
	trap 'echo "$old" >"$LEGACY"' EXIT
	echo 1 >"$LEGACY"
fi

# The attack itself must work where nothing is in its way, or the tests below prove nothing.
begin terminal-attack-works-without-a-container
run ptyrun $LIMIT ptyrun sti reboot
want_out_has "typed 'reboot"
end

for how in "lxc-start -F" lxc-execute; do
	for console in pty none; do
		begin "terminal-${how%% *}-$console"
		if [ $console = none ]; then
			conf "lxc.console = none"
		else
			conf
		fi
		# shellcheck disable=SC2086
		run ptyrun $LIMIT $how -n tty -f "$W/conf" --lxcpath="$W/lxc" -- /bin/ptyrun sti reboot
		want_out_has "sti 0:" "status 0" "typed ''" "echo on"
		end
	done
done

# Standard input alone is the terminal, output is not.
begin terminal-stdin-only
conf
run ptyrun $LIMIT sh -c "lxc-execute -n tty -f $W/conf --lxcpath=$W/lxc -- /bin/ptyrun sti reboot >$W/said 2>&1"
want_out_has "status 0" "typed ''" "echo on"
end

begin terminal-killed-container-leaves-it-usable
conf
run ptyrun $LIMIT lxc-start -F -n tty -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox sh -c '/bin/busybox stty raw -echo; kill -9 $$; exit 3'
want_out_has "echo on" "typed ''"
end

finish
