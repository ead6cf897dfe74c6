"""Typos of known settings are warned about, a plausible name of one's own never."""

import pytest

from capify.recipe.known import KNOWN
from capify.recipe.typos import meant

# From the 50 most frequent settings of real recipes, then names that lie as near to known ones as names can.
OWN = """
    deploy_env rails_env domain users groups stage_name app_path repository_url repo_url ssh_options log_level
    unicorn_pid bundle_without bundle_flags copy_exclude rbenv_ruby rvm_ruby_string format rbenv_type pty
    shared_children scm_verbose rvm_type postgresql_password postgresql_user unicorn_config postgresql_database
    postgresql_host unicorn_workers runner git_enable_submodules unicorn_log unicorn_user whenever_identifier
    deploy_user shared_files use_composer password default_run_options state stager branches applications
    connection connection_timeout deploy_dir deploy_tag deploy_log deploy_by deploy_on deploy_at state_dir sage
    mask trace grade least use used uses repositories revisions provision release release_path release_date
    keep_days keep_backups linked_names link_files app_group web_user db_user use_ssl default_branch
    default_user default_host default_locale sudo_user sudo_password ssh_key ssh_port ssh_user stages_path
    transports command command_prefix connect_retries silent license environment host hosts port server servers
    release_names2 staging production
""".split()  # noqa: SIM905 - a list of words reads best as words

TYPOS = {
    "keep_relases": "keep_releases", "keep_release": "keep_releases", "keepreleases": "keep_releases",
    "keep_realeases": "keep_releases", "aplication": "application", "applicaton": "application",
    "appliction": "application", "applicatoin": "application", "repositry": "repository", "repostory": "repository",
    "repositroy": "repository", "brnach": "branch", "brach": "branch", "branhc": "branch", "revison": "revision",
    "deployto": "deploy_to", "deply_to": "deploy_to", "depoly_to": "deploy_to", "deploy_ot": "deploy_to",
    "deployTo": "deploy_to", "deploy-to": "deploy_to", "deploy_vai": "deploy_via", "linked_dir": "linked_dirs",
    "linked_file": "linked_files", "link_ed_files": "linked_files", "lnked_dirs": "linked_dirs", "gruop": "group",
    "uesr": "user", "umaks": "umask", "use_suod": "use_sudo", "default_stge": "default_stage",
    "defualt_stage": "default_stage", "defaul_stage": "default_stage", "satges": "stages", "stage_dri": "stage_dir",
    "transprot": "transport", "conect_timeout": "connect_timeout", "connect_timout": "connect_timeout",
    "repository_cahce": "repository_cache", "protected_stage": "protected_stages",
}  # fmt: skip


SETTABLE = KNOWN.keys() - {"stage"}


@pytest.mark.parametrize("name", OWN)
def test_a_plausible_own_name_is_no_typo(name):
    assert meant(name, SETTABLE) is None


@pytest.mark.parametrize(("name", "right"), TYPOS.items())
def test_a_slip_is_a_typo(name, right):
    assert meant(name, SETTABLE) == right


def test_known_names_are_no_typos_of_each_other():
    assert [name for name in SETTABLE if meant(name, SETTABLE)] == []


def test_a_typo_is_warned_about_at_its_line_also_from_the_environment(project):
    project.write(capfile="from capify import config\nconfig.keep_relases = 3\nconfig.deploy_env = 'x'\n")
    environment = {"CAPIFY_BRNACH": "x", "CAPIFY_RAILS_ENV": "y", "CAPIFY_LOG": "z", "capify_color": "q"}
    book = project.load(environment=environment)
    assert sorted((warned.text, warned.places[0].line) for warned in book.warnings) == [
        ("setting `brnach` is not known; did you mean `branch`?", 0),
        ("setting `keep_relases` is not known; did you mean `keep_releases`?", 2),
    ]
    assert book.settings.read("rails_env") == "y"
    assert "log" not in book.settings
    assert "color" not in book.settings
