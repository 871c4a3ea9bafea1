#!/bin/sh
# SPDX-License-Identifier: MIT
# owns: configs/*.conf, as containers include them: read without a word by a full build, also by the strictest look
# never: starts a container

cd "${0%/*}/../.." || exit 1
lxcbox=${LXCBOX:-build/host/lxcbox}
[ -x "$lxcbox" ] || { echo "skip configs: no $lxcbox"; exit 0; }
tmp=$(mktemp -d "${TMPDIR:-/tmp}/lxcbox-configs.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM PIPE
failed=0

for f in configs/*.conf; do
	name=${f##*/}
	name=${name%.conf}
	{
		# It is a part of the other.
		[ "$name" != stb-seccomp ] || echo "lxc.include = $PWD/configs/stb.conf"
		printf 'lxc.include = %s\nlxc.uts.name = c1\nlxc.rootfs.path = /opt/lxc/c1\n' "$PWD/$f"
	} >"$tmp/c1.conf"
	# LXC skips lines of lxcbox. on purpose.
	"$lxcbox" check --strict "$tmp/c1.conf" 2>&1 | grep -v ': note: lxcbox\..*: LXC skips this line' >"$tmp/said"
	if "$lxcbox" check "$tmp/c1.conf" >>"$tmp/said" 2>&1 && [ ! -s "$tmp/said" ]; then
		echo "ok configs-$name"
	else
		echo "not ok configs-$name: $(head -n 1 "$tmp/said")"
		failed=1
	fi
done

# Capabilities that stb.conf neither drops nor names as left would be kept by being forgotten.
here=$(sed -n 's/^lxc.cap.drop = //p; s/^# halt needs it. Left are \(.*\) and sys_boot\.$/\1 sys_boot/p' configs/stb.conf | tr ' ' '\n' | sort)
known=$(sed -n '/^static const char caps\[\]/,/;/s/^\t"\(.*\)".*/\1/p' src/conf/names.c | sed 's/\\0/ /g' | tr -s ' ' '\n' | grep . | sort)
echo "$known" >"$tmp/known"
if missing=$(echo "$here" | comm -13 - "$tmp/known" | tr '\n' ' ') && [ -z "$missing" ]; then
	echo "ok configs-stb-names-every-capability"
else
	echo "not ok configs-stb-names-every-capability: $missing"
	failed=1
fi
exit $failed
