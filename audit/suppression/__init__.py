"""Small cells: no count of fewer than ten people can be read, or worked out, from what is published.

    tables      which counts there are, and what adds up to what
    attack      what a reader could work out of the hidden ones
    complement  which further cells to hide, until that is too little
    kinds       which numbers are the same people, or follow from each other
    standing    how much of each group may be shown: everything, its size only, nothing
    hide        results → results without it
"""

from audit.suppression.hide import suppress

__all__ = ["suppress"]
