# Behind another script: tells what the next release will lack of what was written into the one that is live.
look
if [ "$kind" = release ]; then
    files_of "$live"
    if [ -f "$list" ] && [ -f "$record" ]; then (cd -P -- "releases/$live" && written | sum_up) || :; fi
fi
