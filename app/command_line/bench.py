"""`bosetting bench …`: what we promise of speed, each figure a ratio to something beside it."""

import typer

from app.command_line.database import DataDir, open_server


def add_to(cli: typer.Typer) -> None:
    bench = typer.Typer(help="Measure what we promise of speed.", no_args_is_help=True)
    bench.command()(transitions)
    cli.add_typer(bench, name="bench")


def transitions(data_dir: DataDir = None) -> None:
    """Durable transitions a second, beside pgbench with the same statements."""
    from app.bench.database import own_database
    from app.bench.transitions import LOADS, bench_transitions

    connections = max(load.clients for load in LOADS)
    with (
        open_server(data_dir) as addresses,
        own_database(addresses, connections=connections) as database,
    ):
        bench_transitions(database)
