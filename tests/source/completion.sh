#!/bin/sh
# SPDX-License-Identifier: MIT
# owns: what a shell completes, as `make completion` makes it from the tables, asked of a real bash (and zsh) word by word
# never: needs root, a container that runs or a package of completions

cd "${0%/*}/../.." || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL O BOARD PROFILE CC CROSS_COMPILE ARCH_FLAGS SYSROOT
tmp=$(mktemp -d "${TMPDIR:-/tmp}/lxcbox-completion.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM PIPE
failed=0
file=build/completion/lxcbox

# result NAME WHY: good when WHY is empty.
result()
{
	if [ -z "$2" ]; then
		echo "ok completion-$1"
	else
		echo "not ok completion-$1: $(echo "$2" | head -n 1)"
		failed=1
	fi
}

if ! "${MAKE:-make}" -s --no-print-directory completion >"$tmp/log" 2>&1; then
	result made "$(head -n 1 "$tmp/log")."
	exit 1
fi
result tables "$(for name in commands links keys; do
	grep -q "^_lxcbox_$name='[a-z].*'$" "$file" || echo "no $name"
done; ! grep -q '^# GENERATED' "$file" || echo "nothing was put in"
	grep -q 'lxc.net.N.type) echo .empty none' "$file" || echo "no words of lxc.net.N.type")"

# The words of every command are those that its --help has.
result options "$(build/docgen/lxcbox --docgen completion | awk -F '\t' '$1 == "C" { sub(/^lxc-/, "", $2); print $2 }' | while read -r c; do
	want=$(build/docgen/lxcbox "$c" --help 2>&1 | grep -oE -- '^  (-.|  )(, | )? *(--[a-z-]+)?' | tr -d ',' | tr ' ' '\n' | grep -- - | sort)
	have=$(sed -n "/^_lxcbox_options/,/^}/s/^	$c) echo '\(.*\)' ;;/\1/p" "$file" | tr ' ' '\n' | tr -d = | sort)
	[ "$want" = "$have" ] || echo "$c: options differ"
done)"

if ! command -v bash >/dev/null 2>&1; then
	echo "skip completion-bash: no bash"
	exit $failed
fi
result bash-syntax "$(bash -n "$file" 2>&1)"
# Containers come from the lxcbox that is typed, as every lxc-* link of it would tell them.
mkdir -p "$tmp/bin" "$tmp/lxc/c1" "$tmp/lxc/box" "$tmp/lxc/x.y" "$tmp/files/dir"
touch "$tmp/lxc/c1/config" "$tmp/lxc/box/config" "$tmp/lxc/x.y/config" "$tmp/files/a.conf" "$tmp/files/b.conf"
ln -s "$PWD/build/docgen/lxcbox" "$tmp/bin/lxcbox"
ln -s lxcbox "$tmp/bin/lxc-ls"
PATH=$tmp/bin:$PATH
export PATH

# answers NAME LINE WANTED...: exactly these words come for the last word of LINE.
answers()
{
	name=$1 line=$2
	shift 2
	have=$(bash --norc tests/source/completion.bash "$file" "$line" 2>&1 | tr '\n' ' ')
	[ "$*" = "${have% }" ] || echo "'$line' gives '${have% }', not '$*'"
}
result bash "$(
	answers command 'lxcbox st' start start-ephemeral stop
	answers own-options 'lxcbox --' --features --help --list --version
	answers option 'lxc-start --fo' --foreground
	answers option-with-argument 'lxc-start --logp' --logpriority=
	answers name "lxc-start -P $tmp/lxc " box c1 x.y
	answers name-of-lxcbox "lxcbox start -P $tmp/lxc -n b" box
	answers name-long "lxc-start --lxcpath=$tmp/lxc --name=" box c1 x.y
	answers name-once "lxc-info -P $tmp/lxc c1 " ''
	answers name-of-what-runs "lxc-stop -P $tmp/lxc " ''
	answers level 'lxc-start -l D' DEBUG
	answers level-long 'lxc-start --logpriority=I' INFO
	answers key 'lxc-info -c lxc.tty' lxc.tty lxc.tty.dir lxc.tty.max
	answers key-of-a-number 'lxc-info -c lxc.net.3.mt' lxc.net.3.mtu
	answers assignment 'lxc-start -s lxc.autod' lxc.autodev.tmpfs.size= lxc.autodev=
	answers value 'lxc-start -s lxc.autodev=' 0 1
	answers value-of-a-number 'lxc-start --define=lxc.net.3.type=v' veth vlan
	answers value-with-a-colon 'lxc-start -s lxc.mount.auto=proc:m' mixed
	answers capability 'lxc-start -s lxc.cap.drop=sys_m' sys_module
	answers file "lxcbox check $tmp/files/a" "$tmp/files/a.conf"
	answers file-of-an-option "lxc-start --rcfile=$tmp/files/b" "$tmp/files/b.conf"
	answers directory "lxc-start -P $tmp/files/" "$tmp/files/dir"
	answers columns 'lxc-ls -F NAME,ST' NAME,STATE
	answers words 'lxcbox keys lxc.pty' lxc.pty.max
	answers number 'lxc-stop -t ' ''
	answers behind-the-end "lxc-start -P $tmp/lxc box -- l" ''
	answers unknown 'lxcbox nosuch -' ''
)"
result every-link "$(for link in lxcbox $(build/docgen/lxcbox --list); do
	bash --norc -c 'source "$1" && complete -p "$2"' - "$file" "$link" 2>&1 | grep -q -- "-F _lxcbox $link" || echo "$link is not completed"
done)"
if command -v zsh >/dev/null 2>&1; then
	result zsh-syntax "$(zsh -n "$file" 2>&1)"
	result zsh-reads-it "$(zsh -f -c "source $file && print \${_comps[lxc-start]}" 2>&1 | grep -v '_bash_complete.*-F _lxcbox')"
else
	echo "skip completion-zsh: no zsh"
fi
exit $failed
