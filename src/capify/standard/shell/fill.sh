# Any other strategy: its own text fills the release's folder, in a shell of its own; what that prints is no answer.
enter
make_shared "$@"
begin_release
export release revision
(cd -- "releases/$release" && exec sh -euc "$fill") </dev/null >&2 || die "$strategy failed with status $?"
end_release
finish_release "$@"
