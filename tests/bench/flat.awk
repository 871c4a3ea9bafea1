# SPDX-License-Identifier: MIT
# owns: what one more start costs when many containers run, beside the same start with none
# never: compares medians: the load of the machine moves them more than what is measured. The least of many runs, bare and lxcbox in
#	turn, is what a start costs when nobody else wants the processor
# input: alone.tsv, beside.tsv ("NAME EXEC_NS TOTAL_NS CPU_NS"); calls = "ALONE BESIDE", numbers of system calls

FNR == 1 { file++ }

{
	for (k = 2; k <= 4; k++)
		if (!((file, $1, k) in least) || $k / 1e6 < least[file, $1, k])
			least[file, $1, k] = $k / 1e6
}

function line(who, k, title) {
	printf "  %-14s %-12s %6.2f ms with none, %6.2f ms beside %d (%+.0f %%)\n", title, who, least[1, who, k], least[2, who, k], many,
		(least[2, who, k] / least[1, who, k] - 1) * 100
}

END {
	split("x|start to exec|start to end|processor time", title, "|")
	printf "one more start of the seed container, least of %d in turn\n", FNR / 2
	for (k = 2; k <= 4; k++) {
		line("bare", k, title[k])
		line("lxcbox", k, "")
		own[1] = least[1, "lxcbox", k] - least[1, "bare", k]
		own[2] = least[2, "lxcbox", k] - least[2, "bare", k]
		printf "  %-14s %-12s %6.2f ms with none, %6.2f ms beside %d\n", "", "difference", own[1], own[2], many
	}
	split(calls, c, " ")
	if (c[1])
		printf "  system calls   %-12s %6d with none, %d beside %d (%+.1f %%)\n", "lxcbox", c[1], c[2], many, (c[2] / c[1] - 1) * 100
}
