"""The command line as a value: options and their values never become words, wherever they stand."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capify.cli.arguments import Arguments, parse, with_stage
from capify.cli.options import BY_LETTER, OPTIONS
from capify.cli.requests import request_of
from capify.errors import UsageError


def parsed(*argv: str) -> Arguments:
    return parse(argv, {})


@pytest.mark.parametrize(
    "argv",
    [
        ("-f", "capfile.py", "production", "uname"),
        ("-l", "stdout", "production", "uname"),
        ("-s", "a=b", "production", "uname"),
        ("-S", "stage=x", "production", "uname"),
        ("--file", "staging", "production", "uname"),
        ("--set=a=staging", "production", "uname"),
        ("production", "-fstaging", "uname"),
        ("production", "uname", "-vl", "staging"),
        ("FOO=staging", "production", "uname"),
        ("--confirm", "staging", "production", "uname"),
    ],
)
def test_a_value_of_an_option_is_never_a_word(argv: tuple[str, ...]) -> None:
    assert parsed(*argv).words == ("production", "uname")


def test_bundled_letters_are_each_an_option() -> None:
    assert parsed("-vT") == parsed("-v", "-T") == parsed("-T", "-v")
    assert parsed("-Tt") == parsed("-T", "-t") == parsed("-tT")
    assert (parsed("-nvv").dry, parsed("-nvv").verbose) == (True, 2)


def test_a_bundle_may_end_in_a_value() -> None:
    assert parsed("-vfone.py").files == parsed("-vf", "one.py").files == ("one.py",)


def test_settings_keep_their_order_and_their_equals_signs() -> None:
    late = parsed("-s", "a=1", "-sb=x=y", "--set=c", "-s", "d=").late
    assert late == (("a", "1"), ("b", "x=y"), ("c", None), ("d", ""))


def test_upper_case_pairs_are_environment_and_lower_case_pairs_are_words() -> None:
    arguments = parse(["HOSTS=a", "logs", "lines=5", "FOO=x=y", "CAPIFY_BRANCH="], {"HOSTS": "b", "HOME": "/h"})
    assert arguments.words == ("logs", "lines=5")
    assert arguments.environment == {"HOSTS": "a", "HOME": "/h", "FOO": "x=y", "CAPIFY_BRANCH": ""}


def test_tasks_leaves_its_pattern_among_the_words() -> None:
    assert parsed("-T", "production").words == ("production",)
    assert parsed("production", "-vT", "only").words == ("production", "only")


def test_what_stands_behind_two_dashes_is_a_command_and_nothing_in_it_is_ours() -> None:
    arguments = parsed("production", "--", "-n", "--", "x=1", "FOO=1")
    assert (arguments.words, arguments.command) == (("production",), ("-n", "--", "x=1", "FOO=1"))
    assert (arguments.dry, dict(arguments.pairs)) == (False, {})


@pytest.mark.parametrize("argv", [("--",), ("production", "--"), ("--", "")])
def test_no_command_behind_two_dashes_is_refused(argv: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="no command behind `--`"):
        parse(argv, {})


@pytest.mark.parametrize(("argv", "verbosity"), [((), 0), (("-q",), -1), (("-vv",), 2), (("-vq",), 0), (("-qqq",), -1)])
def test_quiet_and_verbose_balance(argv: tuple[str, ...], verbosity: int) -> None:
    assert parsed(*argv).verbosity == verbosity


@pytest.mark.parametrize(
    ("argv", "said", "hint"),
    [
        (("--debgu",), "there is no option `--debgu`", "did you mean `--debug`?"),
        (("--deb",), "there is no option `--deb`", "did you mean `--debug`"),
        (("-help",), "there is no option `-help`", "did you mean `--help`?"),
        (("-file=x",), "there is no option `-file`", "did you mean `--file`?"),
        (("--colour=never",), "there is no option `--colour`", "did you mean `--color`?"),
        (("-vz",), "there is no option `-z` in `-vz`", "`cap -h` shows the options"),
        (("-N",), "there is no option `-N`", "did you mean `-n`"),
        (("deploy", "-f"), "`-f` needs a value: FILE", "-f, --file FILE"),
        (("-f", "-n"), "`-n` looks like an option", "--file=-n"),
        (("--dry-run=yes",), "`--dry-run` takes no value", "write `--dry-run` alone"),
        (("--color", "pink"), "`--color pink`", ""),
        (("--progress", "life"), "`--progress life`: it is `auto`, `live` or `plain`", "did you mean `live`?"),
        (("-s", "=x"), "`-s =x` names no setting", "write `-s name=value`"),
        (("--file=",), "needs a value", ""),
        (("-e", "a", "-e", "b"), "`--explain` is given twice: `a` and `b`", "give it once"),
    ],
)
def test_a_wrong_option_is_refused_with_the_one_thing_to_try(argv: tuple[str, ...], said: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        parsed(*argv)
    assert said in refused.value.message
    assert hint in refused.value.hint
    assert refused.value.status == 2


def test_the_stage_is_replaced_where_it_stands_and_nowhere_else() -> None:
    argv = ["-f", "a,b", "-s", "a,b=1", "X=a,b", "l=a,b", "a,b", "deploy", "a,b"]
    assert with_stage(argv, "a") == ["-f", "a,b", "-s", "a,b=1", "X=a,b", "l=a,b", "a", "deploy", "a,b"]


def test_every_option_has_a_field_and_no_spelling_is_used_twice() -> None:
    fields = set(Arguments.__dataclass_fields__)
    assert {option.name for option in OPTIONS} <= fields
    letters = [option.short for option in OPTIONS if option.short]
    assert len(set(letters)) == len(letters)
    assert len({option.long for option in OPTIONS}) == len(OPTIONS)


@pytest.mark.parametrize("letter", "TefFndSspqvlrtXxVhH")
def test_every_letter_of_capistrano_is_known(letter: str) -> None:
    assert letter in BY_LETTER


NAMES = st.sampled_from(["production", "staging", "uname", "deploy", "a,b", "deploy:restart"])
WORDS = NAMES | st.sampled_from(["lines=5", "staging=1", ":vars"])
PAIRS = st.sampled_from(["HOSTS=production", "FOO=", "CAPIFY_BRANCH=staging"])
SWITCHES = st.sampled_from([option for option in OPTIONS if not option.takes])
PARTICULAR = {"color", "progress", "wait"}  # they do not take every text
TAKING = st.sampled_from([option for option in OPTIONS if option.takes and option.name not in PARTICULAR])


@pytest.mark.parametrize(("typed", "seconds"), [("--wait", 900), ("--wait=60", 60), ("--wait=0", 0)])
def test_an_option_with_an_implied_value_takes_no_word_for_it(typed: str, seconds: int) -> None:
    arguments = parsed(typed, "production", "deploy")
    assert arguments.wait == seconds
    assert arguments.words == ("production", "deploy")
    assert parsed("deploy").wait is None


@pytest.mark.parametrize("typed", ["--wait=", "--wait=soon", "--wait=-1", "--wait=1.5", "--wait=9999999999"])
def test_what_is_no_number_of_seconds_is_refused(typed: str) -> None:
    with pytest.raises(UsageError) as refused:
        parsed(typed, "deploy")
    assert "number of seconds" in refused.value.message
    assert "--wait=60" in refused.value.hint


def test_waiting_sets_the_setting_for_this_invocation() -> None:
    assert request_of(parsed("--wait=7", "-s", "lock_wait=1"), ()).late[-1] == ("lock_wait", "7")
    assert request_of(parsed("deploy"), ()).late == ()


@st.composite
def options(draw: st.DrawFn) -> tuple[str, list[str]]:
    """One option: which field it fills, and its words, in one of its spellings."""
    if draw(st.booleans()):
        option = draw(SWITCHES)
        letter = [f"-{option.short}"] if option.short else []
        return option.name, [draw(st.sampled_from([f"--{option.long}", *letter]))]
    option = draw(TAKING)
    value = "production" if not option.repeats else draw(NAMES)
    spellings = [[f"--{option.long}", value], [f"--{option.long}={value}"]]
    if option.short:
        spellings += [[f"-{option.short}", value], [f"-{option.short}{value}"], [f"-v{option.short}{value}"]]
    return option.name, draw(st.sampled_from(spellings))


def interleaved(draw: st.DrawFn, groups: Sequence[list[list[str]]]) -> list[str]:
    """Mix several lists in any way that keeps the order in each."""
    left = [list(group) for group in groups if group]
    mixed: list[str] = []
    while left:
        group = draw(st.sampled_from(left))
        mixed += group.pop(0)
        left = [one for one in left if one]
    return mixed


@given(st.data())
def test_the_place_of_an_option_means_nothing(data: st.DataObject) -> None:
    words, pairs = data.draw(st.lists(WORDS, max_size=4)), data.draw(st.lists(PAIRS, max_size=2, unique=True))
    given_options = data.draw(st.lists(options(), max_size=5))
    kinds: dict[str, list[list[str]]] = {}
    for name, spelled in given_options:
        kinds.setdefault(name, []).append(spelled)
    groups = [[[word] for word in words], *([[pair]] for pair in pairs), *kinds.values()]
    one, other = data.draw(st.composite(interleaved)(groups)), data.draw(st.composite(interleaved)(groups))
    assert parse(one, {}) == parse(other, {})
    assert parse(one, {}).words == tuple(words)


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=8) | st.sampled_from(["-", "--", "-f", "-sx", "A=b"])


@given(st.lists(ANYTHING))
def test_whatever_is_typed_is_understood_or_refused(argv: list[str]) -> None:
    try:
        arguments = parse(argv, {})
    except UsageError:
        return
    assert all(word in argv for word in arguments.words)
