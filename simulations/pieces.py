"""What was learnt as a piece of a scenario file, with where each number comes from beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulations.calibrating import Calibration, Duration, Rate, Share
from simulations.durations import Spread
from simulations.scenario import ALL, EVERYWHERE, Exit


def piece(found: Calibration) -> str:
    """Return the YAML of the parts that were learnt: put them in place of those of the scenario."""
    return "\n".join([
        f"# Learnt from {found.days:.0f} days of the log; 95 % intervals in brackets. Parts of {found.scenario.name}.",
        *_arrivals(found), *_phases(found), *_readmission(found), *(f"# Too few: {each}" for each in found.too_few), "",
    ])  # fmt: skip


def distribution(spread: Spread) -> str:
    """Return a distribution as a scenario file writes it."""
    match spread.kind:
        case "fixed":
            return f"{spread.first:.6g}"
        case "exponential":
            return f"{{exponential: {{mean: {spread.mean:.6g}}}}}"
        case "erlang":
            return f"{{erlang: {{mean: {spread.mean:.6g}, stages: {spread.first:.0f}}}}}"
        case "uniform":
            return f"{{uniform: {{from: {spread.first:.6g}, to: {spread.second:.6g}}}}}"
        case "empirical":
            return f"{{empirical: {{values: {_numbers(spread.values)}, weights: {_numbers(_weights(spread))}}}}}"
        case _:
            return f"{{{spread.kind}: {{mean: {spread.mean:.6g}, sd: {spread.sd:.6g}}}}}"


def _weights(spread: Spread) -> list[float]:
    return [after - before for before, after in zip((0.0, *spread.shares), spread.shares, strict=False)]


def _numbers(values: Sequence[float]) -> str:
    return "[" + ", ".join(f"{value:.6f}".rstrip("0").rstrip(".") for value in values) + "]"


def _arrivals(found: Calibration) -> Iterator[str]:
    if found.rates:
        yield "arrivals:"
    for rate in found.rates:
        yield from _rate(rate, found)


def _rate(rate: Rate, found: Calibration) -> Iterator[str]:
    group = "" if rate.group == ALL else f"\n    group: {rate.group}"
    yield (
        f"  - into: {rate.into}{group}\n    per_day: {rate.per_day:.6g}"
        f"  # [{rate.low:.4g}, {rate.high:.4g}] from {rate.count}; variance by day over mean {rate.dispersion:.2f}"
    )
    if found.scenario.municipalities != (EVERYWHERE,):
        yield "    shares: {" + ", ".join(f"{name}: {share:.6f}" for name, share in rate.shares.items()) + "}"
    if rate.by_hour:
        yield f"    by_hour: {_numbers(rate.by_hour)}"
    mine = next(each for each in found.scenario.arrivals if (each.into, each.group) == (rate.into, rate.group))
    if mine.event:
        yield f"    event: {mine.event}"


def _phases(found: Calibration) -> Iterator[str]:
    names = dict.fromkeys([*(each.phase for each in found.durations), *(phase for phase, _ in found.chances)])
    if names:
        yield "phases:"
    for name in names:
        yield f"  {name}:"
        mine = [each for each in found.durations if each.phase == name]
        if mine:
            yield from _lasts(mine)
        ways = {group: shares for (phase, group), shares in found.chances.items() if phase == name}
        if ways:
            yield from _exits(ways)


def _lasts(mine: Sequence[Duration]) -> Iterator[str]:
    if [each.group for each in mine] == [ALL]:
        yield f"    lasts: {distribution(mine[0].fit.spread)}{_from(mine[0])}"
        return
    yield "    lasts:"
    for each in mine:
        yield f"      {each.group}: {distribution(each.fit.spread)}{_from(each)}"


def _from(each: Duration) -> str:
    said = f"{each.curve.ended} ended, {each.curve.censored} go on"
    return f"  # mean [{each.fit.mean_low:.4g}, {each.fit.mean_high:.4g}], {said}"


def _exits(ways: dict[str, tuple[tuple[Exit, Share], ...]]) -> Iterator[str]:
    """Yield the exits; the last takes the rest, so that the chances sum to one in the file."""
    yield "    exits:"
    first = next(iter(ways.values()))
    for place, (way, share) in enumerate(first):
        is_last = place == len(first) - 1
        chance = "rest" if is_last else _chance([(group, shares[place][1]) for group, shares in ways.items()])
        death = ", death: true" if way.is_death else ""
        said = f"{share.value:.4f} [{share.low:.4f}, {share.high:.4f}] of {share.of}"
        yield f"      - {{to: {way.to}, chance: {chance}{death}}}  # {said}"


def _chance(shares: Sequence[tuple[str, Share]]) -> str:
    if [group for group, _ in shares] == [ALL]:
        return f"{shares[0][1].value:.6f}"
    return "{" + ", ".join(f"{group}: {share.value:.6f}" for group, share in shares) + "}"


def _readmission(found: Calibration) -> Iterator[str]:
    if found.back is None or found.scenario.readmission is None:
        return
    chance, after = found.back.chance, found.applied().readmission
    assert after is not None
    yield "readmission:"
    yield f"  into: {after.into}"
    yield f"  chance: {chance.value:.6f}  # [{chance.low:.4f}, {chance.high:.4f}], {chance.count} of {chance.of}"
    yield f"  away: {distribution(_rounded(after.away))}"
    yield f"  at_most: {after.at_most}"


def _rounded(spread: Spread, cells: int = 60) -> Spread:
    """Return an empirical distribution of at most so many values: the middles of equal shares."""
    if spread.kind != "empirical" or len(spread.values) <= cells:
        return spread
    import numpy as np

    from simulations.durations import empirical

    return empirical(tuple(spread.quantile((np.arange(cells) + 0.5) / cells).tolist()))
