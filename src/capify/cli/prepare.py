"""`cap multistage:prepare`: write the files of stages that have none yet. Capistrano's name for it."""

from capify.cli.answers import Answer
from capify.cli.asked import Asked
from capify.cli.writing import host_like, template, write


def prepare(asked: Asked) -> Answer:
    """Write a file for every stage that is only a name; says nothing where none is missing, as Capistrano does."""
    asked.refuse_words("multistage:prepare")
    stages = asked.book.stages
    missing = [stage.name for stage in stages.known.values() if stage.file is None and stage.body is None]
    files = {f"{stages.folder}/{name}.py": template("stage.py", stage=name, host=host_like(name)) for name in missing}
    report = write(asked.book.root, files, ".")
    remarks = () if stages else ("this project has no stages: set `config.stages`",)
    return Answer(tuple(report.done), (*report.skipped, *remarks))
