"""Known settings: sorts, alphabets, and how words of the command line become values."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.errors import RecipeError
from capify.places import Place
from capify.recipe.book import Book
from capify.recipe.config import config
from capify.recipe.known import KNOWN, check, defaults, read

HERE = Place("deploy.py", 7)

WRONG = [
    ("deploy_to", ""), ("deploy_to", "/"), ("deploy_to", "//"), ("deploy_to", "~"), ("deploy_to", "~/app"),
    ("deploy_to", "var/www"), ("deploy_to", "/var/../etc"), ("deploy_to", "/var/www\nrm"), ("deploy_to", "/a\x00b"),
    ("deploy_to", 3), ("branch", "-x"), ("branch", "--upload-pack=x"), ("branch", "a b"), ("branch", "a..b"),
    ("branch", "a:b"), ("branch", "a\nb"), ("branch", ""), ("branch", 12), ("revision", "-x"), ("revision", "a b"),
    ("user", "-oProxyCommand=x"), ("user", "a b"), ("user", "$(id)"), ("group", "a:b"), ("umask", 2), ("umask", "9"),
    ("repository", "--upload-pack=x"), ("repository", ""), ("application", "a/b"), ("application", ".."),
    ("keep_releases", 0), ("keep_releases", "5"), ("keep_releases", True), ("keep_releases", None),
    ("linked_dirs", "log"), ("linked_dirs", ["/log"]), ("linked_dirs", ["../x"]), ("linked_files", ["a\nb"]),
    ("linked_dirs", ["-rf"]), ("use_sudo", "yes"), ("scm", "svn"), ("deploy_via", "magic"), ("transport", "carrier"),
    ("silence", -1), ("silence", "300"), ("silence", float("nan")), ("silence", float("inf")), ("connections", 0),
    ("default_env", ["A=b"]), ("default_env", {"A B": "c"}), ("stages", "production"), ("stages", [1]),
    ("restart_waves", []), ("restart_waves", 1), ("restart_waves", "25%"), ("restart_waves", [0]),
    ("restart_waves", ["0%"]), ("restart_waves", [1, "101%"]), ("restart_waves", [True]), ("restart_waves", ["x"]),
    ("health_url", "localhost/up"), ("health_url", "http://user:word@localhost/"), ("health_url", "-K/etc/passwd"),
    ("health_retries", -1),
    ("health_timeout", 0), ("health_process", "-x"), ("migrate_target", "newest"), ("migrate_env", "A=b"),
    ("release_name", "a/b"), ("ssh_config", "-F"), ("repository_cache", "/etc"),
    ("application", PurePosixPath("a/b")), ("deploy_to", PurePosixPath("srv")),
    ("shared_mode", 600), ("shared_mode", "0999"), ("notify_on", ["end"]), ("notify_on", "start"),
    ("notify_timeout", 0),
    ("notify_command", ""), ("notify_command", []), ("notify_command", ["a", 1]), ("notify_command", "a\0b"),
    ("notify_webhook", "host/path"), ("notify_webhook", "ftp://host"), ("notify_webhook", "https://a b/"),
]  # fmt: skip

RIGHT = [
    ("deploy_to", "/var/www/shop"), ("deploy_to", "/srv/my app"), ("branch", "main"), ("branch", "feature/x-1.2"),
    ("branch", "v1.0"), ("branch", "größe"), ("branch", None), ("revision", "HEAD~1"), ("revision", "a" * 40),
    ("revision", "v1^{}"), ("user", "www-data"), ("user", "deploy"), ("group", "www-data"), ("umask", "022"),
    ("umask", "0027"), ("repository", "git@host:shop.git"), ("repository", "ssh://ourserver/shop.git"),
    ("repository", "/srv/git/shop.git"), ("application", "my app"), ("application", "capistrano-multistage-test"),
    ("keep_releases", 1), ("linked_dirs", ["log", "public/system"]), ("linked_dirs", ()), ("use_sudo", False),
    ("restart_waves", [1, "25%", "100%"]), ("restart_waves", (2,)), ("health_url", "http://{host}:{port}/up?a=[1]"),
    ("health_process", "shared/app.pid"), ("health_expect", '{"ok": true}'), ("migrate_command", ["migrate", "up"]),
    ("silence", 0), ("silence", 0.5), ("default_env", {"LANG": "C"}), ("stages", ["a", "b/c"]),
    ("deploy_to", PurePosixPath("/srv/shop")), ("ssh_config", PurePosixPath("config/ssh")),
    ("notify_command", "a\nb"), ("notify_command", ["a", ""]), ("notify_on", []), ("notify_on", ["start", "failure"]),
    ("notify_webhook", "https://chat.example.com:8443/services/T0/B0?x=1"), ("shared_mode", "0640"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_value_that_cannot_be_is_refused_with_the_place_that_set_it(name, value):
    with pytest.raises(RecipeError, match=f"`{name}` ") as caught:
        check(name, value, HERE)
    assert caught.value.place == HERE


@pytest.mark.parametrize(("name", "value"), RIGHT)
def test_a_value_that_can_be_is_taken(name, value):
    check(name, value, HERE)


anything = st.none() | st.booleans() | st.floats() | st.text() | st.binary() | st.lists(st.text())


@given(st.sampled_from(sorted(KNOWN)), anything)
def test_no_value_whatsoever_breaks_a_check(name, value):
    try:
        check(name, value, HERE)
    except RecipeError as error:
        assert error.place == HERE  # noqa: PT017 - either outcome is right


def test_the_defaults_pass_their_own_checks():
    for name, value in defaults().items():
        check(name, value, HERE)


def test_a_wrong_value_is_found_when_it_is_set(book: Book):
    with pytest.raises(RecipeError) as caught:
        config.keep_releases = "many"  # type: ignore[assignment]  # as a recipe may
    assert caught.value.place is not None
    assert caught.value.place.file == __file__


FREELY = [
    ("12", 12), ("-3", -3), ("1.5", 1.5), ("true", True), ("false", False), ("nil", None), ("none", None),
    ("'12'", "12"), ('"true"', "true"), ("a=b", "a=b"), ("a,b", "a,b"), ("", ""), ("007", "007"),
    ("1e3", "1e3"), ("'", "'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), FREELY)
def test_own_settings_take_words_as_capistrano_does(text, value):
    taken = read("color", text)
    assert (taken, type(taken)) == (value, type(value))


BY_SORT = [
    ("branch", "12", "12"), ("branch", "true", "true"), ("application", "'a b'", "a b"), ("keep_releases", "3", 3),
    ("umask", "022", "022"), ("linked_dirs", "log, tmp", ["log", "tmp"]), ("linked_dirs", "log", ["log"]),
    ("stages", "a,b", ["a", "b"]), ("use_sudo", "true", True), ("use_sudo", "no", False), ("silence", "1.5", 1.5),
    ("restart_waves", "1, 25%,100%", [1, "25%", "100%"]), ("restart_waves", "2", [2]),
    ("default_env", "A=b,C=d=e", {"A": "b", "C": "d=e"}), ("branch", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "value"), BY_SORT)
def test_known_settings_take_words_by_their_sort(name, text, value):
    taken = read(name, text)
    assert (taken, type(taken)) == (value, type(value))
