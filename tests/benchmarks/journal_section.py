"""The section about the journal: how long questions about a million entries take, on each database."""

import json

from tests.benchmarks.processes import plain_environment, python
from tests.benchmarks.results import QuestionFindings
from tests.benchmarks.runner import Runner

# Filling two journals takes most of it.
QUESTIONS_SECONDS = 1_200.0


def measure_questions(runner: Runner) -> None:
    """Fill a journal on SQLite, and one on PostgreSQL where there is one, and ask each question of both."""
    if not runner.has_time():
        return
    output = runner.processes.run(
        python("-m", "tests.benchmarks.questions"),
        core=runner.cores.server,
        environment=plain_environment(),
        orders=json.dumps({"entries": runner.size.question_entries}),
        seconds=QUESTIONS_SECONDS,
    )
    found = [QuestionFindings(**row) for row in json.loads(output)]
    runner.results.questions = found
    databases = {row.database for row in found}
    for database in sorted(databases):
        slowest = max((row for row in found if row.database == database), key=lambda row: row.p95_ms)
        runner.say(f"questions, {database}: p95 at most {slowest.p95_ms:.1f} ms ({slowest.question})")
    if len(databases) < 2:
        runner.results.notes.append("left out: questions on PostgreSQL, because there is none; run make services")
