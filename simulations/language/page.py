"""The reference page of scenario files, written from the keys: `python -m simulations.language.page`."""

from __future__ import annotations

from simulations.language.keys import SCENARIO_SECTIONS

BEFORE = """\
# The scenario file

Written by `python -m simulations.language.page`; a test says when it is stale. How to use it:
[simulate](../how-to/simulate.md). A scenario is read as a [pathway](pathway-file.md) is: every value is the text that
you wrote, nothing hides behind another name, and all that is wrong is told at once with line, column and what would
be right.

## Values

- **Times** are days, or `30 minutes`, `4 hours`, `2 days`, `3 weeks`. Rates are per day.
- **Distributions** are a time that is always the same, or one of `{exponential: {mean: 5}}`; `lognormal`, `gamma` or
  `weibull` with `{mean: 5, sd: 4}` or two quantiles `{median: 3, p90: 10}`; `{erlang: {mean: 6, stages: 3}}`;
  `{uniform: {from: 0, to: 30}}`; `{empirical: [1, 2, 2, 5]}` or with `{values: [1, 2, 5], weights: [10, 20, 5]}`.
- **By group**: where it says so, a table of the groups may stand for the value: `{old: 0.4, young: 0.1}`.
- **By municipality**: a table of the municipalities gives each its own; one number is shared by all.
- **Hours of the week**: `[{days: mon-fri, hours: 8-15}]`; several are joined.

## How patients move

Who is through with a phase asks for a place in the next and keeps the present one until it is there. Places are given
by priority, then by who asked first. A phase that holds the same resource as the one before keeps the place. `delay`
and `leaves` come before the patient asks; `transit` comes when both places are held; `away` begins when the place is
left. Who is in a phase that `waits_for` tasks takes no exit while one of these tasks of his or hers is open, wherever
it was raised; hazards wait for nobody. Overflow is tried in order of `after`; who waits there too gets whichever
comes first. A change of capacity below the places in use lets nobody in until enough have left. Of those who wait
for an event at the same instant changes of capacity come first, then what was begun, then arrivals.
"""


def page() -> str:
    """Return the whole page."""
    parts = [BEFORE]
    for name, keys in SCENARIO_SECTIONS.items():
        rows = [
            f"| `{key.name}` | {'required' if key.required else ''} | {key.shape} | {key.means} |"
            for key in keys.values()
        ]
        parts.append(
            "\n".join([f"## `{name}`\n", "| key | | holds | what it means |", "|---|---|---|---|", *rows]) + "\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    print(page(), end="")
