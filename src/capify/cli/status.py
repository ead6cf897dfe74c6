"""`cap status`: what is live on every server, and what differs from what was deployed; of one stage, or of all.

Rule: the same task answers as `deploy:status`, with the same permission and exit status; `--json` prints nothing else
on standard output.
Rule: of several stages each is asked by a process of its own; `--all` leaves out what is only reached by its name.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from capify.cli.answers import Answer, as_json
from capify.cli.arguments import Arguments, with_stage
from capify.cli.asked import Asked
from capify.cli.exits import worst
from capify.cli.invoking import invoke_plan, invoke_tasks
from capify.cli.planning import plan_task
from capify.cli.requests import request_of
from capify.cli.several import refuse_strangers, start
from capify.errors import UsageError
from capify.places import Place
from capify.plan.planner import Plan
from capify.recipe.loader import load
from capify.recipe.tasks import Options, Task
from capify.wording import ticked

TASK = "deploy:status"


def show(asked: Asked) -> Answer:
    """Answer `cap [STAGE] status [--json]`. Raises `UsageError` where the standard deployment is not loaded."""
    asked.refuse_words("status")
    if TASK not in asked.book.tasks:
        raise UsageError(f"there is no task `{TASK}` to ask", hint='`load("deploy")` in a recipe brings it')
    if not asked.arguments.json:
        return Answer(status=invoke_tasks(asked.book, (TASK,), asked.arguments))
    told: dict[str, Any] = {}
    status = invoke_plan(asked.book, lambda: _plan(asked, told), asked.arguments)
    return Answer(as_json({**(told or _unknown(asked.book.stage)), "status": status}), status=status)


def show_each(arguments: Arguments, argv: Sequence[str]) -> Answer:
    """Answer `cap status --all [--json]`, or `cap A,B status`: one stage after the other, whatever became of others.

    Raises `UsageError` where one stage is named beside `--all`, one is none, or there are none.
    """
    stages = load(request_of(arguments, (), reads_stage=False)).stages
    if arguments.all:
        _refuse_others(arguments)
        if not stages:
            raise UsageError("this project has no stages", hint="write `cap status`")
        names = [stage.name for stage in stages.known.values() if not stage.protected]
        left_out = tuple(stage.name for stage in stages.known.values() if stage.protected)
        lines = [[name, *(word for word in argv if word != "--all")] for name in names]
    else:
        names, left_out = arguments.first.split(","), ()
        refuse_strangers(names, stages)
        lines = [with_stage(argv, name) for name in names]
    if arguments.json:
        told = [_parsed(name, *start(line, captured=True)) for name, line in zip(names, lines, strict=True)]
        answer = {"stages": told, "left_out": list(left_out)}
        return Answer(as_json(answer), status=worst(one["status"] for one in told))
    return Answer(remarks=_remarks(left_out), status=worst([start(line)[0] for line in lines]))


def asks_each(arguments: Arguments) -> bool:
    """Whether a command line asks for the status of several stages."""
    several = "," in arguments.first and tuple(map(_bare, arguments.words[1:])) == ("status",)
    return arguments.all or (several and not arguments.command)


def _refuse_others(arguments: Arguments) -> None:
    if tuple(map(_bare, arguments.words)) != ("status",) or arguments.command:
        raise UsageError("`--all` belongs to `cap status`, and names every stage", hint="write `cap status --all`")


def _bare(word: str) -> str:
    return word.removeprefix(":")


def _parsed(stage: str, status: int, out: str) -> dict[str, Any]:
    """Take what one stage said; of one that ended before it could say anything, that is all."""
    with suppress(ValueError):
        told = json.loads(out)
        if isinstance(told, dict):
            return {**told, "stage": stage, "status": status}
    return {**_unknown(stage), "status": status}


def _remarks(left_out: Sequence[str]) -> tuple[str, ...]:
    if not left_out:
        return ()
    return (f"left out, because protected: {ticked(left_out)}", f"  `cap {left_out[0]} status` asks it")


def _plan(asked: Asked, told: dict[str, Any]) -> Plan:
    return plan_task(asked.book, _gather(told), asked.arguments, typed="status")


def _gather(told: dict[str, Any]) -> Task:
    """Make the task that gathers what `deploy:status` shows."""

    def body() -> None:
        from capify.standard.findings import findings, refuse_drift
        from capify.standard.surveying import plain, survey

        found = survey()
        drift = findings(found)
        told.update(plain(found, drift))
        refuse_drift(drift)

    return Task("status --json", Place("command line"), body, options=Options(releases_only=True))


def _unknown(stage: str | None) -> dict[str, Any]:
    """Tell of a stage that did not answer."""
    return {"stage": stage, "drift": None, "servers": [], "findings": []}
