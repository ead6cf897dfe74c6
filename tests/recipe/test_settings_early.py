"""Early reads: the classic trap is warned about, with both places; nothing else is."""

from collections.abc import Callable

from capify.recipe.book import Book, opened

Texts = Callable[[Book], list[str]]


def test_an_f_string_of_what_the_stage_changes_is_warned_about_with_both_places(project, warnings_of: Texts):
    project.write(
        capfile="""
            from capify import config
            config.application = "shop"
            config.deploy_to = f"/var/www/{config.application}"
        """,
        config__deploy__production="""
            from capify import config
            config.application = "blog"
        """,
    )
    (warning,) = warnings_of(project.load("production"))
    assert "`application` is read here" in warning
    assert "capfile.py:3" in warning
    assert "production.py:2" in warning


def test_a_late_value_is_not_warned_about_and_has_the_stages_value(project, warnings_of: Texts):
    project.write(
        capfile="""
            from capify import config
            config.application = "shop"
            config.deploy_to = lambda: f"/var/www/{config.application}"
        """,
        config__deploy__production="""
            from capify import config
            config.application = "blog"
        """,
    )
    book = project.load("production")
    assert warnings_of(book) == []
    with opened(book):
        assert book.settings.read("deploy_to") == "/var/www/blog"


def test_a_late_value_read_early_is_warned_about_when_what_it_read_changes(project, warnings_of: Texts):
    project.write(
        capfile="""
            from capify import config
            config.application = "shop"
            config.deploy_to = lambda: f"/var/www/{config.application}"
            config.log = f"{config.deploy_to}/log"
        """,
        config__deploy__production="""
            from capify import config
            config.application = "blog"
        """,
    )
    (warning,) = warnings_of(project.load("production"))
    assert "`deploy_to` is read here" in warning
    assert "by way of `application`" in warning


def test_one_line_is_warned_about_once_for_each_name(project, warnings_of: Texts):
    project.write(
        capfile="""
            from capify import config
            config.color = "red"
            config.shapes = [f"{config.color} {shape}" for shape in ("circle", "square", "line")]
        """,
        config__deploy__production="""
            from capify import config
            config.color = "blue"
        """,
    )
    assert len(warnings_of(project.load("production"))) == 1


def test_a_parents_read_of_what_the_nested_stage_changes_is_warned_about(project, warnings_of: Texts):
    project.write(
        capfile="",
        config__deploy__production="""
            from capify import config
            config.region = "us"
            config.bucket = f"{config.region}-bucket"
        """,
        config__deploy__production__eu="""
            from capify import config
            config.region = "eu"
        """,
    )
    assert len(warnings_of(project.load("production/eu"))) == 1
    assert warnings_of(project.load("production")) == []


def test_a_deletion_by_the_stage_is_a_change(project, warnings_of: Texts):
    project.write(
        capfile="""
            from capify import config
            config.color = "red"
            config.other = config.color
        """,
        config__deploy__production="""
            from capify import config
            del config.color
        """,
    )
    assert len(warnings_of(project.load("production"))) == 1


def test_what_is_harmless_is_not_warned_about(project, warnings_of: Texts):
    project.write(
        capfile="""
            from capify import config
            config.color = "red"
            config.same = f"{config.color}"          # read, then changed in the same layer
            config.color = "green"
            config.size = 3
            config.twice = config.size * 2           # the stage sets it to the same
            config.linked_dirs = ["log"]
            config.linked_dirs += ["tmp"]            # the stage sets its own list
            config.append(linked_dirs=["more"])
            if "shape" not in config:
                config.shape = "round"
        """,
        config__deploy__production="""
            from capify import config
            config.size = 3
            config.linked_dirs = ["eu"]
            config.shape = "square"
        """,
    )
    assert warnings_of(project.load("production")) == []


def test_a_winning_s_is_seen_by_an_early_read_so_there_is_nothing_to_warn_about(project, warnings_of: Texts):
    project.write(
        capfile="""
            from capify import config
            config.color = "red"
            config.other = f"{config.color}ish"
        """,
        config__deploy__production="""
            from capify import config
            config.color = "blue"
        """,
    )
    book = project.load("production", late=(("color", "cli"),), environment={"CAPIFY_COLOR": "env"})
    assert book.settings.read("other") == "cliish"
    assert warnings_of(book) == []
    book = project.load("production", environment={"CAPIFY_COLOR": "env"})
    assert book.settings.read("other") == "envish"
    assert warnings_of(book) == []
