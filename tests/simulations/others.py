"""The same model in SimPy and in Ciw, fed from the same tape: what they stamp must be what we stamp."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import ciw
import numpy as np
import simpy

from simulations.model import AWAY, FIRST, LAST, Model, Tape

COLUMNS = ("asked", "got", "ready", "left")


def in_simpy(model: Model, tape: Tape) -> dict[str, Any]:
    """Return the stamps by SimPy: a place is asked for before the one before is given back."""
    environment = simpy.Environment()
    pools = [simpy.Resource(environment, int(count)) for count in model.pools.capacity]
    stamps = {name: np.full(tape.steps, np.inf) for name in COLUMNS}
    service, away, pool = tape.service.tolist(), tape.away.tolist(), tape.pool.tolist()
    flags, first = tape.flags.tolist(), tape.first.tolist()
    asked, got, ready, left = (stamps[name] for name in COLUMNS)

    def patient(number: int) -> Generator[Any, Any, None]:
        place: Any = None
        for step in range(first[number], first[number + 1]):
            asked[step] = environment.now
            before, place = place, pools[pool[step]].request()
            yield place
            got[step] = environment.now
            if before is not None:
                left[step - 1] = environment.now
                pools[pool[step - 1]].release(before)
            yield environment.timeout(service[step])
            ready[step] = environment.now
            if flags[step] & (LAST | AWAY):
                left[step] = environment.now
                pools[pool[step]].release(place)
                place = None
                yield environment.timeout(away[step])

    def arrivals() -> Generator[Any, Any, None]:
        for number, at in enumerate(tape.arrive.tolist()):
            yield environment.timeout(at - environment.now)
            environment.process(patient(number))

    environment.process(arrivals())
    environment.run(until=tape.until)
    return stamps


class _Gaps(ciw.dists.Distribution):  # type: ignore[misc]
    """The times between arrivals, one after the other."""

    def __init__(self, arrive: Any) -> None:
        self.gaps = iter([*np.diff(arrive, prepend=0.0).tolist(), float("inf")])

    def sample(self, t: Any = None, ind: Any = None) -> float:
        return next(self.gaps, float("inf"))


class _Service(ciw.dists.Distribution):  # type: ignore[misc]
    """How long the patient's present step lasts; at home: the time away."""

    def __init__(self, column: Any, is_home: bool) -> None:
        self.column, self.is_home = column, is_home

    def sample(self, t: Any = None, ind: Any = None) -> float:
        return float(self.column[ind.step - 1 if self.is_home else ind.step])


class _Route(ciw.routing.NodeRouting):  # type: ignore[misc]
    """Where the tape sends the patient; nodes count from 1, home is the last."""

    def __init__(self, tape: Tape, home: int) -> None:
        super().__init__()
        self.flags, self.pool, self.home = tape.flags.tolist(), tape.pool.tolist(), home

    def next_node(self, ind: Any) -> Any:
        nodes = self.simulation.nodes
        if ind.node == self.home:
            return nodes[self.pool[ind.step] + 1]
        flag = self.flags[ind.step]
        if flag & LAST:
            return nodes[-1]
        ind.step += 1
        return nodes[self.home] if flag & AWAY else nodes[self.pool[ind.step] + 1]


def in_ciw(model: Model, tape: Tape) -> dict[str, Any]:
    """Return the stamps by Ciw (type I blocking); only those that are complete are compared."""
    pools = len(model.pools.names)
    home = pools + 1
    entry = int(tape.pool[0])
    assert (tape.pool[tape.first[:-1]] == entry).all()
    first = iter(tape.first.tolist())

    class Patient(ciw.Individual):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.first = self.step = next(first)

    services = [_Service(tape.service, False) for _ in range(pools)]
    network = ciw.create_network(
        arrival_distributions=[_Gaps(tape.arrive) if node == entry else None for node in range(home)],
        service_distributions=[*services, _Service(tape.away, True)],
        number_of_servers=[*(int(count) for count in model.pools.capacity), float("inf")],
        queue_capacities=[float("inf") if node in (entry, pools) else 0 for node in range(home)],
        routing=ciw.routing.NetworkRouting(routers=[_Route(tape, home) for _ in range(home)]),
    )
    simulation = ciw.Simulation(network, individual_class=Patient)
    simulation.simulate_until_max_time(tape.until)
    stamps = {name: np.full(tape.steps, np.nan) for name in COLUMNS}
    people = {each.id_number: each for node in simulation.nodes[1:] for each in node.all_individuals}
    for person in people.values():
        step = person.first
        for record in person.data_records:
            if record.node != home:
                stamps["got"][step] = record.service_start_date
                stamps["ready"][step] = record.service_end_date
                stamps["left"][step] = record.exit_date
                step += 1
    assert (tape.flags[tape.first[:-1]] & FIRST).all()
    return stamps
