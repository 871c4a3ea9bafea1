#!/bin/sh
# SPDX-License-Identifier: MIT
# owns: the manual pages as `make man` makes them: source that any man(7) reads, every command, option and key in its page
# never: needs root, a formatter or a terminal; where there is a formatter it is asked too

cd "${0%/*}/../.." || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL O BOARD PROFILE CC CROSS_COMPILE ARCH_FLAGS SYSROOT
tmp=$(mktemp -d "${TMPDIR:-/tmp}/lxcbox-man.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM PIPE
tab=$(printf '\t')
failed=0

# result NAME WHY: good when WHY is empty.
result()
{
	if [ -z "$2" ]; then
		echo "ok man-$1"
	else
		echo "not ok man-$1: $(echo "$2" | head -n 1)"
		failed=1
	fi
}

if ! "${MAKE:-make}" -s --no-print-directory man >"$tmp/log" 2>&1; then
	result made "$(head -n 1 "$tmp/log")."
	exit 1
fi
lxcbox=build/docgen/lxcbox

# plain PAGE: its text as a reader sees the words, without line breaks between a macro's arguments.
plain()
{
	sed 's/^\.[A-Z][A-Z]* *//; s/\\f[BIRP]//g; s/\\-/-/g; s/\\(aq/'"'"'/g; s/\\(dq/"/g; s/\\e/\\/g; s/"//g' "$1"
}

# What only some formatters pass over: requests that man(7) has not, text that is taken for one, blocks that are not closed.
for page in build/man/*; do
	awk '
	function bad(what) { print FILENAME ":" FNR ": " what ": " $0 }
	BEGIN {
		split("TH SH SS TP PP B I R BR RB BI IB IR RI br nf fi RS RE", list, " ")
		for (i in list)
			known[list[i]] = 1
	}
	FNR == 1 && !/^\.TH [A-Z0-9.-]+ [1-8] "" "lxcbox [0-9.]+" lxcbox$/ { bad("no title") }
	/^\.\\"/ { bad("a mark that tools/man has left"); next }
	/^\x27/ { bad("a quote at the beginning of a line") }
	/^\./ {
		name = substr($1, 2)
		if (!(name in known))
			bad("unknown request")
		if (name == "nf" || name == "RS")
			open[name]++
		if (name == "fi" && --open["nf"] < 0 || name == "RE" && --open["RS"] < 0)
			bad("closes what is not open")
		if (name ~ /^S[HS]$/ && (open["nf"] || open["RS"]))
			bad("a block is open")
		if (gsub(/"/, "\"") % 2)
			bad("a quote is not closed")
		if (name ~ /^(B|I|BR|RB|BI|IB|IR|RI|SS)$/ && NF < 2)
			bad("a request without words")
		if (name == "TP" && was_tp)
			bad("an item without a name")
		was_tp = name == "TP"
	}
	!/^\./ {
		was_tp = 0
		if ($0 == "" )
			bad("an empty line")
		# Each change of the font is taken back on its line.
		s = $0
		n = gsub(/\\f[BI]/, "", s)
		m = gsub(/\\f[RP]/, "", s)
		if ((n == 0) != (m == 0))
			bad("a font is not taken back")
	}
	{
		s = $0
		gsub(/\\(f[BIRP]|-|e|\(aq|\(dq)/, "", s)
		if (s ~ /\\/)
			bad("a backslash")
	}
	END {
		if (open["nf"] || open["RS"])
			bad("a block is not closed")
	}' "$page"
done >"$tmp/why"
cat "$tmp/why" >&2
result lint "$(cat "$tmp/why")"

if command -v groff >/dev/null 2>&1; then
	result groff "$(for page in build/man/*; do
		groff -man -Tascii -ww "$page" 2>&1 >/dev/null
	done)"
else
	echo "skip man-groff: no groff"
fi

# Words that the table holds back from a page.
result names "$(for page in build/man/*; do
	name=${page##*/}
	name=${name%.*}
	plain "$page" | grep -q "^$name - ." || echo "$name: no line '$name - ...' below NAME"
done)"
plain build/man/lxc.container.conf.5 >"$tmp/keys"
result every-key "$($lxcbox keys | while IFS=$tab read -r key old rest; do
	for k in "$key" "$old"; do
		[ "$k" = - ] || grep -qE "(^|[ (])$(echo "$k" | sed 's/\./\\./g')(\.NAME)?([ )]|$)" "$tmp/keys" || echo "$k is not in the page"
	done
done)"
plain build/man/lxc.conf.5 >"$tmp/keys"
result every-key-of-the-system "$(sed -n 's/^SYS([A-Z_]*, "\([^"]*\)".*/lxc.\1/p' src/conf/sys.def | while read -r key; do
	grep -qxF "$key" "$tmp/keys" || echo "$key is not in the page"
done)"
result every-section "$($lxcbox keys | cut -f 5 | sort -u | while read -r id; do
	title=$(sed -n "s/^GROUP($id, \"\(.*\)\")/\1/p" src/conf/keys.def)
	grep -qxF ".SS $title" build/man/lxc.container.conf.5 || echo "section '$title' of keys.def is not in the page"
done)"
result every-command "$($lxcbox --docgen | while read -r page; do
	[ -s "build/man/$page" ] || echo "no page $page"
	case $page in lxc-*.1 | lxcbox-*.1) ;; *) continue ;; esac
	command=${page%.1}
	command=${command#lxcbox-}
	# shellcheck disable=SC2046
	$lxcbox "$command" --help 2>&1 | grep -oE -- '^  (-.|  )(, | )? *(--[a-z-]+)?' | tr -d ',' | tr ' ' '\n' |
		grep -- - | while read -r option; do
			plain "build/man/$page" | grep -qE -- "(^|, )$option(,|[ =[]|\$)" || echo "$page has no $option"
		done
done)"
# A page that is spoken of is one of ours, or one that every system has.
result see-also "$(grep -hE '^\.BR [^ ]+ \([0-9]\)' build/man/* | sed 's/\\-/-/g' | sort -u | while read -r br name section; do
	section=${section#(}
	[ -f "build/man/$name.${section%%)*}" ] || case $name in
	capabilities | cgroups | namespaces | fstab | mount | uname | getrlimit) ;;
	*) echo "there is no page $name($section" ;;
	esac
done)"
exit $failed
