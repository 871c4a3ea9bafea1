# SPDX-License-Identifier: MIT
# owns: the chart: times of the starts, cost of one more container, memory of monitors
# never: computes what the report does not say
# input: sum.tsv (what, name, ms), many.tsv ("many", name, number, ns), memory.tsv ("memory", name, kB PSS, kB dirty)

BEGIN { FS = "\t"; split("#1f5fa8 #7a9cc6 #c7762b #8a8a8a", colour, " ") }

function colour_of(name) {
	return name == "lxcbox" ? colour[1] : name == "bare" ? colour[2] : name ~ /^lxc-/ ? colour[3] : colour[4]
}

function text(x, y, what, more) {
	printf "<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, more, what
}

# A row of bars: the names of one group, scaled to its longest.
function bars(y, title, kind, unit,   k, longest, w) {
	text(20, y, title, "font-weight=\"bold\"")
	for (k = 1; k <= n[kind]; k++)
		if (value[kind, k] > longest)
			longest = value[kind, k]
	for (k = 1; k <= n[kind]; k++) {
		y += 22
		w = longest ? value[kind, k] / longest * 480 : 0
		text(120, y + 12, name[kind, k], "text-anchor=\"end\"")
		printf "<rect x=\"128\" y=\"%d\" width=\"%.1f\" height=\"16\" fill=\"%s\"/>\n", y, w, colour_of(name[kind, k])
		text(134 + w, y + 12, sprintf(unit == "ms" ? "%.2f ms" : "%d kB", value[kind, k]), "")
	}
	return y + 56
}

function add(kind, who, v) {
	name[kind, ++n[kind]] = who
	value[kind, n[kind]] = v
}

$1 == "exec" || $1 == "total" || $1 == "cpu" { add($1, $2, $3) }
$1 == "memory" { add("pss", $2, $3); add("dirty", $2, $4) }
$1 == "many" {
	if (!($2 in points))
		series[++lines] = $2
	points[$2]++
	at[$2, points[$2]] = $4 / 1e6
	if ($3 > last)
		last = $3
}

# Medians of ten, so that the line shows the trend and not each hiccup.
function smooth(who, i,   j, m, a, k, v) {
	m = 0
	for (j = i - 5; j < i + 5; j++) {
		if (j < 1 || j > points[who])
			continue
		v = at[who, j]
		for (k = m++; k > 0 && a[k] > v; k--)
			a[k + 1] = a[k]
		a[k + 1] = v
	}
	return a[int((m + 1) / 2)]
}

END {
	height = 40 + (n["exec"] + n["total"] + n["cpu"] + n["pss"] + n["dirty"]) * 22 + 5 * 56 + (lines ? 300 : 0)
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n", height
	printf "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
	y = bars(30, "seed container: from start to exec of its command (median)", "exec", "ms")
	y = bars(y, "seed container: from start to end (median)", "total", "ms")
	y = bars(y, "processor time of that (median)", "cpu", "ms")
	if (n["pss"]) {
		y = bars(y, "monitor of a running container: proportional share of memory (PSS)", "pss", "kB")
		y = bars(y, "monitor of a running container: private dirty memory", "dirty", "kB")
	}
	if (lines) {
		top_ms = 0
		for (s = 1; s <= lines; s++)
			for (i = 1; i <= points[series[s]]; i++)
				if ((v = smooth(series[s], i)) > top_ms)
					top_ms = v
		text(20, y, sprintf("start -d of one more container, ms, beside the number that run already (medians of ten)"), "font-weight=\"bold\"")
		y += 20
		printf "<path d=\"M60 %d V%d H680\" stroke=\"#444\" fill=\"none\"/>\n", y, y + 200
		text(54, y + 8, sprintf("%.0f", top_ms), "text-anchor=\"end\"")
		text(54, y + 200, "0", "text-anchor=\"end\"")
		text(680, y + 218, last, "text-anchor=\"end\"")
		for (s = 1; s <= lines; s++) {
			who = series[s]
			printf "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" points=\"", colour_of(who)
			for (i = 1; i <= points[who]; i++)
				printf "%.1f,%.1f ", 60 + i / last * 620, y + 200 - (top_ms ? smooth(who, i) / top_ms * 200 : 0)
			printf "\"/>\n"
			text(80 + (s - 1) * 140, y + 240, who, sprintf("fill=\"%s\"", colour_of(who)))
		}
	}
	printf "</svg>\n"
}
