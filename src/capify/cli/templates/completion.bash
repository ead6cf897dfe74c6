# Completion of `cap` for bash. Made by `cap completion bash`.
#
#   eval "$(cap completion bash)"                                                   for this shell, or in ~/.bashrc
#   cap completion bash > ~/.local/share/bash-completion/completions/cap           where bash-completion is installed

_cap_complete() {
    local candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        COMPREPLY+=("$candidate")
    done < <("$1" :complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2> /dev/null)
    # What goes on behind `name=` and `folder/` gets no space.
    case ${COMPREPLY[0]-} in
        *= | */) if [ "${#COMPREPLY[@]}" -eq 1 ]; then compopt -o nospace 2> /dev/null; fi ;;
    esac
}

complete -F _cap_complete cap
