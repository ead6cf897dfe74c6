# Puts linked files where they belong in `shared`. They arrive on standard input, as an archive. "$@": the files.
# $overwrite: whether one that is there is replaced; without it, it stays as it is. $mode: their permissions.
cd -P -- "$deploy_to" 2>/dev/null && [ -d shared ] || die "\`$deploy_to/shared\` is missing: run \`deploy:setup\` first"
home
mkdir -- "$work/files"
(umask 077 && tar -xf - -o -C "$work/files") || die "the files did not arrive whole"
for path in "$@"; do
    target=$deploy_to/shared/$path
    [ -f "$work/files/$path" ] || die "\`$path\` did not arrive"
    [ ! -d "$target" ] || die "\`$target\` is a folder"
    [ ! -L "$target" ] || [ "$overwrite" != yes ] || die "\`$target\` is a symbolic link, which is not overwritten"
    [ ! -L "$target" ] || [ -e "$target" ] || die "\`$target\` is a symbolic link that leads nowhere"
done

# place PATH: beside its name first, so that it appears there whole or not at all.
place() {
    target=shared/$1 outcome=uploaded
    if [ -e "$target" ]; then
        outcome=there
        [ "$overwrite" = yes ] || return 0
        outcome=same
        ! cmp -s -- "$work/files/$1" "$target" || return 0
        outcome=replaced
    fi
    make "${target%/*}"
    fresh=$(mktemp "${target%/*}/.capify.XXXXXX")
    cat <"$work/files/$1" >"$fresh"
    [ -z "$group" ] || chgrp -- "$group" "$fresh" || die "cannot give \`$target\` to the group \`$group\`"
    chmod -- "$mode" "$fresh"
    if [ "$overwrite" = yes ]; then mv -f -- "$fresh" "$target"; else mv -n -- "$fresh" "$target"; fi
    [ ! -e "$fresh" ] || outcome=there # somebody was quicker
    rm -f -- "$fresh"
    fresh=''
}

for path in "$@"; do
    place "$path"
    say "$outcome" "$path"
done
