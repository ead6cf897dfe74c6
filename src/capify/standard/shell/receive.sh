# Strategy `copy`: the files arrive on standard input, as an archive without folders, owners or permissions of its own.
enter
make_shared "$@"
begin_release
tar -xzf - -o --no-same-permissions -C "releases/$release" || die "the archive did not arrive whole"
end_release
finish_release "$@"
