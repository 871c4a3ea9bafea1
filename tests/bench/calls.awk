# SPDX-License-Identifier: MIT
# owns: how often each system call was made, one column for each file of `strace -f`
# never: counts what the container's command did by itself

FNR == 1 {
	name = FILENAME
	sub(/.*\/strace\./, "", name)
	column[++columns] = name
	delete inside
}

{
	pid = $1
	rest = $0
	sub(/^[0-9]+ +/, "", rest)
	if (rest ~ /^[-+]/ || rest ~ /^<\.\.\. [a-z0-9_]+ resumed>/ && !(rest ~ /^<\.\.\. execve/))
		next
	if (rest ~ /^execve\("\/bin\/stamp"/) {
		inside[pid]
		n["execve", columns]++
		all["execve"]++
		total[columns]++
		next
	}
	if (pid in inside || rest ~ /^<\.\.\./)
		next
	sub(/\(.*/, "", rest)
	if (rest !~ /^[a-z0-9_]+$/)
		next
	n[rest, columns]++
	all[rest]++
	total[columns]++
}

END {
	printf "  %-18s", ""
	for (c = 1; c <= columns; c++)
		printf " %12s", column[c]
	printf "\n  %-18s", "all"
	for (c = 1; c <= columns; c++)
		printf " %12d", total[c]
	printf "\n"
	for (call in all)
		names[++m] = call
	# The most frequent of the second column first.
	for (i = 2; i <= m; i++) {
		v = names[i]
		for (j = i - 1; j > 0 && (n[names[j], 2] + 0 < n[v, 2] + 0 || (n[names[j], 2] + 0 == n[v, 2] + 0 && names[j] > v)); j--)
			names[j + 1] = names[j]
		names[j + 1] = v
	}
	for (i = 1; i <= m; i++) {
		if (!n[names[i], 1] && !n[names[i], 2])
			continue
		printf "  %-18s", names[i]
		for (c = 1; c <= columns; c++)
			printf " %12s", n[names[i], c] ? n[names[i], c] : "-"
		printf "\n"
	}
}
