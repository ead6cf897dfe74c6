#compdef cap
# Completion of `cap` for zsh. Made by `cap completion zsh`.
#
#   eval "$(cap completion zsh)"                 for this shell, or in ~/.zshrc, behind `compinit`
#   cap completion zsh > FOLDER/_cap             in a folder of $fpath

_cap() {
    local -a whole open
    local candidate doc
    while IFS=$'\t' read -r candidate doc; do
        # What goes on behind `name=` and `folder/` gets no space.
        if [[ $candidate == *[=/] ]]; then
            open+=("${candidate//:/\\:}${doc:+:$doc}")
        else
            whole+=("${candidate//:/\\:}${doc:+:$doc}")
        fi
    done < <("${(Q)words[1]}" :complete zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2> /dev/null)
    (( $#whole )) && _describe -t words cap whole
    (( $#open )) && _describe -t pairs cap open -S ''
    return 0
}

if [[ ${funcstack[1]-} == _cap ]]; then
    _cap "$@"
else
    compdef _cap cap
fi
