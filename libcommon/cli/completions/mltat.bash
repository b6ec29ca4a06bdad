# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion for the tool that this file is called after: it is installed once for each of them. The tool itself tells
# its options, so what is offered is what it takes.

_mltat() {
  local tool=$1 word=$2 before=$3 line names offered=(-h --help -V --version)
  local form='^\{"names":"([^"]*)","value":"([^"]*)","choices":\[([^]]*)\],"path":(true|false)'
  # In `--format=csv` readline takes the sign for a word.
  if [[ $word == = ]]; then
    word=''
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  while read -r line; do
    [[ $line =~ $form ]] || continue
    IFS=, read -ra names <<<"${BASH_REMATCH[1]}"
    if [[ -n ${BASH_REMATCH[2]} && " ${names[*]} " == *" $before "* ]]; then
      if [[ ${BASH_REMATCH[4]} == true ]]; then
        compopt -o default
      else
        mapfile -t COMPREPLY < <(compgen -W "${BASH_REMATCH[3]//[\",]/ }" -- "$word")
      fi
      return
    fi
    offered+=("${names[@]}")
  done < <("$tool" --dump-options 2>/dev/null)
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${offered[*]}" -- "$word")
  else
    compopt -o default
  fi
}

complete -F _mltat "$(basename "${BASH_SOURCE[0]}")"
