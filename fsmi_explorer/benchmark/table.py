"""The results as a text with tables, in Markdown."""

from collections.abc import Iterator, Sequence

from fsmi_explorer.benchmark.runs import Row
from fsmi_explorer.benchmark.statistics import bootstrap, by_start, compare, Estimate, per_world
import numpy as np

FIGURES = {
    'path_to_90_m': 'm to 90 %', 'path_to_95_m': 'm to 95 %', 'path_to_99_m': 'm to 99 %',
    'path_length_m': 'm to the end', 'time_to_95_s': 's to 95 %', 'time_to_99_s': 's to 99 %',
    'duration_s': 's to the end',
}
"""The columns that are compared, and what they are called."""


def table(rows: Sequence[Row], baseline: str, settings: str) -> str:
    """
    Return the text.

    :param baseline: name of the policy that the others are compared with.
    :param settings: name of the settings, for the headline.
    """
    policies = sorted({row.policy for row in rows}, key=lambda each: (each != baseline, each))
    worlds, seeds = {row.world for row in rows}, {row.seed for row in rows}
    parts = [f'# Exploration, settings {settings}\n\n{len(rows)} runs: {len(worlds)} worlds, '
             f'{len(policies)} policies, {len(seeds)} starts.']
    parts += [_section('Mean over worlds [95 % interval], median', _means(rows, policies)),
              _section('How it ended', _ends(rows, policies))]
    if baseline in policies and len(policies) > 1:
        others = [each for each in policies if each != baseline]
        parts += [
            _section(f'Against {baseline}: mean of the ratios per world [95 % interval]',
                     _ratios(rows, others, baseline)),
            _section(f'Against {baseline}: mean of the differences per world [95 % interval]',
                     _differences(rows, others, baseline)),
            _section(f'Worlds more than 5 % worse than {baseline}',
                     _worse(rows, others, baseline))]
    for column in ('path_to_95_m', 'path_to_99_m', 'path_length_m'):
        parts.append(_section(f'{FIGURES[column].capitalize()}, mean over the starts',
                              _by_world(rows, policies, column)))
    return '\n\n'.join(parts) + '\n'


def _section(title: str, lines: Iterator[Sequence[str]]) -> str:
    """Put lines of cells under a heading; the first is the head of the table."""
    head, *body = (f'| {" | ".join(cells)} |' for cells in lines)
    rule = '|---' * (head.count('|') - 1) + '|'
    return '\n'.join([f'## {title}', '', head, rule, *body])


def _means(rows, policies) -> Iterator[Sequence[str]]:
    yield 'policy', *FIGURES.values()
    for policy in policies:
        cells = [policy]
        for column in FIGURES:
            values = list(per_world(by_start(rows, policy, column)).values())
            mean = bootstrap(values)
            median = f', {np.median(values):.1f}' if values else ''
            cells.append(_interval(mean, '.1f') + median)
        yield cells


def _ends(rows, policies) -> Iterator[Sequence[str]]:
    yield ('policy', 'runs', 'ended by their rule', 'least coverage', 'runs below 99 %',
           'collisions', 'goals per run', 'plan p50, ms', 'plan p99, ms: median, worst')
    for policy in policies:
        own = [row for row in rows if row.policy == policy]
        coverage = [row.coverage for row in own]
        slow = [row.plan_ms_p99 for row in own]
        yield (policy, str(len(own)), str(sum(row.finished for row in own)),
               f'{min(coverage):.2%}', str(sum(each < 0.99 for each in coverage)),
               str(sum(row.collisions for row in own)),
               f'{np.mean([row.goals for row in own]):.0f}',
               f'{np.median([row.plan_ms_p50 for row in own]):.0f}',
               f'{np.median(slow):.0f}, {max(slow):.0f}')


def _ratios(rows, policies, baseline) -> Iterator[Sequence[str]]:
    yield 'policy', *FIGURES.values()
    for policy in policies:
        yield policy, *(_interval(compare(rows, policy, baseline, column).ratio, '.3f')
                        for column in FIGURES)


def _differences(rows, policies, baseline) -> Iterator[Sequence[str]]:
    yield 'policy', *FIGURES.values()
    for policy in policies:
        yield policy, *(_interval(compare(rows, policy, baseline, column).difference, '+.1f')
                        for column in FIGURES)


def _worse(rows, policies, baseline) -> Iterator[Sequence[str]]:
    yield 'policy', 'figure', 'worlds', 'which', 'runs that never got there, though it did'
    for policy in policies:
        for column in ('path_to_95_m', 'path_to_99_m', 'path_length_m'):
            found = compare(rows, policy, baseline, column)
            yield (policy, FIGURES[column], f'{len(found.worse)} of {found.ratio.count}',
                   ', '.join(found.worse), str(found.lost))


def _by_world(rows, policies, column) -> Iterator[Sequence[str]]:
    yield 'world', *policies
    means = {policy: per_world(by_start(rows, policy, column)) for policy in policies}
    for world in sorted({row.world for row in rows}):
        yield world, *(f'{means[policy][world]:.1f}' if world in means[policy] else '–'
                       for policy in policies)


def _interval(estimate: Estimate, spec: str) -> str:
    if not estimate.count:
        return '–'
    value, low, high = (format(each, spec) for each in estimate[:3])
    return f'{value} [{low}, {high}]'
