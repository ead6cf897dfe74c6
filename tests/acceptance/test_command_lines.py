"""Whatever is typed: no traceback, a documented exit status, and connections to the servers of one stage alone.

The many command lines are tried in tests/cli, without servers; these few dozen go all the way, and accepts are counted.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capify.testing.plugin import Fleets

from .conftest import article_at
from .operating import PRODUCTION, STAGING, Operator

pytestmark = pytest.mark.fleet

STAGES = {"production": PRODUCTION, "staging": STAGING}
DOCUMENTED = {0, 1, 2, 3, 4, 5, 6, 7, 130}
WORDS = st.sampled_from([
    "production", "staging", "production", "staging", "uname", "uname", "deploy:check", "deploy:releases", "plan",
    "prodction", "qa", "vars", "stages", "deploy:setup", "lines=3", "stage=production", "a=b", "", "-", "production,",
])  # fmt: skip
OPTIONS = st.sampled_from([
    ("-f", "capfile.py"), ("-l", "stdout"), ("-l", "staging"), ("-s", "a=b"), ("-s", "branch=production"),
    ("-S", "color=staging"), ("-s", "stage=production"), ("-s", "application=production"), ("-n",), ("-q",), ("-vv",),
    ("-x",), ("-X",), ("-p",), ("-r",), ("--no-input",), ("--color", "always"), ("--debug-commands",), ("-T",),
    ("-e", "production"), ("--confirm", "staging"), ("--nosuch",), ("--color",),
    ("HOSTS=production.server.com",), ("HOSTS=staging.server.com",), ("ROLES=app",), ("ROLES=db",),
    ("--on", "role=app"), ("--on", "host=production*"), ("--on", "!primary"), ("--hosts", "production.server.com"),
    ("--hosts", "s*"), ("--roles", "web"), ("--skip-unreachable",),
    ("HOSTFILTER=staging.server.com",), ("CAPIFY_STAGE=production",), ("STAGE=production",), ("FOO=staging",),
])  # fmt: skip
PARTS = OPTIONS.map(lambda part: (False, part)) | WORDS.map(lambda word: (True, (word,)))
LINES = st.lists(PARTS, min_size=1, max_size=6)
BEFORE = st.sampled_from([("-s", "a=b"), ("-q",), ("-l", "stdout"), ("FOO=1",), ("-f", "capfile.py")])
BEHIND = st.sampled_from([("-x",), ("-S", "b=c"), ("BAR=production",), ("ROLES=app",), ("--no-input",)])


@pytest.fixture(scope="module")
def traveller(fleets: Fleets, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """The article's project, used by all examples."""
    operator = article_at(fleets, tmp_path_factory.mktemp("any"))
    operator.variables["CAPIFY_REPOSITORY"] = "file:///nowhere"
    return operator


def servers_meant(parts: list[tuple[bool, tuple[str, ...]]]) -> set[str]:
    """Say which servers a command line may reach: those of its first word, if that is a stage, else the default's."""
    words = [word for bare, (word, *_) in parts if bare and "=" not in word]
    return {STAGES.get(words[0] if words else "", STAGING)}


@given(parts=LINES)
@settings(max_examples=min(settings().max_examples, 100))
def test_no_command_line_reaches_another_stages_servers(traveller: Operator, parts: list[tuple[bool, tuple[str, ...]]]):
    argv = [text for _, part in parts for text in part]
    before = traveller.accepts()
    said = traveller.cap(*argv)
    assert said.status in DOCUMENTED, (argv, said)
    reached = {name for name, count in traveller.accepts().items() if count != before[name]}
    assert reached <= servers_meant(parts), (argv, said)
    assert len([word for bare, (word, *_) in parts if bare and word in STAGES]) < 2 or not reached, (argv, said)


@given(
    before=st.lists(BEFORE, max_size=3, unique=True),
    stage=st.sampled_from(sorted(STAGES)),
    behind=st.lists(BEHIND, max_size=3, unique=True),
)
@settings(max_examples=min(settings().max_examples, 15))
def test_the_named_stage_is_reached_wherever_options_stand(
    traveller: Operator, before: list[tuple[str, ...]], stage: str, behind: list[tuple[str, ...]]
):
    counts = traveller.accepts()
    options = [[text for part in parts for text in part] for parts in (before, behind)]
    said = traveller.cap(*options[0], stage, *options[1], "uname")
    assert said.status == 0, said.err
    reached = {name for name, count in traveller.accepts().items() if count != counts[name]}
    assert reached == {STAGES[stage]}
