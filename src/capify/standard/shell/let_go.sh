# As a script of its own, where no process waits that could do it.
if cd -P -- "$deploy_to" 2>/dev/null && [ -d .capify/locks ]; then
    home
    close_all "$settled"
fi
