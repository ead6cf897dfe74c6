"""`cap plan TASK …`: what would run, in which order, where, in which waves, with which hooks. Offline.

Rule: it shows the same plan that would be executed; what a body decides while running is said to be so.
"""

from capify.cli.answers import Answer, as_json
from capify.cli.asked import Asked
from capify.cli.planning import plan_words
from capify.errors import UsageError
from capify.plan.planner import Plan, Step
from capify.reporters.plans import plan_lines


def show(asked: Asked) -> Answer:
    """Answer `cap plan TASK … [--json]`. Raises what an invocation of these tasks would raise before connecting."""
    if not asked.words:
        raise UsageError("`plan` needs a task", hint="`cap plan TASK`; `cap -T` lists the tasks")
    book = asked.book
    planned = plan_words(book, asked.words, asked.arguments)
    if asked.arguments.json:
        return Answer(as_json(_plain(planned)))
    return Answer(tuple(plan_lines(book, planned)))


def _plain(planned: Plan) -> dict[str, object]:
    return {"stage": planned.stage, "steps": [_plain_step(step) for step in planned.steps]}


def _plain_step(step: Step) -> dict[str, object]:
    """Give a step as plain data for JSON."""
    return {
        "task": step.task.name,
        "place": str(step.place or step.task.place),
        "defined": str(step.task.place),
        "hook_of": step.hook_of or None,
        "arguments": dict(step.arguments),
        "waves": [[server.address for server in wave] for wave in step.waves],
        "local": bool(step.task.options.local),
        "decides": step.decides,
        "skipped": step.skipped or None,
        "before": [_plain_step(hook) for hook in step.before],
        "steps": [_plain_step(inner) for inner in step.steps],
        "turns": [[_plain_step(inner) for inner in turn] for turn in step.turns],
        "after": [_plain_step(hook) for hook in step.after],
    }
