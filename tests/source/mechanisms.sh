#!/bin/sh
# SPDX-License-Identifier: MIT
# owns: docs/mechanisms.md beside the sources: what they ask of a kernel is there, with what is done without it
# never: judges what is said

cd "${0%/*}/../.." || exit 1
doc=docs/mechanisms.md
failed=0

# result NAME: its findings are read from standard input
result()
{
	found=$(tr '\n' ' ')
	if [ -z "$found" ]; then
		echo "ok mechanisms-$1"
	else
		echo "not ok mechanisms-$1: missing in $doc: $found"
		failed=1
	fi
}

said()
{
	grep -q "\`[^\`]*\b$1\b[^\`]*\`" "$doc" || echo "$1"
}

# The second text of a row of lxc-checkconfig, where it is no group's title.
sed -n 's/^	{ TEXT("[^"][^"]*"), TEXT("\([A-Z0-9_ ]*\)").*/\1/p' src/applets/checkconfig.c | tr ' ' '\n' | sort -u | while read -r symbol; do
	said "$symbol"
done | result symbols
n=$(sed -n 's/^	{ TEXT("[^"][^"]*"), TEXT("\([A-Z0-9_ ]*\)").*/\1/p' src/applets/checkconfig.c | wc -l)
[ "$n" -ge 30 ] || { echo "not ok mechanisms-table: $n rows of lxc-checkconfig are read"; failed=1; }

sed -n 's/^#ifndef SYS_\([a-z0-9_]*\)$/\1/p' src/lib/compat.h | sort -u | while read -r call; do
	said "$call"
done | result calls
exit $failed
