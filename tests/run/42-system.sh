# SPDX-License-Identifier: MIT
# owns: lxc.conf: where containers are, the name and the hierarchies of their cgroups, what a fault in it does to each command
# never: leaves a line of it behind

. "$T/lib.sh"
R=$W/root
LXCPATH=$W/boxes
NAME=lcf
SYSTEM=/etc/lxc/lxc.conf

# Root's is no file of a user: with this one every command would say so.
HOME=$W/home
export HOME
mkdir -p "$R" "$LXCPATH/$NAME" "$HOME/.config/lxc" /etc/lxc
echo 'lxc.of.a.user = 1' >"$HOME/.config/lxc/lxc.conf"
chmod 755 "$W"
trap 'rm -f "$SYSTEM"; rmdir /etc/lxc' EXIT

# system LINE...: lxc.conf
system()
{
	rm -f "$SYSTEM"
	: >"$SYSTEM"
	for line; do
		echo "$line" >>"$SYSTEM"
	done
}

# conf LINE...: LXCPATH/NAME/config; the first line of these is 6
conf()
{
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
	mv "$W/conf" "$LXCPATH/$NAME/config"
}

# up: found by lxc.lxcpath alone, it sleeps; leaves $PID
up()
{
	in_background lxc-start -n $NAME -F -- /bin/busybox sleep 1000
	wait_until 10 is_running $NAME || fail "not running: $(first_line "$W/bg.err")"
	PID=$(init_pid $NAME)
	[ -n "$PID" ] || fail 'no first process'
}

# down: whatever lxc.conf has become
down()
{
	timeout 20 lxc-stop -n $NAME -P "$LXCPATH" -k >/dev/null 2>&1 || fail 'cannot be stopped'
	wait "$BG"
}

# places: of each hierarchy that is mounted, its controllers and the path of the container of $PID in it
places()
{
	while IFS=: read -r _ c p; do
		p=${p%/inner}
		if [ -z "$c" ]; then
			! grep -q ' cgroup2 ' /proc/mounts || echo "v2 $p"
		elif cg_mount "${c%%,*}" >/dev/null; then
			echo "$c $p"
		fi
	done <"/proc/$PID/cgroup"
}

# gone NAME: no directory of that name is left in any hierarchy
gone()
{
	left=$(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts | while read -r m; do find "$m" -type d -name "$1" 2>/dev/null; done)
	[ -z "$left" ] || fail "left: $(echo "$left" | tr '\n' ' ')"
}

# --- lxc.lxcpath ----------------------------------------------------------------------------------------------

begin system-lxcpath
system "lxc.lxcpath = $LXCPATH//"
conf
up
run lxc-ls
want_out $NAME
run lxc-info -n $NAME -s -H
want_out RUNNING
run lxc-info -n $NAME -P /nowhere -s
want_status 1
run lxc-stop -n $NAME -k
want_status 0
wait "$BG"
want_nothing_left
end

begin system-lxcpath-of-the-option-wins
system 'lxc.lxcpath = /nowhere'
run lxc-start -n $NAME -P "$LXCPATH" -F -- /bin/busybox true
want_status 0
run lxc-ls -P "$LXCPATH"
want_out $NAME
end

begin system-without-a-file
rm "$SYSTEM"
run lxc-config lxc.lxcpath
want_status 0
want_out "$(lxcbox --features | sed -n 's/^containers: //p')"
[ ! -s "$W/err" ] || fail "said: $(first_line "$W/err")"
end

begin system-features
system "lxc.lxcpath = $LXCPATH" 'lxc.cgroup.pattern = box/%n' 'lxc.cgroup.use = memory'
run lxcbox --features
want_status 0
want_out_has "containers: $LXCPATH" 'global configuration: /etc/lxc' 'cgroup: box/%n' 'cgroup hierarchies: memory'
end

# --- lxc-config -----------------------------------------------------------------------------------------------

