# Completion of lxcbox and of every lxc-* command for bash, and for zsh by its bashcompinit; made by tools/completion from the
# tables of the program.

if [ -n "${ZSH_VERSION-}" ]; then
	autoload -U +X compinit && compinit -u -D
	autoload -U +X bashcompinit && bashcompinit
fi

# GENERATED

# The names of containers, those only that the command can act on.
_lxcbox_containers()
{
	local which=
	case $1 in
	start | execute) which=--stopped ;;
	stop | attach | console | freeze) which=--active ;;
	unfreeze) which=--frozen ;;
	esac
	case ${COMP_WORDS[0]##*/} in
	lxcbox) "${COMP_WORDS[0]}" ls -1 $which ${2:+-P "$2"} ;;
	*) lxc-ls -1 $which ${2:+-P "$2"} ;;
	esac 2>/dev/null
}

# The keys, each with $2 behind it; of interfaces those of the number that $1 has.
_lxcbox_list_keys()
{
	local n=0 key
	case $1 in
	lxc.net.[0-9]*.*)
		n=${1#lxc.net.}
		n=${n%%.*}
		;;
	esac
	for key in $_lxcbox_keys; do
		case $key in
		lxc.net.N.*) echo "lxc.net.$n.${key#lxc.net.N.}$2" ;;
		*.) echo "$key" ;;
		*) echo "$key$2" ;;
		esac
	done
}

# KEY=VALUE: a key first, behind it the words that it takes.
_lxcbox_list_assignments()
{
	local key=${1%%=*} word
	case $1 in
	*=*)
		word=$key
		case $key in
		lxc.net.[0-9]*.*)
			word=${key#lxc.net.}
			word=lxc.net.N.${word#*.}
			;;
		esac
		for word in $(_lxcbox_words "$word"); do
			echo "$key=$word"
		done
		;;
	*) _lxcbox_list_keys "$1" = ;;
	esac
}

# What an argument of this name can be, one a line: COMMAND NAME TYPED LXCPATH
_lxcbox_values()
{
	local before= word
	case $2 in
	NAME) _lxcbox_containers "$1" "$4" ;;
	KEY) _lxcbox_list_keys "$3" ;;
	KEY=VALUE) _lxcbox_list_assignments "$3" ;;
	FILE) compgen -f -- "$3" ;;
	DIR) compgen -d -- "$3" ;;
	*)
		# Of a list only the last word is completed.
		case $3 in
		*,*) before=${3%,*}, ;;
		*\|*) before="${3%|*}|" ;;
		esac
		for word in $(_lxcbox_kind "$1" "$2"); do
			echo "$before$word"
		done
		;;
	esac
}

# How the last word is to be read: sets option, kind, typed and lead (what of the word comes before typed).
_lxcbox_look()
{
	local i word next= positional=0 named=
	option= kind= lead= lxcpath=
	for ((i = first; i < last; i++)); do
		word=${line[i]}
		if [ -n "$next" ]; then
			case $next in
			-P | --lxcpath) lxcpath=$word ;;
			-n | --name) named=1 ;;
			esac
			next=
			continue
		fi
		case $word in
		--)
			kind=COMMAND
			return
			;;
		--lxcpath=*) lxcpath=${word#*=} ;;
		--name=* | -n?*) named=1 ;;
		--*=*) ;;
		-P?*) lxcpath=${word#-P} ;;
		-?*) [ -z "$(_lxcbox_argument "$command" "$word")" ] || next=$word ;;
		*) positional=$((positional + 1)) ;;
		esac
	done
	typed=${line[last]}
	if [ -n "$next" ]; then
		kind=$(_lxcbox_argument "$command" "$next")
		return
	fi
	case $typed in
	--*=*)
		lead=${typed%%=*}=
		typed=${typed#*=}
		kind=$(_lxcbox_argument "$command" "${lead%=}")
		;;
	-*) option=1 ;;
	*) kind=$(_lxcbox_positional "$command" $((positional + ${named:-0}))) ;;
	esac
}

_lxcbox()
{
	local IFS=$' \t\n' line command first=1 last=-1 i glue= option kind typed lead lxcpath candidates
	line=()
	COMPREPLY=()
	# bash parts words at = and :, which part nothing here.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		= | :)
			[ $last -lt 1 ] || line[last]="${line[last]}${COMP_WORDS[i]}"
			glue=1
			continue
			;;
		esac
		if [ -n "$glue" ] && [ $last -ge 1 ]; then
			line[last]="${line[last]}${COMP_WORDS[i]}"
		else
			last=$((last + 1))
			line[last]=${COMP_WORDS[i]}
		fi
		glue=
	done
	command=${line[0]##*/}
	if [ "$command" = lxcbox ]; then
		if [ $last -le 1 ]; then
			COMPREPLY=($(compgen -W "$_lxcbox_commands --list --features --version --help" -- "${line[1]-}"))
			return
		fi
		command=${line[1]}
		first=2
	fi
	command=${command#lxc-}
	_lxcbox_look
	if [ -n "$option" ]; then
		candidates=$(_lxcbox_options "$command" | tr ' ' '\n')
	elif [ "$kind" = COMMAND ]; then
		compopt -o default 2>/dev/null
		return
	elif [ -n "$kind" ]; then
		candidates=$(_lxcbox_values "$command" "$kind" "$typed" "$lxcpath")
	fi
	# What bash has parted off before the cursor is not part of an answer; zsh has parted nothing.
	i=$lead
	if [ -z "${ZSH_VERSION-}" ]; then
		i=
		case $typed in *[=:]*) i=${typed%"${typed##*[=:]}"} ;; esac
	fi
	IFS=$'\n'
	for candidates in $candidates; do
		case $candidates in
		"$typed"*)
			if [ -z "${ZSH_VERSION-}" ]; then
				COMPREPLY+=("${candidates#"$i"}")
			else
				COMPREPLY+=("$i$candidates")
			fi
			;;
		esac
	done
	case $kind in FILE | DIR) compopt -o filenames 2>/dev/null ;; esac
	# A key or an option that wants more is not followed by a blank.
	case ${COMPREPLY[0]-} in *= | *.) [ ${#COMPREPLY[@]} != 1 ] || compopt -o nospace 2>/dev/null ;; esac
}

eval "complete -F _lxcbox $_lxcbox_links"
