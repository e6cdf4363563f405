"""`bosetting bench …`: what we promise of speed, each figure a ratio to something beside it."""

from pathlib import Path
from typing import Annotated

import typer

from app.command_line.database import DataDir, open_server


def add_to(cli: typer.Typer) -> None:
    bench = typer.Typer(help="Measure what we promise of speed.", no_args_is_help=True)
    bench.command()(transitions)
    bench.command()(plan)
    bench.command()(planning)
    bench.command()(pages)
    bench.command("row-security")(row_security)
    bench.command()(deliveries)
    bench.command()(webhooks)
    cli.add_typer(bench, name="bench")


def planning(
    seed: Annotated[int, typer.Option(help="Of the invented instances.")] = 1,
    growth: Annotated[bool, typer.Option(help="Up to 1.7 million cases instead.")] = False,
    plot: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Of the growth, as SVG.")
    ] = None,
    everything: Annotated[
        int,
        typer.Option(
            min=0, help="So many cases × 356 with weeks, homes, kinds and relatives instead."
        ),
    ] = 0,
) -> None:
    """The planner's plans beside the bounds of the same run; no database."""
    from app.bench.planning import bench_growth, bench_planning
    from app.bench.planning_everything import bench_everything
    from app.bench.planning_weeks import bench_weeks

    if everything:
        bench_everything(everything, 356, seed=seed)
    elif growth:
        bench_growth(seed=seed, plot=plot)
    else:
        bench_planning(seed=seed)
        bench_weeks(seed=seed)


def pages(data_dir: DataDir = None) -> None:
    """Pages with a thousand and with a million cases; making the million takes minutes."""
    from app.bench.database import own_database
    from app.bench.pages import bench_pages

    with open_server(data_dir) as addresses:
        bench_pages(lambda: own_database(addresses))


def row_security(data_dir: DataDir = None) -> None:
    """A list with row security, beside the same without."""
    from app.bench.database import own_database
    from app.bench.row_security import bench_row_security

    with open_server(data_dir) as addresses, own_database(addresses) as database:
        bench_row_security(database)


def deliveries(
    events: Annotated[int, typer.Option(help="To as many municipalities as there are.")] = 10_000,
    data_dir: DataDir = None,
) -> None:
    """Events told and mailed, beside a bare INSERT of the same."""
    from app.bench.database import own_database
    from app.bench.deliveries import bench_deliveries

    with open_server(data_dir) as addresses, own_database(addresses) as database:
        bench_deliveries(database, events=events)


def webhooks(
    events: Annotated[int, typer.Option(help="To as many webhooks as municipalities.")] = 10_000,
    data_dir: DataDir = None,
) -> None:
    """Events into queues and out of them, beside a bare INSERT of the same."""
    from app.bench.database import own_database
    from app.bench.webhooks import bench_webhooks

    with open_server(data_dir) as addresses, own_database(addresses) as database:
        bench_webhooks(database, events=events)


def plan(data_dir: DataDir = None) -> None:
    """Plans beside the least work any plan is; runs beside a bare COPY and UPDATE."""
    from app.bench.database import own_database
    from app.bench.plan import bench_plan
    from app.bench.runs import bench_runs

    bench_plan()
    with open_server(data_dir) as addresses:
        bench_runs(lambda: own_database(addresses))


def transitions(
    data_dir: DataDir = None,
    http: Annotated[bool, typer.Option(help="Over HTTP as well.")] = True,
) -> None:
    """Durable transitions a second, beside pgbench with the same statements."""
    from app.bench.database import own_database
    from app.bench.over_http import bench_http
    from app.bench.transitions import bench_transitions

    with open_server(data_dir) as addresses:
        with own_database(addresses) as database:
            bench_transitions(database)
        if http:
            with own_database(addresses) as database:
                bench_http(database)