begin config-items
system 'lxc.default_config = /etc/lxc/box.conf' 'lxc.lxcpath = /data/lxc/' 'lxc.cgroup.use = memory, cpu'
for item in default_config=/etc/lxc/box.conf lxcpath=/data/lxc cgroup.use=memory,cpu; do
	run lxc-config "lxc.${item%%=*}"
	want_status 0
	want_out "${item#*=}"
done
system
run lxc-config lxc.default_config
want_out /etc/lxc/default.conf
run lxc-config lxc.cgroup.use
want_status 0
want_out 'lxc.cgroup.use is not set.'
end

begin config-list
run lxc-config -l
want_status 0
want_out "$(printf 'lxc.%s\n' default_config lxcpath bdev.lvm.vg bdev.lvm.thin_pool bdev.zfs.root cgroup.use cgroup.pattern)"
run lxc-config
want_status 0
want_out_has 'Usage: lxc-config'
end

begin config-unknown-item
run lxc-config lxc.lxcpth
want_status 1
want_one_line
want_err_has "lxc-config: unknown item 'lxc.lxcpth'"
run lxc-config lxc.lxcpath lxc.cgroup.use
want_status 1
end

begin config-storage-that-is-not-there
system 'lxc.bdev.lvm.vg = disks'
run lxc-config lxc.bdev.lvm.vg
want_status 0
want_out disks
want_err_has "$SYSTEM:1: lxc.bdev.lvm.vg"
run lxc-config lxc.bdev.zfs.root
want_out lxc
[ ! -s "$W/err" ] || fail "said: $(first_line "$W/err")"
end

# as_user ITEM: HOME is $HOME
as_user()
{
	run su nobody -s /bin/sh -c "HOME=$HOME exec lxc-config $1"
}

begin config-of-a-user
system 'lxc.lxcpath = /of/root'
chmod 755 "$HOME" "$HOME/.config" "$HOME/.config/lxc"
as_user lxc.lxcpath
want_status 0
want_out "$HOME/.local/share/lxc"
want_err_has "$HOME/.config/lxc/lxc.conf:1: lxc.of.a.user: unknown key"
rm "$HOME/.config/lxc/lxc.conf"
as_user lxc.default_config
want_out "$HOME/.config/lxc/default.conf"
echo 'lxc.lxcpath = /of/user' >"$HOME/.config/lxc/lxc.conf"
as_user lxc.lxcpath
want_out /of/user
run lxc-config lxc.lxcpath
want_out /of/root
end

begin config-warns-of-writers
chmod 666 "$SYSTEM"
run lxc-config lxc.lxcpath
want_status 0
want_out /of/root
want_err_has "$SYSTEM: others than its owner may write this file (mode 0666)"
end

# --- faults ---------------------------------------------------------------------------------------------------

begin system-fault-refuses-a-start
system "lxc.lxcpath = $LXCPATH" 'lxc.cgroup.patern = box/%n' 'lxc.cgroup.use = @none'
conf
run lxc-start -n $NAME -F -- /bin/busybox true
want_status 1
want_err_has "lxc-start: $NAME: $SYSTEM:2: lxc.cgroup.patern: unknown key" "$SYSTEM:3: lxc.cgroup.use: bad value '@none'"
nothing_left || fail "left: $left_paths"
run lxc-execute -n $NAME -P "$LXCPATH" -- /bin/busybox true
want_status 1
want_err_has "$SYSTEM:2: lxc.cgroup.patern: unknown key"
end

begin system-fault-does-not-hinder-a-stop
system "lxc.lxcpath = $LXCPATH"
up
system 'lxc.cgroup.patern = box/%n' "lxc.lxcpath = $LXCPATH"
run lxc-info -n $NAME -s -H
want_status 0
want_out RUNNING
want_err_has "lxc-info: $NAME: $SYSTEM:1: lxc.cgroup.patern: unknown key"
run lxc-ls
want_out $NAME
run lxc-stop -n $NAME -k
want_status 0
want_one_line
want_err_has "lxc-stop: $NAME: $SYSTEM:1: lxc.cgroup.patern: unknown key"
wait "$BG"
want_nothing_left
end

