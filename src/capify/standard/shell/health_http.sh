# Asks "$url" from this server itself: by no proxy, from no other host than it names, and for no longer than "$patience".

has() { command -v "$1" >/dev/null 2>&1; }

# choose_client: sets $client to a program that can ask. BusyBox comes last: it follows redirects, and checks no certificate.
choose_client() {
    if has curl; then
        client=curl
    elif has wget && wget --version 2>/dev/null | head -n 1 | { read -r gnu name version rest && [ "$gnu $name ${version%%.*}" = 'GNU Wget 1' ]; }; then
        client=wget
    elif has python3; then
        client=python3
    elif has wget; then
        client=busybox
        case $url in https:*) die "\`$url\` needs curl, GNU wget or python3 here: BusyBox does not check certificates" ;; esac
    else
        die "\`health_url\` needs curl, wget or python3 on the server"
    fi
}

fetch() {
    case $client in
    curl)
        bounded curl -q --globoff --silent --show-error --noproxy '*' --proto '=http,https' --max-redirs 0 --user-agent capify \
            ${host:+--header "Host: $host"} --dump-header "$work/head" --output - --url "$url"
        ;;
    wget)
        bounded env -u WGETRC HOME="$work" wget --no-proxy --max-redirect=0 --tries=1 --no-verbose --server-response \
            --user-agent=capify ${host:+--header="Host: $host"} --output-document=- -- "$url"
        ;;
    python3) bounded python3 -I -S -c "$python_client" "$url" "$host" "$work/head" ;;
    busybox) bounded wget -S -Y off -U capify ${host:+--header "Host: $host"} -O - -- "$url" ;;
    esac
}

python_client='
import http.client, sys, urllib.parse
url, host, head = sys.argv[1:]
parts = urllib.parse.urlsplit(url)
kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
asked = kind(parts.hostname, parts.port)
headers = {"User-Agent": "capify", "Connection": "close", **({"Host": host} if host else {})}
asked.request("GET", (parts.path or "/") + ("?" + parts.query if parts.query else ""), headers=headers)
answer = asked.getresponse()
with open(head, "w") as file:
    file.write("HTTP/1.1 %d\n" % answer.status)
while chunk := answer.read(65536):
    sys.stdout.buffer.write(chunk)
'

# status_in FILE: sets $status to the first status in it that is an answer.
status_in() {
    status=''
    while read -r protocol code text; do
        case $protocol/$code in HTTP/*/[2-5][0-9][0-9]*) ;; *) continue ;; esac
        status=${code%"${code#???}"}
        return 0
    done <"$1"
}

url_answers() {
    { fetch 2>"$work/err" </dev/null || echo "$?" >"$work/failed"; } | kept
    ended
    case $client in
    curl | python3) status_in "$work/head" ;;
    *) status_in "$work/err" ;;
    esac
    case $status in
    2*)
        [ "$ended" -eq 0 ] || reason="\`$url\` answered $status, and its answer broke off"
        [ "$ended" -eq 0 ] && answer_is_expected
        return
        ;;
    3*) reason="\`$url\` answered $status: it leads elsewhere, and that is not followed" ;;
    '') no_answer ;;
    *) reason="\`$url\` answered $status" ;;
    esac
    return 1
}

no_answer() {
    last_line "$work/err"
    case $ended in 124 | 137) line="nothing came in $patience s" ;; esac
    reason="\`$url\` gave no answer${line:+: $line}"
}

# expect_filled: puts the live release and its commit into $expect, where it names them.
expect_filled() {
    filled='' rest=$expect
    while :; do
        case $rest in *'{re'*) ;; *) break ;; esac
        filled=$filled${rest%%'{re'*} rest=${rest#*'{re'}
        case $rest in
        'vision}'*)
            [ -n "$commit" ] || die "release \`$release\` has no REVISION to compare with"
            filled=$filled$commit rest=${rest#'vision}'}
            ;;
        'lease}'*) filled=$filled$release rest=${rest#'lease}'} ;;
        *) filled="$filled{re" ;;
        esac
    done
    expect=$filled$rest
}

answer_is_expected() {
    [ -n "$expect" ] || return 0
    answer=$(tr -d '\000' <"$work/said")
    case $answer in *"$expect"*) return 0 ;; esac
    reason="\`$url\` answered $status, but not \`$expect\`"
    for folder in "$root"/*; do # if it names another release's commit, that is what runs
        revision_of "$folder"
        [ -n "$revision" ] && [ "$revision" != "$commit" ] || continue
        case $answer in *"$revision"*) reason="still serving ${folder##*/}, not $release: \`$url\` answered $revision" ;; esac
    done
    return 1
}
