"""Which plans may run beside each other: one host's rate is one rate."""

from collections.abc import Iterable

from audit.fleet.checking import Checked


def lanes_of(plans: Iterable[Checked]) -> list[list[Checked]]:
    """Return lists of plans to be run one after the other; the lists may run beside each other.

    Plans that ask one host share a list if one of them gives a `rate` (or is a web page in a browser, used as one person would): together
    they then keep to the rate of whichever is running. Plans without a known host, and those of hosts without a rate, stand alone.
    """
    hosts: dict[str, list[Checked]] = {}
    for plan in plans:
        hosts.setdefault(plan.host or plan.plan, []).append(plan)
    lanes: list[list[Checked]] = []
    for host in hosts.values():
        lanes += [host] if any(plan.alone for plan in host) else [[plan] for plan in host]
    return lanes