# The one command that does both.
begin system-fault-and-lxc-autostart
if lxc-autostart --usage >/dev/null 2>&1; then
	system "lxc.lxcpath = $LXCPATH"
	conf 'lxc.start.auto = 1' 'lxc.init.cmd = /bin/busybox sleep 1000'
	run lxc-autostart
	want_status 0
	want_eq state "$(state $NAME)" RUNNING
	system "lxc.lxcpath = $LXCPATH" 'lxc.cgroup.patern = box/%n'
	run lxc-autostart -k
	want_status 0
	want_err_has "lxc-autostart: $SYSTEM:2: lxc.cgroup.patern: unknown key"
	want_nothing_left
	run lxc-autostart
	want_err_has "lxc-autostart: $SYSTEM:2: lxc.cgroup.patern: unknown key" 'not started, since lxc.conf has a fault'
	want_eq state "$(state $NAME)" STOPPED
	end
else
	skip system-fault-and-lxc-autostart 'no lxc-autostart in this build'
fi

begin system-fault-is-nothing-to-lxcbox-check
if lxcbox check --usage >/dev/null 2>&1; then
	system 'lxc.lxcpath'
	echo "lxc.uts.name = $NAME" >"$W/conf"
	run lxcbox check "$W/conf"
	want_status 0
	[ ! -s "$W/err" ] || fail "said: $(first_line "$W/err")"
	end
else
	skip system-fault-is-nothing-to-lxcbox-check 'no lxcbox check in this build'
fi

# Another container of that name may be in the default path.
begin system-fault-in-lxcpath
system "lxc.lxcpath = $LXCPATH"
up
for line in "lxc.lxcpth = $LXCPATH" "lxc.lxcpath = ${LXCPATH#/}" "lxc.lxcpath $LXCPATH"; do
	system "$line"
	run lxc-stop -n $NAME -k
	want_status 1
	want_one_line
	want_err_has "$SYSTEM:1: lxc.lxcp" '(-P DIR goes on all the same)'
done
rm "$SYSTEM"
mkdir "$SYSTEM"
run lxc-stop -n $NAME -k
want_status 1
want_err_has "'$SYSTEM' is a directory"
run lxc-info -n $NAME -P "$LXCPATH" -s -H
want_out RUNNING
run lxc-stop -n $NAME -P "$LXCPATH" -k
want_status 0
rmdir "$SYSTEM"
wait "$BG"
end

# --- cgroups --------------------------------------------------------------------------------------------------

begin system-plan
system "lxc.lxcpath = $LXCPATH" 'lxc.cgroup.pattern = box/%n'
conf
run lxc-start -n $NAME --plan
want_status 0
grep -q "^host *cgroup .*every hierarchy *($SYSTEM:2)\$" "$W/out" || fail "$(grep cgroup "$W/out")"
end

if [ -z "$(awk '$3 ~ /^cgroup2?$/' /proc/mounts)" ]; then
	skip system-cgroup 'no cgroups'
	finish
fi

begin system-pattern
system "lxc.lxcpath = $LXCPATH" 'lxc.cgroup.pattern = /box/%n.d/%n'
conf
up
places | grep -v "/box/$NAME.d/$NAME\$" >"$W/wrong"
[ ! -s "$W/wrong" ] || fail "it is in $(tr '\n' ' ' <"$W/wrong")"
[ -n "$(places)" ] || fail 'no hierarchy'
down
gone "$NAME*"
gone box
end

begin system-pattern-and-a-name-that-is-taken
m=$(awk '$3 ~ /^cgroup2?$/ { print $2; exit }' /proc/mounts)
mkdir -p "$m/box/$NAME.d/$NAME"
up
places | grep -v "/box/$NAME.d/$NAME-1\$" >"$W/wrong"
[ ! -s "$W/wrong" ] || [ "$(places | wc -l)" -gt 1 ] || fail "it is in $(tr '\n' ' ' <"$W/wrong")"
places | grep -q "/box/$NAME.d/$NAME-1\$" || fail "it is in $(places | tr '\n' ' ')"
down
[ -d "$m/box/$NAME.d/$NAME" ] || fail "somebody else's directory was removed"
rmdir "$m/box/$NAME.d/$NAME" "$m/box/$NAME.d" "$m/box"
gone "$NAME*"
end

