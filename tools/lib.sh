# SPDX-License-Identifier: MIT
# owns what the build's scripts share: names of the cache, one-line errors, temporary directories.
# never does anything by being sourced but set variables.

me=${0##*/}
top=${top:-$(cd "${0%/*}/.." && pwd)}
cache=${LXCBOX_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/lxcbox}

# Files made here are made the same by everybody: names sort alike, umask and clock do not show.
LC_ALL=C
export LC_ALL
umask 022

say()
{
	echo "$me: $*" >&2
}

die()
{
	echo "$me: $*" >&2
	exit 1
}

# The sha256 of standard input, or of a file, without its name.
sha256()
{
	sha256sum ${1+"$1"} | cut -d' ' -f1
}

# make_tmp DIR: a fresh directory below DIR (same file system, so that a rename is atomic), removed at the end.
make_tmp()
{
	mkdir -p "$1" || die "cannot make directory '$1'"
	tmp=$(mktemp -d "$1/.tmp.XXXXXX") || die "cannot make a temporary directory in '$1'"
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}
