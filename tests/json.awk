# SPDX-License-Identifier: MIT
# owns: the reading of JSON in tests: prints each value as PATH<TAB>VALUE, "steps.0.side<TAB>host"; status 1: it is not JSON
# never: needs more than BusyBox awk; is lenient: what RFC 8259 has not is refused
#
# usage: awk -f tests/json.awk FILE     a string as written, without its quotes; {} and [] when they are empty

{ text = text $0 "\n" }

END {
	at = 1
	value("")
	blanks()
	if (!bad && at <= length(text))
		fail("text behind the end")
	exit bad
}

function fail(why)
{
	if (!bad)
		printf "not JSON at byte %d: %s\n", at, why
	bad = 1
}

function blanks()
{
	while (index(" \t\r\n", substr(text, at, 1)) && at <= length(text))
		at++
}

function take(c)
{
	if (substr(text, at, 1) == c) {
		at++
		return 1
	}
	return 0
}

# A string from its quote on; leaves it in S, as written.
function string(    start, c)
{
	start = ++at
	for (; at <= length(text); at++) {
		c = substr(text, at, 1)
		if (c == "\"") {
			S = substr(text, start, at++ - start)
			return 1
		}
		if (c == "\n" || c == "\t" || c == "\r")
			break
		if (c != "\\")
			continue
		c = substr(text, ++at, 1)
		if (c == "u") {
			if (substr(text, at + 1, 4) !~ /^[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]$/)
				break
			at += 4
		} else if (!index("\"\\/bfnrt", c)) {
			break
		}
	}
	fail("a bad string")
	return 0
}

function say(path, v)
{
	if (!bad)
		printf "%s\t%s\n", path, v
}

function object(path,    n, name)
{
	at++
	blanks()
	if (take("}")) {
		say(path, "{}")
		return
	}
	do {
		blanks()
		if (substr(text, at, 1) != "\"" || !string()) {
			fail("a name is missing")
			return
		}
		name = S
		if ((path SUBSEP name) in seen)
			fail("the name " name " comes twice")
		seen[path SUBSEP name] = 1
		blanks()
		if (!take(":"))
			fail("a colon is missing")
		value(path (path == "" ? "" : ".") name)
		blanks()
	} while (!bad && take(","))
	if (!bad && !take("}"))
		fail("the end of an object is missing")
}

function array(path,    n)
{
	at++
	blanks()
	if (take("]")) {
		say(path, "[]")
		return
	}
	do {
		value(path (path == "" ? "" : ".") n++)
		blanks()
	} while (!bad && take(","))
	if (!bad && !take("]"))
		fail("the end of an array is missing")
}

function value(path,    c, rest)
{
	if (bad)
		return
	blanks()
	c = substr(text, at, 1)
	rest = substr(text, at, 40)
	if (c == "{") {
		object(path)
	} else if (c == "[") {
		array(path)
	} else if (c == "\"") {
		if (string())
			say(path, S)
	} else if (match(rest, /^(true|false|null)/)) {
		at += RLENGTH
		say(path, substr(rest, 1, RLENGTH))
	} else if (match(rest, /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/)) {
		at += RLENGTH
		say(path, substr(rest, 1, RLENGTH))
	} else {
		fail("no value")
	}
}
