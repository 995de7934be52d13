"""The exam as a whole: run the schedules, mark the papers, put the tables together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coach.exam.marking import othersim_section, proving_ground_section
from coach.exam.marks import Section
from coach.exam.othersim import examine_set, set_folders
from coach.exam.papers import Paper, bundle
from coach.exam.parallel import work_through
from coach.exam.population import Population
from coach.exam.reading import Acuity
from coach.exam.schedule import Schedule
from coach.exam.sittings import sit
from coach.exam.student_exam import LEVELS, Apprenticeship, Lesson, teach
from coach.exam.student_marks import AS_SOURCED, VARIED, sensitivity_section, student_section
from coach.exam.surrogate import Ground, measure_costs

STUDENTS_PER_LEVEL = 40
VARIED_STUDENTS = 20  # per level where a parameter is varied
GROUNDS = (("lime-rock", "mx5"), ("red-bull-ring", "gt3"), ("sebring", "gt4"), ("okayama-short", "skip-barber"))


@dataclass(frozen=True, slots=True)
class Marked:
    """A section with the papers behind it."""

    section: Section
    paper: Paper


def run_schedules(schedules: Sequence[Schedule], jobs: int) -> list[Marked]:
    """All sittings of all schedules; a section per schedule."""
    papers = work_through(sit, [sitting for schedule in schedules for sitting in schedule.sittings], jobs, "exam")
    marked = []
    for schedule in schedules:
        mine, papers = papers[: len(schedule.sittings)], papers[len(schedule.sittings) :]
        paper = bundle(mine)
        marked.append(Marked(proving_ground_section(paper, schedule.title), paper))
    return marked


def run_othersim(folder: Path, jobs: int) -> list[Marked]:
    """The other simulator's sets; nothing when there are none."""
    folders = set_folders(folder)
    if not folders:
        return []
    paper = bundle(work_through(examine_set, folders, jobs, "another simulator"))
    return [Marked(othersim_section(paper), paper)]


def run_students(seed: int, per_level: int, grounds: int, jobs: int, *, session_laps: int, sensitivity: bool) -> list[Section]:
    """Students of every level on every ground, taught by every policy; then again with each of their parameters halved and doubled."""
    costs = work_through(measure_costs, [Ground(circuit, car, seed) for circuit, car in GROUNDS[:grounds]], jobs, "students: grounds")
    lessons = [
        Lesson(costs[i % len(costs)], level, 1000 * LEVELS.index(level) + i, seed, session_laps)
        for level in LEVELS
        for i in range(per_level)
    ]
    sections = [student_section(_taught([(Population(), lesson) for lesson in lessons], jobs))]
    if sensitivity:
        fewer = [lesson for lesson in lessons if lesson.number % 1000 < VARIED_STUDENTS]
        populations = {AS_SOURCED: Population(), **VARIED}
        taught = _taught([(population, lesson) for population in populations.values() for lesson in fewer], jobs)
        each = len(taught) // len(populations)
        sections.append(sensitivity_section({name: taught[i * each : (i + 1) * each] for i, name in enumerate(populations)}))
    return sections


def _taught(work: Sequence[tuple[Population, Lesson]], jobs: int) -> list[Apprenticeship]:
    """In the order of the work."""
    return [one for apprenticeships in work_through(_teach, work, jobs, "students") for one in apprenticeships]


def _teach(work: tuple[Population, Lesson]) -> list[Apprenticeship]:
    population, lesson = work
    return teach(lesson, population, Acuity())