begin system-pattern-and-lxc.cgroup.dir
conf 'lxc.cgroup.dir = mine'
up
places | grep -v "/mine/lxc.payload.$NAME\$" >"$W/wrong"
[ ! -s "$W/wrong" ] || fail "it is in $(tr '\n' ' ' <"$W/wrong")"
down
gone mine
gone box
end

# in_use WORD...: every hierarchy that has one of these and no other has the container
in_use()
{
	places >"$W/places"
	while read -r c p; do
		is=no
		for word; do
			case ",$c," in *",$word,"*) is=yes ;; esac
		done
		case $is$p in
		yes*/lxc/$NAME) ;;
		yes*) fail "of $c it is in $p" ;;
		no*/lxc/*) fail "of $c, which is not used, it is in $p" ;;
		esac
	done <"$W/places"
}

if ! cg_mount devices >/dev/null; then
	skip system-use 'no devices controller of cgroup v1'
	finish
fi
# One that is mounted without the devices controller, where there is one.
other=$(awk '$3 == "cgroup" && $4 !~ /(^|,)devices(,|$)/ && $4 ~ /(^|,)(memory|pids|cpuset)(,|$)/ { print $4; exit }' /proc/mounts |
	tr , '\n' | grep -m 1 -x -E 'memory|pids|cpuset')

begin system-use
system "lxc.lxcpath = $LXCPATH" 'lxc.cgroup.use = devices , name=systemd'
cg_mount name=systemd >/dev/null || system "lxc.lxcpath = $LXCPATH" 'lxc.cgroup.use = devices'
conf 'lxc.cgroup.devices.deny = a' 'lxc.cgroup.devices.allow = c 1:3 rwm'
up
in_use devices name=systemd
want_eq "devices.list" "$(cat "$(cg_mount devices)/lxc/$NAME/devices.list")" 'c 1:3 rwm'
down
gone $NAME
end

begin system-use-all
system "lxc.lxcpath = $LXCPATH" 'lxc.cgroup.use = @kernel,@named'
conf
up
places | grep -v "/lxc/$NAME\$" >"$W/wrong"
[ ! -s "$W/wrong" ] || fail "it is in $(tr '\n' ' ' <"$W/wrong")"
down
system "lxc.lxcpath = $LXCPATH" 'lxc.cgroup.use = @kernel'
up
places | grep '^name=' | grep "/lxc/$NAME\$" >"$W/wrong"
[ ! -s "$W/wrong" ] || fail "it is in $(tr '\n' ' ' <"$W/wrong")"
places | grep -v '^name=' | grep -q "/lxc/$NAME\$" || fail "it is in $(places | tr '\n' ' ')"
down
gone $NAME
end

begin system-use-of-what-is-not-mounted
system "lxc.lxcpath = $LXCPATH" 'lxc.cgroup.use = devices,nonsense'
conf
run lxc-start -n $NAME -F -- /bin/busybox true
want_status 1
want_one_line
want_err_has "lxc-start: $NAME: $SYSTEM:2: lxc.cgroup.use: 'nonsense' is not mounted"
want_nothing_left
end

if [ -n "$other" ]; then
	# refused FILE VALUE: a limit of a controller that is left out; with both lines
	refused()
	{
		conf "lxc.cgroup.$1 = $2"
		run lxc-start -n $NAME -F -- /bin/busybox true
		want_status 1
		want_one_line
		want_err_has "$LXCPATH/$NAME/config:6: lxc.cgroup.$1: controller '${1%%.*}' is left out: $SYSTEM:2: lxc.cgroup.use"
		want_nothing_left
	}

	begin system-use-and-a-limit-of-another
	system "lxc.lxcpath = $LXCPATH" 'lxc.cgroup.use = devices'
	refused "$other.x" 1
	system "lxc.lxcpath = $LXCPATH" "lxc.cgroup.use = $other"
	refused devices.deny a
	end
else
	skip system-use-and-a-limit-of-another 'all controllers are on one hierarchy'
fi
finish
