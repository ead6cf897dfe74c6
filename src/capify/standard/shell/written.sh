# Tells what was written into the live release since it went live: whoever deploys next, or follows `current`, misses it.
most=${most:-20} # paths that are named

# files_of RELEASE: sets $list to the list of its files, and $record to its record, which is as old as its publication.
files_of() { list=$PWD/.capify/files/$1 record=$PWD/.capify/releases/$1; }

# written: the files that the commit does not have, and that are younger than the publication. What Python keeps by itself is none.
written() {
    {
        sed -n 's/^[0-9a-f]\{64\}  //p' "$list" | sed p
        find . -type f -newer "$record" ! -path './REVISION' ! -path '*/__pycache__/*' ! -path '*[[:cntrl:]\\]*' 2>/dev/null
    } | sort | uniq -u
}

# outermost FOLDER: sets $top to the outermost folder on the way to it that the commit does not have; to itself, if it has all.
outermost() {
    top='' rest=$1
    while :; do
        top=${top:+$top/}${rest%%/*}
        grep -q -F -e "  ./$top/" "$list" || return 0
        case $rest in */*) rest=${rest#*/} ;; *) return 0 ;; esac
    done
}

# sum_up: tells the files on standard input by the folders in which somebody will miss them.
sum_up() {
    total=0 named=0 top='' count=0
    while IFS= read -r path; do
        path=${path#./} total=$((total + 1))
        [ -n "$top" ] && case $path in "$top"/*) count=$((count + 1)) && continue ;; esac
        tell_top
        [ "$named" -lt "$most" ] || continue
        named=$((named + 1)) count=1
        case $path in */*) outermost "${path%/*}" ;; *) say loose "$path" ;; esac
    done
    tell_top
    say counted "written $total"
}

tell_top() {
    [ -z "$top" ] || say written "$count $top"
    top=''
}
