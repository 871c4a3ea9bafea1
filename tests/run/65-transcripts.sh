# SPDX-License-Identifier: MIT
# owns: docs/transcripts.md: what it shows is what comes back
# never: looks at numbers of processes, times and measured amounts
# only: host

. "$T/lib.sh"
DOC=$T/data/transcripts.md
mkdir -p /var/lib/lxc

# mask FILE: without what differs from run to run
mask()
{
	sed -e 's/^\(PID\|CPU use\|BlkIO use\|Memory use\|KMem use\): .*/\1: N/' \
		-e 's/\(RUNNING *\)[0-9][0-9]* *$/\1N/; s/ *$//' "$1"
}

# Each command of a section in this shell, one after the other; what it prints goes below it, into $W/now as the document has it.
: >"$W/now"
SECTION=
IN=
while IFS= read -r line <&3; do
	case $IN$line in
	'## '*)
		SECTION=$(echo "${line#\#\# }" | sed 's/:.*//')
		printf '%s\n' "$line" >>"$W/now"
		;;
	'```console')
		IN=1
		printf '%s\n' "$line" >>"$W/now"
		;;
	'1```')
		IN=
		printf '%s\n' "$line" >>"$W/now"
		;;
	'1$ '*)
		printf '%s\n' "$line" >>"$W/now"
		{ eval "${line#\$ }"; } >>"$W/now" 2>&1 3<&- </dev/null
		;;
	1*) ;;
	*) printf '%s\n' "$line" >>"$W/now" ;;
	esac
done 3<"$DOC"

# section NAME FILE
section()
{
	awk -v s="## $1:" 'index($0, "## ") == 1 { is = index($0, s) == 1 } is' "$2"
}

for s in $(sed -n 's/^## \([AB][0-9]*\):.*/\1/p' "$DOC"); do
	begin "transcript-$s"
	section "$s" "$DOC" >"$W/wanted.doc"
	section "$s" "$W/now" >"$W/now.doc"
	mask "$W/wanted.doc" >"$W/wanted"
	mask "$W/now.doc" >"$W/got"
	diff "$W/wanted" "$W/got" >"$W/out" || fail "differs: $(sed -n '/^[<>+-][^+-]/{p;q;}' "$W/out")"
	end
done
[ -z "${UPDATE:-}" ] || sed 's/^/DOC:/' "$W/now"
finish
