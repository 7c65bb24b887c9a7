"""The same calls through Inspect AI: inspect eval inspect_task.py --model openai-api/standin/m"""

import os

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import includes
from inspect_ai.solver import generate


@task
def calls() -> Task:
    count = int(os.environ["CALLS"])
    samples = [Sample(id=n, input=f"probe {n:08} " + "An essay. " * 20, target="good") for n in range(1, count + 1)]
    return Task(dataset=MemoryDataset(samples), solver=generate(), scorer=includes())
