"""Replications side by side: on one processor, on several by joblib, or on several machines by Dask.

A replication is decided by its number and the seed alone, so how they are dealt out changes no figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


class Spreading(Protocol):
    """Runs a function on many jobs and gives the results back in the order of the jobs."""

    def map(self, function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
        """Yield the result of each job, in order."""
        ...


class OneByOne:
    """One after the other, here."""

    def map(self, function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
        """Yield the result of each job, in order."""
        return map(function, jobs)


class Processes:
    """On several processors of this machine, by joblib's loky."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map(self, function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
        """Yield the result of each job, in order."""
        from joblib import Parallel, delayed

        results: Iterable[Result] = Parallel(n_jobs=self.workers, return_as="generator")(
            delayed(function)(job) for job in jobs
        )
        return iter(results)


class Cluster:
    """On a Dask cluster; *client* is a `dask.distributed.Client`, whose workers have this program installed."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def map(self, function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
        """Yield the result of each job, in order."""
        futures = self.client.map(function, list(jobs), pure=False)
        return (future.result() for future in futures)


def spreading(workers: int) -> Spreading:
    """Return the way to run on so many processors of this machine."""
    return OneByOne() if workers <= 1 else Processes(workers)


def chunked(count: int, size: int) -> list[range]:
    """Return the numbers 0 to *count* - 1 in ranges of at most *size*."""
    return [range(begin, min(begin + size, count)) for begin in range(0, count, size)]
