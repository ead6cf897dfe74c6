# Completion of `cap` for fish. Made by `cap completion fish`.
#
#   cap completion fish | source                                          for this shell
#   cap completion fish > ~/.config/fish/completions/cap.fish             for every shell

function __cap_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    $program :complete fish $words "$current" 2>/dev/null
end

complete -c cap -f -a '(__cap_complete)'
