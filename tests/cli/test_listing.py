"""Lists of tasks, and one task explained."""

from pathlib import Path

import pytest

from .conftest import Cap, Said, lines

pytestmark = pytest.mark.usefixtures("project")


def test_tasks_are_listed_with_their_first_sentence(cap: Cap) -> None:
    assert cap("-T") == Said(0, lines("""
        cap all_of_it      # Call other tasks.
        cap deploy         # Deploy the application.
        cap deploy:restart # Restart the application, one server after the other.
        cap hello          # Say hello here.
        cap logs           # Show the last lines of the log.
    """), lines("""
        3 tasks without a description, or internal: `cap -vT` shows all
        `cap -e TASK` explains one
        this is stage `staging`, the default one
    """))


@pytest.mark.parametrize("argv", [("production", "-vT", "deploy"), ("-T", "production", "-v", "deploy")])
def test_all_tasks_of_a_stage_are_listed_by_a_pattern(cap: Cap, argv: tuple[str, ...]) -> None:
    assert cap(*argv) == Said(0, lines("""
        cap deploy                # Deploy the application.
        cap deploy:create_symlink
        cap deploy:restart        # Restart the application, one server after the other.
        cap deploy:update
        cap deploy:update_code    # [internal] Build the release.
    """), "`cap -e TASK` explains one\n")


def test_a_pattern_that_resembles_a_stage_is_still_a_pattern(cap: Cap) -> None:
    said = cap("-T", "prod")
    assert (said.status, said.out) == (0, "")
    assert "no task matches `prod`" in said.err


def test_tools_get_bare_names_and_nothing_else(cap: Cap) -> None:
    assert cap("-Tt") == Said(0, "all_of_it\ndeploy\ndeploy:restart\nhello\nlogs\n", "")


def test_a_task_is_explained_with_its_hooks_and_steps(cap: Cap) -> None:
    assert cap("production", "-e", "deploy:restart").out == lines("""
        cap production deploy:restart

            Restart the application, one server after the other. It takes a while.

            runs     on servers with roles `app`, in waves of 1, 5 s apart
            before   warm_up  (config/deploy.py:53)
            defined  config/deploy.py:27
    """)
    assert cap("-e", "deploy").out == lines("""
        cap deploy

            Deploy the application. In two steps.

            runs     its steps
            steps    deploy:update
                       deploy:update_code
                       deploy:create_symlink
                     deploy:restart
            defined  config/deploy.py:13
    """)


def test_an_unknown_task_cannot_be_explained(cap: Cap) -> None:
    said = cap("-e", "deploi")
    assert said.status == 2
    assert said.err == "cap: there is no task `deploi` in stage `staging`\n  did you mean `deploy`?\n"


def test_a_command_of_cap_is_not_a_task_and_says_so(cap: Cap) -> None:
    said = cap("-e", "vars")
    assert said.status == 2
    assert "`cap vars [NAME …]` is a command of `cap` itself, to show settings" in said.err


def test_a_sequence_in_waves_is_explained_with_its_arguments(cap: Cap, project: Path) -> None:
    shared = project / "config/deploy.py"
    waves = 'namespace("web").sequence("rolling", ":logs", roles="app", at_once=[1, "50%"], pause=2)'
    shared.write_text(f"{shared.read_text()}\n\nfrom capify import namespace\n\n{waves}\n")
    said = cap("-e", "web:rolling").out
    assert said.startswith("cap web:rolling [lines=50]")
    assert "runs     its steps, on servers with roles `app`, in waves of 1, 50%, 2 s apart\n" in said
