# What a bash with the completion answers; run by completion.sh: completion.bash FILE LINE prints the answers, one a line, sorted.
# It parts the line as bash does, at blanks and at = and :, each of which is a word of its own.
source "$1" || exit 1
complete_line()
{
	local IFS=$' \t\n' text=${1//=/ = }
	text=${text//:/ : }
	read -r -a COMP_WORDS <<<"$text"
	case $1 in *' ') COMP_WORDS+=('') ;; esac
	COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_lxcbox "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	printf '%s\n' "${COMPREPLY[@]}" | sort
}
complete_line "$2"
