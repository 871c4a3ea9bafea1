# SPDX-License-Identifier: MIT
# owns: the lines of the report about many containers of one program
# never: reads another program's files

function median(k, from, to,   n, i, j, v, a) {
	for (i = from; i <= to; i++) {
		v = x[k, i]
		for (j = n; j > 0 && a[j] > v; j--)
			a[j + 1] = a[j]
		a[j + 1] = v
		n++
	}
	return n ? a[int((n + 1) / 2)] : 0
}

FNR == 1 { k++ }
k == 1 || k == 2 || k == 4 { x[k, FNR] = $2 / 1e6; lines[k] = FNR; cpu[k] += $3 / 1e6 }
k == 3 { x["pss", FNR] = $1; x["dirty", FNR] = $2; lines[3] = FNR }

END {
	if (stat) {
		printf "memory\t%s\t%d\t%d\n", name, median("pss", 1, lines[3]), median("dirty", 1, lines[3])
		exit
	}
	n = lines[1]
	tenth = int(n / 10) > 0 ? int(n / 10) : 1
	first = median(1, 1, tenth)
	last = median(1, n - tenth + 1, n)
	printf "  %-12s start -d %.2f ms among the first %d, %.2f ms among the last (%+.0f %%); stop -k %.2f ms\n", name, first, tenth,
		last, (last / first - 1) * 100, median(4, 1, lines[4])
	printf "  %-12s ls -f %.1f ms\n", "", median(2, 1, lines[2])
	printf "  %-12s monitor: PSS %d kB, private dirty %d kB (medians of %d)\n", "", median("pss", 1, lines[3]),
		median("dirty", 1, lines[3]), lines[3]
}
