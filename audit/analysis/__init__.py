"""A table that someone already has → disparities: its rows, in columns, compared as probes are.

    request   the options, checked against each other          source  one file, opened with DuckDB
    cells     how a cell reads                                  counts  alike rows added up, in columns
    groups    the attributes that group columns make             parts     the values of --by
    state     a State's children                                 notes     what was left out, or looks wrong
    margins   the request's margins over the policy's            analysis  the order of it all
    folder    what is written
"""

from audit.analysis.analysis import Analysis, analyze, exit_code
from audit.analysis.folder import check_folder, write_folder
from audit.analysis.request import Request, make_request

__all__ = ["Analysis", "Request", "analyze", "check_folder", "exit_code", "make_request", "write_folder"]
