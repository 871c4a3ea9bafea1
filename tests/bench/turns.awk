# SPDX-License-Identifier: MIT
# owns: medians of "NAME EXEC_NS TOTAL_NS CPU_NS", and how often they are as long as those of the bare program
# never: throws a measurement away

function median(what, name,   n, i, j, v, a) {
	n = count[name]
	for (i = 1; i <= n; i++) {
		v = x[what, name, i]
		for (j = i - 1; j > 0 && a[j] > v; j--)
			a[j + 1] = a[j]
		a[j + 1] = v
	}
	least = a[1]
	low = a[int((n + 3) / 4)]
	high = a[int((3 * n + 1) / 4)]
	return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
}

{
	if (!($1 in count))
		order[++names] = $1
	i = ++count[$1]
	x["exec", $1, i] = $2 / 1e6
	x["total", $1, i] = $3 / 1e6
	x["cpu", $1, i] = $4 / 1e6
}

END {
	split("exec total cpu", what, " ")
	split("start to exec|start to end|processor time", title, "|")
	if (!sum)
		printf "start of the seed container, medians of %d in turn, ms (least; quartiles), beside bare\n", count["bare"]
	for (w = 1; w <= 3; w++) {
		base = median(what[w], "bare")
		if (!sum)
			printf "  %s\n", title[w]
		for (k = 1; k <= names; k++) {
			m = median(what[w], order[k])
			if (sum)
				printf "%s\t%s\t%.3f\n", what[w], order[k], m
			else
				printf "    %-12s %8.2f  (%.2f; %.2f to %.2f)  %6.2f x\n", order[k], m, least, low, high, m / base
		}
	}
}
