"""States of the window and of its dialogs about money, privacy and exports, for screenshots."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from PySide6.QtWidgets import QDialog

from app.core.exporting import ExportFormat
from app.core.privacy import LeftOut, PersonalData, RecordingMode
from app.metrics.workloads import WORKLOADS
from app.session.messages import JobReport, LiveState, ProblemReport, Remedy, StateReport
from app.ui.app import WindowProgram
from app.ui.dialogs.consent import ConsentDialog
from app.ui.dialogs.export import ExportDialog
from app.ui.dialogs.price_editor import PriceEditor
from app.ui.dialogs.prices import PricesDialog
from app.ui.dialogs.projection import ProjectionDialog
from app.ui.dialogs.report import ReportDialog
from app.ui.panes.session import COST
from app.ui.vm.export_redaction import Look
from app.ui.vm.report_preview import preview
from tests.support.accounts import (
    LOCAL,
    MINE,
    UNPRICED,
    consented,
    cost,
    exported,
    priced,
    prices,
    spending,
)
from tests.support.reports import BUILT_IN, JABRA, conversation, devices, health, mid_turn, session

PAGE = """<html><head><title>x</title><script>alert(1)</script></head><body>
<h1>GPT Realtime mini</h1><p>One session of 23 turns, held on 21 November 2026.</p>
<h2>What was measured</h2><p>Voice to voice: from the end of the user's speech to the first
audible sample of the reply.</p><svg viewBox="0 0 640 160" width="640" height="160">
<rect x="20" y="40" width="180" height="24" fill="#0b66c3"/><rect x="200" y="40" width="240"
height="24" fill="#00697a"/><text x="20" y="90" font-size="14">endpointing, response</text></svg>
<h2>Latency</h2><table><tr><th>Metric</th><th>n</th><th>P50</th><th>P95</th></tr>
<tr><td>Voice to voice, ms</td><td>23</td><td>640</td><td>812</td></tr>
<tr><td>First token, ms</td><td>23</td><td>288</td><td>402</td></tr></table></body></html>"""


def talking(program: WindowProgram, turns: int = 7) -> None:
    program.vm.take(devices(JABRA, BUILT_IN))
    for report in conversation(turns):
        program.vm.take(report)
    program.vm.take(consented())
    for told in spending(turns):
        program.vm.take(told)
    for report in mid_turn(turns + 1):
        program.vm.take(report)


def held(program: WindowProgram) -> None:
    talking(program, 23)
    program.vm.take(StateReport(state=LiveState.STOPPED))


def cost_view(program: WindowProgram) -> None:
    talking(program, 23)
    program.window.session.show_view(COST)


def cost_many(program: WindowProgram) -> None:
    talking(program, 160)
    program.window.session.show_view(COST)


def cost_none(program: WindowProgram) -> None:
    program.vm.take(devices(JABRA, BUILT_IN))
    program.window.session.show_view(COST)


def unpriced(program: WindowProgram) -> None:
    talking(program)
    program.vm.take(cost(UNPRICED))


def local(program: WindowProgram) -> None:
    talking(program)
    program.vm.take(cost(LOCAL))


def over_budget(program: WindowProgram) -> None:
    talking(program, 23)
    words = "The session has cost $0.51 of the $0.50 that it may cost."
    program.vm.take(cost(priced("0.51"), 220.0, budget_words=words, over_budget=True))


def near_budget(program: WindowProgram) -> None:
    talking(program, 23)
    words = "The session has cost $0.41: the budget warns at $0.40 and stops at $0.50."
    program.vm.take(cost(priced("0.41"), 220.0, budget_words=words))


def figures_only(program: WindowProgram) -> None:
    talking(program)
    program.vm.take(consented(RecordingMode.FIGURES))


def disk_full(program: WindowProgram) -> None:
    talking(program)
    program.vm.take(session())
    program.vm.take(
        ProblemReport(
            sentence="The recording stopped: the disk is full.",
            hint="The conversation goes on.",
            remedy=Remedy.FREE_SPACE,
        )
    )
    program.vm.take(health(60.0, recording=False))


def settings(program: WindowProgram, name: str) -> None:
    talking(program)
    setup = program.vm.setup
    setup.update(replace(setup.preferences, budget_warn="0.40", budget_stop="0.50"))
    program.shell.show_settings()
    page = program.window.settings.page
    page.show_section(getattr(page, name))


STATES: Mapping[str, Callable[[WindowProgram], None]] = MappingProxyType(
    {
        "cost-live": talking,
        "cost-plot": cost_view,
        "cost-plot160": cost_many,
        "cost-empty": cost_none,
        "cost-unpriced": unpriced,
        "cost-local": local,
        "budget-over": over_budget,
        "budget-near": near_budget,
        "recording-figures": figures_only,
        "recording-disk-full": disk_full,
        "settings-privacy": partial(settings, name="privacy"),
        "settings-cost": partial(settings, name="cost"),
    }
)


def _prices(program: WindowProgram) -> None:
    program.shell.accounts.show_prices()
    program.vm.take(prices())
    dialog = program.window.findChild(PricesDialog)
    assert dialog is not None
    dialog.choose(MINE.provider, MINE.model)


def _editor(program: WindowProgram) -> None:
    _prices(program)
    dialog = program.window.findChild(PricesDialog)
    assert dialog is not None
    dialog.edit.click()


def _projection(program: WindowProgram) -> None:
    talking(program)
    program.shell.accounts.show_projection()
    program.vm.take(prices())
    vm = program.vm.accounts.projection
    vm.add((MINE.provider, "gpt-realtime-mini"))
    vm.add((MINE.provider, MINE.model))
    vm.add(("elevenlabs", "convai"))


def _preset(program: WindowProgram) -> None:
    _projection(program)
    program.vm.accounts.projection.use_workload(WORKLOADS[0])


def _consent(program: WindowProgram) -> None:
    talking(program)
    program.shell.accounts.show_consent()


def _export(program: WindowProgram) -> None:
    held(program)
    program.shell.accounts.export_session()
    vm = program.vm.accounts.export
    vm.update(
        formats=frozenset({ExportFormat.CSV, ExportFormat.BUNDLE, ExportFormat.OTLP}),
        out="/home/anna/exports",
        left_out=frozenset({LeftOut.NAMES}),
        personal=frozenset({PersonalData.EMAIL, PersonalData.PHONE}),
        patterns="Zo[eë] M\\w+",
        endpoint="http://localhost:4318",
    )
    dialog = program.window.findChild(ExportDialog)
    assert dialog is not None
    dialog._tried = True
    vm.show_look(Look(changed=("It's [redacted].", "Thank you, [redacted]."), count=2, lines=46))


def _exporting(program: WindowProgram) -> None:
    _export(program)
    program.vm.accounts.export.begin()
    program.vm.take(JobReport(done=2, total=5, words="turns.parquet"))


def _exported(program: WindowProgram) -> None:
    _exporting(program)
    program.vm.take(
        exported(
            "/home/anna/exports/turns.csv",
            "/home/anna/exports/sessions.csv",
            "/home/anna/exports/20261121-120000-abc.vivavoce",
            odd=("The collector at localhost did not answer; the file is there.",),
        )
    )
    program.vm.take(JobReport(done=5, total=5, over=True))


def _report(program: WindowProgram) -> None:
    held(program)
    program.shell.accounts.report_session()
    vm = program.vm.accounts.report
    vm.update(out="/home/anna/report.html", title="Mini against full")
    vm.preview_path, vm.preview_bytes = "/tmp/x/report.html", 2_345_678  # noqa: S108
    vm.show_page(preview(PAGE))


DIALOGS: Mapping[str, tuple[Callable[[WindowProgram], None], type[QDialog]]] = MappingProxyType(
    {
        "dialog-prices": (_prices, PricesDialog),
        "dialog-price-editor": (_editor, PriceEditor),
        "dialog-projection": (_projection, ProjectionDialog),
        "dialog-preset": (_preset, ProjectionDialog),
        "dialog-consent": (_consent, ConsentDialog),
        "dialog-export": (_export, ExportDialog),
        "dialog-exporting": (_exporting, ExportDialog),
        "dialog-exported": (_exported, ExportDialog),
        "dialog-report": (_report, ReportDialog),
    }
)
