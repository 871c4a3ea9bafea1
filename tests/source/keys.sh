#!/bin/sh
# SPDX-License-Identifier: MIT
# owns: lxcbox keys, as a script and as a person see it
# never: needs root

cd "${0%/*}/../.." || exit 1
lxcbox=${LXCBOX:-build/host/lxcbox}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/lxcbox-keys.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM PIPE
tab=$(printf '\t')
failed=0

# result NAME WHY: good when WHY is empty.
result()
{
	if [ -z "$2" ]; then
		echo "ok keys-$1"
	else
		echo "not ok keys-$1: $(echo "$2" | head -n 1)"
		failed=1
	fi
}

# shows WORDS... -- the names that come: all of them, in this order.
shows()
{
	words=
	while [ "$1" != -- ]; do
		words="$words $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	have=$("$lxcbox" keys $words | cut -f 1 | tr '\n' ' ')
	[ "$have" = "$* " ] || echo "'keys$words' shows $have"
}

"$lxcbox" keys >"$tmp/all"
result every-row "$([ "$(wc -l <"$tmp/all")" = "$(grep -c '^KEY(' src/conf/keys.def)" ] || echo "$(wc -l <"$tmp/all") lines")"
result columns "$(awk -F "$tab" 'NF != 7 || $5 == "" || $4 == ""' "$tmp/all")"
# What scripts and the tools of this tree read since there is the command.
result of-old "$(grep -q "^lxc.uts.name${tab}lxc.utsname${tab}one, at most 64 characters without blanks${tab}host name$tab" "$tmp/all" ||
	echo "the row of lxc.uts.name is another")"
result words "$(shows lxc.utsname -- lxc.uts.name; shows UTSNAME -- lxc.uts.name; shows SELINUX keyring -- lxc.selinux.context.keyring
	shows lxc.net.7.mtu -- lxc.net.N.mtu; shows lxc.network.mtu -- lxc.net.N.mtu; shows lxc.cgroup.memory.max -- lxc.cgroup
	shows cap.d -- lxc.cap.drop; shows capabilities DROP others -- lxc.cap.keep; shows pivotdir -- -; shows others capabilities drop -- lxc.cap.keep)"
"$lxcbox" keys cap nosuchword >"$tmp/out" 2>"$tmp/err"
status=$?
result none "$([ $status = 1 ] || echo "exit status $status"; [ ! -s "$tmp/out" ] || echo "something is printed"
	[ "$(cat "$tmp/err")" = "lxcbox keys: no key has 'cap' and the other words" ] || cat "$tmp/err")"
if "$lxcbox" keys --help 2>&1 | grep -q -- --json; then
	"$lxcbox" keys --json >"$tmp/json"
	result json "$([ "$(grep -o '"key":' "$tmp/json" | wc -l)" = "$(wc -l <"$tmp/all")" ] || echo "not every key"
		"$lxcbox" keys --json lxc.pty.max | tr -d ' \t\n' | grep -qF '{"schema":1,"keys":[{"key":"lxc.pty.max","old_key":"lxc.pts","section":"terminals"' ||
			echo "lxc.pty.max is another: $("$lxcbox" keys --json lxc.pty.max | head -c 200)"
		"$lxcbox" keys --json lxc.net.0.mtu | tr -d ' \t\n' | grep -qF '"repeatable":false,"built":true,"symbol":"CONFIG_NET_KEYS"}' || echo "no symbol"
		"$lxcbox" keys --json nosuchword >/dev/null && echo "exit status 0 for none")"
else
	echo "skip keys-json: not in this build"
fi
"$lxcbox" keys --nosuch >"$tmp/out" 2>&1
status=$?
result bad-option "$([ $status = 2 ] || echo "exit status $status")"

# A person sees 80 columns; what a terminal is makes script(1).
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
	script -qec "'$lxcbox' keys" /dev/null </dev/null | tr -d '\r' >"$tmp/table"
	script -qec "'$lxcbox' keys lxc" /dev/null </dev/null | tr -d '\r' >"$tmp/full"
	result table-of-80-columns "$(awk 'length > 79 || /\t/ { print "a line of " length ": " $0 }' "$tmp/table" "$tmp/full"
		cut -f 1,2 "$tmp/all" | sed "s/^-$tab//; s/$tab.*//" | while read -r key; do
			grep -qE "^  \(?$key(\.NAME)?\)? " "$tmp/table" || echo "$key is not in the table"
		done)"
	result all-of-a-key "$(
		for line in 'lxc.pty.max (before 2.1: lxc.pts)' '  value    a number from 0 to 1048576' '  default  1024' \
			'  lines    one, the last counts' '  built    always' '  lines    any number, they add up' \
			'  built    CONFIG_MOUNT_AUTO'; do
			grep -qxF "$line" "$tmp/full" || echo "no line '$line'"
		done)"
else
	echo "skip keys-table-of-80-columns: no script(1)"
fi
exit $failed
