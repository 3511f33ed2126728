"""The command line: one word for each thing that an operator, a designer or a developer does."""

from __future__ import annotations

from pathway_engine.cli.accounts import account_command
from pathway_engine.cli.audit import audit_group
from pathway_engine.cli.calibration import calibrate_command
from pathway_engine.cli.capacity import compare_command, sweep_command
from pathway_engine.cli.clients import client_group
from pathway_engine.cli.database import db_group
from pathway_engine.cli.definitions import check_command, diagram_command
from pathway_engine.cli.demonstration import demo_command
from pathway_engine.cli.directory import access_key_command, directory_group
from pathway_engine.cli.episodes import episode_command
from pathway_engine.cli.forecasts import backtest_command, forecast_command
from pathway_engine.cli.inbox import inbox_command
from pathway_engine.cli.journeys import journeys_command
from pathway_engine.cli.logs import log_group
from pathway_engine.cli.message import drop_command, message_command
from pathway_engine.cli.messages import receive_command, send_command
from pathway_engine.cli.operation import doctor_command, rebuild_command
from pathway_engine.cli.optimising import optimise_command
from pathway_engine.cli.outbox import outbox_command
from pathway_engine.cli.parked import parked_command
from pathway_engine.cli.playing import analyse_command, play_command
from pathway_engine.cli.program import Program
from pathway_engine.cli.reporting import report_command
from pathway_engine.cli.serving import serve_command
from pathway_engine.cli.simulating import simulate_command
from pathway_engine.cli.tasks import task_group
from pathway_engine.cli.users import user_group
from pathway_engine.cli.worklists import worklist_command

main = Program(
    "pathway",
    commands=[
        access_key_command, account_command, analyse_command, audit_group, backtest_command, calibrate_command,
        check_command, client_group, compare_command, db_group, demo_command, diagram_command, directory_group,
        doctor_command, drop_command, episode_command, forecast_command, inbox_command, journeys_command, log_group,
        message_command, optimise_command, outbox_command, parked_command, play_command, rebuild_command,
        receive_command, report_command, send_command, serve_command, simulate_command, sweep_command, task_group,
        user_group, worklist_command,
    ],
    help="""Bring patients safely home: hospital messages in, tasks with deadlines out.

    \b
      pathway demo                          try it with made-up patients
      pathway check pathways/               is a pathway file right?
      pathway serve                         pages, MLLP and the heartbeat
      pathway worklist --as kari            what is on whose list?

    Settings are environment variables PATHWAY_*; `pathway doctor` shows them. Exit codes: 0 fine,
    1 problems were found, 2 wrong use.
    """,
)  # fmt: skip
