"""Many plans, each into a run folder of its own, on this machine or on a Dask cluster (docs/fleet.md).

    finding    files and folders → plans → where each one's run goes
    checking   a plan → wrong, complete, or ready: before anything is spent
    lanes      which plans wait for each other, because they ask one host
    running    lanes → what became of each plan                              board: kept in fleet.json as it happens
    process    one plan in a process of its own                            remote: the same, by a worker of a Dask cluster
"""

from audit.fleet.board import Board
from audit.fleet.checking import Checked, check_plan
from audit.fleet.finding import common_folder, find_plans
from audit.fleet.jobs import Ended, Job
from audit.fleet.lanes import lanes_of
from audit.fleet.process import run_alone
from audit.fleet.remote import Cluster, cluster
from audit.fleet.running import Stop, run_lanes

__all__ = [
    "Board", "Checked", "Cluster", "Ended", "Job", "Stop", "check_plan", "cluster", "common_folder", "find_plans", "lanes_of", "run_alone", "run_lanes",
]
